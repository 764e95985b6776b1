//! The wrong-target guard and the walkthrough, on hosts.

use super::sshd::Sshd;
use super::support::journal::at;
use super::{house, page, run};

#[test]
fn a_host_says_what_it_is_before_it_is_changed() {
    let server = Sshd::start();
    let house = house(&server);
    let name = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let text = page(&[("bash {#write on=target requires=\"target.user != 'nobody'\"}", "true # write\n: > /dev/null")]);
    let ran = run(&house, &text, &["--var", "target=two"]).exits(0);
    ran.says(&format!("target → two: host {name}"));
    let seen = at(&house.events(), "target-seen", "write")[0]["members"]["two"].clone();
    assert_eq!(seen["hostname"], name.as_str());
    assert!(!seen["id"].as_str().unwrap().is_empty());
    let text = page(&[("bash {#write on=target requires=\"target.hostname == 'elsewhere'\"}", "true\n: > /dev/null")]);
    let ran = run(&house, &text, &["--var", "target=two", "--runs-dir", "other"]).exits(5);
    ran.says("target.hostname == 'elsewhere'").says(&format!("hostname {name}"));
}

#[test]
fn another_machine_under_the_same_name_gets_nothing() {
    use runbook::action::World;
    use runbook::action::shell::ShellSession;
    use runbook::driver::ports::{Control, End, Executor, Job};
    use runbook::inventory::Inventory;
    use runbook::plan::aim::{Aim, Kind};
    use tokio::sync::{mpsc, watch};

    let server = Sshd::start();
    let house = house(&server);
    let inventory = Inventory::parse("inventory.yaml", &house.read("inventory.yaml")).unwrap();
    let shell = ShellSession::new(&house.path().join("run"), house.path()).unwrap();
    let mut world = World::new(shell, Some(inventory));
    let aim = Aim { kind: Kind::Host, written: "one".to_owned(), name: "one".to_owned() };
    let text = format!("touch {}/touched", house.path().display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let said = world.identify(vec![aim.clone()]).await;
        let facts = said[0].1.as_ref().unwrap()[0].1.clone();
        for (id, well) in [("another", false), (facts["id"].as_str(), true)] {
            let mut shown = facts.clone();
            shown.insert("id".to_owned(), id.to_owned());
            let job = Job {
                aim: Some(aim.clone()),
                expected: [("one".to_owned(), shown)].into(),
                ..Job::shell("node", &text)
            };
            let (chunks, _output) = mpsc::channel(64);
            let (_control, controlled) = watch::channel(Control::Run);
            let completion = world.execute(job, chunks, controlled).await;
            assert_eq!(house.exists("touched"), well, "{:?}", completion.end);
            match completion.end {
                End::Exit(0) => assert!(well),
                End::WrongTarget(why) => assert!(!well && why.contains("id was another and is"), "{why}"),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_walkthrough_runs_there_only_what_is_proven_to_read() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let text = page(&[
        ("bash {#write on=one}", &format!("touch {dir}/a")),
        ("bash {#read on=one expect=\"stdout != ''\"}", "uname -n"),
        ("bash {#liar on=one effect=read}", &format!("touch {dir}/b")),
    ]);
    run(&house, &text, &["--mode", "walkthrough"]).exits(5).says("declared to read, and not proven to");
    let events = house.events();
    assert_eq!(at(&events, "step-succeeded", "write")[0]["how"], "rehearsed");
    assert_eq!(at(&events, "step-succeeded", "read")[0]["how"], "ran");
    assert!(!house.exists("a") && !house.exists("b"));
}

#[test]
fn a_name_that_leads_nowhere_is_told_before_anything_runs() {
    let server = Sshd::start();
    let house = house(&server);
    let text = page(&[("bash {#a on=thre}", "true")]);
    run(&house, &text, &[]).exits(2).warns("no host called `thre`; did you mean `three`?");
    house.has_no_run();
}
