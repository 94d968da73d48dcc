//! Brotli and gzip, as hard as they go: it is done once here, and never while serving.

use std::io::Write;

use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Files up to this size fit into one packet anyway.
const SMALL: usize = 1024;

const COMPRESSIBLE: [&str; 11] =
    ["css", "csv", "html", "js", "json", "svg", "toml", "txt", "wasm", "webmanifest", "xml"];

/// Whether a file is served compressed to clients that can take it.
pub fn worthwhile(name: &str, content: &[u8]) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    content.len() > SMALL && extension.is_some_and(|it| COMPRESSIBLE.contains(&it))
}

/// Brotli at quality 11 with the largest window that every browser takes.
pub fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let options = BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: content.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut compressed, &options)?;
    Ok(compressed)
}

/// Gzip at level 9.
pub fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_compressed_can_be_read_again() -> Result<()> {
        let content = "汇稿 ".repeat(1_000).into_bytes();
        assert!(worthwhile("a.js", &content));
        assert!(!worthwhile("a.png", &content));
        assert!(!worthwhile("a.js", b"small"));

        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli(&content)?, &mut unpacked)?;
        assert_eq!(unpacked, content);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*gzip(&content)?).read_to_end(&mut unpacked)?;
        assert_eq!(unpacked, content);
        Ok(())
    }
}
