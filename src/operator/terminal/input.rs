//! Reading lines without holding up the run: one thread that reads one line when it is asked to, and never ahead.

use nix::sys::termios::{FlushArg, LocalFlags, SetArg, Termios, tcflush, tcgetattr, tcsetattr};
use std::io::{self, BufRead, Read};
use std::sync::mpsc as sync;
use std::time::Duration;
use tokio::sync::mpsc;

/// More than anybody types.
const LONGEST: u64 = 1 << 20;

/// What came in.
#[derive(Debug)]
pub(super) enum Typed {
    Text(String),
    /// Bytes that are not UTF-8, or too many.
    Unreadable,
    /// Ctrl-C.
    Interrupted,
    /// End of input, or the terminal is gone.
    Gone,
}

pub(super) struct Lines {
    requests: sync::Sender<()>,
    replies: mpsc::UnboundedReceiver<Typed>,
    /// A read is under way whose answer nobody has taken yet.
    pending: bool,
}

impl Lines {
    pub(super) fn new(mut input: Box<dyn BufRead + Send>) -> Self {
        let (requests, asked) = sync::channel();
        let (answers, replies) = mpsc::unbounded_channel();
        // Detached: a read that never ends must not keep the process.
        std::thread::spawn(move || {
            while asked.recv().is_ok() {
                let typed = read_line(&mut *input);
                if answers.send(typed).is_err() {
                    break;
                }
            }
        });
        Self { requests, replies, pending: false }
    }

    /// The next line. A read that was given up goes on, and its line is the next one's.
    pub(super) async fn next(&mut self) -> Typed {
        if !self.pending && self.requests.send(()).is_err() {
            return Typed::Gone;
        }
        self.pending = true;
        let typed = self.replies.recv().await.unwrap_or(Typed::Gone);
        self.pending = false;
        typed
    }
}

/// One line; a last one without its line ending is the end of input, so that a lost terminal answers nothing.
fn read_line(input: &mut dyn BufRead) -> Typed {
    let mut bytes = Vec::new();
    loop {
        match input.take(LONGEST).read_until(b'\n', &mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A command left the terminal in non-blocking mode; nobody has typed yet.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(20)),
            Err(_) => return Typed::Gone,
            Ok(_) => break,
        }
    }
    match bytes.pop() {
        Some(b'\n') => String::from_utf8(bytes).map_or(Typed::Unreadable, Typed::Text),
        Some(_) if bytes.len() as u64 + 1 >= LONGEST => Typed::Unreadable,
        _ => Typed::Gone,
    }
}

/// Throws away what was typed before the question was on the screen: it cannot have been its answer.
/// False where the terminal cannot do it; only the protection is lost then.
pub(super) fn forget_typed() -> bool {
    tcflush(io::stdin(), FlushArg::TCIFLUSH).is_ok()
}

/// No echo while it lives.
pub(super) struct Silence(Option<Termios>);

impl Silence {
    pub(super) fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO);
        silent.local_flags.insert(LocalFlags::ECHONL | LocalFlags::ICANON | LocalFlags::ISIG);
        tcsetattr(io::stdin(), SetArg::TCSADRAIN, &silent)?;
        Ok(Self(Some(before)))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            // A terminal that is gone needs nothing restored; there is nobody to tell either.
            tcsetattr(io::stdin(), SetArg::TCSADRAIN, &before).unwrap_or_default();
        }
    }
}
