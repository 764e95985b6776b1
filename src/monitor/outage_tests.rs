//! What looks mean: every way in which something can go down and come back.

use super::outage::{Change, Look, Moment, Outage, Tracker};
use crate::inventory::monitors::Sustained;
use proptest::prelude::*;
use std::time::Duration;

const EVERY: Moment = 100_000;
const TOOK: Moment = 1_000;

fn rule() -> Sustained {
    Sustained { time: Some(Duration::from_millis(500)), looks: Some(20) }
}

/// A look each 100 ms: `.` is up, `x` is down.
fn looks(text: &str) -> impl Iterator<Item = Look> + '_ {
    text.chars().zip(0..).map(|(c, n)| Look { began: n * EVERY, ended: n * EVERY + TOOK, up: c == '.' })
}

fn watched(text: &str, declared: Option<Moment>) -> (Tracker, Vec<Change>) {
    let mut tracker = Tracker::new(rule(), declared);
    let changes = looks(text).filter_map(|look| tracker.look(look)).collect();
    (tracker, changes)
}

fn outage(text: &str, declared: Option<Moment>) -> Option<Outage> {
    watched(text, declared).0.outage()
}

#[test]
fn from_the_first_failure_to_the_first_success_that_lasts() {
    let (tracker, changes) = watched("..xxx......", None);
    let found = tracker.outage().unwrap_or_else(|| panic!("nothing"));
    assert_eq!((found.down, found.up, found.flaps), (200_000, Some(501_000), 0));
    assert_eq!((found.before, found.after), (Some(EVERY), Some(EVERY + TOOK)));
    assert_eq!(found.length(0), 301_000);
    assert_eq!(changes, [Change::Up(1_000), Change::Down(200_000), Change::Up(501_000)]);
    assert_eq!((tracker.up(), tracker.rising(), tracker.outages()), (Some(true), false, 1));
}

#[test]
fn never_down_is_no_outage() {
    let (tracker, _) = watched("..........", Some(-5_000_000));
    assert_eq!((tracker.outage(), tracker.elapsed(9_000_000), tracker.outages()), (None, None, 0));
}

#[test]
fn never_up_is_an_outage_without_end() {
    let (tracker, changes) = watched("xxxx", None);
    let found = tracker.outage().unwrap_or_else(|| panic!("nothing"));
    assert_eq!((found.down, found.up, found.before), (0, None, None));
    assert_eq!(tracker.elapsed(2_000_000), Some(2_000_000));
    assert_eq!(changes, [Change::Down(0)]);
}

#[test]
fn a_recovery_that_came_and_went_is_none_and_is_counted() {
    let found = outage(".xx..x.xx......", None).unwrap_or_else(|| panic!("nothing"));
    assert_eq!((found.down, found.up, found.flaps), (100_000, Some(901_000), 2));
}

#[test]
fn a_recovery_that_is_too_young_is_not_one_yet() {
    let (tracker, _) = watched("..xx...", None);
    assert_eq!(tracker.outage().and_then(|o| o.up), None);
    assert!(tracker.rising());
    // Whoever looks at the clock sees the recovery at once.
    assert_eq!(tracker.elapsed(60_000_000), Some(201_000));
}

#[test]
fn so_many_looks_are_enough_as_well() {
    let mut tracker = Tracker::new(Sustained { time: None, looks: Some(3) }, None);
    looks("x..").for_each(|look| assert!(tracker.look(look).is_none_or(|c| c != Change::Down(1))));
    assert!(tracker.rising());
    tracker.look(Look { began: 300_000, ended: 301_000, up: true });
    assert_eq!(tracker.outage().and_then(|o| o.up), Some(101_000));
}

#[test]
fn the_declared_beginning_counts_for_the_first_outage_only() {
    let found = outage("xx......", Some(-30_000_000)).unwrap_or_else(|| panic!("nothing"));
    assert_eq!((found.down, found.length(0), found.before), (-30_000_000, 30_201_000, Some(0)));
    let (tracker, _) = watched("x......xxx", Some(-1_000_000));
    assert_eq!((tracker.down_since(), tracker.outages()), (Some(700_000), 2));
}

#[test]
fn of_several_outages_the_longest_counts_unless_one_is_at_hand() {
    let found = outage(".x......xxx......x......", None).unwrap_or_else(|| panic!("nothing"));
    assert_eq!(found.down, 800_000);
    assert_eq!(outage(".xxx......x", None).map(|o| (o.down, o.up)), Some((1_000_000, None)));
}

