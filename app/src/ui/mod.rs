//! The screens: they render plain values that the engine has told and send commands back.
//!
//! Owns: pages, words, focus, keys. May not touch: the Automerge documents, storage, the network, or any browser
//! interface that `platform` does not wrap (elements and events come typed from Leptos).

mod app;
mod aside;
mod asked;
mod audit;
mod authors;
mod chip;
mod desk;
mod devices;
mod dialogs;
mod editor;
mod editor_figures;
mod editor_outline;
mod editor_panel;
mod editor_state;
mod editor_tools;
mod export;
mod figures;
mod handed;
mod invitations;
mod invite_many;
mod join;
mod kept_slips;
mod lang;
mod late;
mod list;
mod list_model;
mod list_rows;
mod list_window;
mod merged;
mod merged_lines;
mod merged_notice;
mod merged_open;
mod merged_panel;
mod merged_paper;
mod merged_reader;
mod merged_tree;
mod moved;
mod names;
mod office;
mod parts;
mod people;
mod picking;
mod printing;
mod recent;
mod renumber;
mod roster;
mod roster_acts;
mod route;
mod settings;
mod shell;
mod slips;
mod soon;
mod strips;
mod sync_words;
mod table;
mod tabs;
mod templates;
mod who;
mod who_everybody;

/// Puts the app into the page.
pub fn start() {
    lang::Lang::remembered().choose();
    leptos::mount::mount_to_body(app::App);
}
