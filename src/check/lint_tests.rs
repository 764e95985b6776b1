//! What each lint finds, and what it leaves alone.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::diagnostic::Severity;
use crate::plan::flow;

fn found(text: &str) -> Vec<Diagnostic> {
    let source = Source::new("x.md", text);
    let document = crate::syntax::parse(&source.text);
    let runbook = crate::runbook::read(&source, &document);
    let plan = crate::plan::build::build(&runbook);
    let unreached = plan.as_ref().map(flow::unreachable).unwrap_or_default();
    let exists = |path: &str| path == "there.md";
    let today = "2026-11-21".parse().ok();
    all(&Subject { exists: &exists, today, unreached: &unreached, ..alone(&source, &document, &runbook) })
}

fn codes(text: &str) -> Vec<&'static str> {
    found(text).into_iter().map(|d| d.code).collect()
}

#[track_caller]
fn cases(code: &str, cases: &[(bool, &str)]) {
    for (want, text) in cases {
        let codes = codes(text);
        assert_eq!(codes.contains(&code), *want, "{code} in {text}\nfound {codes:?}");
    }
}

const WRITE: &str = "# T\n\n## Steps\n\n1. Stop it.\n   ```bash\n   systemctl stop x\n   ```\n";
const READ: &str = "# T\n\n## Steps\n\n1. Look at it.\n   ```bash\n   ls\n   ```\n";

fn with(text: &str, more: &str) -> String {
    format!("{text}{more}")
}

#[test]
fn no_rollback() {
    cases(
        "no-rollback",
        &[
            (true, WRITE),
            (false, READ),
            (false, "# Notes\n\nSome words.\n"),
            (false, &with(WRITE, "\n## Rollback\n\n1. Start it.\n")),
            (false, &with(WRITE, "\n   **Rollback**: none. Fix forward.\n")),
            (false, &with(WRITE, "\n## Retour arrière\n\nAucun.\n")),
        ],
    );
    let severity = |text: &str| found(text).into_iter().find(|d| d.code == "no-rollback").unwrap().severity;
    assert_eq!(severity(WRITE), Severity::Note);
    assert_eq!(severity(&format!("---\nid: RB-1\n---\n{WRITE}")), Severity::Warning);
}

#[test]
fn no_validation() {
    cases(
        "no-validation",
        &[
            (true, WRITE),
            (false, READ),
            (false, &with(WRITE, "\n## Validation\n\n- [ ] It is down\n")),
            (false, &with(WRITE, "   **Expected**: it is down\n")),
            (false, &with(WRITE, "2. Check that it is down.\n")),
            (
                true,
                "# T\n\n## Prerequisites\n\n- [ ] Check it\n\n## Steps\n\n1. Stop it.\n   ```bash\n   systemctl stop x\n   ```\n",
            ),
        ],
    );
}

#[test]
fn no_rto_and_no_owner() {
    cases(
        "no-rto",
        &[
            (true, WRITE),
            (false, READ),
            (false, &format!("---\nrto: 5m\n---\n{WRITE}")),
            (false, &format!("---\ncategory: maintenance\n---\n{WRITE}")),
            (true, &format!("---\nrto: soon\n---\n{WRITE}")),
            (false, &WRITE.replace("# T\n", "# T\n\n- **RTO cible**: 5 minutes\n")),
        ],
    );
    cases(
        "missing-owner",
        &[
            (true, READ),
            (false, "# Notes\n\nSome words.\n"),
            (false, &format!("---\nowner: dba\n---\n{READ}")),
            (false, &READ.replace("# T\n", "# T\n\n- **Responsable** : équipe DBA\n")),
            (false, &READ.replace("## Steps\n", "## Steps\n\n**Owner**: DBA\n")),
        ],
    );
}

#[test]
fn no_expected_result() {
    cases(
        "no-expected-result",
        &[
            (true, WRITE),
            (false, READ),
            (false, &with(WRITE, "   **Expected**: it is down\n")),
            (false, &with(WRITE, "2. Look.\n   ```bash\n   systemctl status x\n   ```\n")),
            (
                false,
                &WRITE.replace(
                    "   systemctl stop x\n",
                    "   systemctl stop x\n   ```\n   ```bash\n   systemctl status x\n",
                ),
            ),
            (true, &with(WRITE, "2. Start it.\n   ```bash\n   systemctl start x\n   ```\n")),
        ],
    );
}

