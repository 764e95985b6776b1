//! A connection to a server, by a proxy where the environment names one.

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

/// How long a name, a connection and TLS may take together.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest answer of a proxy that is read.
const LONGEST: usize = 16 << 10;

/// A stream to a server.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// Who reads a request.
pub(super) enum Reader {
    /// The server.
    Server,
    /// A proxy, which wants to see the whole address, and this if it was given.
    Proxy(Option<HeaderValue>),
}

/// An open connection.
pub(super) struct Connection {
    pub(super) io: Box<dyn Io>,
    /// Who reads the request.
    pub(super) reader: Reader,
}

/// Connects. Nothing of the request has been sent when this fails.
///
/// # Errors
/// What failed, and what to look at.
pub(super) async fn connect(url: &Url) -> Result<Connection, String> {
    let late = |_| {
        format!("no connection to {} within {} s: is it up, and reachable from here?", place(url), CONNECT.as_secs())
    };
    tokio::time::timeout(CONNECT, open(url)).await.map_err(late)?
}

/// Host and port, for people.
pub(super) fn place(url: &Url) -> String {
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

async fn open(url: &Url) -> Result<Connection, String> {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(80));
    let uri: Uri = format!("{}://{host}:{port}/", url.scheme()).parse().map_err(|e| format!("{}: {e}", place(url)))?;
    let Some(proxy) = Matcher::from_env().intercept(&uri) else {
        let io = tcp(host, port).await?;
        return Ok(Connection { io: secured(url, Box::new(io)).await?, reader: Reader::Server });
    };
    let at = proxy.uri();
    if at.scheme_str() != Some("http") {
        let scheme = at.scheme_str().unwrap_or_default();
        return Err(format!(
            "the proxy of the environment is one of `{scheme}`, and only `http://` is spoken to: unset it"
        ));
    }
    let mut io =
        tcp(at.host().unwrap_or_default(), at.port_u16().unwrap_or(80)).await.map_err(|e| format!("the proxy: {e}"))?;
    let auth = proxy.basic_auth().cloned();
    if url.scheme() == "http" {
        return Ok(Connection { io: Box::new(io), reader: Reader::Proxy(auth) });
    }
    tunnel(&mut io, &format!("{host}:{port}"), auth.as_ref()).await?;
    Ok(Connection { io: secured(url, Box::new(io)).await?, reader: Reader::Server })
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    TcpStream::connect((bare, port)).await.map_err(|error| {
        let advice = if error.kind() == std::io::ErrorKind::ConnectionRefused {
            "does it run there?"
        } else {
            "is the name right?"
        };
        format!("no connection to {host}:{port}: {error}: {advice}")
    })
}

/// Asks a proxy to let us through to a server.
async fn tunnel(io: &mut TcpStream, to: &str, auth: Option<&HeaderValue>) -> Result<(), String> {
    let wrong = |e: std::io::Error| format!("the proxy does not let us through to {to}: {e}");
    let mut ask = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
    if let Some(auth) = auth {
        ask.extend_from_slice(b"Proxy-Authorization: ");
        ask.extend_from_slice(auth.as_bytes());
        ask.extend_from_slice(b"\r\n");
    }
    ask.extend_from_slice(b"\r\n");
    io.write_all(&ask).await.map_err(wrong)?;
    let mut said = Vec::new();
    // What follows is the server's: not one byte too many.
    while !said.ends_with(b"\r\n\r\n") {
        if said.len() >= LONGEST {
            return Err(format!("the proxy says too much about {to}"));
        }
        said.push(io.read_u8().await.map_err(wrong)?);
    }
    let first = String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned();
    match first.split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        _ => Err(format!("the proxy does not let us through to {to}: {first}")),
    }
}

/// TLS around it, when the address says so.
async fn secured(url: &Url, io: Box<dyn Io>) -> Result<Box<dyn Io>, String> {
    if url.scheme() != "https" {
        return Ok(io);
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host.clone()).map_err(|e| format!("`{host}` cannot have a certificate: {e}"))?;
    let config = TLS.clone()?;
    let stream = TlsConnector::from(config).connect(name, io).await.map_err(|error| {
        format!(
            "no secure connection to {}: {error}: its certificate is checked against this system's authorities \
             (`SSL_CERT_FILE` names others)",
            place(url)
        )
    })?;
    Ok(Box::new(stream))
}

/// The system's authorities; Mozilla's list where it has none.
static TLS: LazyLock<Result<Arc<ClientConfig>, String>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("TLS cannot be set up: {e}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
});
