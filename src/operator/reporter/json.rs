//! For programs: the journal's records, one per line.

use super::OFTEN;
use crate::driver::ports::{Chunk, Reporter, Standing};
use crate::journal::record::Record;
use std::io::{self, IsTerminal, Write};

/// Bytes that are kept back at most.
const KEPT: usize = 32 << 10;

/// One record per line, as in the journal.
pub struct Json {
    sink: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    eager: bool,
    flushed_at: u64,
}

impl std::fmt::Debug for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Json").finish_non_exhaustive()
    }
}

impl Json {
    /// On any output. `eager`: every record leaves at once.
    #[must_use]
    pub fn new(sink: Box<dyn Write + Send>, eager: bool) -> Self {
        Self { sink, buffer: Vec::new(), eager, flushed_at: 0 }
    }

    /// On standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let out = io::stdout();
        let eager = out.is_terminal();
        Self::new(Box::new(out), eager)
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.buffer);
        self.sink.write_all(&bytes)?;
        self.sink.flush()
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        // Nobody is left to tell.
        drop(self.flush());
    }
}

impl Reporter for Json {
    fn record(&mut self, record: &Record, _standing: &Standing<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.buffer, record)?;
        self.buffer.push(b'\n');
        let due = record.offset_us.saturating_sub(self.flushed_at) > OFTEN || self.buffer.len() > KEPT;
        let last = matches!(
            record.event,
            crate::engine::event::Event::RunFinished { .. } | crate::engine::event::Event::Paused { .. }
        );
        if self.eager || due || last {
            self.flushed_at = record.offset_us;
            self.flush()?;
        }
        Ok(())
    }

    fn output(&mut self, _chunk: &Chunk) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, _standing: &Standing<'_>) -> io::Result<()> {
        if self.buffer.is_empty() { Ok(()) } else { self.flush() }
    }
}
