//! Every word the operator reads, in every language. `{}` stands for what is filled in, in order.

use crate::engine::event::{Cause, FailureAnswer, How, Mode, Outcome, UnknownAnswer};
use crate::plan::model::RecoveryPhase;
use crate::runbook::model::{Effect, Language};

macro_rules! words {
    ($($name:ident: $en:literal, $fr:literal;)*) => {
        /// One language's words.
        #[derive(Debug)]
        pub(super) struct Words { $(pub(super) $name: &'static str,)* }
        static EN: Words = Words { $($name: $en,)* };
        static FR: Words = Words { $($name: $fr,)* };
        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $en, $fr),)*];
    };
}

words! {
    // the head of a run
    run: "run", "exécution";
    operator: "operator", "opérateur";
    elapsed: "elapsed", "écoulé";
    down: "down", "panne";
    left: "{} left", "reste {}";
    over: "{} OVER", "DÉPASSÉ de {}";
    resumed: "resumed: {} of {} steps behind", "reprise ; étapes déjà passées : {} sur {}";
    resumed_edited: "the runbook's text changed since this run began; the new text is followed",
        "le texte du runbook a changé depuis le début de l'exécution ; le nouveau texte est suivi";
    resumed_torn: "the journal's last line was incomplete and was cut ({} bytes)",
        "la dernière ligne du journal était incomplète et a été coupée ({} octets)";
    rehearsal_tabletop: "tabletop: nothing is executed", "exercice sur table : rien n'est exécuté";
    rehearsal_walkthrough: "walkthrough: only proven reads are executed", "à blanc : seules les lectures prouvées sont exécutées";
    rehearsal_simulation: "simulation: everything is executed, not on production", "simulation : tout est exécuté, hors production";
    live: "live", "réel";
    tabletop: "tabletop", "sur table";
    walkthrough: "walkthrough", "à blanc";
    simulation: "simulation", "simulation";
    step: "step", "étape";
    phase_detection: "detection", "détection";
    phase_decision: "decision", "décision";
    phase_recovery: "recovery", "rétablissement";
    phase_validation: "validation", "validation";
    schedule: "planned for {}", "prévu à {}";
    schedule_late: "{} late", "{} de retard";
    schedule_early: "{} early", "{} d'avance";
    schedule_kept: "on time", "à l'heure";
    pair: "{}: {}", "{} : {}";
    // a step
    about: "about {}", "environ {}";
    reads: "reads", "lecture";
    writes: "writes", "écriture";
    destroys: "DESTRUCTIVE", "DESTRUCTIF";
    pivot: "point of no return", "point de non-retour";
    optional: "optional", "facultatif";
    expects: "expects: {}", "attendu : {}";
    edited: "edited", "modifié";
    sample: "should look like:", "doit ressembler à :";
    ambiguous: "asked about: {}", "à confirmer : {}";
    attended: "needs your terminal: it is handed over until the command ends", "a besoin de votre terminal : il lui est confié jusqu'à sa fin";
    attempted: "tried {} time(s) already", "déjà essayé {} fois";
    retried: "tries again by itself, up to {} more time(s)", "réessaie de lui-même, encore {} fois au plus";
    until: "waits until {} (every {}, for {}); Ctrl-C stops the waiting", "attend que {} (toutes les {}, pendant {}) ; Ctrl-C arrête l'attente";
    guard: "guard: {}", "garde : {}";
    limit: "stopped after {}", "arrêtée après {}";
    after_pivot_words: "After this there is no way back: what follows can only go forward.", "Après ceci, pas de retour : la suite ne peut qu'aller de l'avant.";
    way_back: "way back: {}", "retour : {}";
    more_text: "… {} more lines in the runbook, line {}", "… encore {} lignes dans le runbook, ligne {}";
    // what is asked
    ask_manual: "Do this, then say so.", "Faites-le, puis dites-le.";
    ask_check: "Does this hold?", "Est-ce vrai ?";
    ask_decision: "Which way?", "Quelle voie ?";
    way_ends: "the end of the run", "la fin de l'exécution";
    ask_gate: "Go on?", "Continuer ?";
    ask_gate_names: "{} different people must say yes", "{} personnes différentes doivent dire oui";
    ask_gate_missing: "still missing: {}", "manque encore : {}";
    ask_gate_said: "said yes: {}", "ont dit oui : {}";
    ask_failure: "FAILED", "ÉCHEC";
    ask_unknown: "UNKNOWN: may have happened", "INCONNU : peut-être exécuté";
    unknown_help: "Look before you answer; nothing here knows whether it took effect.", "Regardez avant de répondre ; rien ici ne sait si l'effet a eu lieu.";
    ask_rollback: "The way back", "Le retour arrière";
    rollback_order: "will be undone, in this order; each one is asked for again:", "sera défait, dans cet ordre ; chaque pas sera redemandé :";
    rollback_left: "cannot be undone:", "ne peut pas être défait :";
    proposal: "proposed: {} = {}, because {}", "proposé : {} = {}, parce que {}";
    objective: "objective: {}", "objectif : {}";
    default: "Enter: {}", "Entrée : {}";
    one_of: "one of:", "au choix :";
    kind_number: "a number", "un nombre";
    kind_duration: "a duration, like 5m or 90s", "une durée, comme 5m ou 90s";
    secret: "not shown while you type, never journaled", "pas affiché pendant la saisie, jamais journalisé";
    written: "written {} in the runbook", "écrit {} dans le runbook";
    before_pivot: "the point of no return is not passed: rolling back is still possible", "le point de non-retour n'est pas passé : le retour arrière reste possible";
    after_pivot: "the point of no return is behind: only what came after it can be rolled back", "le point de non-retour est derrière : seul ce qui suit peut être défait";
    no_pivot: "rolling back undoes what can be undone", "le retour arrière défait ce qui peut l'être";
    no_way_back: "nothing that was done can be rolled back from here", "rien de ce qui a été fait ne peut être défait d'ici";
    no_way_back_after_pivot: "the point of no return is behind, and nothing since then can be rolled back", "le point de non-retour est derrière, et rien de ce qui suit ne peut être défait";
    last_lines: "last lines ({}):", "dernières lignes ({}) :";
    // keys
    key_enter_nothing: "[Enter] does nothing here", "[Entrée] ne fait rien ici";
    key_enter_run: "[Enter] or y run", "[Entrée] ou oui lancer";
    key_y_run: "y run", "oui lancer";
    key_number_run: "type {} to run", "tapez {} pour lancer";
    key_enter_yes: "[Enter] or y it holds", "[Entrée] ou oui c'est vrai";
    key_no: "no", "non";
    key_d_done: "d done", "d fait";
    key_number_done: "type {} when done", "tapez {} quand c'est fait";
    key_yes_full: "type yes in full, or no", "tapez oui en toutes lettres, ou non";
    key_choose: "type a number, 1 to {}", "tapez un numéro, de 1 à {}";
    key_y_proposal: "y takes the proposal", "oui prend la proposition";
    key_s: "s skip", "s sauter";
    key_e: "e edit", "e éditer";
    key_d: "d done by hand", "d fait à la main";
    key_n: "n note", "n note";
    key_note: "note", "note";
    key_p: "p pause", "p pause";
    key_b: "b roll back", "b retour arrière";
    key_a: "a abort", "a abandonner";
    key_help: "? help", "? aide";
    key_o: "o output", "o sortie";
    key_r: "r retry", "r réessayer";
    key_h: "h it happened", "h c'est arrivé";
    key_again: "r run again", "r relancer";
    key_undo: "u undo", "u défaire";
    key_x: "x stop here", "x arrêter ici";
    key_colon: "commands begin with a colon: :p pause  :? help", "les commandes commencent par deux-points : :p pause  :? aide";
    // help
    help_title: "What you can type", "Ce que vous pouvez taper";
    help_enter: "[Enter] confirms reads and checks, and nothing else", "[Entrée] confirme les lectures et les vérifications, rien d'autre";
    help_yes: "y, yes: go (a read, a write)", "oui, y : aller (lecture, écriture)";
    help_number: "{}: go, for what is destructive, edited or the point of no return", "{} : aller, pour ce qui est destructif, modifié ou sans retour";
    help_skip: "s [why]: go on without this step; the reason is recorded", "s [raison] : continuer sans cette étape ; la raison est notée";
    help_edit: "e: change the command for this run only; asks again before it runs", "e : modifier la commande pour cette exécution ; redemande avant de lancer";
    help_done: "d [how]: you did it elsewhere", "d [comment] : vous l'avez fait ailleurs";
    help_note: "n [text] or note [text]: write something in the journal; the question stays", "n [texte] ou note [texte] : écrire dans le journal ; la question reste";
    help_back: "b [why]: the way back; shown before anything is undone", "b [raison] : le retour arrière ; montré avant de défaire";
    help_pause: "p [why]: stop here, go on later with `runbook resume`; closing the terminal does the same",
        "p [raison] : s'arrêter ici, reprendre avec `runbook resume` ; fermer le terminal fait de même";
    help_abort: "a [why]: end this run for good (asked once more)", "a [raison] : terminer cette exécution (redemandé une fois)";
    help_output: "o: the whole output of the last command", "o : toute la sortie de la dernière commande";
    help_where: "w: where am I in the plan", "w : où en suis-je dans le plan";
    help_show: "l: show this question again", "l : revoir cette question";
    // dialogue
    hint_enter: "Enter is not an answer here", "Entrée n'est pas une réponse ici";
    hint_unknown: "`{}` is not an answer here; ? for help", "`{}` n'est pas une réponse ici ; ? pour l'aide";
    hint_number: "this needs its number: type {}", "il faut son numéro : tapez {}";
    hint_no_run: "not run. p pause, s skip, a abort, or n for a note", "pas lancé. p pause, s sauter, a abandonner, ou n pour une note";
    hint_no_manual: "not done. p pause, s skip, a abort, or n for a note", "pas fait. p pause, s sauter, a abandonner, ou n pour une note";
    hint_yes_full: "type the whole word: yes or no", "tapez le mot entier : oui ou non";
    hint_option: "type a number from 1 to {}", "tapez un numéro de 1 à {}";
    hint_empty: "a value is needed; :p pauses", "il faut une valeur ; :p met en pause";
    hint_not_offered: "not possible here", "pas possible ici";
    hint_unreadable: "this line is not UTF-8 text; type it again", "cette ligne n'est pas du texte UTF-8 ; retapez-la";
    hint_short: "more than a letter, please; an empty line goes back to the question",
        "plus qu'une lettre, s'il vous plaît ; une ligne vide revient à la question";
    hint_same_person: "{} has said yes already; another person is needed", "{} a déjà dit oui ; il faut une autre personne";
    refused: "refused: {}", "refusé : {}";
    cancelled: "cancelled", "annulé";
    why_skip: "why skip?", "pourquoi sauter ?";
    why_no: "why not?", "pourquoi non ?";
    why_back: "why go back?", "pourquoi revenir ?";
    why_abort: "why end the run?", "pourquoi terminer ?";
    how_done: "how was it done?", "comment a-t-il été fait ?";
    how_known: "how do you know?", "comment le savez-vous ?";
    what_note: "note:", "note :";
    your_name: "your name:", "votre nom :";
    empty_cancels: "(empty: back to the question)", "(vide : retour à la question)";
    sure_back: "type yes to go back", "tapez oui pour revenir";
    sure_abort: "this ends the run for good; type yes to end it", "ceci termine l'exécution ; tapez oui pour terminer";
    paused_by: "paused by the operator", "mis en pause par l'opérateur";
    interrupt_prompt: "Ctrl-C. p pause, a abort, [Enter] go on (again: pause)", "Ctrl-C. p pause, a abandonner, [Entrée] continuer (encore : pause)";
    interrupt_reason: "Ctrl-C at the prompt", "Ctrl-C à l'invite";
    interrupt_running: "Ctrl-C while a command runs. s stop it now, p let it end then pause, [Enter] go on (again: stop)",
        "Ctrl-C pendant une commande. s l'arrêter, p la laisser finir puis pause, [Entrée] continuer (encore : arrêt)";
    no_output: "no command has run here yet", "aucune commande n'a encore tourné ici";
    output_is: "whole output: {}", "toute la sortie : {}";
    output_failed: "the output cannot be read: {}", "la sortie ne peut pas être lue : {}";
    output_cut: "… {} more lines in {}", "… encore {} lignes dans {}";
    edit_lines: "type the new command; a line with only a dot ends it, an empty one before any text keeps the old",
        "tapez la nouvelle commande ; une ligne avec un point seul termine, une ligne vide d'abord garde l'ancienne";
    edit_failed: "the editor did not work: {}", "l'éditeur n'a pas marché : {}";
    edit_same: "nothing changed", "rien n'a changé";
    edit_now: "edited; this will run:", "modifié ; ceci sera lancé :";
    where_title: "where you are", "où vous en êtes";
    where_more: "… {} steps", "… {} étapes";
    here: "you are here", "vous êtes ici";
    // the answers file
    answers_unfit: "answers file: {}", "fichier de réponses : {}";
    // reports
    by_hand: "done by hand", "fait à la main";
    happened: "had happened", "était arrivé";
    confirmed: "confirmed", "confirmé";
    rehearsed: "not run", "non exécuté";
    rehearsed_manual: "for a person to do", "à faire par une personne";
    rehearsed_check: "to confirm", "à confirmer";
    rehearsed_input: "to fill in", "à renseigner";
    skipped: "skipped: {}", "sautée : {}";
    skipped_auto: "not needed: {}", "pas nécessaire : {}";
    failed: "failed: {}", "échec : {}";
    again_in: "tries again in {}", "réessaie dans {}";
    see: "output: {}", "sortie : {}";
    folded: "… {} more lines, last ones:", "… encore {} lignes, les dernières :";
    running: "running {}", "en cours {}";
    of: "{} of {}", "{} sur {}";
    stop_key: "Ctrl-C: stop or pause", "Ctrl-C : arrêter ou pause";
    objective_met: "objective {}: met", "objectif {} : tenu";
    objective_missed: "objective {}: MISSED", "objectif {} : MANQUÉ";
    pivot_passed: "point of no return passed", "point de non-retour passé";
    monitor_started: "monitor {} looks at {}", "le moniteur {} observe {}";
    monitor_up: "UP {}: {}", "RÉTABLI {} : {}";
    monitor_down: "DOWN {}: {}", "EN PANNE {} : {}";
    monitor_is_down: "{} DOWN {}", "{} EN PANNE {}";
    monitor_waits: "waiting for the recovery of {} to last ({} at most; Ctrl-C: do not wait)",
        "attend que le rétablissement de {} dure ({} au plus ; Ctrl-C : ne pas attendre)";
    measured_rto: "back after {} (RTO, ±{})", "rétabli après {} (RTO, ±{})";
    measured_rpo: "{} of {} acknowledged writes lost (RPO {})", "{} écritures acquittées perdues sur {} (RPO {})";
    measured_since: "RPO unknown: it saw no write acknowledged before the outage",
        "RPO inconnu : il n'a vu aucune écriture acquittée avant la panne";
    measured_position: "by position {}", "par position {}";
    measured_nothing: "never down while it was watched", "jamais en panne pendant l'observation";
    measured_down: "DOWN, no recovery that lasted", "EN PANNE, pas de rétablissement durable";
    measured_flaps: "{} recoveries did not last", "{} rétablissements n'ont pas duré";
    measured_outages: "the longest of {} outages", "la plus longue de {} interruptions";
    measured_gap: "nobody looked for {} of it", "personne n'a observé pendant {}";
    overdue: "takes longer than planned ({})", "dure plus que prévu ({})";
    paused: "paused: {}", "en pause : {}";
    go_on: "go on with: {}", "pour continuer : {}";
    rollback_starts: "the way back begins: {}", "le retour arrière commence : {}";
    undo_failed: "undoing this FAILED: someone must look", "défaire ceci a ÉCHOUÉ : quelqu'un doit regarder";
    yes: "yes", "oui";
    no: "no", "non";
    because: "because {}", "parce que {}";
    due: "due {}", "pour {}";
    action: "action", "action";
    // causes
    cause_server: "{}", "{}";
    cause_target: "not run: {}", "pas lancé : {}";
    cause_spawn: "could not start: {}", "n'a pas pu démarrer : {}";
    cause_called: "run {} of the other runbook: {}", "exécution {} de l'autre runbook : {}";
    cause_exit: "exit status {}", "code de sortie {}";
    cause_signal: "ended by signal {}", "terminée par le signal {}";
    cause_timeout: "no end after {}; stopped", "pas de fin après {} ; arrêtée";
    cause_stopped: "stopped by the operator", "arrêtée par l'opérateur";
    cause_expectation: "not as expected: {}", "pas comme attendu : {}";
    cause_capture: "value not found: {}", "valeur introuvable : {}";
    cause_evaluation: "cannot be evaluated: {}", "ne peut pas être évalué : {}";
    cause_refused: "does not hold: {}", "n'est pas vrai : {}";
    // answers in words
    say_retry: "retry", "réessayer";
    say_done: "done by hand", "fait à la main";
    say_skip: "go on without it", "continuer sans";
    say_rollback: "roll back", "retour arrière";
    say_abort: "end the run", "terminer";
    say_happened: "it happened", "c'est arrivé";
    say_again: "run again", "relancer";
    say_undo: "undo", "défaire";
    say_stop: "stop here", "arrêter ici";
    // the end
    end_completed: "completed", "terminé";
    end_failed: "FAILED", "ÉCHEC";
    end_aborted: "aborted", "abandonné";
    end_rolled_back: "rolled back", "retour arrière fait";
    end_stuck: "STUCK: someone must look", "BLOQUÉ : quelqu'un doit regarder";
    end_done: "done: {}", "fait : {}";
    end_skipped: "skipped: {}", "sauté : {}";
    end_failed_steps: "failed: {}", "en échec : {}";
    end_open: "still open: {}", "reste ouvert : {}";
    end_more: "… and {} more", "… et {} autres";
    end_took: "time: {}", "durée : {}";
    end_rto: "RTO: target {}, {}", "RTO : cible {}, {}";
    end_rpo: "RPO: target {}, {}", "RPO : cible {}, {}";
    end_measured: "measured {}", "mesuré {}";
    end_not_measured: "not measured", "non mesuré";
    end_next: "next: {}", "ensuite : {}";
    // nobody there
    nobody: "no terminal and no answer: {}", "ni terminal ni réponse : {}";
    nobody_answer: "answer it with `{}: {{ {}: … }}` in an answers file, or at a terminal",
        "répondez avec `{}: {{ {}: … }}` dans un fichier de réponses, ou à un terminal";
}