#[test]
fn undefined_placeholder() {
    let text = |front: &str, name: &str| {
        format!(
            "---\n{front}\n---\n# T\n\n## Steps\n\n1. Stop it.\n   ```bash\n   ssh {name} systemctl stop x\n   ```\n"
        )
    };
    cases(
        "undefined-placeholder",
        &[
            (true, &text("id: A", "<replica-host>")),
            (false, &text("inputs: [replica_host]", "<replica-host>")),
            (true, &text("inputs: [replica_host]", "<replica-hots>")),
            (false, &text("id: A", "$HOST")),
            (
                false,
                "---\ninputs: [a]\n---\n# T\n\n## Steps\n\n1. Look.\n   ```sql {as=standby}\n   SELECT 1\n   ```\n   ```bash\n   echo {{ standby.host }}\n   ```\n",
            ),
            (
                true,
                "---\ninputs: [a]\n---\n# T\n\n## Steps\n\n1. Look.\n   ```sql {as=standby}\n   SELECT 1\n   ```\n   ```bash\n   echo {{ standby }}\n   ```\n",
            ),
            (
                false,
                "# T\n\n## Steps\n\n- Replica host: ____\n\n1. Stop it.\n   ```bash\n   ssh {{ replica_host }} systemctl stop x\n   ```\n",
            ),
        ],
    );
    let slip = found(&text("inputs: [replica_host]", "<replica-hots>"));
    let slip = slip.iter().find(|d| d.code == "undefined-placeholder").unwrap();
    assert_eq!((slip.severity, slip.help.as_deref()), (Severity::Warning, Some("did you mean `replica_host`?")));
}

#[test]
fn no_else() {
    cases(
        "no-else",
        &[
            (
                true,
                "# T\n\n## Steps\n\n**If the disk is full:**\n\n1. Empty it\n\n**If the memory is full:**\n\n1. Restart it\n",
            ),
            (false, "# T\n\n## Steps\n\n**If the disk is full:**\n\n1. Empty it\n\n**Otherwise:**\n\n1. Restart it\n"),
            (false, "# T\n\n## Steps\n\n**If the disk is full:**\n\n1. Empty it\n"),
            (false, "# T\n\n## Steps\n\n**If it is up:**\n\n1. Leave it\n\n**If it is not up:**\n\n1. Restart it\n"),
            (
                true,
                "# T\n\n## Étapes\n\n**Si le disque est plein :**\n\n1. Vider\n\n**Si la mémoire est pleine :**\n\n1. Redémarrer\n",
            ),
        ],
    );
}

#[test]
fn unreachable() {
    let text = "# T\n\n## Steps\n\n- [ ] One\n- [ ] → [Validation](#validation)\n- [ ] Never\n- [ ] Nor this\n\n## Validation\n\n- [ ] It is up\n";
    cases("unreachable", &[(true, text), (false, &text.replace("- [ ] Never\n- [ ] Nor this\n", ""))]);
    let told: Vec<_> = found(text).into_iter().filter(|d| d.code == "unreachable").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].message.contains("and the step after it"), "{}", told[0].message);
}

#[test]
fn dead_link() {
    let text = |link: &str| format!("# T\n\nSee {link}.\n\n## The way\n\n- [ ] One\n");
    cases(
        "dead-link",
        &[
            (true, &text("[it](gone.md)")),
            (true, &text("[it](gone.md#x)")),
            (false, &text("[it](there.md)")),
            (false, &text("[it](there.md#x)")),
            (true, &text("[it](#the-wya)")),
            (false, &text("[it](#the-way)")),
            (false, &text("[it](https://example.org/gone.md)")),
            (false, &text("[it](/gone.md)")),
            (false, &text("`[it](gone.md)`")),
            (false, &text("![it](gone.md)")),
            (true, &text("[it][1]\n\n[1]: gone.md\n")),
            (true, &text("x\n\n| a | b |\n|---|---|\n| 1 | [it](gone.md) |\n")),
            // A step that follows the link is an error of its own, told once.
            (false, "# T\n\n## Steps\n\n1. Follow [it](gone.md)\n"),
        ],
    );
}

