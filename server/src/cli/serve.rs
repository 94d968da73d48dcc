//! `huigao serve`

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::net::TcpListener;

use super::Data;
use crate::assets::Assets;
use crate::driver::{Relay, StorageThreads};
use crate::hub::{Config, Hub, Snapshot};
use crate::store::Store;
use crate::{demo, http};

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
    // Who may connect cannot be told apart yet without the machine's own walls.
    if !options.host.is_loopback() {
        bail!(
            "{} is reachable from elsewhere, and until people can be enrolled only this machine may connect: use --host 127.0.0.1",
            options.host
        );
    }
    // One thread for the hub and all sockets: handing a frame over then wakes nobody.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(options))
}

async fn serve(options: Options) -> Result<()> {
    let mut store = Store::open(&options.data.data)?;
    if options.demo {
        demo::fill(&mut store).context("the demonstration county could not be loaded")?;
    }
    let roster = Arc::new(demo::roster_of(&store)?.unwrap_or_default());
    let runs = store.begin_run()?;
    let (records, unreadable) = store.records()?;
    if unreadable > 0 {
        tracing::error!(unreadable, "document records cannot be read and are left alone: run `huigao check`");
    }
    let hub = Hub::new(Config::default(), &store.storage_id()?, roster.clone(), Snapshot { records, runs });
    let (reader, tokens) = (store.reader()?, store.reader()?);
    let relay = Relay::start(hub, StorageThreads { writer: store, reader });
    let shared = http::Shared {
        relay: relay.clone(),
        store: Arc::new(Mutex::new(tokens)),
        roster,
        assets: options.assets.map_or(Assets::Embedded, Assets::Folder),
        demo: options.demo,
    };
    let address = SocketAddr::new(options.host, options.port);
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another huigao running? Choose another with --port")
    })?;
    println!("listening on http://{}", listener.local_addr()?);
    // Without this a small frame holds back the next one until the peer's delayed acknowledgement, up to 40 ms.
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket keeps its delay");
        }
    });
    let service = http::router(shared).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            stop_signal().await;
            tracing::info!("stopping: committing what is there");
            relay.stop().await;
        })
        .await?;
    Ok(())
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