impl Words {
    pub(super) const fn phase(&self, phase: RecoveryPhase) -> &'static str {
        match phase {
            RecoveryPhase::Detection => self.phase_detection,
            RecoveryPhase::Decision => self.phase_decision,
            RecoveryPhase::Recovery => self.phase_recovery,
            RecoveryPhase::Validation => self.phase_validation,
        }
    }

    /// Why a command was read so, in this language.
    pub(super) fn reason<'w>(&self, why: &'w str) -> std::borrow::Cow<'w, str> {
        if std::ptr::eq(self, &raw const FR) { crate::check::french::text(why) } else { why.into() }
    }

    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::Fr => &FR,
        }
    }

    /// Two things, the second of which explains the first.
    pub(super) fn pair(&self, first: &str, second: &str) -> String {
        fill(self.pair, &[first, second])
    }

    pub(super) const fn mode(&self, mode: Mode) -> &'static str {
        match mode {
            Mode::Tabletop => self.tabletop,
            Mode::Walkthrough => self.walkthrough,
            Mode::Simulation => self.simulation,
            Mode::Live => self.live,
        }
    }

    pub(super) const fn effect(&self, effect: Effect) -> &'static str {
        match effect {
            Effect::Read => self.reads,
            Effect::Write => self.writes,
            Effect::Destructive => self.destroys,
        }
    }

    pub(super) const fn how(&self, how: How) -> &'static str {
        match how {
            How::Ran => "",
            How::ByHand => self.by_hand,
            How::Happened => self.happened,
            How::Confirmed => self.confirmed,
            How::Rehearsed => self.rehearsed,
        }
    }

    pub(super) const fn failure(&self, answer: FailureAnswer) -> &'static str {
        match answer {
            FailureAnswer::Retry => self.say_retry,
            FailureAnswer::Done => self.say_done,
            FailureAnswer::Skip => self.say_skip,
            FailureAnswer::Rollback => self.say_rollback,
            FailureAnswer::Abort => self.say_abort,
        }
    }

    pub(super) const fn unknown(&self, answer: UnknownAnswer) -> &'static str {
        match answer {
            UnknownAnswer::Happened => self.say_happened,
            UnknownAnswer::Again => self.say_again,
            UnknownAnswer::Undo => self.say_undo,
            UnknownAnswer::Stop => self.say_stop,
        }
    }

    pub(super) const fn outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Completed => self.end_completed,
            Outcome::Failed => self.end_failed,
            Outcome::Aborted => self.end_aborted,
            Outcome::RolledBack => self.end_rolled_back,
            Outcome::Stuck => self.end_stuck,
        }
    }

    pub(super) fn cause(&self, cause: &Cause) -> String {
        match cause {
            Cause::Server { message } => fill(self.cause_server, &[message]),
            Cause::WrongTarget { message } => fill(self.cause_target, &[message]),
            Cause::Spawn { message } => fill(self.cause_spawn, &[message]),
            Cause::Called { run, outcome } => fill(self.cause_called, &[run, self.outcome(*outcome)]),
            Cause::Exit { status } => fill(self.cause_exit, &[&status.to_string()]),
            Cause::Signal { signal } => fill(self.cause_signal, &[&signal.to_string()]),
            Cause::TimedOut { after_ms } => {
                fill(self.cause_timeout, &[&super::text::span(std::time::Duration::from_millis(*after_ms))])
            }
            Cause::Stopped => self.cause_stopped.to_owned(),
            Cause::Expectation { message } => fill(self.cause_expectation, &[message]),
            Cause::Capture { message } => fill(self.cause_capture, &[message]),
            Cause::Evaluation { message } => fill(self.cause_evaluation, &[message]),
            Cause::CheckRefused { note } => fill(self.cause_refused, &[note]),
        }
    }
}

/// Puts `values` into the places of `pattern`; `{{` and `}}` are braces.
pub(super) fn fill(pattern: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut out = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..];
        if brace.starts_with("{}") {
            out.push_str(values.next().copied().unwrap_or_default());
        } else {
            out.push_str(&brace[..1]);
        }
        rest = brace.get(2..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_are_whole() {
        for (name, en, fr) in ALL {
            assert!(!en.is_empty() && !fr.is_empty(), "{name} is empty");
            assert_eq!(en.matches("{}").count(), fr.matches("{}").count(), "{name} has other places");
        }
    }

    #[test]
    fn filling_is_literal() {
        assert_eq!(fill("a {} {{ {}: … }}", &["{}", "x"]), "a {} { x: … }");
    }
}
