//! Tables of a few hundred rows at most; long lists have their own (`list_rows.rs`).

use std::borrow::Cow;

use leptos::prelude::*;
use rust_i18n::t;

/// A column, by its heading.
pub enum Column {
    /// Words.
    Text(String),
    /// Numbers and times, to the right.
    Number(String),
    /// What can be done with a row; its heading is for those who listen.
    Actions(String),
}

/// A column of words.
pub fn text(heading: Cow<'_, str>) -> Column {
    Column::Text(heading.into_owned())
}

/// A column of numbers or times.
pub fn number(heading: Cow<'_, str>) -> Column {
    Column::Number(heading.into_owned())
}

/// A column of buttons.
pub fn actions() -> Column {
    Column::Actions(t!("roster.actions").into_owned())
}

/// A table; `children` are its rows.
#[component]
pub fn Table(
    /// From left to right.
    columns: Vec<Column>,
    /// On narrow screens each row becomes a block of its own.
    #[prop(optional)]
    stack: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let heads = columns
        .into_iter()
        .map(|column| match column {
            Column::Text(text) => view! { <th scope="col">{text}</th> }.into_any(),
            Column::Number(text) => view! {
                <th scope="col" class="num">
                    {text}
                </th>
            }
            .into_any(),
            Column::Actions(text) => view! {
                <th scope="col">
                    <span class="vh">{text}</span>
                </th>
            }
            .into_any(),
        })
        .collect_view();
    view! {
        <div class="table-wrap">
            <table class="table" class:table--stack=stack>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}
