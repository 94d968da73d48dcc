//! The office of a running relay: founding, enrolment, sign-in, revocation, and who may ask for what.

mod people;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use automerge::ChangeHash;
use huigao_shared::authority::{Edit, Outcome};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};
use huigao_tests::process::{Client, RelayProcess};
use people::{County, Device, Http, found, join};
use serde_json::{Value, json};

#[tokio::test]
async fn a_device_comes_in_once_and_goes_within_seconds() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;

    let ann = join(&http, &office, &mut line, "安").await?;
    let code = ann.code.clone().unwrap_or_default();
    let again = http.post("/api/enrolment/look", None, &json!({ "code": code })).await?;
    ensure!(again.status == 410 && again.body["error"] == "code-used", "{again:?}");
    // The device whose answer was lost asks again and gets the same; another key does not.
    let same = ann.enrol(&http, &code).await?;
    ensure!(same.status == 200 && same.body["device"] == json!(ann.id), "{same:?}");
    let other = Device::new()?.enrol(&http, &code).await?;
    ensure!(other.status == 410, "{other:?}");

    // A second device that would be called the same is told apart.
    let office_token = office.token(&http).await?;
    let invited =
        http.post("/api/invitations", Some(&office_token), &json!({ "member": office.member, "hours": 1 })).await?;
    Device::joined(&http, invited.body["code"].as_str().unwrap_or_default()).await?;
    let listed = http.get(&format!("/api/devices?member={}", office.member), Some(&office_token)).await?;
    let names: Vec<_> = listed.body.as_array().into_iter().flatten().map(|device| device["name"].clone()).collect();
    ensure!(names.contains(&json!("一台电脑")) && names.contains(&json!("一台电脑 2")), "{listed:?}");

    let mut hers = ann.connect(&http, "ann").await?;
    let token = ann.sign_in(&http).await?;
    let token = token.body["token"].as_str().unwrap_or_default().to_owned();
    let listed = http.get(&format!("/api/devices?member={}", ann.member), Some(&token)).await?;
    ensure!(listed.body.as_array().map(Vec::len) == Some(1), "{listed:?}");
    // Others' devices are not there for her, nor theirs to revoke.
    let office_token = office.token(&http).await?;
    let theirs = http.delete(&format!("/api/devices/{}", office.id), Some(&token)).await?;
    ensure!(theirs.status == 404, "{theirs:?}");

    let before = Instant::now();
    let revoked = http.delete(&format!("/api/devices/{}", ann.id), Some(&office_token)).await?;
    ensure!(revoked.status == 200, "{revoked:?}");
    let log = http.get("/api/audit?what=device-revoked", Some(&office_token)).await?;
    let deed = &log.body["entries"][0]["entry"]["deed"]["device-revoked"];
    ensure!(deed["name"] == "一台电脑", "{log:?}");
    while hers.next().await.is_ok() {}
    ensure!(before.elapsed() < Duration::from_secs(5), "the socket stayed open for {:?}", before.elapsed());
    let refused = http.get(&format!("/api/devices?member={}", ann.member), Some(&token)).await?;
    ensure!(refused.status == 401, "{refused:?}");
    let back = ann.sign_in(&http).await?;
    ensure!(back.status == 403 && back.body["error"] == "revoked", "{back:?}");
    Ok(())
}

#[tokio::test]
async fn nobody_is_somebody_by_name_outside_of_a_demonstration() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, office) = found(folder.path()).await?;
    let http = Http::of(relay.port());
    ensure!(http.socket(&format!("?member={}", office.member), "one").await.is_err());
    let named = http.get("/api/audit", Some(&format!("Demonstration {}", office.member))).await?;
    ensure!(named.status == 401, "{named:?}");
    Ok(())
}

#[tokio::test]
async fn a_signature_of_another_key_or_for_another_challenge_does_not_sign_in() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, office) = found(folder.path()).await?;
    let http = Http::of(relay.port());
    let stranger = Device { id: office.id, ..Device::new()? };
    ensure!(stranger.sign_in(&http).await?.status == 401);
    let challenge = http.post("/api/sign-in/challenge", None, &json!({ "device": office.id })).await?;
    let nonce = challenge.body["nonce"].as_str().unwrap_or_default().to_owned();
    let answer = |nonce: &str| -> Result<Value> {
        let signature = office.sign(&format!("huigao sign-in\n{}\n{nonce}", office.id))?;
        Ok(json!({ "device": office.id, "nonce": nonce, "signature": signature }))
    };
    let first = http.post("/api/sign-in", None, &answer(&nonce)?).await?;
    ensure!(first.status == 200, "{first:?}");
    let replayed = http.post("/api/sign-in", None, &answer(&nonce)?).await?;
    ensure!(replayed.status == 401, "{replayed:?}");
    let made_up = http.post("/api/sign-in", None, &answer(&"0".repeat(64))?).await?;
    ensure!(made_up.status == 401, "{made_up:?}");
    Ok(())
}