#[test]
fn old_primary_in_rollback() {
    let text = |undo: &str, pivot: &str| {
        format!(
            "# T\n\n## Steps\n\n1. Promote it. {pivot}\n   ```bash\n   promote new\n   ```\n2. Point at it.\n   ```bash\n   point new\n   ```\n   **Rollback**:\n   ```bash\n   {undo}\n   ```\n"
        )
    };
    cases(
        "old-primary-in-rollback",
        &[
            (true, &text("maxctrl set server $OLD_MASTER master", "{pivot}")),
            (true, &text("point <old-primary>", "{pivot}")),
            (false, &text("point <old-primary>", "")),
            (false, &text("point <other-replica>", "{pivot}")),
            (false, &text("ssh <old-primary> systemctl stop mariadb", "{pivot}")),
            (
                true,
                "# T\n\n## Étapes\n\n1. Promouvoir. {pivot}\n   ```bash\n   promote x\n   ```\n   **Rollback**: remettre l'ancien maître en service\n",
            ),
            (
                false,
                "# T\n\n## Steps\n\n1. Promote. {pivot}\n   ```bash\n   promote x\n   ```\n   **Rollback**: none. Never bring the old primary back.\n",
            ),
        ],
    );
}

#[test]
fn stale_last_updated() {
    cases(
        "stale-last-updated",
        &[
            (true, &format!("---\nlast-updated: 2024-01-15\n---\n{READ}")),
            (false, &format!("---\nlast-updated: 2026-01-15\n---\n{READ}")),
            (true, &READ.replace("# T\n", "# T\n\n- **Dernière mise à jour** : 15 janvier 2024\n")),
            (false, "---\nlast-updated: 2024-01-15\n---\n# Words\n\nOnly words.\n"),
            (false, READ),
        ],
    );
}

#[test]
fn relay_log_not_drained() {
    let text =
        |sql: &str| format!("# T\n\n## Steps\n\n1. Promote it.\n   ```bash\n   mysql -h <host> -e \"{sql}\"\n   ```\n");
    cases(
        "relay-log-not-drained",
        &[
            (true, &text("STOP SLAVE; RESET SLAVE ALL;")),
            (true, &text("stop replica; reset replica all")),
            (false, &text("STOP SLAVE IO_THREAD; SELECT MASTER_GTID_WAIT('x', 10); STOP SLAVE; RESET SLAVE ALL;")),
            (false, &text("STOP SLAVE; RESET SLAVE ALL; CHANGE MASTER TO MASTER_HOST='x';")),
            (false, &text("STOP SLAVE; START SLAVE;")),
        ],
    );
}

#[test]
fn shell_syntax() {
    let text = |script: &str| format!("# T\n\n## Steps\n\nRun it:\n\n```bash\n{script}\n```\n");
    cases(
        "shell-syntax",
        &[
            (true, &text("for i in a b; do\n  echo $i\n")),
            (true, &text("systemctl stop x | | wc -l")),
            (true, &text("if true; then\n  ls\n")),
            (true, &text("echo \"one")),
            (false, &text("for i in a b; do echo $i; done")),
            (false, &text("mysql -h <host> -e \"SELECT 1\"")),
            (false, &text("ssh {{ host }} 'ls … | wc -l'")),
            (false, &text("[[ $a =~ ^x(y|z)$ ]] && echo ok")),
            (false, &text("a=(1 2); echo \"${a[@]}\" <(ls) <<< \"x\"")),
            (false, &text("cat > /tmp/x <<'EOF'\nif (\nEOF")),
            (false, &text("mysql <<EOF\nSELECT 1;\nEOF")),
        ],
    );
}

