//! SQL fences on named connections of an inventory, from outside: the program, real servers, real kills.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../sql/servers.rs"]
#[allow(dead_code)]
mod servers;
#[path = "../aws/stand_in.rs"]
#[allow(dead_code)]
mod stand_in;
#[path = "../support/mod.rs"]
mod support;

mod aws;
mod guard;
mod monitors;
mod results;
mod unknown;

use servers::{MariaDb, Postgres, SECRET};
use support::House;

/// A house with an inventory of these connections: name and address. The password is a file.
fn house(connections: &[(&str, &str)], production: &str) -> House {
    let house = House::new();
    house.file("password", SECRET);
    let mut text = format!("environment: {{ name: lab, production: {production} }}\nconnections:\n");
    for (name, url) in connections {
        text.push_str(&format!("  {name}: {{ url: '{url}', password: {{ file: password }} }}\n"));
    }
    house.file("inventory.yaml", text);
    house
}

/// An address without its password.
fn mariadb(server: &MariaDb) -> String {
    format!("mariadb://dba@127.0.0.1:{}/shop", server.port)
}

fn postgres(server: &Postgres) -> String {
    format!("postgres://dba@127.0.0.1:{}/postgres", server.port)
}

/// Runs `text` with the inventory, answering every command with "run".
fn run(house: &House, text: &str, more: &[&str]) -> support::Ran {
    house.file("a.md", text);
    let mut args = vec!["run", "a.md", "--inventory", "inventory.yaml", "--yes"];
    args.extend(more);
    house.call(args).within(std::time::Duration::from_secs(50)).run()
}
