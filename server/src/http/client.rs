//! Where a request came from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::Shared;
use super::error::ApiError;

/// The other end of a connection.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The other end of a request's connection.
pub(super) struct Client(pub SocketAddr);

impl FromRequestParts<Shared> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        let peer = ConnectInfo::<Peer>::from_request_parts(parts, shared).await;
        let ConnectInfo(Peer(peer)) = peer.map_err(|_| ApiError::internal("no peer address"))?;
        Ok(Self(peer))
    }
}

/// The address by which a request is counted.
pub(super) struct Address(pub IpAddr);

impl FromRequestParts<Shared> for Address {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, ApiError> {
        let Client(peer) = Client::from_request_parts(parts, shared).await?;
        Ok(Self(address(peer, &parts.headers, shared.behind_proxy)))
    }
}

/// The address by which knocks are counted: behind a proxy on this machine, the one that the proxy saw.
pub(super) fn address(peer: SocketAddr, headers: &HeaderMap, behind_proxy: bool) -> IpAddr {
    let forwarded = || {
        let header = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        // The last one is the proxy's own word; those before it are whatever the client said.
        parsed(header.rsplit(',').next()?.trim())
    };
    if behind_proxy && peer.ip().is_loopback() { forwarded().unwrap_or(peer.ip()) } else { peer.ip() }
}

/// An address as proxies write it: alone, or with the port that the client came from.
fn parsed(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|peer| peer.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    text.parse::<IpAddr>().ok().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_that_was_announced_is_believed_and_only_its_own_word() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.1.1.1, 10.0.0.9".parse().expect("a value"));
        let proxy: SocketAddr = "127.0.0.1:9".parse().expect("an address");
        let stranger: SocketAddr = "10.0.0.5:9".parse().expect("an address");
        let seen = |peer, behind| address(peer, &headers, behind).to_string();
        assert_eq!(seen(proxy, true), "10.0.0.9");
        assert_eq!(seen(proxy, false), "127.0.0.1");
        assert_eq!(seen(stranger, true), "10.0.0.5");
    }

    #[test]
    fn a_proxy_may_name_the_port_as_well() {
        let proxy: SocketAddr = "127.0.0.1:9".parse().expect("an address");
        for (said, meant) in [
            ("10.0.0.9:51234", "10.0.0.9"),
            ("1.1.1.1, 10.0.0.9:51234", "10.0.0.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("unknown", "127.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", said.parse().expect("a value"));
            assert_eq!(address(proxy, &headers, true).to_string(), meant, "{said}");
        }
    }
}