#[tokio::test]
async fn whoever_leaves_the_campaign_is_out_and_every_act_is_in_the_log() -> Result<()> {
    let County { folder, relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let mut hers = ann.connect(&http, "ann").await?;

    let roster = people::roster(&mut line).await?;
    let before = roster.member(ann.member).cloned().unwrap_or_else(|| Member::new(ann.member, "x", "x"));
    let after = Member { left: true, ..before.clone() };
    let outcome = people::act(&mut line, "leave", &[Edit::member(Some(before.clone()), after)]).await?;
    ensure!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    while hers.next().await.is_ok() {}
    let out = ann.sign_in(&http).await?;
    ensure!(out.status == 403 && out.body["error"] == "left", "{out:?}");
    // An act that was overtaken is answered with what stands there now.
    let stale = Edit::member(Some(before.clone()), Member { name: "别人".to_owned(), ..before });
    let outcome = people::act(&mut line, "late", &[stale]).await?;
    ensure!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");

    let token = office.token(&http).await?;
    let log = http.get("/api/audit", Some(&token)).await?;
    let kinds: Vec<String> = log.body["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["entry"]["deed"].as_object()?.keys().next().cloned())
        .collect();
    for kind in ["campaign-made", "invited", "enrolled", "roster-changed"] {
        ensure!(kinds.iter().any(|found| found == kind), "{kind} is missing: {kinds:?}");
    }
    let csv = http.raw("GET", "/api/audit.csv", Some(&token)).await?;
    ensure!(csv.contains("登记设备") && csv.contains("序号,时间（UTC+8）"), "{csv}");
    ensure!(!csv.contains("device-") && !csv.contains('{'), "{csv}");
    let english = http.raw("GET", "/api/audit.csv?lang=en", Some(&token)).await?;
    ensure!(english.contains("Device enrolled") && english.contains("Time (UTC+8)"), "{english}");
    drop(relay);
    let report = people::check(folder.path())?;
    ensure!(report.contains("of the audit log follow from each other"), "{report}");
    ensure!(report.contains("all is well"), "{report}");
    Ok(())
}

#[tokio::test]
async fn a_roster_that_was_rewritten_in_the_log_is_found_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, _office) = found(folder.path()).await?;
    drop(relay);
    people::tamper(folder.path())?;
    let report = people::check(folder.path());
    ensure!(report.is_err_and(|error| error.to_string().contains("is not what was written")));
    Ok(())
}

#[tokio::test]
async fn codes_cannot_be_tried_for_long() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (relay, _office) = found(folder.path()).await?;
    let http = Http::of(relay.port());
    let mut answers = Vec::new();
    for number in 0..40 {
        let code = format!("{number:012}");
        answers.push(http.post("/api/enrolment/look", None, &json!({ "code": code })).await?.status);
    }
    ensure!(answers.iter().filter(|status| **status == 404).count() <= 25, "{answers:?}");
    ensure!(answers.last() == Some(&429), "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn a_person_has_so_many_devices_and_hears_why_there_is_no_more() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let token = ann.token(&http).await?;
    let wanted = json!({ "member": ann.member, "hours": 24 });
    // Codes that were made while there was room do not make more of it.
    let mut codes = Vec::new();
    for _ in 0..20 {
        let invited = http.post("/api/invitations", Some(&token), &wanted).await?;
        ensure!(invited.status == 200, "{invited:?}");
        codes.push(invited.body["code"].as_str().unwrap_or_default().to_owned());
    }
    let last = codes.pop().unwrap_or_default();
    for code in &codes {
        Device::joined(&http, code).await?;
    }
    let refused = Device::new()?.enrol(&http, &last).await?;
    ensure!(refused.status == 409 && refused.body["error"] == "too-many-devices", "{refused:?}");
    let refused = http.post("/api/invitations", Some(&token), &wanted).await?;
    ensure!(refused.status == 409 && refused.body["error"] == "too-many-devices", "{refused:?}");
    // With one less there is room.
    let listed = http.get(&format!("/api/devices?member={}", ann.member), Some(&token)).await?;
    let devices = listed.body.as_array().cloned().unwrap_or_default();
    ensure!(devices.len() == 20, "{devices:?}");
    let spare = devices.iter().find(|device| device["id"] != json!(ann.id)).map(|device| device["id"].clone());
    let spare = spare.unwrap_or_default().as_str().unwrap_or_default().to_owned();
    let revoked = http.delete(&format!("/api/devices/{spare}"), Some(&token)).await?;
    ensure!(revoked.status == 200, "{revoked:?}");
    let invited = http.post("/api/invitations", Some(&token), &wanted).await?;
    ensure!(invited.status == 200, "{invited:?}");
    Device::joined(&http, invited.body["code"].as_str().unwrap_or_default()).await?;
    Ok(())
}

