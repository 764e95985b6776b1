#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::engine::event::{Actor, Cause, Event, How, Outcome};
use crate::journal::record::Record;
use crate::journal::sample::{Builder, failover, head};
use crate::runbook::model::{Language, Role};

fn sample_roles() -> Roles {
    let role = |node: &str| match node.split('.').next().unwrap() {
        "detection" => Role::Detection,
        "decision" => Role::Decision,
        "validation" => Role::Validation,
        _ => Role::Phase,
    };
    let facts = failover(Language::En);
    Facts::gather(&facts).steps.iter().map(|step| (step.node.to_owned(), role(step.node))).collect()
}

fn options(roles: &Roles, language: Language, format: Format) -> Options<'_> {
    Options { language: Some(language), roles: Some(roles), format, digest: Some("3f9a…"), ..Options::default() }
}

#[test]
fn timeline_goldens() {
    let roles = sample_roles();
    let records = failover(Language::En);
    let en = TimelineOptions { language: None, roles: Some(&roles), all: false, elsewhere: &[], called: &[] };
    let fr = TimelineOptions { language: Some(Language::Fr), ..en };
    insta::assert_snapshot!("timeline-en-120", timeline::table(&records, &en, 120));
    insta::assert_snapshot!("timeline-fr-80", timeline::table(&records, &fr, 80));
    insta::assert_snapshot!("timeline-en-md", timeline::to_markdown(&records, &en));
    insta::assert_snapshot!("timeline-fr-md", timeline::to_markdown(&records, &fr));
    insta::assert_snapshot!("timeline-en-json", timeline::to_json(&records, &en).unwrap());
}

#[test]
fn postmortem_goldens() {
    let roles = sample_roles();
    for (language, name) in [(Language::En, "en"), (Language::Fr, "fr")] {
        let records = failover(language);
        let text = postmortem(&records, &options(&roles, language, Format::Markdown)).unwrap();
        insta::assert_snapshot!(format!("postmortem-{name}-md"), text);
        let page = postmortem(&records, &options(&roles, language, Format::Html)).unwrap();
        insta::assert_snapshot!(format!("postmortem-{name}-html"), page);
    }
}

