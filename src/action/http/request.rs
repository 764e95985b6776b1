//! A request as a fence writes it: `METHOD URL`, then headers and an empty line if there are any, then the body.

use url::Url;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Headers that are meant as such even when nothing parts them from a body.
const USUAL: [&str; 14] = [
    "accept",
    "api-key",
    "authorization",
    "cache-control",
    "content-type",
    "cookie",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "origin",
    "prefer",
    "private-token",
    "referer",
    "user-agent",
];

impl Request {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (method, address) =
            head.trim().split_once(' ').ok_or("write `METHOD URL`, as in `GET https://host/health`")?;
        let url = Url::parse(address.trim()).map_err(|e| format!("`{}` is not an address: {e}", address.trim()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(format!(
                "`{address}` is no address of HTTP: it begins with `https://` or `http://` and a host"
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address holds no user and no password here: write an `Authorization` header".to_owned());
        }
        let reads = matches!(method, "GET" | "HEAD" | "OPTIONS" | "DELETE");
        let (headers, body) = headers(rest, reads)?;
        if !body.is_empty() && matches!(method, "GET" | "HEAD") {
            return Err(format!(
                "a `{method}` has no body: write headers as `Name: value`, and what is sought behind `?`"
            ));
        }
        Ok(Self { method: method.to_owned(), url, headers, body })
    }

    /// Whether the method is one that asks and changes nothing.
    pub(super) fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether there is such a header.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }
}

/// Headers and body. Without an empty line between them it must be clear which of the two there is.
fn headers(text: &str, no_body: bool) -> Result<(Vec<(String, String)>, String), String> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim().is_empty() {
            return Ok((found, after.to_owned()));
        }
        let Some(header) = header(line) else {
            // What looked like headers was the beginning of the body; or the empty line was forgotten.
            let doubtful = !found.is_empty() && found.iter().all(usual);
            return if doubtful { Err(UNCLEAR.to_owned()) } else { Ok((Vec::new(), text.to_owned())) };
        };
        found.push(header);
        rest = after;
    }
    if no_body || found.iter().all(usual) {
        return Ok((found, String::new()));
    }
    Err(UNCLEAR.to_owned())
}

const UNCLEAR: &str = "are these lines headers or the body? write the headers, an empty line, then the body; \
     a `Content-Type` header is enough";

fn usual((name, _): &(String, String)) -> bool {
    let name = name.to_lowercase();
    name.starts_with("x-") || USUAL.contains(&name.as_str())
}

/// `Name: value`.
fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    let parted = value.is_empty() || value.starts_with([' ', '\t']);
    (named && parted).then(|| (name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Request {
        Request::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn headers_and_bodies() {
        let both = read("POST http://h/x\nAuthorization: Bearer a:b\nX-One: 1\n\n{\"a\": 1}\n");
        assert_eq!(both.headers[0], ("Authorization".to_owned(), "Bearer a:b".to_owned()));
        assert_eq!((both.headers.len(), both.body.as_str()), (2, "{\"a\": 1}\n"));
        assert_eq!(read("POST http://h/x\n{\"a\":\n\"b: c\"}").body, "{\"a\":\n\"b: c\"}");
        assert_eq!(read("POST http://h/x\nkey: value\n- item").body, "key: value\n- item");
        assert_eq!(read("POST http://h/x\nAuthorization: t").headers.len(), 1);
        assert_eq!(read("GET http://h/x\nAny-Name: t").headers.len(), 1);
        assert_eq!(read("GET http://h/x").headers.len(), 0);
        for (text, said) in [
            ("POST http://h/x\nkey: value", "headers or the body?"),
            ("POST http://h/x\nAuthorization: t\n{}", "headers or the body?"),
            ("GET http://h/x\nhello", "has no body"),
            ("GET ftp://h/x", "no address of HTTP"),
            ("GET /x", "is not an address"),
            ("GET https://u:p@h/", "an `Authorization` header"),
            ("GET", "METHOD URL"),
        ] {
            let Err(why) = Request::parse(text) else { panic!("{text} was read") };
            assert!(why.contains(said), "{why}");
        }
    }
}
