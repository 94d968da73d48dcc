//! A certificate authority of one's own, for networks that no public one reaches.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::private;

/// Years that the authority is good for, and days that a server's certificate is: browsers refuse more.
const CA_DAYS: i64 = 3650;
const SERVER_DAYS: i64 = 397;

/// What was made.
pub struct Made {
    /// The authority's certificate: the one that PCs must trust.
    pub authority: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's key.
    pub key: PathBuf,
    /// Whether the authority was there before.
    pub renewed: bool,
}

/// Makes an authority in the folder, unless there is one, and a certificate for these names and addresses.
///
/// # Errors
/// If a file cannot be read or written, or a name is none.
pub fn make(folder: &Path, names: &[String]) -> Result<Made> {
    if names.is_empty() {
        bail!(
            "name the addresses by which PCs reach this relay, for instance --name 10.20.0.5 --name huigao.county.lan"
        );
    }
    private::make_folder(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let path = |name: &str| folder.join(name);
    let (ca_file, ca_key_file) = (path("ca.crt"), path("ca.key"));
    let renewed = ca_file.exists();
    let issuer = if renewed {
        let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()));
        let key = KeyPair::from_pem(&read(&ca_key_file)?).context("ca.key is no private key")?;
        Issuer::from_ca_cert_pem(&read(&ca_file)?, key).context("ca.crt is no certificate")?
    } else if ca_key_file.exists() {
        // Another authority in its place would be one that no PC trusts.
        bail!(
            "{} is there, but ca.crt is not: put it back, or move the key away to make a new authority",
            ca_key_file.display()
        );
    } else {
        let key = KeyPair::generate()?;
        let params = authority_params()?;
        // The key first: a certificate without it would be of no use ever after.
        write_secret(&ca_key_file, &key.serialize_pem())?;
        fs::write(&ca_file, params.self_signed(&key)?.pem())?;
        Issuer::new(params, key)
    };
    let key = KeyPair::generate()?;
    let certificate = server_params(names)?.signed_by(&key, &issuer)?;
    let (certificate_file, key_file) = (path("server.crt"), path("server.key"));
    write_secret(&key_file, &key.serialize_pem())?;
    fs::write(&certificate_file, certificate.pem())?;
    Ok(Made { authority: ca_file, certificate: certificate_file, key: key_file, renewed })
}

/// Keeps what was made in the folder from others on this machine, whatever rights it came with.
pub fn keep_private(folder: &Path) {
    for path in [folder.to_owned(), folder.join("ca.key"), folder.join("server.key")] {
        private::keep(&path);
    }
}

fn authority_params() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name = named("Huigao local authority");
    (params.not_before, params.not_after) = validity(CA_DAYS);
    Ok(params)
}

fn server_params(names: &[String]) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(names.to_vec()).context("a name is neither a host name nor an address")?;
    params.distinguished_name = named(&names[0]);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = validity(SERVER_DAYS);
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// From a day ago, since clocks of office PCs differ.
fn validity(days: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let now = time::OffsetDateTime::now_utc();
    (now - time::Duration::days(1), now + time::Duration::days(days - 1))
}

/// Writes a file that only its owner may read, from its first byte on.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("{} cannot be written", path.display()))?;
    // One that was there keeps the rights it had.
    private::keep(path);
    Ok(file.write_all(text.as_bytes())?)
}
