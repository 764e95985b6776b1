//! What undoes never lies on the way forward, however it is introduced; what is said to be conditional never runs just like that.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]

use runbook::runbook::model::{Reading, Role, Runbook};
use runbook::source::Source;

fn read(text: &str) -> Runbook {
    let source = Source::new("t.md", text);
    runbook::runbook::read(&source, &runbook::syntax::parse(&source.text))
}

/// Commands on the way forward that run without a doubt.
fn forward(text: &str) -> Vec<String> {
    let runbook = read(text);
    let steps = runbook.steps.iter().filter(|s| s.role != Role::Rollback);
    let commands =
        steps.flat_map(|s| s.commands.iter().filter(|c| matches!(c.reading, Reading::Run | Reading::Attended)));
    commands.map(|c| c.text.trim().to_owned()).collect()
}

#[test]
fn undoing_is_not_going_forward() {
    for lead in [
        "**Rollback**:",
        "Rollback:",
        "*Rollback*:",
        "**Rollback (if needed):**",
        "To undo this step:",
        "To revert:",
        "To roll back, run:",
        "**Retour arrière** :",
        "Pour revenir en arrière :",
        "**Rollback**: do this instead:",
    ] {
        let fence = "```bash\nsystemctl start undo\n```";
        let heading =
            format!("# T\n\n## Procedure\n\n### Step 1: Go\n\n```bash\necho go\n```\n\n{lead}\n\n{fence}\n\n{fence}\n");
        assert_eq!(forward(&heading), ["echo go"], "heading, {lead}");
        let inner = fence.replace('\n', "\n    ");
        let item = format!(
            "# T\n\n## Procedure\n\n1. Go\n\n    ```bash\n    echo go\n    ```\n\n    {lead}\n\n    {inner}\n\n    {inner}\n"
        );
        assert_eq!(forward(&item), ["echo go"], "item, {lead}");
        let list = format!(
            "# T\n\n## Procedure\n\n1. Go\n\n    ```bash\n    echo go\n    ```\n\n    {lead}\n    - run `systemctl start undo`\n    - ```bash\n      systemctl start undo\n      ```\n"
        );
        assert_eq!(forward(&list), ["echo go"], "list, {lead}");
    }
}

#[test]
fn conditions_and_examples_are_not_run_just_like_that() {
    for lead in [
        "If it fails, run:",
        "Only if the primary is dead:",
        "As a last resort:",
        "For example:",
        "Never do this:",
        "Uniquement si nécessaire :",
        "Ne jamais exécuter :",
        "You may also need to run:",
        "Then you might want to run:",
        "Sometimes:",
        "Only on the standby:",
        "On the new primary:",
        "Run the following on db2:",
        "For production:",
        "It is forbidden to run:",
        "Bad:",
        "Avoid the following:",
        "Not on the primary:",
        "À éviter :",
        "Pas sur le primaire :",
        "Il peut être nécessaire de lancer :",
        "Sur le nouveau primaire :",
        "Ne surtout pas lancer :",
        "En recette :",
    ] {
        let text = format!(
            "# T\n\n## Procedure\n\n### Step 1: Go\n\n```bash\necho go\n```\n\n{lead}\n\n```bash\ndropdb x\n```\n"
        );
        assert_eq!(forward(&text), ["echo go"], "{lead}");
    }
    let runbook = read(
        "# T\n\n## Procedure\n\n1. Look\n\n    ```bash\n    echo look\n    ```\n\nIf replication is broken:\n\n```bash\necho broken\n```\n",
    );
    let step = runbook.steps.iter().find(|s| s.commands.iter().any(|c| c.text.contains("broken"))).unwrap();
    assert!(step.branch.is_some(), "a branch of a decision");
}

/// What nobody is to do is no step, whatever kind of list it is.
#[test]
fn what_is_forbidden_is_no_step() {
    for lead in ["Do not:", "Never do the following:", "Please do not:", "Ne jamais faire :", "**Never do this:**"] {
        for mark in ["-", "1.", "- [ ]"] {
            let text = format!(
                "# T\n\n## Procedure\n\n1. Go\n\n{lead}\n\n{mark} Drop it: `dropdb x`\n{mark} Run `dropdb y`\n"
            );
            assert!(forward(&text).is_empty(), "{lead} {mark}");
            assert_eq!(read(&text).steps.len(), 1, "{lead} {mark}");
        }
    }
    let text = "# T\n\n## Procedure\n\n1. Go\n\nDo not forget:\n\n1. Run `systemctl start cron`.\n";
    assert_eq!(forward(text), ["systemctl start cron"]);
}
