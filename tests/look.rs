//! Prints the meaning of the file that `LOOK` names: for people at work on the reading.
mod dump;
#[test]
fn look() {
    if let Ok(path) = std::env::var("LOOK") {
        let text = std::fs::read_to_string(&path).unwrap();
        println!("{}", dump::dump(&path, &text));
    }
}

#[test]
fn blocks() {
    if let Ok(path) = std::env::var("BLOCKS") {
        let text = std::fs::read_to_string(&path).unwrap();
        for (i, b) in runbook::syntax::parse(&text).blocks.iter().enumerate() {
            println!(
                "{i} {:?} {:?} end {} {}",
                b.parent,
                b.span,
                b.end,
                format!("{:?}", b.kind).chars().take(90).collect::<String>()
            );
        }
    }
}

#[test]
fn json() {
    if let Ok(path) = std::env::var("LOOKJSON") {
        let text = std::fs::read_to_string(&path).unwrap();
        let r = dump::read(&path, &text);
        let steps: Vec<_> = r.steps.iter().map(|s| serde_json::json!({"line": s.line, "title": s.title, "kind": s.kind,
            "commands": s.commands.iter().map(|c| serde_json::json!({"line": c.line, "text": c.text, "reading": c.reading})).collect::<Vec<_>>()})).collect();
        println!("\n@@{}", serde_json::json!({"steps": steps}));
    }
}
