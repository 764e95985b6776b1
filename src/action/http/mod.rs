//! HTTP, one request on a connection of its own: what was sent, and what was not, is known.

mod connect;
mod request;

use super::group::{Say, Went, trouble};
use super::ssh::stopped;
use crate::driver::ports::{Control, End, JUDGED, Job};
use crate::engine::judge::Part;
use crate::runbook::model::Effect;
use bytes::Bytes;
use connect::{Reader, connect, place};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper_util::rt::TokioIo;
use request::Request;
use serde_json::json;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long an answer may take, when the fence does not say.
const LIMIT: Duration = Duration::from_secs(30);
/// Redirects that are followed.
const HOPS: usize = 5;
/// How much of an answer a message quotes.
const QUOTED: usize = 200;

/// An answer.
struct Answer {
    status: u16,
    reason: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    truncated: bool,
}

/// Why there is none.
enum Missing {
    /// Nothing was sent.
    Unsent(String),
    /// Something was.
    Broken(String),
    TimedOut(Duration),
    Stopped,
}

/// Runs a job whose text is a request.
pub(super) async fn run(job: &Job, say: &Say, control: watch::Receiver<Control>) -> Went {
    let name = say.member();
    let request = match Request::parse(&job.text) {
        Ok(request) => request,
        Err(why) => return Went::not_begun(name, End::Spawn(why)),
    };
    if job.read_only && !request.reads() {
        let why = format!("a `{}` is not proven to read: a walkthrough runs only what is proven", request.method);
        return Went::not_begun(name, End::WrongTarget(why));
    }
    let sent = Cell::new(false);
    let began = Instant::now();
    let limit = job.timeout.unwrap_or(LIMIT);
    let answer = tokio::select! {
        biased;
        () = stopped(control) => Err(Missing::Stopped),
        () = tokio::time::sleep(limit) => Err(Missing::TimedOut(limit)),
        answer = follow(&request, say, &sent) => answer,
    };
    let took = began.elapsed();
    match answer {
        Ok(answer) => answered(job, say, answer, took).await,
        Err(missing) => {
            let end = end(job, &request, missing, sent.get());
            say.hear(true, format!("{}\n", trouble(&end).unwrap_or_default()).as_bytes()).await;
            Went::not_begun(name, end)
        }
    }
}

/// Without an answer nobody knows what a write has done; a read has done nothing.
fn end(job: &Job, request: &Request, missing: Missing, sent: bool) -> End {
    let place = place(&request.url);
    let harmless = job.effect == Effect::Read;
    let unknown = |what: &str| End::Lost(format!("{what}: {place} may have carried it out: look before you go on"));
    match missing {
        Missing::Unsent(why) => End::Spawn(why),
        Missing::Broken(why) if harmless => End::Server(why),
        Missing::Broken(why) => unknown(&why),
        Missing::TimedOut(limit) if harmless => End::TimedOut(limit),
        Missing::TimedOut(limit) if sent => unknown(&format!("no whole answer within {limit:?}")),
        Missing::TimedOut(limit) => End::Spawn(format!("no connection to {place} within {limit:?}: is it up?")),
        Missing::Stopped if harmless || !sent => End::Stopped,
        Missing::Stopped => unknown("it was stopped after it was sent"),
    }
}

/// Asks, and goes where it is sent on to, when it only asks.
async fn follow(request: &Request, say: &Say, sent: &Cell<bool>) -> Result<Answer, Missing> {
    let mut request = request.clone();
    for hop in 0.. {
        let answer = exchange(&request, sent).await?;
        let location = answer.headers.get("location").filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308));
        let (Some(location), true) = (location, matches!(request.method.as_str(), "GET" | "HEAD")) else {
            return Ok(answer);
        };
        let broken = |why: &str| Missing::Broken(format!("HTTP {} to `{location}`: {why}", answer.status));
        let to = request.url.join(location).map_err(|e| broken(&e.to_string()))?;
        if hop == HOPS {
            return Err(broken(&format!("more than {HOPS} redirects")));
        }
        if to.scheme() != "https" && (request.url.scheme() == "https" || to.scheme() != "http") {
            return Err(broken("from a secure address to one that is not"));
        }
        say.hear(true, format!("HTTP {} → {to}\n", answer.status).as_bytes()).await;
        if to.origin() != request.url.origin() {
            // What lets us in here is nobody else's business.
            let secret = ["authorization", "cookie", "private-token", "api-key"];
            request.headers.retain(|(name, _)| {
                let name = name.to_lowercase();
                !secret.contains(&name.as_str()) && !name.starts_with("x-")
            });
        }
        request.url = to;
    }
    Err(Missing::Unsent("no request was made".to_owned()))
}

