//! Checks on where a request comes from.

use axum::http::{HeaderMap, Uri, header};

/// Whether the page that opened a WebSocket is one that this relay served. Programs send no Origin.
pub(super) fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    origin.as_ref().and_then(Uri::authority).is_some_and(|authority| authority.as_str().eq_ignore_ascii_case(host))
}

/// Whether a request was made on this machine, to this machine: demonstration mode is for nobody else.
/// A proxy's forwarding headers mean that the real client is elsewhere; a foreign Host, that a page elsewhere
/// had its name resolve to us.
pub(super) fn is_local(client: std::net::SocketAddr, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name =
        host.parse::<axum::http::uri::Authority>().map(|authority| authority.host().to_owned()).unwrap_or_default();
    client.ip().is_loopback() && matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]") && !is_forwarded(headers)
}

/// Whether a proxy or a content network has passed a request on, by what these add.
fn is_forwarded(headers: &HeaderMap) -> bool {
    const NAMES: [&str; 17] = [
        "forwarded",
        "via",
        "x-real-ip",
        "x-real-port",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-original-forwarded-for",
        "x-original-host",
        "x-envoy-external-address",
        "x-azure-clientip",
        "x-appengine-user-ip",
        "true-client-ip",
        "fastly-client-ip",
        "ali-cdn-real-ip",
        "cdn-loop",
        "proxy-client-ip",
        "wl-proxy-client-ip",
    ];
    headers.keys().map(axum::http::HeaderName::as_str).any(|name| {
        NAMES.contains(&name) || ["x-forwarded", "x-proxy", "cf-"].iter().any(|start| name.starts_with(start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).try_into().expect("a name"), value.parse().expect("a value")))
            .collect()
    }

    #[test]
    fn only_pages_of_this_relay_open_sockets() {
        assert!(same_origin(&headers(&[("host", "127.0.0.1:8787"), ("origin", "http://127.0.0.1:8787")])));
        assert!(same_origin(&headers(&[("host", "127.0.0.1:8787")])));
        assert!(!same_origin(&headers(&[("host", "127.0.0.1:8787"), ("origin", "http://evil.example")])));
        assert!(!same_origin(&headers(&[("host", "127.0.0.1:8787"), ("origin", "null")])));
    }

    #[test]
    fn demonstration_mode_is_for_this_machine_only() {
        let here = "127.0.0.1:5".parse().expect("an address");
        let there = "10.0.0.9:5".parse().expect("an address");
        assert!(is_local(here, &headers(&[("host", "localhost:8787")])));
        assert!(!is_local(there, &headers(&[("host", "localhost:8787")])));
        assert!(!is_local(here, &headers(&[("host", "rebound.example:8787")])));
        for name in [
            "Forwarded",
            "Via",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "X-Forwarded-Port",
            "X-Real-IP",
            "CF-Connecting-IP",
            "CF-Ray",
            "True-Client-IP",
        ] {
            let mut headers = headers(&[("host", "localhost")]);
            headers
                .insert(name.parse::<axum::http::HeaderName>().expect("a name"), "10.0.0.9".parse().expect("a value"));
            assert!(!is_local(here, &headers), "{name}");
        }
    }
}
