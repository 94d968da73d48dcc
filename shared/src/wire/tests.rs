use super::*;
use crate::catalogue::Label;
use crate::ids::MemberId;
use proptest::prelude::*;
use proptest::sample::Index;

fn samples() -> Vec<Message<'static>> {
    let document = DocumentId::from_bytes([3; 16]);
    let hash = ChangeHash([9; 32]);
    let cursor = Cursor { seq: 7, tag: u64::MAX };
    let metadata = PeerMetadata { storage_id: Some("s".into()), is_ephemeral: false, huigao: Some(1) };
    let sync = SyncFrame { sender: "a".into(), target: "b".into(), document, data: vec![1, 2, 3].into() };
    let label = Label { kind: "minutes".into(), title: "会议记录".into(), changed_at: -1, ..Label::default() };
    let entry = |label, label_heads| Entry { document, space: Space::Group, heads: vec![hash], label, label_heads };
    vec![
        Message::Join { sender: "a".into(), versions: vec!["1".into()], metadata: metadata.clone() },
        Message::Peer { sender: "a".into(), target: "b".into(), metadata },
        Message::Leave,
        Message::Error { message: "no".into() },
        Message::Sync(sync.clone()),
        Message::Request(sync),
        Message::Unavailable { sender: "a".into(), target: "b".into(), document },
        Message::Ephemeral(EphemeralFrame {
            sender: "a".into(),
            target: "b".into(),
            count: 1 << 40,
            session: "s".into(),
            document,
            data: vec![0].into(),
        }),
        Message::Create { document, space: Space::Private(MemberId::from_key("a")) },
        Message::Catalogue { since: None, witness: Some(cursor), roster: 3, mark: "m".into() },
        Message::CataloguePage(CataloguePage {
            reset: true,
            witness: Some(cursor),
            entries: vec![entry(None, vec![]), entry(Some(label.clone()), vec![hash]), entry(Some(label), vec![])],
            cursor,
            complete: false,
        }),
        Message::Roster { json: b"{}".to_vec().into() },
        Message::RosterSteps { json: b"[]".to_vec().into() },
        Message::Act { id: "1".into(), json: b"[]".to_vec().into() },
        Message::Answer { id: "1".into(), json: b"{}".to_vec().into() },
        Message::Gone { space: Space::Campaign },
        Message::Label { document, heads: vec![hash], json: b"{}".to_vec().into() },
        Message::Receipt { document, heads: vec![hash, hash], cursor },
        Message::Refused { document, hashes: vec![hash], why: Refusal::BuildsOnRefused },
        Message::Storing { ok: false },
        Message::Alive,
        Message::Challenge { nonce: "ab".into() },
        Message::Proof { sender: "a".into(), signature: vec![4; 64].into() },
        Message::Welcome,
        Message::TurnedAway { why: TurnedAway::Late },
    ]
}

#[test]
fn every_message_round_trips() {
    for message in samples() {
        let frame = message.encode();
        assert_eq!(Message::decode(&frame).expect("our own frame"), message);
    }
}

#[test]
fn a_reason_of_a_newer_relay_means_another_time() {
    let frame = b"\xa2\x64type\x6bturned-away\x63why\x66lunch!";
    assert_eq!(Message::decode(frame).expect("a frame"), Message::TurnedAway { why: TurnedAway::Busy });
    for why in ["revoked", "left", "not-known", "busy", "late", "malformed"] {
        assert_eq!(TurnedAway::from_name(why).map(TurnedAway::name), Some(why));
    }
}

#[test]
fn what_is_not_known_is_skipped_so_deep_and_no_deeper() {
    let nested = |open: &[u8], close: &[u8], depth: usize| {
        [&b"\xa2\x61x"[..], &open.repeat(depth), &[0xf6], &close.repeat(depth), b"\x64type\x65leave"].concat()
    };
    // Arrays, maps and tags, of a known length and of one that is not.
    let kinds: [(&[u8], &[u8]); 7] = [
        (&[0x81], &[]),
        (&[0x9f], &[0xff]),
        (&[0xa1, 0x61, b'k'], &[]),
        (&[0xbf, 0x61, b'k'], &[0xff]),
        (&[0x82, 0x01], &[]),
        (&[0x9f, 0x9f, 0xff], &[0xff]),
        (&[0xc1], &[]),
    ];
    for (open, close) in kinds {
        let frame = nested(open, close, 8);
        assert_eq!(Message::decode(&frame).expect("a frame"), Message::Leave, "{open:?}");
        for depth in [64, 1_000_000] {
            assert!(Message::decode(&nested(open, close, depth)).is_err(), "{open:?} {depth} times");
        }
    }
    // Long is not deep, and an array of 2⁶³ that is not there is not waited for.
    let long = [&b"\xa2\x61x\x99\xff\xff"[..], &[0x01; 65_535], b"\x64type\x65leave"].concat();
    assert_eq!(Message::decode(&long).expect("a frame"), Message::Leave);
    assert!(Message::decode(b"\xa2\x61x\x9b\x80\0\0\0\0\0\0\0").is_err());
    assert!(Message::decode(b"\xa2\x61x\xff\x64type\x65leave").is_err());
}

#[test]
fn reads_what_javascript_writes() {
    // {type: "join", senderId: "c1", peerMetadata: {storageId: undefined, isEphemeral: true, other: [1, {a: 1.5}]},
    //  supportedProtocolVersions: ["1"]}, in indefinite and definite pieces.
    let mut frame = vec![0xbf];
    frame.extend(b"\x64type\x64join\x68senderId\x62c1\x6cpeerMetadata\xa3\x69storageId\xf7\x6bisEphemeral\xf5");
    frame.extend(
        b"\x65other\x82\x01\xa1\x61a\xfb\x3f\xf8\0\0\0\0\0\0\x78\x19supportedProtocolVersions\x9f\x611\xff\xff",
    );
    let Message::Join { sender, versions, metadata } = Message::decode(&frame).expect("a join") else {
        panic!("not a join")
    };
    assert_eq!((sender.as_ref(), versions, metadata.is_ephemeral), ("c1", vec!["1".to_owned()], true));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::decode(&bytes);
        let _ = sync::decode(&bytes);
    }

    #[test]
    fn damaged_frames_never_panic(which in any::<Index>(), at in any::<Index>(), byte in any::<u8>()) {
        let mut frame = which.get(&samples()).encode();
        let at = at.index(frame.len());
        frame[at] = byte;
        let _ = Message::decode(&frame);
        frame.truncate(at);
        let _ = Message::decode(&frame);
    }
}
