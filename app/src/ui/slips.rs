//! A sheet of slips to print and cut: for each person the code, the link's picture, and until when it is good. It is
//! shown until it is cleared, as long as the app is open.

use std::fmt::Write;

use leptos::html;
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform::page;
use crate::ui::desk::use_desk;
use crate::ui::figures::{clock_time, day, grouped};
use crate::ui::kept_slips::KeptSlips;
use crate::ui::names::{campaign_title, member_name, unit_of};
use crate::ui::office::{Slip, Squares};
use crate::ui::parts::Question;
use crate::ui::printing::Printing;

/// The sheet, with the way to print it and back.
#[component]
pub fn Sheet(kept: KeptSlips) -> impl IntoView {
    let roster = use_desk().roster.get_untracked();
    let printing = expect_context::<Printing>();
    Effect::new(move || {
        if printing.now() {
            kept.printed();
        }
    });
    kept.shown(true);
    on_cleanup(move || kept.shown(false));
    // Of those that expire while they are looked at, none goes from under the eyes.
    let slips = untrack(move || kept.all());
    let count = grouped(slips.len());
    // By unit, so that each gets its own in one piece.
    let mut named: Vec<(String, String, Slip)> = slips
        .into_iter()
        .map(|slip| (unit_of(&roster, slip.member), member_name(&roster, slip.member), slip))
        .collect();
    named.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let title = campaign_title(&roster);
    let (asks, clear) = (RwSignal::new(false), NodeRef::<html::Button>::new());
    let leave = move |_| {
        if untrack(|| kept.are_printed()) {
            kept.clear();
        } else {
            asks.set(true);
        }
    };
    let stay = move |_| {
        asks.set(false);
        if let Some(clear) = clear.get_untracked() {
            let _ = clear.focus();
        }
    };
    view! {
        <div class="slips-head no-print">
            <p role="status">{t!("slips.made", n = count)}</p>
            <p class="field-hint">{t!("slips.once")}</p>
            <div class="btn-row">
                <button type="button" class="btn btn--primary" on:click=move |_| page::print()>
                    {t!("slips.print")}
                </button>
                <button type="button" class="btn" node_ref=clear on:click=leave>
                    {t!("slips.close")}
                </button>
            </div>
            <Show when=move || asks.get() && !kept.are_printed()>
                <Question>
                    <p>
                        <b>{t!("slips.unprinted")}</b>
                    </p>
                    <p>{t!("slips.unprinted_text")}</p>
                    <div class="btn-row">
                        <button type="button" class="btn btn--danger" on:click=move |_| kept.clear()>
                            {t!("slips.unprinted_yes")}
                        </button>
                        <button type="button" class="btn" on:click=stay>
                            {t!("action.cancel")}
                        </button>
                    </div>
                </Question>
            </Show>
        </div>
        <ul class="slips">
            {named
                .into_iter()
                .map(|(unit, name, slip)| {
                    let until = format!("{} {}", day(slip.expires * 1_000), clock_time(slip.expires * 1_000));
                    view! {
                        <li class="slip">
                            {slip.squares.as_ref().map(|squares| view! { <Picture squares=squares.clone() /> })}
                            <div>
                                <p class="slip-title">{title.clone()}</p>
                                <p>
                                    <b>{name}</b>
                                    " "
                                    {unit}
                                </p>
                                <p class="slip-code">{slip.code.clone()}</p>
                                <p>{t!("slips.until", time = until)}</p>
                                <p>{t!("slips.how")}</p>
                            </div>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

#[component]
fn Picture(squares: Squares) -> impl IntoView {
    // Four squares of light around it, as readers of such pictures want it.
    let size = squares.width + 8;
    let path = path(&squares);
    let picture =
        format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {size} {size}"><path d="{path}"/></svg>"#);
    view! { <div class="slip-qr" role="img" aria-label=t!("invite.picture") inner_html=picture></div> }
}

/// The dark squares as one path: each run of a row a rectangle.
fn path(squares: &Squares) -> String {
    let four = |digit: char| digit.to_digit(16).unwrap_or(0);
    let dark: Vec<bool> =
        squares.dark.chars().flat_map(|digit| (0..4_u32).rev().map(move |bit| (four(digit) >> bit) & 1 == 1)).collect();
    let mut path = String::new();
    for (y, row) in dark.chunks(squares.width.max(1)).take(squares.width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&true) {
                let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
            }
            x += run.len();
        }
    }
    path
}
