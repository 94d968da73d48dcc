//! TLS: certificates read from files and read again when they change, and a small authority for closed networks.

mod authority;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use authority::{Made, keep_private, make};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// A certificate and its key in files.
#[derive(Clone, Debug)]
pub struct Files {
    /// The certificate, and those that it follows from, in PEM.
    pub certificate: PathBuf,
    /// Its private key in PEM.
    pub key: PathBuf,
}

impl Files {
    fn changed(&self) -> Option<(SystemTime, SystemTime)> {
        let changed = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
        Some((changed(&self.certificate)?, changed(&self.key)?))
    }

    fn read(&self) -> Result<TlsAcceptor> {
        let path = |path: &Path| path.display().to_string();
        let certificates = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
            .with_context(|| format!("{} is no certificate in PEM", path(&self.certificate)))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .with_context(|| format!("{} is no private key in PEM", path(&self.key)))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .context("the certificate and the key do not belong together")?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// An acceptor that follows the files: a renewed certificate is used from the next connection on.
///
/// # Errors
/// If the files cannot be used at the start. Later a pair that does not fit is told in the log, and the last good one
/// goes on.
pub fn follow(files: Files) -> Result<impl Fn() -> TlsAcceptor + Send + 'static> {
    let mut seen = files.changed();
    let current = Arc::new(RwLock::new(files.read()?));
    let next = current.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK).await;
            let found = files.changed();
            if found.is_none() || found == seen {
                continue;
            }
            match files.read() {
                Ok(acceptor) => {
                    seen = found;
                    *next.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
                    tracing::info!("the certificate was read again");
                }
                // One of the two may not be written yet: it is looked at again.
                Err(error) => tracing::warn!(error = format!("{error:#}"), "the changed certificate cannot be used"),
            }
        }
    });
    Ok(move || current.read().unwrap_or_else(PoisonError::into_inner).clone())
}
