//! What a fence costs above its process. `cargo test --release --test shell_cost -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use runbook::action::shell::ShellSession;
use runbook::driver::ports::{Chunk, Control, End, Executor, Job};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

const ROUNDS: usize = 400;

fn job(text: &str, fresh: bool) -> Job {
    Job { fresh, timeout: Some(Duration::from_secs(30)), ..Job::shell("cost", text) }
}

fn bash(arguments: &[&str]) {
    let status = Command::new("bash")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

/// The ways take turns, so that what else the machine does falls on all of them.
#[test]
#[ignore = "measures; says nothing on a busy machine"]
fn overhead() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut session = ShellSession::new(directory.path(), directory.path()).unwrap();
    let mut full = ShellSession::new(&directory.path().join("full"), directory.path()).unwrap();
    let fence = |session: &mut ShellSession, text: &str, fresh: bool| {
        let (sender, mut receiver) = mpsc::channel::<Chunk>(64);
        let (_keep, control) = watch::channel(Control::Run);
        let done = runtime.block_on(async {
            let (done, ()) = tokio::join!(session.execute(job(text, fresh), sender, control), async {
                while receiver.recv().await.is_some() {}
            });
            done
        });
        assert_eq!(done.end, End::Exit(0));
    };
    let make: Vec<String> = (0..30)
        .map(|n| format!("export VARIABLE_{n}='some value of a usual length'\ng{n}() {{ echo {n}; }}\n"))
        .collect();
    fence(&mut full, &make.concat(), false);
    let names = [
        "bash -c true",
        "bash --norc -c true",
        "fence, fresh",
        "fence",
        "fence that may change the session",
        "the same, 30 variables and functions",
        "fence with output",
    ];
    let mut times = vec![Vec::new(); names.len()];
    for _ in 0..ROUNDS {
        for (way, times) in times.iter_mut().enumerate() {
            let begun = Instant::now();
            match way {
                0 => bash(&["-c", "true"]),
                1 => bash(&["--noprofile", "--norc", "-c", "true"]),
                2 => fence(&mut session, "true", true),
                3 => fence(&mut session, "true", false),
                4 => fence(&mut session, "X=1", false),
                5 => fence(&mut full, "X=1", false),
                _ => fence(&mut session, "echo one line", false),
            }
            times.push(begun.elapsed());
        }
    }
    for (name, times) in names.iter().zip(&mut times) {
        times.sort_unstable();
        println!("{name:40} median {:>8.1?}  least {:>8.1?}", times[ROUNDS / 2], times[0]);
    }
}
