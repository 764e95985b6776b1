//! The two streams of a command on a host, with our own words in them told apart from what the command says.

/// What comes before the command begins is only kept to explain why it did not.
const BEFORE: usize = 8 << 10;
/// No word of ours is longer.
const WORD: usize = 4 << 10;

/// What a stream says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The command's own.
    Text(Vec<u8>),
    /// The host greets, with facts about itself on one of the streams.
    Begin(Vec<String>),
    /// The command began, with this number there.
    Pid(i32),
    /// It ended with this status.
    End(i32),
}

/// One stream.
#[derive(Debug)]
pub(super) struct Stream {
    token: Vec<u8>,
    held: Vec<u8>,
    begun: bool,
    before: Vec<u8>,
}

impl Stream {
    /// `token` is what our own words begin with; nobody else knows it.
    pub(super) fn new(token: &str) -> Self {
        Self { token: token.as_bytes().to_vec(), held: Vec::new(), begun: false, before: Vec::new() }
    }

    /// What was said before the greeting.
    pub(super) fn before(&self) -> String {
        String::from_utf8_lossy(&self.before).into_owned()
    }

    /// Takes a piece, cut anywhere.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.held.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(at) = self.held.windows(self.token.len()).position(|w| w == self.token) {
            self.text(at, &mut events);
            let end = self.held.iter().position(|b| *b == b'\n');
            match end {
                Some(end) => {
                    let line: Vec<u8> = self.held.drain(..=end).collect();
                    events.extend(self.word(&String::from_utf8_lossy(&line[self.token.len()..])));
                }
                None if self.held.len() > WORD => self.text(self.token.len(), &mut events),
                None => return events,
            }
        }
        let kept = (1..self.token.len()).rev().find(|n| self.held.ends_with(&self.token[..*n])).unwrap_or(0);
        self.text(self.held.len() - kept, &mut events);
        events
    }

    /// The rest, at the stream's end.
    pub(super) fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        self.text(self.held.len(), &mut events);
        events
    }

    fn text(&mut self, length: usize, events: &mut Vec<Event>) {
        let text: Vec<u8> = self.held.drain(..length).collect();
        if text.is_empty() {
        } else if self.begun {
            events.push(Event::Text(text));
        } else {
            let room = BEFORE.saturating_sub(self.before.len()).min(text.len());
            self.before.extend_from_slice(&text[..room]);
        }
    }

    fn word(&mut self, line: &str) -> Option<Event> {
        let line = line.trim_end_matches('\n').strip_prefix(' ')?;
        if let Some(facts) = line.strip_prefix("begin") {
            self.begun = true;
            return Some(Event::Begin(facts.split('\t').skip(1).map(str::to_owned).collect()));
        }
        let (what, number) = line.split_once(' ')?;
        let number = number.parse().ok()?;
        match what {
            "pid" => Some(Event::Pid(number)),
            "end" => Some(Event::End(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ours_are_found_however_the_stream_is_cut() {
        let whole = b"motd\nT0k3n begin\th\tu\nT0k out, no end of lineT0k3n pid 7\nmoreT0kT0k3n end 255\n";
        for cut in 1..whole.len() {
            let mut stream = Stream::new("T0k3n");
            let (mut said, mut words) = (Vec::new(), Vec::new());
            let mut events: Vec<Event> = whole.chunks(cut).flat_map(|piece| stream.push(piece)).collect();
            events.extend(stream.finish());
            for event in events {
                match event {
                    Event::Text(text) => said.extend(text),
                    other => words.push(other),
                }
            }
            assert_eq!(String::from_utf8_lossy(&said), "T0k out, no end of linemoreT0k");
            let begin = Event::Begin(vec!["h".to_owned(), "u".to_owned()]);
            assert_eq!(words, [begin, Event::Pid(7), Event::End(255)]);
            assert_eq!(stream.before(), "motd\n");
        }
    }
}
