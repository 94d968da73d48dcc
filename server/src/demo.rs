//! The demonstration county: people with roles, townships and departments, documents in every kind of space.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, ReadDoc};
use bytes::Bytes;
use huigao_shared::authorship::AuthorRows;
use huigao_shared::catalogue::Label;
use huigao_shared::ids::{DocumentId, MemberId, UnitId, actor_of};
use huigao_shared::roster::{Member, Role, Roster, Unit};
use huigao_shared::space::Space;
use huigao_shared::text::count::count;
use huigao_shared::{change, document};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::hub::{Batch, DocumentCommit, NewChange};
use crate::store::{ActorNumbers, Author, Store};

/// When the county's first words were written: 1 March 2024, 8:00 in China, in seconds since 1970.
const START: i64 = 1_709_251_200;
/// Seconds between two paragraphs of a document, and between two documents.
const PARAGRAPH: i64 = 37 * 60;
const DOCUMENT: i64 = 3 * 86_400;

#[derive(rust_embed::Embed)]
#[folder = "demo/"]
struct Files;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct County {
    campaign: Campaign,
    units: Vec<Unit>,
    members: Vec<Person>,
    documents: Vec<Draft>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Campaign {
    title: String,
    title_en: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    key: String,
    name: String,
    name_en: String,
    unit: Option<UnitId>,
    roles: Vec<Role>,
    #[serde(default)]
    division: String,
    #[serde(default)]
    linked: Vec<UnitId>,
}

#[derive(Deserialize)]
struct Draft {
    key: String,
    kind: String,
    space: String,
    title: String,
    author: String,
    text: String,
    text2: Option<String>,
    #[serde(default)]
    coauthors: Vec<String>,
}

/// Loads the county into a store that has no roster yet.
///
/// # Errors
/// If its own files do not fit together, or the store cannot be written.
pub fn fill(store: &mut Store) -> Result<()> {
    if store.roster()?.is_some() {
        return Ok(());
    }
    let county: County = serde_json::from_str(&file("county.json")?)?;
    let mut batch = Batch::default();
    for (number, draft) in (1u32..).zip(&county.documents) {
        batch.documents.push(commit_of(draft, number).with_context(|| format!("document {}", draft.key))?);
    }
    store.commit(&batch, &mut ActorNumbers::default(), START)?;
    // Last: a store with documents and no roster is filled again, over the same documents.
    store.set_first_roster(&Author::console(START), &roster(county))?;
    Ok(())
}

fn file(name: &str) -> Result<String> {
    let file = Files::get(name).with_context(|| format!("{name} is missing"))?;
    Ok(String::from_utf8(file.data.into_owned())?)
}

fn roster(county: County) -> Roster {
    let members = county.members.into_iter().map(|person| Member {
        name_en: person.name_en,
        unit: person.unit,
        roles: person.roles,
        division: person.division,
        linked: person.linked,
        since: 1,
        ..Member::new(MemberId::from_key(&person.key), &person.key, &person.name)
    });
    Roster {
        version: 1,
        mark: "demonstration".to_owned(),
        campaign: county.campaign.title,
        campaign_en: county.campaign.title_en,
        units: county.units,
        members: members.collect(),
        grants: Vec::new(),
        partial: false,
    }
}

/// A space as `county.json` writes it, with keys for members.
fn space_of(text: &str) -> Result<Space> {
    let member = |key: &str| MemberId::from_key(key);
    let parts: Vec<&str> = text.split('/').collect();
    Ok(match parts.as_slice() {
        ["member", key, "private"] => Space::Private(member(key)),
        ["unit", unit, "member", key] => Space::UnitMember(unit.parse()?, member(key)),
        ["pair", pair] => {
            let (a, b) = pair.split_once('+').context("a pair names two")?;
            Space::pair(member(a), member(b))
        }
        ["opinions", about, key] => Space::Opinions(Box::new(space_of(&about.replace('~', "/"))?), member(key)),
        _ => text.parse()?,
    })
}

/// Writes the draft paragraph by paragraph, its authors taking turns, so that its history has something to show.
fn commit_of(draft: &Draft, number: u32) -> Result<DocumentCommit> {
    let mut text = file(&format!("texts/{}", draft.text))?;
    if let Some(second) = &draft.text2 {
        text = format!("{}\n{}", text.trim_end(), file(&format!("texts/{second}"))?);
    }
    let digest = Sha256::new().chain_update(b"huigao demo ").chain_update(&draft.key).finalize();
    let (mut id, mut session) = ([0; 16], [0; 8]);
    id.copy_from_slice(&digest[..16]);
    session.copy_from_slice(&digest[16..24]);
    let authors: Vec<MemberId> =
        std::iter::once(&draft.author).chain(&draft.coauthors).map(|key| MemberId::from_key(key)).collect();
    let mut doc = Automerge::new();
    let mut at = START + i64::from(number) * DOCUMENT;
    let mut last_author = authors[0];
    for (index, paragraph) in text.trim_end().lines().enumerate() {
        // Whole sections by one hand, now and then another's paragraph in between.
        last_author = authors[(index / 4 + usize::from(index % 9 == 5)) % authors.len()];
        doc.set_actor(actor_of(last_author, session));
        let mut tx = doc.transaction();
        let object = match document::text_object(&tx) {
            Some(object) => object,
            None => document::init(&mut tx, &draft.kind, &draft.title)?,
        };
        let end = tx.length(&object);
        let line = if end == 0 { paragraph.to_owned() } else { format!("\n{paragraph}") };
        tx.splice_text(&object, end, 0, &line)?;
        tx.commit_with(CommitOptions::default().with_time(at));
        at += PARAGRAPH;
    }
    let counted = count(&text);
    let label = Label {
        kind: draft.kind.clone(),
        title: draft.title.clone(),
        characters: counted.with_punctuation,
        characters_bare: counted.without_punctuation,
        changed_at: (at - PARAGRAPH) * 1000,
        changed_by: Some(last_author),
        moved_to: None,
    };
    Ok(DocumentCommit {
        row: number,
        document: DocumentId::from_bytes(id),
        space: Arc::new(space_of(&draft.space)?),
        seq: u64::from(number),
        heads: doc.get_heads(),
        label: Some((serde_json::to_vec(&label)?, doc.get_heads())),
        changes: changes_of(&doc)?,
        authors: AuthorRows::default(),
        published: None,
    })
}

fn changes_of(doc: &Automerge) -> Result<Vec<NewChange>> {
    let mut numbers = HashMap::new();
    let mut changes = Vec::new();
    for (index, change) in (0u32..).zip(doc.get_changes(&[])) {
        let body = change.clone().bytes().to_vec();
        let meta = change::check(&body)?;
        let deps = meta.deps.iter().filter_map(|dep| numbers.get(dep).copied()).collect();
        numbers.insert(meta.hash, index);
        changes.push(NewChange { index, deps, meta, body: Bytes::from(body) });
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use huigao_shared::access::{Access, access};
    use huigao_shared::space::SpaceKind;
    use huigao_shared::template::Template;
    use std::collections::BTreeSet;

    #[test]
    fn every_draft_is_where_its_authors_may_write_and_of_a_kind_of_the_template() {
        let county: County = serde_json::from_str(&file("county.json").expect("the county")).expect("its shape");
        let template =
            Template::parse(include_str!("../../public/templates/study-practice.json")).expect("the template");
        let kinds: BTreeSet<SpaceKind> =
            county.documents.iter().map(|draft| space_of(&draft.space).expect("a space").kind()).collect();
        assert_eq!(kinds.len(), 8, "a document in every kind of space");
        let drafts: Vec<(String, Space, Vec<String>, String)> = county
            .documents
            .iter()
            .map(|d| {
                let authors = std::iter::once(&d.author).chain(&d.coauthors).cloned().collect();
                (d.key.clone(), space_of(&d.space).expect("a space"), authors, d.kind.clone())
            })
            .collect();
        let roster = roster(county);
        for (key, space, authors, kind) in drafts {
            assert!(template.kind(&kind).is_some_and(|kind| kind.spaces.contains(&space.kind())), "{key}: {kind}");
            for author in authors {
                assert_eq!(access(&roster, MemberId::from_key(&author), &space), Access::Write, "{key}: {author}");
            }
        }
    }

    #[test]
    fn the_long_texts_have_real_length() {
        let note = count(&file("texts/reading-notes.txt").expect("the note"));
        assert!(note.with_punctuation >= 20_000, "{note:?}");
        let report =
            file("texts/group-report-1.txt").expect("one half") + &file("texts/group-report-2.txt").expect("the other");
        assert!(count(&report).with_punctuation >= 30_000, "{:?}", count(&report));
    }
}
