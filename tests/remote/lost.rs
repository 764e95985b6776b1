//! Connections that break in the middle.

use super::sshd::Sshd;
use super::support::eventually;
use super::support::journal::at;
use super::{call, house, page};

#[test]
fn a_connection_lost_in_the_middle_of_a_write_leaves_the_outcome_unknown() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let text = page(&[("bash {#write on=one}", &format!("echo x >> {dir}/begun\nsleep 2\necho done > {dir}/done"))]);
    let running = call(&house, &text, &[]).start();
    eventually("it runs", || house.exists("begun"));
    server.cut();
    running.wait().exits(7).says("it may have been carried out");
    let events = house.events();
    assert_eq!(at(&events, "outcome-unknown", "write").len(), 1);
    assert!(at(&events, "step-failed", "write").is_empty());
    // And so it was.
    eventually("it ends there", || house.exists("done"));
    assert_eq!(house.read("begun"), "x\n", "a write is not run again");
}

#[test]
fn a_read_that_lost_its_connection_is_run_again() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let fence = format!(
        "echo x >> {dir}/begun\nfor i in {{1..300}}; do [ \"$(wc -l < {dir}/begun)\" = 2 ] && break; sleep 0.1; done\necho ok"
    );
    let text = page(&[("bash {#read on=one effect=read expect=\"stdout == 'ok'\"}", &fence)]);
    let running = call(&house, &text, &[]).start();
    eventually("it runs", || house.exists("begun"));
    server.cut();
    running.wait().exits(0).says("in the middle of a read, which was run again");
    assert_eq!(house.read("begun"), "x\nx\n");
}

#[test]
fn a_kept_connection_that_is_gone_is_opened_again_before_anything_is_sent() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let text = page(&[
        ("bash {#first on=one}", &format!("echo x >> {dir}/first")),
        ("bash {#between}", &format!("touch {dir}/between; while [ ! -e {dir}/cut ]; do sleep 0.05; done")),
        ("bash {#second on=one}", &format!("echo x >> {dir}/second")),
    ]);
    let running = call(&house, &text, &[]).start();
    eventually("it waits", || house.exists("between"));
    server.cut();
    house.file("cut", "");
    running.wait().exits(0);
    assert_eq!((house.read("first"), house.read("second")), ("x\n".to_owned(), "x\n".to_owned()));
    assert_eq!(server.logins(), 2);
}

#[test]
fn a_host_that_falls_silent_is_given_up_within_a_quarter_of_a_minute() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let text = page(&[("bash {#write on=one}", &format!("echo $$ > {dir}/begun\nexec sleep 60"))]);
    let running = call(&house, &text, &[]).start();
    eventually("it runs", || house.read("begun").ends_with('\n'));
    let began = std::time::Instant::now();
    for session in server.sessions() {
        let pid = nix::unistd::Pid::from_raw(session);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGSTOP).unwrap();
    }
    running.wait().exits(7);
    let pid = nix::unistd::Pid::from_raw(house.read("begun").trim().parse().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    assert!(began.elapsed().as_secs() < 25, "{:?}", began.elapsed());
}
