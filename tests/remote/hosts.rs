//! One host: what runs there, what comes back, and what does not.

use super::sshd::{Sshd, lives};
use super::support::journal::at;
use super::support::pty::Pty;
use super::support::{eventually, files};
use super::{call, house, page, run};
use std::fs;

#[test]
fn output_and_status_come_back_as_they_are() {
    let server = Sshd::start();
    let house = house(&server);
    let text = page(&[
        ("bash {#say on=one capture=said expect=\"exit == 0\"}", "printf 'no end of line'; echo beside >&2"),
        ("bash {#status on=one expect=\"exit == 3 and stderr == 'why'\"}", "echo why >&2; exit 3"),
        ("bash {#own on=one expect=\"exit == 255\"}", "exit 255"),
        ("bash {#empty on=one expect=\"stdout == '0'\"}", "python3 -c 'import sys; print(len(sys.stdin.read()))'"),
        ("bash {#strict on=one expect=\"exit == 1 and stdout == 'a'\"}", "echo a\nfalse | true\necho b"),
        ("bash {#lax on=one keep-going expect=\"stdout == 'b'\"}", "false\necho b"),
        ("python {#program on=one expect=\"stdout == 'it\\'s 3'\"}", "print(\"it's\", 1 + 2)"),
        ("bash {#bad on=one}", "echo almost\nexit 4"),
    ]);
    let ran = run(&house, &text, &[]).exits(5);
    ran.says("@one $ exit 255").says("no end of line").says("exit status 4").never_says("runbook-");
    let events = house.events();
    assert_eq!(at(&events, "step-succeeded", "say")[0]["captures"]["said"], "no end of line");
    assert_eq!(at(&events, "step-failed", "bad")[0]["cause"], "exit");
    assert_eq!(at(&events, "step-succeeded", "program").len(), 1);
    assert_eq!(server.logins(), 1, "the connection is kept: {}", server.log());
    let left: Vec<_> = fs::read_dir(house.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|n| n.to_string_lossy().starts_with("runbook-")), "connections are left: {left:?}");
    eventually("the end of the connections", || server.sessions().is_empty());
}

#[test]
fn nothing_carries_over_from_one_fence_to_the_next() {
    let server = Sshd::start();
    let house = house(&server);
    let text = page(&[
        ("bash {#set on=one}", "export KEPT=yes; cd /; f() { echo f; }"),
        (
            "bash {#look on=one expect=\"stdout == 'unset'\"}",
            "[ \"$PWD\" != / ]\ntype f >/dev/null 2>&1 && exit 9\necho \"${KEPT:-unset}\"",
        ),
        ("bash {#here}", "export HERE_ONLY=x"),
        // This machine's variables are not there: it is asked for, and nobody answers.
        ("bash {#there on=one}", "echo \"$HERE_ONLY\""),
    ]);
    run(&house, &text, &[]).exits(5).says("HERE_ONLY");
    let events = house.events();
    assert!(at(&events, "step-started", "there").is_empty());
    assert_eq!(at(&events, "step-succeeded", "look").len(), 1);
    let run_id = house.run_id();
    house.call(["resume", &run_id, "--yes", "--var", "HERE_ONLY=given"]).run().exits(0).says("given");
}

#[test]
fn a_value_arrives_as_it_is_and_a_secret_is_in_no_list_of_processes() {
    let server = Sshd::start();
    let house = house(&server);
    let value = "it's \"a\" $HOME `x` \\ ! 'b' é\nsecond line; rm -rf nothing";
    let secret = "s3cret-0f-the-house";
    house.file("vars.yaml", format!("text: {}\n", serde_json::to_string(value).unwrap()));
    house.file("secret", secret);
    let inventory = house.read("inventory.yaml");
    house.file("inventory.yaml", format!("{inventory}variables: {{ token: {{ file: secret }} }}\n"));
    let dir = house.path().display();
    let text = page(&[
        (
            "bash {#value on=one}",
            &format!("printf %s {{{{ text }}}} > {dir}/arrived\nprintf %s \"$text\" > {dir}/environment"),
        ),
        (
            "bash {#secret on=one}",
            &format!(
                "T={{{{ token }}}}\nprintf '%s\\n' \"$T\"\ntouch {dir}/ready\nwhile [ ! -e {dir}/seen ]; do sleep 0.05; done"
            ),
        ),
    ]);
    let running = call(&house, &text, &["--var-file", "vars.yaml"]).start();
    eventually("the secret is there", || house.exists("ready"));
    for entry in fs::read_dir("/proc").unwrap() {
        let path = entry.unwrap().path().join("cmdline");
        let line = fs::read(&path).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains(secret), "{} shows the secret", path.display());
    }
    house.file("seen", "");
    running.wait().exits(0).says("••••••").never_says(secret);
    assert_eq!(house.read("arrived"), value);
    assert_eq!(house.read("environment"), value);
    for (path, bytes) in files(&house.run_dir()) {
        assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{} holds the secret", path.display());
    }
}

