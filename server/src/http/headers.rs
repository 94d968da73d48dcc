//! What every answer says about how it may be used.

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Shared;

/// What a page of ours has no use for.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";
/// Half a year: a relay that gives up TLS is one that people cannot reach until then.
const HSTS: &str = "max-age=15552000";

/// Says it on every answer.
pub(super) async fn secure(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let policy = policy(request.headers());
    let mut response = next.run(request).await;
    let headers = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ];
    let out = response.headers_mut();
    for (name, value) in headers {
        out.insert(name, HeaderValue::from_static(value));
    }
    if shared.tls {
        out.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Answers of endpoints are about one person, now.
pub(super) async fn not_stored<B>(mut response: axum::http::Response<B>) -> axum::http::Response<B> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What a page may load and whom it may talk to: the relay that served it. Its sockets are named, since not all browsers
/// count them as their own origin's. Every answer has it, scripts too: a worker goes by the policy of its own script, and
/// which scripts may be one follows from `script-src`.
///
/// Chromium 90 to 96, which offices still have, knows no `'wasm-unsafe-eval'` and compiles WebAssembly only where scripts may
/// be made of texts, too. Those browsers are told so, and no others.
fn policy(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    // What could not stand in a policy as it is stays out of it.
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    let host = host.filter(|host| host.as_str().chars().all(plain));
    let sockets = host.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let compiles = if knows_wasm(agent) { "'wasm-unsafe-eval'" } else { "'wasm-unsafe-eval' 'unsafe-eval'" };
    format!(
        "default-src 'self'; script-src 'self' {compiles}; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// Whether a browser lets a policy allow WebAssembly by itself; all but Chromium before 97 of those that can run the app.
fn knows_wasm(agent: &str) -> bool {
    let version = agent.split("Chrome/").nth(1).and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    version.is_none_or(|version| version >= 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_browsers_that_know_no_better_may_make_scripts_of_texts() {
        let evaluates = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_str(agent).expect("a value"));
            policy(&headers).contains(" 'unsafe-eval'")
        };
        let chromium = |version: &str| {
            format!(
                "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36"
            )
        };
        for (version, expected) in [("90.0.4430.212", true), ("96.0.4664.45", true), ("97.0.4692.71", false)] {
            assert_eq!(evaluates(&chromium(version)), expected, "{version}");
        }
        assert!(evaluates(&format!("{} QIHU 360EE", chromium("95.0.4638.69"))));
        for other in ["", "Chrome/", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"] {
            assert!(!evaluates(other), "{other}");
        }
        assert!(!policy(&HeaderMap::new()).contains(" 'unsafe-eval'"));
    }

    #[test]
    fn a_page_talks_to_the_relay_that_served_it_and_to_nobody_else() {
        let connect = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).expect("a value"));
            let policy = policy(&headers);
            let part = policy.split("; ").find(|part| part.starts_with("connect-src")).map(str::to_owned);
            part.expect("a part")
        };
        assert_eq!(connect("huigao.lan:8443"), "connect-src 'self' ws://huigao.lan:8443 wss://huigao.lan:8443");
        assert_eq!(connect("10.0.0.1"), "connect-src 'self' ws://10.0.0.1 wss://10.0.0.1");
        for strange in ["[::1]:8787", "a; script-src *", "a b", "*", "a@b"] {
            assert_eq!(connect(strange), "connect-src 'self'", "{strange}");
        }
        assert!(policy(&HeaderMap::new()).contains("connect-src 'self';"));
    }
}