#[test]
fn show_goldens() {
    use crate::journal::Standing;
    let whole = failover(Language::En);
    let said = |records: &[Record], standing: &Standing, language| {
        let shown = show::show(records, &ShowOptions { language: Some(language), standing: Some(standing) });
        show::table(&shown, language, 100)
    };
    let finished = Standing::Finished { outcome: Outcome::Completed };
    insta::assert_snapshot!("show-finished-en", said(&whole, &finished, Language::En));
    // Killed while the promotion ran.
    insta::assert_snapshot!("show-interrupted-fr", said(&whole[..17], &Standing::Interrupted, Language::Fr));
    insta::assert_snapshot!("show-running-en", said(&whole[..9], &Standing::Running { pid: Some(42) }, Language::En));
    let shown = show::show(&whole[..17], &ShowOptions { language: None, standing: Some(&Standing::Interrupted) });
    insta::assert_snapshot!("show-interrupted-json", show::to_json(&shown).unwrap());
    assert!(!said(&hostile(), &finished, Language::En).contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn runs_goldens() {
    use crate::journal::{RunEntry, Standing};
    let records = failover(Language::En);
    let head = match &records[0].event {
        Event::RunStarted(head) => head.clone(),
        _ => panic!("no head"),
    };
    let entry = |run: &str, standing| RunEntry {
        run: run.into(),
        directory: std::path::Path::new("/var/lib/runbook").join(run),
        head: Some(head.clone()),
        began: Some(records[0].at),
        last: Some(records[0].at),
        records: 31,
        standing,
    };
    let mut broken = entry("2026-11-21-c001", Standing::Broken { reason: "line 3 is damaged".into() });
    (broken.head, broken.began) = (None, None);
    let entries = [
        entry("2026-11-20-a7f3", Standing::Finished { outcome: Outcome::RolledBack }),
        entry("2026-11-20-b001", Standing::Paused { reason: "lunch\u{1b}[31m".into() }),
        broken,
    ];
    insta::assert_snapshot!("runs-en", runs::table(&entries, Language::En, 110));
    insta::assert_snapshot!("runs-fr-80", runs::table(&entries, Language::Fr, 80));
    insta::assert_snapshot!("runs-json", runs::to_json(&entries[1..]).unwrap());
    assert_eq!(runs::table(&[], Language::En, 80), "no runs yet\n");
}

/// Writes the pages to look at them.
#[test]
#[ignore = "writes pages to look at"]
fn write_pages() {
    let to = std::path::PathBuf::from(std::env::var_os("RUNBOOK_TEST_PAGES").unwrap());
    let roles = sample_roles();
    for (language, name) in [(Language::En, "en"), (Language::Fr, "fr")] {
        let records = failover(language);
        let page = postmortem(&records, &options(&roles, language, Format::Html)).unwrap();
        std::fs::write(to.join(format!("postmortem-{name}.html")), page).unwrap();
        let options =
            TimelineOptions { language: Some(language), roles: Some(&roles), all: false, elsewhere: &[], called: &[] };
        std::fs::write(to.join(format!("timeline-{name}.html")), timeline::to_html(&records, &options).unwrap())
            .unwrap();
        let page = postmortem(&watched(), &self::options(&roles, language, Format::Html)).unwrap();
        std::fs::write(to.join(format!("watched-{name}.html")), page).unwrap();
        let drill = DrillOptions {
            language: Some(language),
            format: Format::Html,
            roles: Some(&roles),
            before: Some(&records),
            ..DrillOptions::default()
        };
        std::fs::write(to.join(format!("drill-{name}.html")), drill_report(&watched(), &drill).unwrap()).unwrap();
    }
    let page = timeline::to_html(&hostile(), &TimelineOptions::default()).unwrap();
    std::fs::write(to.join("hostile.html"), page).unwrap();
}

#[test]
fn every_time_is_the_journals() {
    let records = failover(Language::En);
    let rows = timeline::rows(&records, &TimelineOptions { all: true, ..TimelineOptions::default() });
    assert_eq!(rows.len(), records.len() + 1, "every record once, and the declared start");
    for row in &rows {
        let record = &records[usize::try_from(row.seq.unwrap()).unwrap() - 1];
        assert_eq!(row.seq, Some(record.seq));
        match &record.event {
            Event::Noted { happened: Some(happened), .. } => {
                assert_eq!(row.at, happened.parse().unwrap());
                assert_eq!(row.recorded_at, Some(record.at));
            }
            Event::RunStarted(head) if row.kind == "incident-start" => {
                assert_eq!(row.at, head.incident_start.as_ref().unwrap().parse().unwrap());
            }
            _ => assert_eq!((row.at, row.recorded_at), (record.at, None)),
        }
    }
    let text = postmortem(&records, &Options::default()).unwrap();
    for row in timeline::rows(&records, &TimelineOptions::default()) {
        let line = text.lines().filter(|line| line.contains(&format!("[#{}]", row.seq.unwrap())));
        let time = row.at.to_string()[11..19].to_owned();
        assert!(line.clone().any(|line| line.contains(&time)), "{:?} {time}", row.seq);
    }
}

#[test]
fn a_late_entry_stands_where_it_happened() {
    let rows = timeline::rows(&failover(Language::En), &TimelineOptions::default());
    let place = |kind: &str| rows.iter().position(|row| row.kind == kind).unwrap();
    assert_eq!((place("incident-start"), place("noted"), place("run-started")), (0, 1, 2));
    assert_eq!((rows[0].offset_ms, rows[1].offset_ms), (-80_250, -50_250));
}

#[test]
fn a_clock_set_back_does_not_reorder_what_happened() {
    let mut records = failover(Language::En);
    let count = records.len();
    records[count - 1].at = "2026-11-20T20:00:00Z".parse().unwrap();
    let rows = timeline::rows(&records, &TimelineOptions::default());
    assert_eq!(rows.last().unwrap().seq, Some(count as u64));
}

#[test]
fn the_way_back_is_told_and_never_called_done_when_it_is_not() {
    let told = |outcome, undone| {
        let mut run = Builder::new(head(Language::En));
        run.reached(1, "a", "Change").started(2, "a", 1, "change").succeeded(3, "a", How::Ran, 1, "");
        let (queue, left) = (vec!["a/undo".to_owned()], vec!["the mail that was sent".to_owned()]);
        run.add(4, Event::RollbackStarted { reason: "wrong host".into(), queue, left, rounds: vec![] });
        run.reached(5, "a/undo", "Undo the change").started(6, "a/undo", 1, "undo");
        if undone {
            run.succeeded(7, "a/undo", How::Ran, 1, "");
        } else {
            run.failed(7, "a/undo", Cause::Exit { status: 1 }, 1, None);
            run.engine(8, Event::UndoFailed { node: "a/undo".into() });
        }
        run.engine(9, Event::RunFinished { outcome, reason: String::new() });
        let rows = timeline::rows(&run.records, &TimelineOptions::default());
        let states = rows.iter().filter_map(|row| row.state_key).collect::<Vec<_>>().join(" ");
        (states, postmortem(&run.records, &Options::default()).unwrap())
    };
    let (states, text) = told(Outcome::RolledBack, true);
    assert_eq!(states, "changing changed rolling-back rolling-back rolled-back");
    assert!(text.contains("Left as it was: the mail that was sent") && !text.contains("without rollback"));
    let (states, text) = told(Outcome::Stuck, false);
    assert_eq!(states, "changing changed rolling-back rolling-back uncertain partly stuck");
    assert!(text.contains("“Undo the change” could not be undone") && !text.contains("| ROLLED BACK |"));
}

#[test]
fn the_documented_fields_exist() {
    let readme = include_str!("../../templates/README.md");
    let roles = sample_roles();
    let view = postmortem::view(&failover(Language::En), &options(&roles, Language::En, Format::Markdown));
    let view = serde_json::to_value(view).unwrap();
    let names = |line: &str| {
        let odd = line.split('`').skip(1).step_by(2);
        odd.map(str::to_owned).collect::<Vec<_>>()
    };
    let fields = readme.split("## Fields").nth(1).unwrap();
    let mut documented = 0;
    for line in fields.lines().filter(|line| line.starts_with("| `")) {
        let (name, parts) = line[1..].split_once(" | ").unwrap();
        let name = names(name);
        for name in &name {
            assert!(view.get(name).is_some(), "{name}");
            documented += 1;
        }
        let value = &view[&name[0]];
        let value = if value.is_array() { &value[0] } else { value };
        for part in names(parts).iter().filter(|_| value.is_object()) {
            assert!(value.get(part).is_some(), "{name:?}.{part}");
        }
        if let Some(object) = value.as_object() {
            assert_eq!(object.len(), names(parts).len(), "{name:?}");
        }
    }
    assert_eq!(documented, view.as_object().unwrap().len());
}

/// What a compromised host, or a careless paste, could put into a journal.
const HOSTILE: &str = "</td><script>alert(1)</script>|`x`|\u{1b}[31mred\u{1b}]0;t\u{7}\n| 00:00:00 | forged | eve | OK |\n# h\n[a](javascript:x)\u{202e}{{ 7 * 7 }}{host}";

fn hostile() -> Vec<Record> {
    let mut head = head(Language::En);
    (head.title, head.severity, head.host) = (HOSTILE.into(), Some(HOSTILE.into()), HOSTILE.into());
    let mut run = Builder::new(head);
    run.by(Actor::Operator(HOSTILE.into()));
    run.reached(10, HOSTILE, HOSTILE);
    run.started(20, HOSTILE, 1, HOSTILE);
    run.failed(30, HOSTILE, Cause::Expectation { message: HOSTILE.into() }, 10, None);
    run.add(35, Event::Skipped { node: HOSTILE.into(), reason: HOSTILE.into(), automatic: false });
    run.reached(40, "b", HOSTILE);
    run.succeeded(50, "b", How::Ran, 1, HOSTILE);
    run.add(
        60,
        Event::BlankFilled {
            node: "c".into(),
            name: "rto".into(),
            label: format!("RTO {HOSTILE}"),
            value: HOSTILE.into(),
            objective: Some(HOSTILE.into()),
            met: Some(false),
        },
    );
    let (owner, due) = (Some(HOSTILE.to_owned()), Some(HOSTILE.to_owned()));
    run.add(70, Event::Noted { text: HOSTILE.into(), happened: None, owner, due, action: true });
    run.add(75, Event::VariableSet { name: HOSTILE.into(), value: Some(HOSTILE.into()), from: HOSTILE.into() });
    run.engine(80, Event::RunFinished { outcome: Outcome::Failed, reason: HOSTILE.into() });
    run.records
}

#[test]
fn hostile_text_stays_inert() {
    use pulldown_cmark::{Event as Md, Options as MdOptions, Parser, Tag, TagEnd};
    let records = hostile();
    for language in [Language::En, Language::Fr] {
        let options = Options { language: Some(language), ..Options::default() };
        let text = postmortem(&records, &options).unwrap();
        let all = TimelineOptions { language: Some(language), all: true, roles: None, elsewhere: &[], called: &[] };
        for text in [&text, &timeline::to_markdown(&records, &all)] {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']));
            let mut cells = 0;
            for event in Parser::new_ext(text, MdOptions::ENABLE_TABLES | MdOptions::ENABLE_STRIKETHROUGH) {
                match event {
                    Md::Html(html)
                        if html.starts_with("<!-- runbook:") || html.starts_with("<!-- /runbook:keep -->") => {}
                    Md::Html(html) | Md::InlineHtml(html) => panic!("markup: {html}"),
                    Md::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link in {language:?}"),
                    Md::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
                    Md::End(TagEnd::TableCell) => cells += 1,
                    Md::End(TagEnd::TableRow) => assert!(matches!(cells, 2 | 4..=7), "{cells} cells"),
                    _ => {}
                }
            }
            // Nothing of the text became a line, so a row, of its own.
            assert!(!text.lines().any(|line| line.trim_start().starts_with("| 00:00:00")), "{text}");
            assert!(!text.contains("49}") && !text.contains("ops1"));
        }
        let page = postmortem(&records, &Options { format: Format::Html, ..options }).unwrap();
        for page in [&page, &timeline::to_html(&records, &all).unwrap()] {
            assert!(!page.contains("<script") && !page.contains(['\u{1b}', '\u{202e}']));
            assert_eq!(page.matches("<table").count(), page.matches("</table>").count());
        }
        let table = timeline::table(&records, &all, 80);
        assert!(!table.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r']));
    }
}

#[test]
fn blanks_can_be_searched_for() {
    let text = postmortem(&failover(Language::En), &Options::default()).unwrap();
    assert!(text.contains("_[to fill in: root cause]_"));
    let text = postmortem(&failover(Language::Fr), &Options::default()).unwrap();
    assert!(text.contains("_[à compléter : cause racine]_"));
    assert!(!text.contains("to fill in") && !text.contains("prompt."));
}

#[test]
fn no_word_is_missing() {
    let roles = sample_roles();
    for language in [Language::En, Language::Fr] {
        let records = failover(language);
        for format in [Format::Markdown, Format::Html] {
            let text = postmortem(&records, &options(&roles, language, format)).unwrap();
            for group in ["heading.", "prompt.", "figure.", "notice.", "event.", "why.", "cause.", "state."] {
                let found = text.find(group).map(|at| text[at..].chars().take(40).collect::<String>());
                assert!(found.as_ref().is_none_or(|found| found.starts_with("state.plain")), "{found:?}");
            }
        }
    }
}

#[test]
fn recovery_time_is_measured_or_said_to_be_unknown() {
    let roles = sample_roles();
    let records = failover(Language::En);
    let rto = |records: &[Record], roles| postmortem::view(records, &Options { roles, ..Options::default() }).rto;
    let measured = rto(&records, Some(&roles));
    // 80.25 s before the run, 165.3 s into it: the write through the address, not the blank after it.
    assert_eq!((measured.measured_ms, measured.met), (Some(245_550), Some(true)));
    assert_eq!(measured.reported[0].by, "bob");
    assert!(rto(&records, None).measured.is_none());
    assert!(rto(&records, None).method.contains("not known here"));
    let cut: Vec<Record> = records[..records.len() - 6].to_vec();
    assert!(rto(&cut, Some(&roles)).method.contains("did not succeed"));
    let mut rehearsal = records.clone();
    if let Event::RunStarted(head) = &mut rehearsal[0].event {
        head.mode = crate::engine::event::Mode::Tabletop;
    }
    assert!(rto(&rehearsal, Some(&roles)).method.contains("rehearsal"));
    let states = timeline::rows(&rehearsal, &TimelineOptions::default());
    assert!(states.iter().skip(1).all(|row| row.state.is_none()), "a rehearsal changes nothing");
}

#[test]
fn people_and_machines_have_their_own_time() {
    let records = failover(Language::En);
    let facts = Facts::gather(&records);
    let step = |node: &str| facts.steps.iter().find(|step| step.node == node).unwrap();
    let times = |node: &str| (step(node).people_ms, step(node).machine_ms);
    assert_eq!(times("detection.confirm"), (8_990, 3_200));
    assert_eq!(times("decision.choose"), (20_290, 0));
    // Reached to started, then from the unknown outcome to the answer; not while nobody drove the run.
    assert_eq!(times("promote.promote"), (17_990 + 20_001, 0));
    assert_eq!((facts.interruptions, facts.stopped_ms), (1, 28_900));
}

#[test]
fn any_prefix_of_a_journal_can_be_told() {
    let roles = sample_roles();
    for records in [failover(Language::Fr), hostile()] {
        for end in 0..=records.len() {
            let options = Options { roles: Some(&roles), ..Options::default() };
            postmortem(&records[..end], &options).unwrap();
            postmortem(&records[..end], &Options { format: Format::Html, ..options }).unwrap();
            drop(timeline::table(&records[..end], &TimelineOptions::default(), 40));
        }
        // And without its beginning, which a journal never lacks.
        postmortem(&records[3..], &Options::default()).unwrap();
    }
}

#[test]
fn a_template_of_ones_own() {
    let records = hostile();
    let own = |text| postmortem(&records, &Options { template: Some(text), ..Options::default() });
    assert_eq!(
        own("{{ figures.failures }} {{ blank('x') }} {{ word('blank') }}").unwrap(),
        "1 _[to fill in: x]_ to fill in"
    );
    assert!(!own("{{ title }}").unwrap().contains("<script"));
    assert!(!own("{{ participants }}").unwrap().contains("<script"));
    let error = own("a\n{{ nothing }}").unwrap_err().to_string();
    assert!(error.contains("template line 2"), "{error}");
    let error = own("{% if %}").unwrap_err().to_string();
    assert!(error.contains("template line 1"), "{error}");
    for name in render::built_in_names() {
        assert!(render::built_in(name).is_some());
    }
}

/// A run under a monitor: 245 s of outage by the journal, 118 s by the monitor.
fn watched() -> Vec<Record> {
    use crate::engine::event::Measurement;
    let mut records = failover(Language::En);
    let (run, last) = (records[0].clone(), records.pop().unwrap());
    let mut add = |at: &str, event: Event| {
        let seq = records.len() as u64 + 1;
        let record = Record { seq, at: at.parse().unwrap(), actor: Actor::Engine, event, ..run.clone() };
        records.push(Record { offset_us: last.offset_us, ..record });
    };
    let monitor = || "writes".to_owned();
    let target = "the applications' address".to_owned();
    let changed = |up, since: &str, detail: &str| Event::MonitorChanged {
        monitor: monitor(),
        up,
        since: since.into(),
        detail: detail.into(),
    };
    add(
        "2026-11-20T23:58:21Z",
        Event::MonitorStarted { monitor: monitor(), kind: "heartbeat".into(), target, every_ms: 500 },
    );
    add("2026-11-20T23:58:22Z", changed(false, "2026-11-20T23:58:21.5Z", "refused"));
    add("2026-11-21T00:01:00Z", changed(true, "2026-11-21T00:00:59.5Z", "a write in 3 ms"));
    let measured = Measurement {
        monitor: monitor(),
        rto_ms: Some(158_000),
        sampling_ms: 500,
        acknowledged: Some(4711),
        lost: Some(0),
        rpo_ms: Some(0),
        ..Measurement::default()
    };
    add("2026-11-21T00:01:30Z", Event::Measured(Box::new(measured)));
    let seq = records.len() as u64 + 1;
    records.push(Record { seq, ..last });
    // As a journal has them: in the order in which they were written.
    let began = records[0].at;
    records.sort_by_key(|record| record.at);
    for (index, record) in records.iter_mut().enumerate() {
        record.seq = index as u64 + 1;
        record.offset_us = u64::try_from(text::between(began, record.at)).unwrap() * 1000;
    }
    records
}

#[test]
fn that_it_went_down_again_is_said_beside_the_longest_outage() {
    let (roles, mut records) = (sample_roles(), watched());
    for (outages, want) in [(0, None), (1, None), (3, Some("of 3 outages the longest"))] {
        for record in &mut records {
            if let Event::Measured(measured) = &mut record.event {
                measured.outages = outages;
            }
        }
        let view = postmortem::view(&records, &options(&roles, Language::En, Format::Markdown));
        let rto = view.claims.iter().find(|claim| claim.name == "RTO" && claim.kind == "measured").unwrap();
        assert_eq!(rto.method.split("; ").find(|why| why.contains("outages")), want, "{}", rto.method);
    }
}

#[test]
fn measured_timed_and_said_are_never_mixed() {
    let (roles, records) = (sample_roles(), watched());
    let view = postmortem::view(&records, &options(&roles, Language::En, Format::Markdown));
    let said: Vec<_> = view.claims.iter().map(|claim| (&*claim.name, claim.kind, claim.value.as_deref())).collect();
    assert_eq!(
        said,
        [
            ("RTO", "measured", Some("2 min 38 s ± 0.5 s")),
            ("RTO", "timed", Some("4 min 05 s")),
            ("RPO", "measured", Some("0 s")),
            ("RTO measured", "said", Some("4 min")),
        ]
    );
    assert!(view.claims.iter().all(|claim| claim.seq.is_some() && claim.met == Some(true)));
    assert_eq!(view.impact.outage.as_deref(), Some("Outage of 2 min 38 s (measured by a monitor)"));
    let states: Vec<&str> = view.bands[0].segments.iter().map(|segment| segment.state).collect();
    assert_eq!(states, ["unknown", "down", "unknown", "up"]);
}

#[test]
fn the_four_phases_add_up() {
    let roles = sample_roles();
    let view = postmortem::view(&failover(Language::En), &options(&roles, Language::En, Format::Markdown));
    let parts: Vec<(&str, u64)> = view.breakdown.parts.iter().map(|part| (part.key, part.ms)).collect();
    assert_eq!(parts.iter().map(|(_, ms)| ms).sum::<u64>(), view.rto.measured_ms.unwrap());
    assert_eq!(parts, [("detection", 92_960), ("decision", 32_300), ("recovery", 115_090), ("validation", 5_200)]);
}

/// Every `[#12]` of a text.
fn references(text: &str) -> Vec<u64> {
    let numbers = text.split("[#").skip(1).filter_map(|rest| rest.split_once(']'));
    numbers.filter_map(|(number, _)| number.parse().ok()).collect()
}

#[test]
fn every_reference_resolves() {
    let (roles, records) = (sample_roles(), watched());
    for format in [Format::Markdown, Format::Html] {
        let text = postmortem(&records, &options(&roles, Language::En, format)).unwrap();
        let drill = DrillOptions { format, roles: Some(&roles), before: Some(&records), ..DrillOptions::default() };
        for text in [text, drill_report(&records, &drill).unwrap()] {
            let found = references(&text);
            assert!(found.len() > 20, "{}", found.len());
            assert!(found.iter().all(|seq| records.iter().any(|record| record.seq == *seq)));
        }
    }
}

#[test]
fn reports_blame_nobody() {
    let roles = sample_roles();
    for (language, not) in [
        (Language::En, ["fault", "blame", "careless", "guilty", "negligen", "culprit"]),
        (Language::Fr, ["faute", "coupable", "responsabilité de", "négligen", "erreur humaine", "blâme"]),
    ] {
        let records = failover(language);
        let text = postmortem(&records, &options(&roles, language, Format::Markdown)).unwrap().to_lowercase();
        assert!(not.iter().all(|word| !text.contains(word)), "{language:?}");
        let words = words::Words::of(language);
        // "default" is a value's source.
        let said = |text: &str| text.to_lowercase().replace("default", "").replace("par défaut", "");
        assert!(words.iter().all(|(_, text)| not.iter().all(|word| !said(text).contains(word))));
    }
}

#[test]
fn events_from_elsewhere_stand_in_time_order() {
    let (events, _) =
        elsewhere::parse("a.jsonl", r#"{"at":"2026-11-20T23:58:00Z","source":"pager <b>","text":"alert <script>"}"#);
    let records = failover(Language::En);
    let options = TimelineOptions { elsewhere: &events, ..TimelineOptions::default() };
    let kinds: Vec<&str> = timeline::rows(&records, &options).iter().map(|row| row.kind).take(4).collect();
    assert_eq!(kinds, ["incident-start", "noted", "elsewhere", "run-started"]);
    let page = timeline::to_html(&records, &options).unwrap();
    assert!(!page.contains("<script>") && page.contains("own clock") && page.contains("a.jsonl:1"));
    assert!(timeline::to_markdown(&records, &options).contains("`a.jsonl:1`"));
}

#[test]
fn drill_goldens() {
    let (roles, records) = (sample_roles(), watched());
    for (language, name) in [(Language::En, "en"), (Language::Fr, "fr")] {
        let before = failover(language);
        let options = DrillOptions {
            language: Some(language),
            roles: Some(&roles),
            before: Some(&before[..before.len() - 5]),
            ..DrillOptions::default()
        };
        insta::assert_snapshot!(format!("drill-{name}-md"), drill_report(&records, &options).unwrap());
    }
}

/// A plan of a page with these lines in its head.
fn plan_with(head: &str) -> crate::plan::model::Plan {
    let source = crate::source::Source::new("a.md", format!("---\n{head}\n---\n# T\n\n## Procedure\n\n1. Look\n"));
    let document = crate::syntax::parse(&source.text);
    crate::plan::build::build(&crate::runbook::read(&source, &document)).unwrap()
}

/// 158 s of outage, reckoned by hand: 10,000 × 158 / 3600; 30 × 158 / 60; of the 1,296 s that 99.95 % of November leave.
#[test]
fn what_an_outage_cost_is_the_runbooks_figures_times_the_measurement() {
    let (roles, mut records) = (sample_roles(), watched());
    let plan = plan_with(
        "business: { revenue_per_hour: 10000, transactions_per_minute: 30, value_per_transaction: 80, currency: EUR }\nsla: 99.95%",
    );
    let cost = |records: &[Record], language| {
        let options = Options { plan: Some(&plan), ..options(&roles, language, Format::Markdown) };
        postmortem::view(records, &options).impact
    };
    let impact = cost(&records, Language::En);
    assert_eq!(impact.revenue.as_deref(), Some("438.89 EUR (10,000 EUR per hour × 2 min 38 s)"));
    assert_eq!(impact.transactions.as_deref(), Some("about 79 could not be made (30 per minute × 2 min 38 s)"));
    let sla = impact.sla.unwrap();
    assert!(sla.contains("12.2%") && sla.contains("21 min 36 s") && sla.contains("99.9939%"), "{sla}");
    assert_eq!(impact.data, None);
    assert!(cost(&records, Language::Fr).revenue.unwrap().starts_with("438,89 EUR"));
    // Two seconds of acknowledged writes are gone: one transaction of 80.
    for record in &mut records {
        if let Event::Measured(measured) = &mut record.event {
            (measured.lost, measured.rpo_ms) = (Some(20), Some(2_000));
        }
    }
    assert!(cost(&records, Language::En).data.unwrap().contains("80 EUR"));
    // Without figures nothing is reckoned, and without a measurement the sentence says where the time comes from.
    let plain = postmortem::view(&records, &options(&roles, Language::En, Format::Markdown)).impact;
    assert_eq!((plain.revenue, plain.sla), (None, None));
    assert!(cost(&failover(Language::En), Language::En).outage.unwrap().contains("no monitor measured it"));
}

/// The headline is the monitor's word where there is one, and says whose word it is.
#[test]
fn a_measurement_is_the_headline() {
    let roles = sample_roles();
    let of = |records: &[Record]| {
        let view = postmortem::view(records, &options(&roles, Language::En, Format::Markdown));
        let well: Vec<String> = view.well.iter().map(|notice| notice.text.clone()).collect();
        (view.restored.map(|claim| (claim.kind, claim.ms)), well.join(" "))
    };
    let (measured, well) = of(&watched());
    assert_eq!(measured, Some(("measured", Some(158_000))));
    assert!(well.contains("A monitor measured service back after 2 min 38 s ± 0.5 s"), "{well}");
    let (timed, well) = of(&failover(Language::En));
    assert_eq!(timed, Some(("timed", Some(245_550))));
    assert!(well.contains("Service was shown restored in 4 min 05 s"), "{well}");
}

/// What a page's references lead to is on the page.
#[test]
fn references_of_a_page_lead_to_records_on_it() {
    let (roles, records) = (sample_roles(), watched());
    let page = postmortem(&records, &options(&roles, Language::En, Format::Html)).unwrap();
    let drill = DrillOptions { format: Format::Html, roles: Some(&roles), ..DrillOptions::default() };
    for page in [page, drill_report(&records, &drill).unwrap()] {
        let targets: Vec<&str> = page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(targets.len() > 15, "{}", targets.len());
        assert!(targets.iter().all(|target| page.matches(&format!("id=\"{target}\"")).count() == 1), "{targets:?}");
    }
}
