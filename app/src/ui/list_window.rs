//! The part of a long list that is on the screen: rows of one height, so arithmetic is enough.

use std::ops::Range;

/// Rows drawn beyond the edges, so that quick scrolling shows no blanks.
const MARGIN: usize = 8;

/// Where a list is scrolled to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Window {
    /// Pixels above the upper edge.
    pub top: i32,
    /// Height of what is visible, in pixels.
    pub height: i32,
    /// Height of a row, in pixels.
    pub row: i32,
}

impl Window {
    /// The rows to draw out of `count`.
    pub fn rows(self, count: usize) -> Range<usize> {
        let row = self.row.max(1);
        let first = index(self.top / row).saturating_sub(MARGIN);
        let last = index((self.top + self.height) / row + 1) + MARGIN;
        first.min(count)..last.min(count)
    }

    /// Where to scroll so that a row is wholly visible; none if it is.
    pub fn reveal(self, row: usize) -> Option<i32> {
        let top = i32::try_from(row).unwrap_or(i32::MAX).saturating_mul(self.row);
        let bottom = top.saturating_add(self.row);
        if top < self.top {
            Some(top)
        } else if bottom > self.top + self.height {
            Some(bottom - self.height)
        } else {
            None
        }
    }
}

fn index(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}
