//! How large the app is, file by file, and what a first visit costs.

use std::fmt::Display;

use crate::web::Dist;
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

    /// Whether the first screen waits for this file; the rest is fetched behind it.
    fn first_load(&self) -> bool {
        let part = ["app-", "engine-", "styles-"].iter().any(|it| self.name.starts_with(it));
        part || self.name == "index.html"
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
        let first = self.sizes.iter().filter(|size| size.first_load());
        let (raw, sent) = total(first);
        println!("{:<36} {raw:>11} {sent:>11}", "first load");
        let (raw, sent) = total(self.sizes.iter().filter(|size| is_for_offline(&size.name)));
        println!("{:<36} {raw:>11} {sent:>11}\n", "all, for offline use");
    }
}

fn total<'a>(sizes: impl Iterator<Item = &'a Size>) -> (String, String) {
    let (raw, sent) = sizes.fold((0, 0), |(raw, sent), size| (raw + size.raw, sent + size.sent()));
    (kilobytes(raw), kilobytes(sent))
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} kB", bytes as f64 / 1_000.0)
}
