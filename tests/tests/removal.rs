//! People are taken off the roster of a running relay: whom no document names, and nobody else.

mod people;

use anyhow::{Result, bail, ensure};
use huigao_shared::authority::{Edit, Fault, Objection, Outcome};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, SyncFrame, sync};
use people::{County, join};
use serde_json::json;

#[tokio::test]
async fn whoever_wrote_stays_and_whom_no_document_names_goes_with_all_that_is_theirs() -> Result<()> {
    let County { folder: _folder, relay: _relay, office, http, mut line } = County::found().await?;
    let ann = join(&http, &office, &mut line, "安").await?;
    let bo = join(&http, &office, &mut line, "薄").await?;
    let cai = people::add(&mut line, "蔡", |_| {}).await?;
    let mut hers = ann.connect(&http, "ann").await?;
    let (document, space) = (DocumentId::from_bytes([7; 16]), Space::Private(ann.member));
    hers.send(&Message::Create { document, space }).await?;
    let (heads, changes) = people::honest_change(ann.member);
    let data = sync::advance(&heads, changes, false);
    let frame = SyncFrame { sender: "ann".into(), target: "".into(), document, data: data.into() };
    hers.send(&Message::Sync(frame)).await?;
    while !matches!(Message::decode(&hers.next().await?)?, Message::Receipt { .. }) {}

    let token = office.token(&http).await?;
    let asked = http.get("/api/roster/unnamed", Some(&token)).await?;
    let unnamed = asked.body.as_array().cloned().unwrap_or_default();
    let told = |member: MemberId| unnamed.iter().find(|one| one["member"] == json!(member));
    ensure!(told(ann.member).is_none(), "{unnamed:?}");
    // Words may wait on a device: the office is told who has one.
    ensure!(told(bo.member).is_some_and(|one| one["enrolled"] == true), "{unnamed:?}");
    ensure!(told(cai).is_some_and(|one| one["enrolled"] == false), "{unnamed:?}");
    let theirs = bo.token(&http).await?;
    ensure!(http.get("/api/roster/unnamed", Some(&theirs)).await?.status == 403);
    let wanted = json!({ "member": bo.member, "hours": 24 });
    let invited = http.post("/api/invitations", Some(&token), &wanted).await?;
    let code = invited.body["code"].as_str().unwrap_or_default().to_owned();

    let roster = people::roster(&mut line).await?;
    let removal = |member: MemberId| match roster.member(member) {
        Some(person) => Ok(Edit::Remove { before: Box::new(person.clone()) }),
        None => bail!("nobody"),
    };
    let both = people::act(&mut line, "both", &[removal(ann.member)?, removal(bo.member)?]).await?;
    let fault = Fault::Named { members: vec![ann.member] };
    ensure!(both == Outcome::Refused { objection: Objection::Invalid { edit: 0, fault } }, "{both:?}");
    let mut his = bo.connect(&http, "bo").await?;
    let one = people::act(&mut line, "one", &[removal(bo.member)?]).await?;
    ensure!(matches!(one, Outcome::Done { .. }), "{one:?}");

    let mut why = String::new();
    while let Ok(frame) = his.next().await {
        if let Message::Error { message } = Message::decode(&frame)? {
            why = message.into_owned();
        }
    }
    ensure!(why == "not on the roster", "{why}");
    let back = bo.sign_in(&http).await?;
    ensure!(back.status == 403 && back.body["error"] == "left", "{back:?}");
    let look = http.post("/api/enrolment/look", None, &json!({ "code": code })).await?;
    ensure!(look.status == 410 && look.body["error"] == "code-revoked", "{look:?}");
    ensure!(people::roster(&mut line).await?.member(bo.member).is_none());
    ensure!(ann.sign_in(&http).await?.status == 200);

    let log = http.raw("GET", "/api/audit.csv", Some(&token)).await?;
    ensure!(log.contains("移出名册 薄") && log.contains("停用设备"), "{log}");
    // Whom the log speaks of is on no roster any more, and is named all the same.
    ensure!(!log.contains(&bo.member.to_string()), "{log}");
    Ok(())
}
