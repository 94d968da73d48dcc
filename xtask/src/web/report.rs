//! How large the app is, file by file and in the parts in which it comes.

use std::fmt::Display;

use crate::web::Dist;
use crate::web::assemble::LATE;
use crate::web::precache::is_for_offline;

/// The size of one file.
pub struct Size {
    /// Its path beneath the output folder.
    pub name: String,
    /// Bytes as they are.
    pub raw: u64,
    /// Bytes with brotli, where the file is served so.
    pub brotli: Option<u64>,
}

impl Size {
    /// Bytes over the wire.
    fn sent(&self) -> u64 {
        self.brotli.unwrap_or(self.raw)
    }

    /// Whether a draft can be read and typed in once this file is here.
    fn is_first(&self) -> bool {
        let part = ["app-", "styles-"].iter().any(|it| self.name.starts_with(it));
        part || self.name == "index.html"
    }

    /// Whether this file comes behind the first screen.
    fn is_late(&self) -> bool {
        self.name.starts_with(LATE)
    }

    /// Whether this file is the engine's: nothing is saved before it is here.
    fn is_engine(&self) -> bool {
        self.name.starts_with("engine-")
    }
}

impl Dist {
    /// Prints a table of all files.
    pub fn print_sizes(&self, folder: impl Display) {
        println!("\n{folder}");
        println!("{:<36} {:>11} {:>11}", "file", "raw", "brotli");
        for size in &self.sizes {
            let brotli = size.brotli.map_or("–".to_owned(), kilobytes);
            println!("{:<36} {:>11} {brotli:>11}", size.name, kilobytes(size.raw));
        }
        for part in self.parts() {
            println!("{:<36} {:>11} {:>11}", part.what, kilobytes(part.raw), kilobytes(part.sent));
        }
        println!();
    }

    /// What the budget is about, by its names.
    pub fn parts(&self) -> [Part; 4] {
        [
            self.part("first", "first: to read and to type", Size::is_first),
            self.part("late", "late: behind the first screen", Size::is_late),
            self.part("engine", "engine: behind it, to save", Size::is_engine),
            self.part("all", "all, for offline use", |size| is_for_offline(&size.name)),
        ]
    }

    fn part(&self, name: &'static str, what: &'static str, is_of_it: impl Fn(&Size) -> bool) -> Part {
        let sizes = self.sizes.iter().filter(|size| is_of_it(size));
        let (raw, sent) = sizes.fold((0, 0), |(raw, sent), size| (raw + size.raw, sent + size.sent()));
        Part { name, what, raw, sent }
    }
}

/// Some of the files together.
pub struct Part {
    /// Its name in the budget.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Bytes as they are.
    pub raw: u64,
    /// Bytes over the wire.
    pub sent: u64,
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} kB", bytes as f64 / 1_000.0)
}