/// The status that a GET of this address gives, redirects followed. Dropping it ends it.
///
/// # Errors
/// Why there is none.
pub async fn status(url: &str) -> Result<u16, String> {
    let mut request = Request::parse(&format!("GET {url}"))?;
    for _ in 0..HOPS {
        let answer = exchange(&request, &Cell::new(false)).await.map_err(|missing| match missing {
            Missing::Unsent(why) | Missing::Broken(why) => why,
            Missing::TimedOut(limit) => format!("no answer within {limit:?}"),
            Missing::Stopped => "stopped".to_owned(),
        })?;
        let location = answer.headers.get("location").filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308));
        let Some(location) = location else { return Ok(answer.status) };
        let to = request.url.join(location).map_err(|e| format!("HTTP {} to `{location}`: {e}", answer.status))?;
        if to.scheme() != "https" && (request.url.scheme() == "https" || to.scheme() != "http") {
            return Err(format!("HTTP {} from a secure address to one that is not", answer.status));
        }
        request.url = to;
    }
    Err(format!("more than {HOPS} redirects"))
}

/// The connection's own work, ended when nobody waits for it.
struct Work(tokio::task::JoinHandle<()>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One request and its answer.
async fn exchange(request: &Request, sent: &Cell<bool>) -> Result<Answer, Missing> {
    let connection = connect(&request.url).await.map_err(Missing::Unsent)?;
    let message = message(request, &connection.reader).map_err(Missing::Unsent)?;
    let handshake = http1::handshake(TokioIo::new(connection.io)).await;
    let (mut sender, work) = handshake.map_err(|e| Missing::Unsent(told(&e)))?;
    let _work = Work(tokio::spawn(async move { work.await.unwrap_or_default() }));
    sent.set(true);
    let place = place(&request.url);
    let broken = |e: &hyper::Error| Missing::Broken(format!("{place} gave no whole answer: {}", told(e)));
    let response = sender.send_request(message).await.map_err(|e| broken(&e))?;
    let (parts, mut body) = response.into_parts();
    let (mut kept, mut truncated) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|e| broken(&e))?.into_data() else { continue };
        let room = JUDGED.saturating_sub(kept.len()).min(data.len());
        kept.extend_from_slice(&data[..room]);
        if room < data.len() {
            truncated = true;
            break;
        }
    }
    Ok(Answer {
        status: parts.status.as_u16(),
        reason: parts.status.canonical_reason().unwrap_or_default().to_owned(),
        headers: lower(&parts.headers),
        body: kept,
        truncated,
    })
}

/// An error with what is behind it.
fn told(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn lower(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        out.entry(name.as_str().to_owned()).and_modify(|all| *all = format!("{all}, {value}")).or_insert(value);
    }
    out
}

fn message(request: &Request, reader: &Reader) -> Result<hyper::Request<Full<Bytes>>, String> {
    let url = &request.url;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = format!("{}{port}", url.host_str().unwrap_or_default());
    let target = if matches!(reader, Reader::Proxy(_)) { format!("{}://{host}{path}", url.scheme()) } else { path };
    let mut builder = hyper::Request::builder().method(request.method.as_str()).uri(target);
    for (name, value) in &request.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    let agent = concat!("runbook/", env!("CARGO_PKG_VERSION"));
    for (name, value) in [("host", host.as_str()), ("user-agent", agent), ("accept", "*/*")] {
        if !request.has(name) {
            builder = builder.header(name, value);
        }
    }
    if !request.has("content-type") && serde_json::from_str::<serde_json::Value>(&request.body).is_ok() {
        builder = builder.header("content-type", "application/json");
    }
    if let Reader::Proxy(Some(auth)) = reader {
        builder = builder.header("proxy-authorization", auth);
    }
    builder
        .body(Full::new(Bytes::from(request.body.clone())))
        .map_err(|e| format!("the request cannot be written as HTTP: {e}"))
}

/// What an answer means: one of 400 and more is an error, unless the runbook judges the status itself.
async fn answered(job: &Job, say: &Say, answer: Answer, took: Duration) -> Went {
    let Answer { status, reason, headers, body, truncated } = answer;
    let elapsed = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    say.hear(true, format!("HTTP {status} in {elapsed} ms\n").as_bytes()).await;
    let text = match String::from_utf8(body) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    say.hear(false, text.as_bytes()).await;
    if !text.is_empty() && !text.ends_with('\n') {
        say.hear(false, b"\n").await;
    }
    let json: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let end = if status < 400 || job.status_judged {
        End::Exit(0)
    } else {
        let quoted: String = text.trim().chars().take(QUOTED).collect();
        let quoted = if quoted.is_empty() || job.secret_output { quoted } else { format!(": {quoted}") };
        End::Server(format!("HTTP {status} {reason}{quoted}"))
    };
    let mut names = BTreeMap::from([
        ("status".to_owned(), json!(status)),
        ("body".to_owned(), json!(text)),
        ("headers".to_owned(), json!(headers)),
        ("elapsed_ms".to_owned(), json!(elapsed)),
        ("truncated".to_owned(), json!(truncated)),
    ]);
    names.extend(json.clone().map(|json| ("json".to_owned(), json)));
    let part = Part {
        member: say.member().to_owned(),
        trouble: trouble(&end),
        stdout: text,
        json,
        summary: format!("HTTP {status}, {elapsed} ms"),
        names,
        ..Part::default()
    };
    Went { end, part, remarks: Vec::new() }
}
