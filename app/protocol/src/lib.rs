//! What the app's pages and its engine say to each other.
//!
//! Pages have screens and editors. The engine has the documents, the storage and the line to the relay, and runs in a
//! worker of its own. All that passes between them is here: values that pages show ([`view`]), what the user wants
//! ([`command`]), and the messages ([`message`]), encoded as JSON, whose code both have anyway. An editor's text is
//! changed at both ends at once: [`delta`] and [`strand`].

pub mod act;
pub mod command;
pub mod delta;
pub mod falls;
pub mod first_words;
pub mod message;
mod nested;
pub mod strand;
pub mod view;
pub mod words;
pub mod work;
