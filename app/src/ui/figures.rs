//! Figures as people read them: grouped digits, sizes, and times in the device's zone.

use crate::ui::lang::Lang;
use huigao_browser::clock::{self, LocalTime};
use huigao_protocol::command::Millis;
use huigao_protocol::view::Row;
use rust_i18n::t;

/// Digits in groups of three.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in MB or GB.
pub fn size(bytes: f64) -> String {
    const MEGABYTE: f64 = 1_048_576.0;
    const GIGABYTE: f64 = 1_024.0 * MEGABYTE;
    if bytes < GIGABYTE { format!("{:.1} MB", bytes / MEGABYTE) } else { format!("{:.1} GB", bytes / GIGABYTE) }
}

/// `10:32`.
pub fn clock_time(at: Millis) -> String {
    let LocalTime { hour, minute, .. } = clock::local_time(at);
    format!("{hour:02}:{minute:02}")
}

/// `4-28 10:31`, for the margin of the merged reading; of another year `2025-4-28`.
pub fn margin_time(at: Millis) -> String {
    let LocalTime { year, month, day, .. } = clock::local_time(at);
    if year == clock::local_time(clock::now()).year {
        format!("{month}-{day} {}", clock_time(at))
    } else {
        format!("{year}-{month}-{day}")
    }
}

/// `2026-04-28T10:31`, for machines.
pub fn machine_time(at: Millis) -> String {
    let LocalTime { year, month, day, .. } = clock::local_time(at);
    format!("{year:04}-{month:02}-{day:02}T{}", clock_time(at))
}

/// `2026-04-28`.
pub fn day(at: Millis) -> String {
    let LocalTime { year, month, day, .. } = clock::local_time(at);
    format!("{year:04}-{month:02}-{day:02}")
}

const DAY: Millis = 86_400_000;

/// A moment as people say it: today and yesterday by name, this year without the year.
pub fn moment(at: Millis) -> String {
    let now = clock::now();
    let (then, today, yesterday) = (clock::local_time(at), clock::local_time(now), clock::local_time(now - DAY));
    let same_day = |a: &LocalTime, b: &LocalTime| (a.year, a.month, a.day) == (b.year, b.month, b.day);
    let time = clock_time(at);
    if same_day(&then, &today) {
        return t!("time.today", time = time).into_owned();
    }
    if same_day(&then, &yesterday) {
        return t!("time.yesterday", time = time).into_owned();
    }
    let month = month_name(then.month);
    if then.year == today.year {
        t!("time.this_year", month = month, day = then.day, time = time).into_owned()
    } else {
        t!("time.other_year", year = then.year, month = month, day = then.day).into_owned()
    }
}

/// When a row's document was last changed. A date that cannot be says so.
pub fn row_moment(row: &Row) -> Option<String> {
    let at = moment(row.changed_at?);
    Some(if row.date_uncertain { t!("list.date_uncertain", time = at).into_owned() } else { at })
}

/// Chinese counts its months; English names them.
fn month_name(month: u8) -> String {
    const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    match Lang::current() {
        Lang::Zh => month.to_string(),
        Lang::En => ENGLISH.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default().to_owned(),
    }
}
