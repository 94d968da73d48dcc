//! Randomness.

/// So many random bytes, fit for keys and ids.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Ids that are not random collide, and what collides is lost: better not to go on.
        panic!("the browser gives no random numbers: {error}");
    }
    bytes
}
