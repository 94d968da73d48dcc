//! Invitation codes: twelve digits, since they are read over the phone.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::store::StoreError;

const DIGITS: usize = 12;

/// A code. 10¹² of them, and the door lets nobody try more than a few a minute.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A new one.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn draw() -> Result<Self, StoreError> {
        let mut digits = String::with_capacity(DIGITS);
        while digits.len() < DIGITS {
            let mut byte = [0];
            getrandom::fill(&mut byte).map_err(StoreError::Randomness)?;
            // 250 is a multiple of ten: every digit is as likely as any other.
            if byte[0] < 250 {
                digits.push(char::from(b'0' + byte[0] % 10));
            }
        }
        Ok(Self(digits))
    }

    /// By which it is found.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::new().chain_update("huigao invitation ").chain_update(&self.0).finalize().into()
    }

    /// Its twelve digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = ();

    /// Reads a code as people type it: with spaces, hyphens, full-width digits.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut digits = String::with_capacity(DIGITS);
        for character in text.chars().take(64) {
            match character {
                '0'..='9' => digits.push(character),
                '０'..='９' => digits.push(char::from(b'0' + (character as u32 - '０' as u32) as u8)),
                ' ' | '\u{3000}' | '-' | '－' | '—' | '\t' | '\n' | '\r' => {}
                _ => return Err(()),
            }
        }
        if digits.len() == DIGITS { Ok(Self(digits)) } else { Err(()) }
    }
}

impl fmt::Display for Code {
    /// In three groups, as it is read out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in self.0.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    /// Codes do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code: Code = "1234 5678 9012".parse().expect("a code");
        assert_eq!("1234-5678-9012".parse(), Ok(code.clone()));
        assert_eq!("１２３４５６７８９０１２".parse(), Ok(code.clone()));
        assert_eq!(code.to_string(), "1234 5678 9012");
        assert!("1234 5678 901".parse::<Code>().is_err());
        assert!("1234 5678 901x".parse::<Code>().is_err());
        assert!(!format!("{code:?}").contains('1'));
    }
}
