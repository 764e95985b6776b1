//! What a crash, a bad disk or a person can do to a journal.

use super::{note, now, written};
use crate::engine::event::{Actor, Blob, Event, How};
use crate::journal::{Damage, JOURNAL, Journal, JournalError, Record, line, put_file, read, record, verify};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The first lines of a journal: enough where every byte is tried.
fn first_lines(whole: &[u8], lines: usize) -> Vec<u8> {
    whole.split_inclusive(|byte| *byte == b'\n').take(lines).flatten().copied().collect()
}

/// How many bytes and lines of `bytes` are whole batches.
fn batches(bytes: &[u8]) -> (usize, usize) {
    let mut whole = (0, 0);
    let mut at = 0;
    for (line, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        at += text.len();
        if text.ends_with(b"\n") && !String::from_utf8_lossy(text).contains(",\"more\":true,\"sum\"") {
            whole = (at, line + 1);
        }
    }
    whole
}

#[test]
fn a_cut_anywhere_leaves_a_prefix() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = first_lines(&fs::read(dir.join(JOURNAL)).unwrap(), 6);
    let records = read(&dir).unwrap().records;
    let copy = runs.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for cut in 0..=whole.len() {
        fs::write(copy.join(JOURNAL), &whole[..cut]).unwrap();
        let (good, lines) = batches(&whole[..cut]);
        let reading = read(&copy).unwrap();
        assert_eq!((reading.records.len(), reading.torn), (lines, (cut - good) as u64));
        let mut opened = Journal::open(&copy).unwrap();
        assert_eq!(opened.records, records[..lines]);
        assert_eq!(opened.torn, (cut - good) as u64);
        assert_eq!(fs::read(copy.join(JOURNAL)).unwrap(), &whole[..good]);
        let kept = copy.join(format!("journal.torn-{}", lines + 1));
        if cut > good {
            assert_eq!(fs::read(&kept).unwrap(), &whole[good..cut]);
            fs::remove_file(kept).unwrap();
        } else {
            assert!(!kept.exists());
        }
        if lines > 0 && cut % 97 == 0 {
            opened.journal.append(now(), 0, note("on")).unwrap();
            assert_eq!(read(&copy).unwrap().records.len(), lines + 1);
        }
    }
}

#[test]
fn half_a_batch_never_counts() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let before = fs::read(dir.join(JOURNAL)).unwrap();
    let records = read(&dir).unwrap().records;
    let mut opened = Journal::open(&dir).unwrap();
    let three = ["one", "two", "three"].iter().flat_map(|text| note(text)).collect();
    opened.journal.append(now(), 0, three).unwrap();
    drop(opened);
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    assert_eq!(read(&dir).unwrap().records.len(), records.len() + 3);
    let ends = whole.iter().enumerate().skip(before.len()).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    for cut in ends.take(2) {
        fs::write(dir.join(JOURNAL), &whole[..cut]).unwrap();
        assert_eq!(read(&dir).unwrap().records, records);
        assert_eq!(verify(&dir).unwrap().torn, (cut - before.len()) as u64);
        assert_eq!(Journal::open(&dir).unwrap().records, records);
        assert_eq!(fs::read(dir.join(JOURNAL)).unwrap(), before);
    }
}

#[test]
fn torn_bytes_are_never_overwritten() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    let seq = read(&dir).unwrap().records.len() + 1;
    for n in 0..3_u8 {
        let mut bytes = whole.clone();
        bytes.extend([b'{', b'0' + n]);
        fs::write(dir.join(JOURNAL), bytes).unwrap();
        assert_eq!(Journal::open(&dir).unwrap().torn, 2);
    }
    let kept = |name: String| fs::read_to_string(dir.join(name)).unwrap();
    assert_eq!(kept(format!("journal.torn-{seq}")), "{0");
    assert_eq!(kept(format!("journal.torn-{seq}-3")), "{2");
}

#[test]
fn a_tail_of_zeros_is_torn() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    let count = read(&dir).unwrap().records.len();
    for (keep, records) in [(whole.len(), count), (whole.len() - 40, count - 1), (0, 0)] {
        let mut bytes = whole[..keep].to_vec();
        bytes.resize(keep + 4096, 0);
        fs::write(dir.join(JOURNAL), bytes).unwrap();
        let opened = Journal::open(&dir).unwrap();
        assert_eq!(opened.records.len(), records);
        assert!(opened.torn >= 4096);
    }
    // Zeros with something after them were not left by a torn append.
    let mut bytes = whole.clone();
    bytes[100..120].fill(0);
    fs::write(dir.join(JOURNAL), bytes).unwrap();
    assert!(matches!(Journal::open(&dir), Err(JournalError::Broken { line: 1, .. })));
}

