//! The `runbook` program: everything lives in the library.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(runbook::cli::main() as u8)
}