#[tokio::test]
async fn a_plain_member_manages_nobody() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let token = ann.token(&http).await?;
    let invite = |member: MemberId| json!({ "member": member, "hours": 24 });
    ensure!(http.post("/api/invitations", Some(&token), &invite(office.member)).await?.status == 403);
    ensure!(http.post("/api/invitations", Some(&token), &invite(ann.member)).await?.status == 200);
    for path in ["/api/audit", "/api/audit.csv", "/api/devices", "/api/roster/roster.csv", "/api/roster/roster.xlsx"] {
        let refused = http.get(path, Some(&token)).await?;
        ensure!(refused.status == 403, "{path}: {refused:?}");
    }
    let mut hers = ann.connect(&http, "ann").await?;
    let roster: Roster = people::roster(&mut hers).await?;
    let Some(chief) = roster.member(office.member).cloned() else { anyhow::bail!("no office") };
    let coup = Edit::member(Some(chief.clone()), Member { left: true, ..chief });
    let outcome = people::act(&mut hers, "coup", &[coup]).await?;
    ensure!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    // Nor is anything heard of her inventing messages that only the relay sends.
    hers.send(&Message::Answer { id: "x".into(), json: b"{}".to_vec().into() }).await?;
    ensure!(people::roster(&mut hers).await?.version == roster.version);
    Ok(())
}

/// Brings a document's first change for evaluators.
async fn publish(client: &mut Client, document: DocumentId, member: MemberId) -> Result<()> {
    let (heads, changes) = people::honest_change(member);
    client.send(&Message::Create { document, space: Space::Evaluation }).await?;
    let (sender, target) = (client.peer_id.clone().into(), "".into());
    let data = sync::advance(&heads, changes, false).into();
    client.send(&Message::Sync(SyncFrame { sender, target, document, data })).await
}

#[tokio::test]
async fn what_the_office_publishes_for_evaluation_is_in_the_log_once() -> Result<()> {
    let County { folder, relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let (mut other, mut hers) = (office.connect(&http, "office-2").await?, ann.connect(&http, "ann").await?);
    let documents = [1, 2].map(|byte| DocumentId::from_bytes([byte; 16]));
    for document in documents {
        // By two tabs of the office: the first change comes twice.
        publish(&mut line, document, office.member).await?;
        publish(&mut other, document, office.member).await?;
        loop {
            let frame = line.next().await?;
            // Whoever came second is told by the catalogue.
            let is_durable = match Message::decode(&frame)? {
                Message::Receipt { document: of, .. } => of == document,
                Message::CataloguePage(page) => page.entries.iter().any(|entry| entry.document == document),
                _ => false,
            };
            if is_durable {
                break;
            }
        }
    }
    // Nobody else publishes anything.
    publish(&mut hers, DocumentId::from_bytes([3; 16]), ann.member).await?;
    // What was sent before the question is worked in when it is answered.
    people::roster(&mut other).await?;
    people::roster(&mut hers).await?;
    let token = office.token(&http).await?;
    let log = http.get("/api/audit?what=published", Some(&token)).await?;
    let noted = |log: &people::Answer| -> Vec<Value> {
        let entries = log.body["entries"].as_array().into_iter().flatten();
        let of = |entry: &Value| entry["entry"]["deed"]["published"]["document"].clone();
        let by_the_office = |entry: &&Value| {
            entry["entry"]["by"] == json!(office.member) && entry["entry"]["device"] == json!(office.id)
        };
        entries.filter(by_the_office).map(of).collect()
    };
    ensure!(noted(&log) == [json!(documents[1]), json!(documents[0])], "{log:?}");
    let csv = http.raw("GET", "/api/audit.csv?what=published", Some(&token)).await?;
    ensure!(csv.matches("公布供评议").count() == 2, "{csv}");
    // And again after the relay was started anew, when a client compares all that it has.
    relay.stop()?;
    let relay = RelayProcess::start_plain(folder.path(), 0, &[])?;
    let http = Http::of(relay.port());
    let mut line = office.connect(&http, "office").await?;
    publish(&mut line, documents[0], office.member).await?;
    people::roster(&mut line).await?;
    let token = office.token(&http).await?;
    ensure!(noted(&http.get("/api/audit?what=published", Some(&token)).await?).len() == 2);
    Ok(())
}

#[tokio::test]
async fn whoever_has_the_relay_work_long_is_read_more_slowly_and_others_are_served() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let mut hers = ann.connect(&http, "ann").await?;
    let (document, space) = (DocumentId::from_bytes([7; 16]), Space::Private(ann.member));
    hers.send(&Message::Create { document, space }).await?;
    let (heads, changes) = people::honest_change(ann.member);
    let frame = |data: Vec<u8>| {
        let (sender, target) = ("ann".into(), "".into());
        Message::Sync(SyncFrame { sender, target, document, data: data.into() })
    };
    hers.send(&frame(sync::advance(&heads, changes, false))).await?;
    // A few bytes that claim nearly as many operations as a change may have, each of which is looked at.
    let dear = sync::advance(&[ChangeHash([9; 32])], vec![people::dear_change()], false);
    let slowed = async || -> Result<bool> {
        let metrics = http.raw("GET", "/metrics", None).await?;
        Ok(metrics.lines().any(|line| line.starts_with("huigao_slowed_frames_total") && !line.ends_with(" 0")))
    };
    let mut frames = 0;
    while !slowed().await? {
        ensure!(frames < 500, "nobody is ever slowed");
        for _ in 0..5 {
            hers.send(&frame(dear.clone())).await?;
        }
        frames += 5;
    }
    let roster = people::roster(&mut line).await?;
    let before = roster.member(ann.member).cloned().unwrap_or_else(|| Member::new(ann.member, "x", "x"));
    let after = Member { division: "教育".to_owned(), ..before.clone() };
    let outcome = people::act(&mut line, "meanwhile", &[Edit::member(Some(before), after)]).await?;
    ensure!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    Ok(())
}

