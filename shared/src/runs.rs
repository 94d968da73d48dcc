//! Columns of a change, read value after value: run-length encoded numbers and strings, deltas, truth values.
//!
//! Stricter than Automerge's reader. Automerge keeps no bytes of a change but writes it anew from what it holds, so a
//! change that is not laid out as Automerge lays it out would come back under another hash. None is returned for one.
//! The layout is that of the binary format: <https://automerge.org/automerge-binary-format-spec/>.

use crate::columns::Reader;

/// What a run-length encoded column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Number,
    Delta,
    Text,
}

/// One value of such a column.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Value<'b> {
    Number(u64),
    Delta(i64),
    Text(&'b str),
}

enum Run<'b> {
    None,
    Nulls,
    Same(Value<'b>),
    Literal,
}

/// A run-length encoded column.
pub(crate) struct Runs<'b> {
    read: Reader<'b>,
    kind: Kind,
    /// A column in which everything is null is left out.
    is_absent: bool,
    left: u64,
    run: Run<'b>,
    last: Option<Value<'b>>,
    sum: i64,
    has_value: bool,
}

impl<'b> Runs<'b> {
    pub(crate) fn new(bytes: &'b [u8], kind: Kind) -> Self {
        let read = Reader(bytes);
        Self { read, kind, is_absent: bytes.is_empty(), left: 0, run: Run::None, last: None, sum: 0, has_value: false }
    }

    /// Whether all of it has been read.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0 && self.read.0.is_empty()
    }

    /// Whether it was read to its end, and had to be there at all.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_done() && (self.is_absent || self.has_value)
    }

    /// The next value, `Some(None)` for a null.
    pub(crate) fn next(&mut self) -> Option<Option<Value<'b>>> {
        if self.is_absent {
            return Some(None);
        }
        if self.left == 0 {
            self.begin()?;
        }
        self.left -= 1;
        match self.run {
            Run::None => None,
            Run::Nulls => {
                self.last = None;
                Some(None)
            }
            Run::Same(value) => {
                self.last = Some(value);
                self.has_value = true;
                Some(Some(value))
            }
            Run::Literal => {
                let value = self.value()?;
                if self.last == Some(value) {
                    return None;
                }
                self.last = Some(value);
                self.has_value = true;
                Some(Some(value))
            }
        }
    }

    /// The next number, `Some(None)` for a null.
    pub(crate) fn number(&mut self) -> Option<Option<u64>> {
        match self.next()? {
            None => Some(None),
            Some(Value::Number(number)) => Some(Some(number)),
            Some(Value::Delta(delta)) => {
                self.sum = self.sum.checked_add(delta)?;
                Some(Some(u64::try_from(self.sum).ok()?))
            }
            Some(Value::Text(_)) => None,
        }
    }

    /// The next string, `Some(None)` for a null.
    pub(crate) fn text(&mut self) -> Option<Option<&'b str>> {
        match self.next()? {
            None => Some(None),
            Some(Value::Text(text)) => Some(Some(text)),
            Some(Value::Number(_) | Value::Delta(_)) => None,
        }
    }

    fn begin(&mut self) -> Option<()> {
        match self.read.signed()? {
            0 => {
                self.left = self.read.unsigned()?;
                if self.left == 0 || matches!(self.run, Run::Nulls) {
                    return None;
                }
                self.run = Run::Nulls;
            }
            // One by itself is written as a literal.
            1 => return None,
            length @ 2.. => {
                self.left = length.cast_unsigned();
                let value = self.value()?;
                if self.last == Some(value) {
                    return None;
                }
                self.run = Run::Same(value);
            }
            literals => {
                if matches!(self.run, Run::Literal) {
                    return None;
                }
                self.left = literals.unsigned_abs();
                self.run = Run::Literal;
            }
        }
        Some(())
    }

    fn value(&mut self) -> Option<Value<'b>> {
        match self.kind {
            Kind::Number => self.read.unsigned().map(Value::Number),
            Kind::Delta => self.read.signed().map(Value::Delta),
            Kind::Text => {
                let length = self.read.unsigned()?;
                std::str::from_utf8(self.read.take(length)?).ok().map(Value::Text)
            }
        }
    }
}

/// A column of truth values: how often false, how often true, and so on.
pub(crate) struct Flags<'b> {
    read: Reader<'b>,
    is_absent: bool,
    is_first: bool,
    left: u64,
    value: bool,
}

impl<'b> Flags<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { read: Reader(bytes), is_absent: bytes.is_empty(), is_first: true, left: 0, value: true }
    }

    /// Whether all of it has been read.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0 && self.read.0.is_empty()
    }

    /// The next value.
    pub(crate) fn next(&mut self) -> Option<bool> {
        if self.is_absent {
            return Some(false);
        }
        while self.left == 0 {
            self.value = !self.value;
            self.left = self.read.unsigned()?;
            if self.left == 0 && !std::mem::take(&mut self.is_first) {
                return None;
            }
            self.is_first = false;
        }
        self.left -= 1;
        Some(self.value)
    }
}