#[test]
fn a_hanging_look_makes_the_end_as_uncertain_as_it_was_long() {
    let mut tracker = Tracker::new(rule(), None);
    for (began, ended, up) in [(0, 1_000, true), (100_000, 1_100_000, false), (1_100_000, 1_101_000, true)] {
        tracker.look(Look { began, ended, up });
    }
    tracker.look(Look { began: 1_700_000, ended: 1_701_000, up: true });
    let found = tracker.outage().unwrap_or_else(|| panic!("nothing"));
    assert_eq!((found.before, found.after, found.uncertainty()), (Some(100_000), Some(1_001_000), Some(1_001_000)));
}

#[test]
fn a_gap_in_the_watch_is_uncertainty_and_never_up_or_down() {
    let told = [Change::Up(-500_000), Change::Down(200_000), Change::Up(400_000), Change::Down(500_000)];
    let mut tracker = Tracker::new(rule(), None).after(&told, 900_000);
    for n in 0..8 {
        let began = 60_000_000 + n * EVERY;
        tracker.look(Look { began, ended: began + TOOK, up: true });
    }
    let found = tracker.outage().unwrap_or_else(|| panic!("nothing"));
    assert_eq!((found.down, found.up, found.flaps), (200_000, Some(60_001_000), 1));
    assert_eq!(found.after, Some(59_101_000));

    let mut tracker = Tracker::new(rule(), None).after(&[Change::Up(100)], 900_000);
    tracker.look(Look { began: 60_000_000, ended: 60_001_000, up: false });
    assert_eq!(tracker.outage().map(|o| (o.down, o.before)), Some((60_000_000, Some(59_100_000))));

    // An outage that was over before stays over.
    let told = [Change::Down(0), Change::Up(300_000), Change::Down(5_000_000)];
    let tracker = Tracker::new(rule(), None).after(&told, 6_000_000);
    assert_eq!((tracker.outages(), tracker.down_since()), (2, Some(5_000_000)));
}

proptest! {
    #[test]
    fn times_never_run_backwards(
        steps in prop::collection::vec((1_i64..2_000_000, 0_i64..1_500_000, any::<bool>()), 1..200),
        declared in prop::option::of(-10_000_000_i64..10_000_000),
    ) {
        let mut tracker = Tracker::new(rule(), declared);
        let (mut now, mut flaps) = (0, 0);
        let (mut last, mut told) = (None, Vec::new());
        for (pause, took, up) in steps {
            let look = Look { began: now + pause, ended: now + pause + took, up };
            now = look.ended;
            told.extend(tracker.look(look));
            let open = tracker.down_since();
            if let (Some(at), true) = (tracker.elapsed(now), open.is_some() && open == last) {
                prop_assert!(at <= now - open.unwrap_or(now).min(now));
            }
            last = open;
            if let Some(outage) = tracker.outage() {
                prop_assert!(outage.length(now) >= 0);
                prop_assert!(outage.up.is_none_or(|up| up >= outage.down && up <= now));
                prop_assert!(outage.uncertainty().is_none_or(|u| u >= 0));
                prop_assert_eq!(outage.up.is_none(), open.is_some());
                if open.is_some() { prop_assert!(outage.flaps >= flaps || outage.flaps == 0); flaps = outage.flaps; }
            }
            prop_assert_eq!(tracker.up(), Some(up));
            prop_assert!(!tracker.rising() || up);
        }
        // Down and up take turns, and their times do not run backwards.
        for pair in told.windows(2) {
            let at = |change: &Change| match change { Change::Down(at) | Change::Up(at) => *at };
            prop_assert!(matches!(pair, [Change::Down(_), Change::Up(_)] | [Change::Up(_), Change::Down(_)]));
            prop_assert!(at(&pair[0]) <= at(&pair[1]));
        }
    }

    /// Whatever comes before, what lasts ends the outage, and its first look is the end.
    #[test]
    fn what_lasts_ends_it(ups in prop::collection::vec(any::<bool>(), 0..60)) {
        let text: String = ups.iter().map(|up| if *up { '.' } else { 'x' }).collect::<String>() + "x......";
        let (tracker, _) = watched(&text, None);
        let first = i64::try_from(ups.len() + 1).unwrap_or(0) * EVERY + TOOK;
        prop_assert!(tracker.down_since().is_none());
        prop_assert!(tracker.outage().is_some_and(|o| o.up.is_some_and(|up| up <= first)));
    }
}
