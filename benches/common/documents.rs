//! What the benchmarks read: the repository's own runbooks, and a generated book of pages like real ones.

use pulldown_cmark::Options;
use std::fmt::Write as _;
use std::path::Path;

/// GitHub's Markdown, as pulldown-cmark reads it.
pub fn gfm() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
}

/// A document and what to call it.
pub struct Sample {
    pub name: &'static str,
    pub text: String,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The documents, from what people write by hand to what only a machine would.
pub fn samples() -> Vec<Sample> {
    let rb001 = read("runbooks/incidents/RB-001-master-failover.md");
    let all =
        [rb001.clone(), read("runbooks/labs/mariadb-replication.md"), read("README.md"), read("docs/language.md")];
    vec![
        Sample { name: "RB-001", text: rb001 },
        Sample { name: "runbooks and docs", text: all.join("\n\n") },
        Sample { name: "generated pages", text: (0..150).map(page).collect() },
        Sample { name: "generated checklist", text: "- [ ] Check that `db-1` answers\n".repeat(20_000) },
    ]
}

/// A page like real ones, some 6 KB long.
fn page(n: usize) -> String {
    let mut text = format!("# Page {n}\n\n");
    for i in 0..12 {
        write!(
            text,
            "## Step {i}: Move part {i} (5 min max)\n\nBefore you start, check that **the primary** answers and tell \
             [the team](#step-{i}).\nNothing else may write to it while the copy runs, so stop what does.\n\n\
             1. Stop the writes on `db-{i}`: `systemctl stop app`\n2. Copy the rest.\n    ```bash\n    export HOST=db-{i}\n    \
             mysql -h $HOST -e \"SHOW SLAVE STATUS\\G\" | grep Seconds\n    ```\n    **Expected**: 0\n\n\
             | host | role | lag |\n|------|------|----:|\n| db-{i} | replica | 0 |\n| db-0 | primary | |\n\n\
             - [ ] Confirm the lag is small: ______ (objective: < 5 s)\n\n**If it fails:**\n- [ ] Option A: try again\n\
             - [ ] Option B: → [Step 1](#step-1-move-part-1)\n\n"
        )
        .unwrap();
    }
    text
}
