//! Fences with `on=` and `http=`, from outside: the program, a real sshd, a server of HTTP that does as it is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod sshd;
#[path = "../support/mod.rs"]
mod support;

mod groups;
mod guard;
mod hosts;
mod lost;
mod requests;

use sshd::Sshd;
use support::{Call, House};

/// Names of hosts that all lead to one server.
const HOSTS: [&str; 6] = ["one", "two", "three", "gone", "stranger", "outsider"];

/// A house with an inventory of hosts.
fn house(server: &Sshd) -> House {
    let house = House::new();
    let mut text = "environment: { name: lab, production: false }\nhosts:\n".to_owned();
    for name in HOSTS {
        text.push_str(&format!("  {name}: {{ ssh: {name}, config: {} }}\n", server.config().display()));
    }
    text.push_str("groups: { both: [one, two], all: [one, two, three], some: [one, gone, two] }\n");
    house.file("inventory.yaml", text);
    house
}

/// A page of one section, each fence a step: what stands behind its language, and its text.
fn page(fences: &[(&str, &str)]) -> String {
    let mut text = "# T\n\n## Procedure\n".to_owned();
    for (i, (head, body)) in fences.iter().enumerate() {
        text.push_str(&format!("\n{}. Step.\n   ```{head}\n", i + 1));
        for line in body.lines() {
            text.push_str(&format!("   {line}\n"));
        }
        text.push_str("   ```\n");
    }
    text
}

/// A call that runs `text` with the inventory, and says "run" to every command.
fn call(house: &House, text: &str, more: &[&str]) -> Call {
    house.file("a.md", text);
    let mut args = vec!["run", "a.md", "--inventory", "inventory.yaml", "--yes"];
    args.extend(more);
    // Connections are kept in a directory that can be looked at.
    let call = house.call(args).env("XDG_RUNTIME_DIR", house.path());
    call.within(std::time::Duration::from_secs(60))
}

fn run(house: &House, text: &str, more: &[&str]) -> support::Ran {
    call(house, text, more).run()
}