#[test]
fn what_takes_too_long_is_ended_there_with_all_that_it_started() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    // The shell ends by TERM; what it started does not.
    let text = page(&[(
        "bash {#slow on=one timeout=500ms}",
        &format!(
            "(trap '' TERM; echo $BASHPID > {dir}/stubborn; for i in {{1..600}}; do sleep 0.1; done) &\necho $$ > {dir}/shell\nwait"
        ),
    )]);
    let ran = run(&house, &text, &[]).exits(5).says("no end after");
    assert!(ran.took.as_secs() >= 5, "KILL comes five seconds after TERM: {:?}", ran.took);
    for name in ["stubborn", "shell"] {
        let pid: i32 = house.read(name).trim().parse().unwrap();
        assert!(!lives(pid), "{name} lives");
    }
    let events = house.events();
    assert_eq!(at(&events, "step-failed", "slow")[0]["cause"], "timed-out");
}

#[test]
fn a_stop_ends_it_there_too() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let text = page(&[("bash {#long on=one}", &format!("echo $$ > {dir}/pid\nsleep 300"))]);
    let running = call(&house, &text, &[]).start();
    eventually("it runs", || house.read("pid").ends_with('\n'));
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait().exits(5);
    assert!(!lives(house.read("pid").trim().parse().unwrap()));
    let events = house.events();
    assert_eq!(at(&events, "step-failed", "long")[0]["cause"], "stopped");
}

#[test]
fn what_never_began_says_what_to_do() {
    let server = Sshd::start();
    for (host, said) in [
        ("gone", "does sshd run there?"),
        ("stranger", "connect once by hand and compare its fingerprint"),
        ("outsider", "load one into the agent"),
    ] {
        let house = house(&server);
        let text = page(&[(&format!("bash {{#a on={host} effect=read}}"), "touch /nowhere/at/all")]);
        let ran = run(&house, &text, &[]).exits(5);
        ran.says("nothing was run on").says(said);
        let events = house.events();
        assert_eq!(at(&events, "step-failed", "a")[0]["cause"], "spawn");
    }
}

#[test]
fn a_background_process_does_not_keep_a_fence_open() {
    let server = Sshd::start();
    let house = house(&server);
    let text = page(&[("bash {#daemon on=one capture=pid}", "sleep 40 & echo $!")]);
    let ran = run(&house, &text, &[]).exits(0).says("output still open, detached");
    assert!(ran.took.as_secs() < 20, "{:?}", ran.took);
    let pid = at(&house.events(), "step-succeeded", "daemon")[0]["captures"]["pid"].as_str().unwrap().parse().unwrap();
    assert!(lives(pid), "it was asked to go on");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[test]
fn a_command_that_needs_the_terminal_has_it_there() {
    let server = Sshd::start();
    let house = house(&server);
    house.file("a.md", page(&[("bash {#ask on=one}", "read -r -p 'which one? ' x; test -t 1; echo \"it was $x\"")]));
    let mut pty = Pty::start(house.path(), &["run", "a.md", "--inventory", "inventory.yaml", "--yes"]);
    pty.expect("1.1");
    pty.expect("?");
    pty.line("y");
    pty.expect("which one? ");
    pty.line("n2");
    pty.expect("it was n2");
    assert_eq!(pty.wait(), 0, "{}", pty.seen());
}

#[test]
fn a_read_waits_there_until_it_is_so() {
    let server = Sshd::start();
    let house = house(&server);
    let count = format!("echo x >> {0}/count; wc -l < {0}/count", house.path().display());
    let text = page(&[
        ("bash {#stdout on=one effect=read until=\"stdout == '3'\" every=10ms for=30s}", count.as_str()),
        (
            "bash {#status on=both effect=read until=\"exit == 0\" every=10ms for=30s}",
            &format!("[ \"$({count})\" -ge 6 ]"),
        ),
    ]);
    run(&house, &text, &[]).exits(0);
    assert_eq!(house.read("count").lines().count(), 7, "both at 6 and 7: {}", house.read("count"));
}

#[test]
fn a_secret_output_is_shown_nowhere() {
    let server = Sshd::start();
    let house = house(&server);
    let text = page(&[
        ("bash {#get on=one capture=pw secret}", "printf 'hunter-%s-ab\\n' 22"),
        ("bash {#use on=one expect=\"/the-hunter-.*-ab/\"}", "P={{ pw }}\necho \"the-$P\""),
    ]);
    run(&house, &text, &[]).exits(0).says("the-••••••").never_says("hunter-22-ab");
    for (path, bytes) in files(&house.run_dir()) {
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter-22-ab"), "{} holds it", path.display());
    }
}
