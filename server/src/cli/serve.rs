//! `huigao serve`

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::net::TcpListener;

use super::Data;
use crate::assets::Assets;
use crate::driver::{Relay, StorageEnd, StorageThreads, run_errands};
use crate::hub::roster::MAX_STEPS;
use crate::hub::{Config, Hub, Snapshot};
use crate::listener::Listener;
use crate::office::{KnownDevices, Office};
use crate::store::Store;
use crate::{demo, http, tls};

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    data: Data,
    /// The address to listen on.
    #[arg(long, env = "HUIGAO_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, env = "HUIGAO_PORT", default_value_t = 8787)]
    port: u16,
    /// Demonstration mode: a made-up county, and whoever is on this machine may be anyone in it.
    #[arg(long, env = "HUIGAO_DEMO")]
    demo: bool,
    /// The certificate in PEM, with those it follows from: the relay then serves TLS, and reads it again when it changes.
    #[arg(long, env = "HUIGAO_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM.
    #[arg(long, env = "HUIGAO_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy on this machine passes requests on and says in X-Forwarded-For where they come from.
    #[arg(long, env = "HUIGAO_BEHIND_PROXY")]
    behind_proxy: bool,
    /// Serve the app from this folder instead of from the program itself.
    #[arg(long, hide = true)]
    assets: Option<PathBuf>,
}

pub(super) fn run(options: Options) -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .json()
        .init();
    if options.demo && options.behind_proxy {
        bail!("behind a proxy nobody is on this machine: demonstration mode cannot be used with --behind-proxy");
    }
    if options.demo && !options.host.is_loopback() {
        bail!(
            "{} is reachable from elsewhere, and in demonstration mode anybody may be anyone: use --host 127.0.0.1",
            options.host
        );
    }
    // One thread for the hub and all sockets: handing a frame over then wakes nobody.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let storage = runtime.block_on(serve(options))?;
    // With it go all tasks, and with those the office's connection to the store and whatever could hand the storage
    // threads anything.
    drop(runtime);
    storage.wait();
    Ok(())
}

async fn serve(options: Options) -> Result<StorageEnd> {
    let mut store = Store::open(&options.data.data)?;
    tls::keep_private(&options.data.data.join("tls"));
    if options.demo {
        demo::fill(&mut store).context("the demonstration county could not be loaded")?;
    }
    let roster = Arc::new(store.roster()?.unwrap_or_default());
    if roster.version == 0 && !options.host.is_loopback() {
        bail!(
            "{} is reachable from elsewhere, and there is no campaign yet, so nobody can be told apart: first `huigao init --campaign NAME`",
            options.host
        );
    }
    let address = SocketAddr::new(options.host, options.port);
    let socket = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another huigao running? Choose another with --port")
    })?;
    let address = socket.local_addr()?;
    let files = options.tls_cert.zip(options.tls_key).map(|(certificate, key)| tls::Files { certificate, key });
    let (scheme, listener) = match files {
        Some(files) => ("https", Listener::tls(socket, tls::follow(files)?)),
        None => ("http", Listener::plain(socket)),
    };
    let (runs, stored) = store.begin_run()?;
    let (records, unreadable) = store.records()?;
    if unreadable > 0 {
        tracing::error!(unreadable, "document records cannot be read and are left alone: run `huigao check`");
    }
    let (steps, awaiting) = (store.steps(MAX_STEPS)?, store.awaiting()?);
    let snapshot = Snapshot { records, runs, steps, awaiting, unreadable, full: !stored };
    let hub = Hub::new(Config::default(), &store.storage_id()?, roster, snapshot);
    let (reader, beside) = (store.reader()?, store.beside()?);
    let (relay, errands, storage) = Relay::start(hub, StorageThreads { writer: store, reader });
    let tell = relay.clone();
    let office = Arc::new(Mutex::new(Office::new(beside, Box::new(move |event| tell.tell(event)))?));
    tokio::spawn(run_errands(relay.clone(), office.clone(), errands));
    let known = office.lock().map_or_else(|_| KnownDevices::default(), |office| office.known_devices());
    let shared = http::Shared {
        relay: relay.clone(),
        office,
        known,
        turns: http::Turns::default(),
        hall: http::Hall::default(),
        doorkeeper: Arc::default(),
        etags: http::Etags::default(),
        assets: options.assets.map_or(Assets::Embedded, Assets::Folder),
        demo: options.demo,
        behind_proxy: options.behind_proxy,
        tls: scheme == "https",
    };
    if scheme == "http" && !options.host.is_loopback() {
        tracing::warn!("without HTTPS browsers neither enrol nor work offline: --tls-cert, or a proxy with TLS");
    }
    let told = stop_signal();
    println!("listening on {scheme}://{address}");
    let stop = async {
        told.await;
        tracing::info!("stopping: committing what is there");
        relay.stop().await;
    };
    http::serve(listener, http::router(shared), stop).await;
    Ok(storage)
}

/// Ends when the relay is told to stop. Whoever is told that it listens may stop it at once, so signals are heard from the
/// moment this is called.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok())
    };
    async move {
        #[cfg(unix)]
        if let [Some(mut interrupt), Some(mut terminate)] = signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
