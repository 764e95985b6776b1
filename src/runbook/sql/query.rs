//! The second proof that a query only reads: a parser made for SQL reads it, and what it found is looked through.
//!
//! The words of the statement were already found harmless by themselves; here the whole must be a query and nothing else.
//! Both must hold, so that a gap in one is no gap in the proof.

use super::Dialect;
use crate::runbook::programs::PROGRAMS;
use sqlparser::ast::{Expr, ObjectName, Query, Select, SetExpr, Statement, TableFactor, Visit, Visitor};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;
use std::ops::ControlFlow;

/// Why a statement is not proven to be one query that only reads, or nothing.
///
/// Of an unknown database it is enough that one of them can read it; whichever can must find a query.
pub(super) fn only_reads(statement: &str, dialect: Dialect) -> Result<(), String> {
    let mysql = || Parser::parse_sql(&MySqlDialect {}, statement);
    let postgres = || Parser::parse_sql(&PostgreSqlDialect {}, statement);
    let readings = match dialect {
        Dialect::MySql => vec![mysql()],
        Dialect::Postgres => vec![postgres()],
        Dialect::Any => vec![mysql(), postgres()],
    };
    let mut understood = false;
    for statements in readings.into_iter().flatten() {
        understood = true;
        let [only] = &statements[..] else { return Err("more than one statement".into()) };
        if let ControlFlow::Break(why) = only.visit(&mut Proof) {
            return Err(why);
        }
    }
    if understood { Ok(()) } else { Err("a query that does not parse".into()) }
}

struct Proof;

fn no(why: impl Into<String>) -> ControlFlow<String> {
    ControlFlow::Break(why.into())
}

fn called(name: &ObjectName) -> ControlFlow<String> {
    let parts: Vec<String> = name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.to_ascii_lowercase()).collect();
    match &parts[..] {
        [name] if PROGRAMS.sql_functions.contains(name) => ControlFlow::Continue(()),
        [schema, name] if schema == "pg_catalog" && PROGRAMS.sql_functions.contains(name) => ControlFlow::Continue(()),
        _ => no(format!("`{name}()` is not known only to read")),
    }
}

impl Visitor for Proof {
    type Break = String;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<String> {
        match statement {
            Statement::Query(_) | Statement::Explain { .. } => ControlFlow::Continue(()),
            _ => no("a query with a statement in it"),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        if !query.locks.is_empty() {
            return no("a query that locks rows");
        }
        let mut bodies = vec![&*query.body];
        while let Some(body) = bodies.pop() {
            match body {
                SetExpr::SetOperation { left, right, .. } => bodies.extend([&**left, &**right]),
                SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                    return no("a query that changes rows");
                }
                SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) | SetExpr::Table(_) => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        if select.into.is_some() { no("a query that fills a table") } else { ControlFlow::Continue(()) }
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<String> {
        match table {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => called(name),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<String> {
        match expression {
            Expr::Function(function) => called(&function.name),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dialect::{Any, MySql, Postgres};
    use super::only_reads;

    #[test]
    fn a_query_and_nothing_else() {
        for (dialect, text) in [
            (Any, "SELECT count(*) FROM t WHERE a IN (SELECT 1) ORDER BY 1 LIMIT 3"),
            (MySql, "SELECT @@read_only, @@global.gtid_current_pos"),
            (MySql, "SELECT `a`.`b` FROM `a` WHERE c LIKE 'x%'"),
            (Postgres, "SELECT now() - pg_last_xact_replay_timestamp() AS lag"),
            (Postgres, "SELECT a::text FROM pg_catalog.pg_class, generate_series(1, 3)"),
            (Any, "WITH x AS (SELECT 1) SELECT * FROM x UNION ALL VALUES (2)"),
        ] {
            assert_eq!(only_reads(text, dialect), Ok(()), "{text}");
        }
        for text in [
            "INSERT INTO t VALUES (1)",
            "SELECT 1; DROP TABLE t",
            "SELECT",
            "SELECT 1 FROM",
            "SELECT my_function(1)",
            "SELECT app.count(1)",
            "SELECT * FROM dblink('x', 'y') AS t",
            "SELECT * INTO x FROM t",
            "SELECT * FROM t FOR UPDATE",
            "SELECT (SELECT 1 FROM t FOR SHARE)",
            "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
            "WITH x AS (SELECT 1) UPDATE t SET a = 1",
            "EXPLAIN ANALYZE DELETE FROM t",
        ] {
            assert!(only_reads(text, Any).is_err(), "{text}");
        }
    }
}
