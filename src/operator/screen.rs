//! The one place where bytes leave for the terminal: questions, reports and output in the order in which they happened.

use super::style::{self, Style};
use super::text::{Line, Tone};
use super::words::Words;
use crate::runbook::model::Language;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that are kept back at most.
const KEPT: usize = 32 << 10;

/// A handle to the screen; clones write to the same one.
#[derive(Clone)]
pub struct Screen {
    inner: Arc<Mutex<Inner>>,
    words: &'static Words,
}

struct Inner {
    sink: Box<dyn Write + Send>,
    style: Style,
    follow: bool,
    buffer: Vec<u8>,
    status: usize,
    /// Somebody is typing: what happens meanwhile waits, so that it does not land in their line.
    asking: bool,
    memory: Memory,
}

/// Somebody is typing while this lives.
pub(super) struct Asking {
    screen: Screen,
    answered: bool,
}

impl Asking {
    /// The line was ended by whoever typed it.
    pub(super) fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut inner = self.screen.lock();
        inner.asking = false;
        if !self.answered {
            inner.buffer.insert(0, b'\n');
        }
    }
}

/// What was shown last, so that nothing is shown twice.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// The node whose command stands on the screen, and the command.
    pub command: Option<(String, String)>,
    /// The section whose heading was shown last.
    pub section: Option<String>,
    /// The last command's whole output.
    pub output: Option<PathBuf>,
    /// Its last lines.
    pub tail: Vec<String>,
    /// The way back that was shown when somebody asked for it.
    pub way: Option<Vec<String>>,
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

impl Screen {
    /// A screen on any output.
    #[must_use]
    pub fn new(sink: Box<dyn Write + Send>, style: Style, language: Language) -> Self {
        let inner = Inner {
            sink,
            style,
            follow: false,
            buffer: Vec::new(),
            status: 0,
            asking: false,
            memory: Memory::default(),
        };
        Self { inner: Arc::new(Mutex::new(inner)), words: Words::of(language) }
    }

    /// The screen on standard output; follows the terminal when it is resized.
    #[must_use]
    pub fn stdout(language: Language) -> Self {
        let screen = Self::new(Box::new(io::stdout()), Style::of_stdout(), language);
        screen.lock().follow = true;
        screen
    }

    /// The screen on standard error: for questions while standard output carries JSON.
    #[must_use]
    pub fn stderr(language: Language) -> Self {
        Self::new(Box::new(io::stderr()), Style::of_stderr(), language)
    }

    pub(super) const fn words(&self) -> &'static Words {
        self.words
    }

    /// What it can show, now.
    #[must_use]
    pub fn style(&self) -> Style {
        let mut inner = self.lock();
        if inner.follow
            && inner.style.live
            && let Some(columns) = style::columns()
        {
            inner.style.width = columns.clamp(40, 110);
        }
        inner.style
    }

    pub(super) fn memory<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.lock().memory)
    }

    /// A poisoned screen is still a screen: the bytes in it are whole lines.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lines(&self, lines: &[Line]) -> io::Result<()> {
        let mut inner = self.lock();
        inner.clear_status();
        for line in lines {
            let text = line.paint(&inner.style);
            inner.buffer.extend_from_slice(text.as_bytes());
            inner.buffer.push(b'\n');
        }
        if inner.buffer.len() > KEPT { inner.flush() } else { Ok(()) }
    }

    pub(super) fn line(&self, tone: Tone, text: &str) -> io::Result<()> {
        self.lines(&[Line::of(tone, text)])
    }

    /// A line that the reader's answer follows; everything before it is on the screen when this returns.
    pub(super) fn prompt(&self, line: &Line) -> io::Result<()> {
        let mut inner = self.lock();
        inner.clear_status();
        let text = line.paint(&inner.style);
        inner.buffer.extend_from_slice(text.as_bytes());
        inner.buffer.push(b' ');
        inner.flush()
    }

    /// Holds back everything else until the answer is there.
    pub(super) fn asking(&self) -> Asking {
        self.lock().asking = true;
        Asking { screen: self.clone(), answered: false }
    }

    /// A line that is rewritten in place; nothing where that is not possible.
    pub(super) fn status(&self, line: &Line) -> io::Result<()> {
        let mut inner = self.lock();
        if !inner.style.live || inner.asking {
            return Ok(());
        }
        inner.clear_status();
        let text = line.paint(&inner.style);
        inner.status = line.width();
        inner.buffer.extend_from_slice(text.as_bytes());
        inner.flush()
    }

    /// Everything written so far leaves.
    ///
    /// # Errors
    /// When the output is closed or gone.
    pub fn flush(&self) -> io::Result<()> {
        self.lock().flush()
    }
}

impl Inner {
    fn clear_status(&mut self) {
        if self.status > 0 {
            self.buffer.push(b'\r');
            self.buffer.extend(std::iter::repeat_n(b' ', self.status));
            self.buffer.push(b'\r');
            self.status = 0;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.asking {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.buffer);
        write_out(&mut *self.sink, &bytes)?;
        patient(|| self.sink.flush())
    }
}

/// As `write_all`, but waits for a terminal that a command (`ssh` does it) left in non-blocking mode.
fn write_out(sink: &mut dyn Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match patient(|| sink.write(bytes)) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Tries again while the terminal is not ready, but not for ever: about ten seconds.
fn patient<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..5000 {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(2)),
            other => return other,
        }
    }
    attempt()
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.asking = false;
        self.clear_status();
        // Nobody is left to tell.
        drop(self.flush());
    }
}
