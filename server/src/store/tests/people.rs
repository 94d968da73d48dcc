//! What the store does when somebody is taken off the roster.

use super::*;

#[test]
fn with_whoever_is_taken_off_the_roster_devices_invitations_and_tokens_end() {
    let folder = folder("removed");
    let mut store = Store::open(&folder).expect("a new store");
    let gone = Member::new(MemberId::from_key("gone"), "gone", "走");
    let by = Author { member: Some(MemberId::from_key("office")), ..Author::console(1) };
    let invite = |store: &mut Store, number: u8| {
        let new = NewInvitation { id: number.to_string(), digest: [number; 32], member: gone.id, expires: 1_000 };
        store.invite(&by, std::slice::from_ref(&new)).expect("an invitation");
        store.invitation(&[number; 32]).expect("a look").expect("an invitation")
    };
    let used = invite(&mut store, 1);
    invite(&mut store, 2);
    let device = NewDevice { id: DeviceId::from_bytes([1; 16]), key: vec![4; 65], name: "电脑".to_owned() };
    assert!(store.enrol(1, &used, &device).expect("a device"));
    let (home, name) = (Space::Private(gone.id), "程序".to_owned());
    let secret = store.add_token(&NewToken { member: gone.id, home, name, now: 1, expires: 1_000 }).expect("a token");
    let step = Step { from: 1, mark: String::new(), edits: vec![Edit::Remove { before: Box::new(gone) }] };
    store.advance_roster(&by, &Roster::default(), &step).expect("a step");
    let device = store.device(device.id).expect("a look").expect("a device");
    let open = store.invitation(&[2; 32]).expect("a look").expect("an invitation");
    assert_eq!((device.revoked, open.revoked), (Some(1), Some(1)));
    assert!(store.identify(&secret, 2).expect("a look").is_none());
    let _ = std::fs::remove_dir_all(&folder);
}