#[tokio::test]
async fn a_file_of_people_is_looked_at_and_one_that_is_too_large_is_told_so() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, line: _line } = County::found().await?;
    let token = office.token(&http).await?;
    let look = async |path: &str, file: &str| http.send(path, Some(&token), file).await;
    let found = look("/api/roster/preview", "姓 名,所在单位\n张三,石岭镇\n").await?;
    ensure!(found.status == 200 && found.body["unread"][0]["near"] == "单位", "{found:?}");
    ensure!(found.body["units"] == json!([]), "{found:?}");
    let found = look("/api/roster/preview?near=1", "姓 名,所在单位\n张三,石岭镇\n").await?;
    ensure!(found.body["units"] == json!(["石岭镇"]) && found.body["unread"] == json!([]), "{found:?}");
    let nameless = look("/api/roster/preview", "甲,乙\n1,2\n").await?;
    ensure!(nameless.status == 422 && nameless.body["error"] == "no-headings", "{nameless:?}");
    // Sent whole before the answer is read: a browser that is cut off amid sending hears of no answer.
    let large = look("/api/roster/preview", &"何静,石岭镇\n".repeat(3 << 20)).await?;
    ensure!(large.status == 413 && large.body["error"] == "too-large", "{large:?}");
    ensure!(large.body["sentence"].as_str().is_some_and(|sentence| sentence.contains("4 MB")), "{large:?}");
    Ok(())
}

#[tokio::test]
async fn a_sheet_of_invitations_is_made_whole_or_not_at_all() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let people: Vec<Member> = (0..300)
        .map(|n| Member::new(MemberId::from_key(&format!("n-{n}")), &format!("n-{n}"), &format!("人{n}")))
        .collect();
    let edits: Vec<Edit> = people.iter().map(|person| Edit::member(None, person.clone())).collect();
    people::act(&mut line, "import", &edits).await?;
    let token = office.token(&http).await?;
    let ids: Vec<MemberId> = people.iter().map(|person| person.id).collect();
    let ask = async |members: &[MemberId], token: &str| {
        http.post("/api/invitations/many", Some(token), &json!({ "members": members, "hours": 72 })).await
    };
    let stranger = [ids.as_slice(), &[MemberId::from_key("nobody")]].concat();
    let refused = ask(stranger.as_slice(), token.as_str()).await?;
    ensure!(refused.status == 404, "{refused:?}");
    let none = http.get("/api/invitations", Some(&token)).await?;
    ensure!(none.body.as_array().map(Vec::len) == Some(1), "the office's own, and no other");
    // Whoever is named twice has one slip.
    let made = ask([ids.as_slice(), &ids[..10]].concat().as_slice(), token.as_str()).await?;
    let slips = made.body.as_array().cloned().unwrap_or_default();
    ensure!(made.status == 200 && slips.len() == 300, "{} slips", slips.len());
    let hers = Device::joined(&http, slips[7]["code"].as_str().unwrap_or_default()).await?;
    ensure!(hers.member == ids[7]);
    let log = http.get(&format!("/api/audit?what=invited&member={}", ids[9]), Some(&token)).await?;
    ensure!(log.body["entries"].as_array().map(Vec::len) == Some(1), "{log:?}");
    let her_token = hers.token(&http).await?;
    let theirs = ask(&ids[..1], her_token.as_str()).await?;
    ensure!(theirs.status == 403, "{theirs:?}");
    Ok(())
}
