//! The real terminal, lent to a command that needs it.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{Pid, getpgrp, tcsetpgrp};
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::process::Stdio;

/// The controlling terminal as it was found. Dropping it takes the terminal back and puts its modes right.
#[derive(Debug)]
pub(super) struct Terminal {
    tty: File,
    modes: Termios,
    lent: bool,
}

impl Terminal {
    /// # Errors
    /// When the process has no terminal.
    pub(super) fn open() -> io::Result<Self> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let modes = tcgetattr(&tty)?;
        Ok(Self { tty, modes, lent: false })
    }

    /// Standard input, output and error for the command: ours where they are the terminal, for programs that ask for the
    /// terminal's name; `/dev/tty` where ours are redirected.
    pub(super) fn stdio(&self) -> io::Result<[Stdio; 3]> {
        let ours = [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()];
        let [stdin, stdout, stderr] =
            ours.map(|ours| if ours { Ok(Stdio::inherit()) } else { self.tty.try_clone().map(Stdio::from) });
        Ok([stdin?, stdout?, stderr?])
    }

    /// Makes `group` the terminal's foreground.
    pub(super) fn lend(&mut self, group: Pid) -> io::Result<()> {
        self.lent = true;
        self.foreground(group)
    }

    /// Takes it back.
    pub(super) fn take_back(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.lent) {
            return Ok(());
        }
        self.foreground(getpgrp())?;
        Ok(tcsetattr(&self.tty, SetArg::TCSANOW, &self.modes)?)
    }

    fn foreground(&self, group: Pid) -> io::Result<()> {
        // A process in the background that does this is stopped by SIGTTOU, unless the signal is blocked.
        let mut set = SigSet::empty();
        set.add(Signal::SIGTTOU);
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let done = tcsetpgrp(&self.tty, group);
        before.thread_set_mask()?;
        Ok(done?)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The way out of a cancelled command; the ordinary way reports its error.
        self.take_back().unwrap_or_default();
    }
}