#[test]
fn silenced_in_place() {
    for (want, text) in [
        (vec![], "# T\n\n<!-- runbook: allow dead-link: the page comes later -->\n\nSee [it](gone.md).\n"),
        (vec![], "# T\n\n<!-->\n\n<!-- runbook: allow dead-link -->\n\nSee [it](gone.md).\n"),
        (vec![], "<!-- runbook: allow dead-link -->\n# T\n\nx\n\nSee [it](gone.md).\n"),
        (vec![], "---\nallow: [dead-link]\n---\n# T\n\nSee [it](gone.md).\n"),
        (vec![], "---\nallow:\n  - dead-link\nid: A\n---\n# T\n\nSee [it](gone.md).\n"),
        (vec![], "# T\n\nx\n\n<!-- runbook: allow dead-link -->\nSee [it](gone.md).\n"),
        (vec![], "# T\n\nx\n\nSee [it](gone.md). <!-- runbook: allow dead-link -->\n"),
        (
            vec![],
            "# T\n\nx\n\n<!-- runbook: allow dead-link, no-rto because of that -->\n## A\n\nSee [it](gone.md).\n\n### B\n\nSee [it](gone.md).\n",
        ),
        (
            vec!["dead-link"],
            "# T\n\nx\n\n<!-- runbook: allow dead-link -->\n## A\n\nSee [it](gone.md).\n\n## B\n\nSee [it](gone.md).\n",
        ),
        (vec!["dead-link"], "# T\n\nx\n\n<!-- runbook: allow dead-link -->\n\nWords.\n\nSee [it](gone.md).\n"),
        (vec!["unknown-allow", "dead-link"], "# T\n\n<!-- runbook: allow dead-lnik -->\n\nSee [it](gone.md).\n"),
        (vec!["dead-link"], "# T\n\n```md\n<!-- runbook: allow dead-link -->\n```\n\nSee [it](gone.md).\n"),
        (vec!["dead-link"], "# T\n\nx\n\nSee [it](gone.md). `<!-- runbook: allow dead-link -->`\n"),
        (vec!["missing-file"], "# T\n\n## Steps\n\n<!-- runbook: allow missing-file -->\n1. Follow [it](gone.md)\n"),
    ] {
        let told = found(text);
        let codes: Vec<_> = told.iter().map(|d| d.code).filter(|c| *c != "unused-allow").collect();
        assert_eq!(codes, want, "{text}");
    }
    let note = found("# T\n\n<!-- runbook: allow dead-link -->\n\nWords.\n");
    assert_eq!((note.len(), note[0].code, note[0].severity), (1, "unused-allow", Severity::Note));
    let refused = found("# T\n\n## Steps\n\n<!-- runbook: allow missing-file -->\n1. Follow [it](gone.md)\n");
    assert!(refused.iter().any(|d| d.code == "unused-allow" && d.message.contains("cannot be silenced")));
    let near = found("# T\n\n<!-- runbook: allow dead-lnik -->\n\nWords.\n");
    assert_eq!(near[0].help.as_deref(), Some("did you mean `dead-link`?"));
    let place = found("---\nallow: [no-else, dead-link]\n---\n# T\n");
    assert_eq!(
        place.iter().map(|d| d.labels[0].span.of("---\nallow: [no-else, dead-link]\n---\n# T\n")).collect::<Vec<_>>(),
        ["no-else", "dead-link"]
    );
}

#[test]
#[ignore = "measures"]
fn cost() {
    use std::time::Instant;
    let mut texts = Vec::new();
    for dir in std::env::var("COST").unwrap().split(':') {
        for entry in std::fs::read_dir(dir).unwrap() {
            if let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) {
                texts.push(text);
            }
        }
    }
    let mut total = vec![0.0; LINTS.len() + 2];
    for text in &texts {
        let source = Source::new("x.md", text.as_str());
        let begin = Instant::now();
        let document = crate::syntax::parse(&source.text);
        let runbook = crate::runbook::read(&source, &document);
        total[0] += begin.elapsed().as_secs_f64();
        let subject = Subject { today: "2026-11-21".parse().ok(), ..alone(&source, &document, &runbook) };
        let mut found = Vec::new();
        for (i, lint) in LINTS.iter().enumerate() {
            let begin = Instant::now();
            lint(&subject, &mut found);
            total[i + 1] += begin.elapsed().as_secs_f64();
        }
        let begin = Instant::now();
        allow::apply(&subject, &mut found);
        total[LINTS.len() + 1] += begin.elapsed().as_secs_f64();
    }
    panic!("{} bytes; read, each lint, allow: {total:.3?}", texts.iter().map(String::len).sum::<usize>());
}
