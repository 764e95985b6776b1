//! What the system tells us while a run is under way.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Why the run should stop where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Ctrl-C.
    Interrupt,
    /// The terminal is gone.
    HangUp,
    /// Someone wants this process to end.
    Terminate,
}

/// The signals we listen to.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    hang_up: Signal,
    terminate: Signal,
}

impl Signals {
    /// Starts to listen. From here on Ctrl-C no longer ends the process by itself.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Forgets Ctrl-C that was pressed while somebody was being asked about it.
    pub async fn forget_interrupts(&mut self) {
        let nothing = std::future::ready(());
        tokio::pin!(nothing);
        loop {
            tokio::select! {
                biased;
                _ = self.interrupt.recv() => {}
                () = &mut nothing => return,
            }
        }
    }

    /// The next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::Interrupt,
            _ = self.hang_up.recv() => Told::HangUp,
            _ = self.terminate.recv() => Told::Terminate,
        }
    }
}
