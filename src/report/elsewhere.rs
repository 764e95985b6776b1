//! Events that other systems wrote down, by their own clocks: JSON Lines, or what `describe-events` of RDS answers.

use super::text::clean;
use jiff::Timestamp;
use serde_json::Value;

/// One event from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// When, by the clock of its source.
    pub at: Timestamp,
    /// Who says so.
    pub source: String,
    /// What.
    pub text: String,
    /// Where it stands: `alerts.jsonl:3`.
    pub origin: String,
}

/// A line that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Where: `alerts.jsonl:3`.
    pub origin: String,
    /// Why.
    pub why: String,
}

/// Reads a file's text; `name` is how places in it are called. What cannot be read is named, the rest counts.
#[must_use]
pub fn parse(name: &str, text: &str) -> (Vec<Elsewhere>, Vec<Unread>) {
    let (mut events, mut unread) = (Vec::new(), Vec::new());
    let mut take = |origin: String, found: Result<(Timestamp, String, String), String>| match found {
        Ok((at, source, text)) => events.push(Elsewhere { at, source, text, origin }),
        Err(why) => unread.push(Unread { origin, why }),
    };
    let whole: Option<Value> = serde_json::from_str(text).ok();
    if let Some(list) = whole.as_ref().and_then(|whole| whole.get("Events")).and_then(Value::as_array) {
        for (index, event) in list.iter().enumerate() {
            take(format!("{name}#{}", index + 1), fields(event, "Date", "SourceIdentifier", "Message"));
        }
    } else {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line = serde_json::from_str(line).map_err(|e| format!("not JSON: {e}"));
            let found = line.and_then(|event: Value| fields(&event, "at", "source", "text"));
            take(format!("{name}:{}", index + 1), found);
        }
    }
    (events, unread)
}

fn fields(event: &Value, at: &str, source: &str, text: &str) -> Result<(Timestamp, String, String), String> {
    let string = |key: &str| {
        let value = event.get(key).and_then(Value::as_str).map(clean).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("no `{key}`"))
    };
    let time = match event.get(at) {
        // Seconds since 1970, as the API itself answers.
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds are enough")]
        Some(Value::Number(seconds)) => {
            let milliseconds = seconds.as_f64().map(|seconds| (seconds * 1000.0).round() as i64);
            milliseconds.and_then(|ms| Timestamp::from_millisecond(ms).ok())
        }
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => return Err(format!("no `{at}`")),
    };
    let time = time.ok_or_else(|| format!("`{at}` is no time with its zone, like 2026-11-20T14:32:00Z"))?;
    Ok((time, string(source)?, string(text)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn json_lines_and_what_rds_answers() {
        let text = "{\"at\":\"2026-11-20T23:57:10Z\",\"source\":\"pager\",\"text\":\"alert\"}\n\nnot json\n\
            {\"at\":\"2026-11-20 23:57\",\"source\":\"x\",\"text\":\"y\"}\n{\"at\":\"2026-11-20T23:57:10Z\",\"text\":\"y\"}\n";
        let (events, unread) = parse("a.jsonl", text);
        assert_eq!(events.len(), 1);
        assert_eq!((&*events[0].source, &*events[0].origin), ("pager", "a.jsonl:1"));
        let unread: Vec<&str> = unread.iter().map(|line| line.origin.as_str()).collect();
        assert_eq!(unread, ["a.jsonl:3", "a.jsonl:4", "a.jsonl:5"]);
        let rds = r#"{"Events":[{"SourceIdentifier":"writer","SourceType":"db-instance","Message":"Multi-AZ instance
            failover started","Date":"2026-11-20T23:57:20.123000+00:00"},{"SourceIdentifier":"w","Message":"m","Date":1795910240.5},{}]}"#;
        let (events, unread) = parse("rds.json", &rds.replace('\n', " "));
        assert_eq!(events.len(), 2);
        assert_eq!(events[1].at, "2026-11-28T23:57:20.5Z".parse().unwrap());
        assert_eq!(unread[0].origin, "rds.json#3");
    }
}