#[test]
fn a_flipped_byte_is_named_by_its_line() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    let whole = first_lines(&whole, 5);
    let end = whole.len();
    let mut line_of = 1;
    for at in 0..end {
        let mut bytes = whole.clone();
        bytes[at] ^= [0x01, 0x20, 0xff][at % 3];
        fs::write(dir.join(JOURNAL), &bytes).unwrap();
        match Journal::open(&dir) {
            Err(JournalError::Broken { line, seq, .. }) => assert_eq!((line, seq), (line_of, line_of as u64), "{at}"),
            Ok(opened) if at == end - 1 => assert!(opened.torn > 0),
            other => panic!("byte {at}: {other:?}"),
        }
        if at != end - 1 {
            assert_eq!(fs::read(dir.join(JOURNAL)).unwrap(), bytes, "damage is never repaired");
        }
        line_of += usize::from(whole[at] == b'\n');
    }
}

#[test]
fn tampering_with_a_fresh_sum_breaks_the_chain() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let records = read(&dir).unwrap().records;
    let total = records.len() as u64;
    let rewrite = |records: &[Record]| {
        let mut bytes = Vec::new();
        for record in records {
            // The batches stay as they were.
            let more = record.seq % 3 != 0 && record.seq < total;
            line::encode(record, more, &mut bytes).unwrap();
        }
        fs::write(dir.join(JOURNAL), bytes).unwrap();
        read(&dir).unwrap_err()
    };
    let mut edited = records.clone();
    edited[4].actor = Actor::Operator("mallory".into());
    assert!(matches!(rewrite(&edited), JournalError::Broken { line: 6, seq: 6, what: Damage::Chain, .. }));
    let mut removed = records.clone();
    removed.remove(4);
    assert!(matches!(rewrite(&removed), JournalError::Broken { line: 5, what: Damage::Order { expected: 5 }, .. }));
    let mut other = records.clone();
    other[0].prev = record::sha256_hex(b"another run");
    assert!(matches!(rewrite(&other), JournalError::Broken { line: 1, what: Damage::Start, .. }));
    let mut newer = records;
    newer[2].v = record::VERSION + 1;
    assert!(
        matches!(rewrite(&newer), JournalError::NewerVersion { line: 3, found, .. } if found == record::VERSION + 1)
    );
}

#[test]
fn a_copied_run_verifies_under_another_name() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let digest = verify(&dir).unwrap().digest;
    fs::rename(&dir, runs.path().join("archive")).unwrap();
    assert_eq!(verify(&runs.path().join("archive")).unwrap().digest, digest);
}

#[test]
fn verify_names_the_record_of_a_changed_file() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let mut journal = Journal::open(&dir).unwrap().journal;
    let done = |output| Event::StepSucceeded {
        node: "x".into(),
        how: How::Ran,
        exit: Some(0),
        took_ms: 1,
        captures: BTreeMap::new(),
        output: Some(output),
        session: None,
        summary: String::new(),
    };
    let good = put_file(&dir, "output/x-1.log", b"hello").unwrap();
    let seq = journal.append(now(), 0, vec![(Actor::Engine, done(good))]).unwrap()[0].seq;
    let verified = verify(&dir).unwrap();
    assert_eq!((verified.records, verified.blobs), (seq, 2));
    let why = |dir: &Path| match verify(dir).unwrap_err() {
        JournalError::Broken { seq: found, what: Damage::Blob { why, .. }, .. } => (found, why),
        other => panic!("{other}"),
    };
    fs::write(dir.join("output/x-1.log"), b"hellO").unwrap();
    assert_eq!(why(&dir), (seq, "was changed: its digest is another".into()));
    fs::write(dir.join("output/x-1.log"), b"hello you").unwrap();
    assert_eq!(why(&dir), (seq, "has 9 bytes instead of 5".into()));
    fs::remove_file(dir.join("output/x-1.log")).unwrap();
    assert_eq!(why(&dir), (seq, "is missing".into()));
    fs::write(dir.join("output/x-1.log"), b"hello").unwrap();
    let outside = Blob { file: "../secret".into(), sha256: String::new(), bytes: 0 };
    journal.append(now(), 0, vec![(Actor::Engine, done(outside))]).unwrap();
    assert_eq!(why(&dir), (seq + 1, "leads out of the run's directory".into()));
}

/// Writes `tests/journals/v1/failover.jsonl`; not to be run again once that version is released.
#[test]
#[ignore = "writes into the source tree"]
fn write_the_sample() {
    let runs = TempDir::new().unwrap();
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/v1/failover.jsonl");
    fs::copy(written(runs.path()).join(JOURNAL), to).unwrap();
}

#[test]
fn journals_of_earlier_versions_still_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/v1");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let run = TempDir::new().unwrap();
        fs::copy(&path, run.path().join(JOURNAL)).unwrap();
        let reading = read(run.path()).unwrap();
        assert_eq!(reading.torn, 0);
        let mut state = crate::engine::state::RunState::default();
        for record in &reading.records {
            state.apply(record.seq, &record.actor, &record.event).unwrap();
        }
        count += 1;
    }
    assert!(count > 0);
}
