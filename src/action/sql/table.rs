//! Results for people.

use super::value::{Kind, ResultSet, Value};
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use unicode_width::UnicodeWidthStr;

impl ResultSet {
    /// A table no wider than `width` columns; one row that would not fit, or a statement that ended with `\G`, with one
    /// line per column. Ends with a newline.
    #[must_use]
    pub fn table(&self, width: u16) -> String {
        let mut out = if self.vertical || (self.rows.len() == 1 && self.natural() > usize::from(width)) {
            self.vertical_text()
        } else {
            self.grid(width)
        };
        if self.truncated {
            out.push_str(&format!("the first {} of {} rows\n", self.rows.len(), self.total));
        } else if self.rows.is_empty() {
            out.push_str("no rows\n");
        }
        out
    }

    /// How wide it would like to be.
    fn natural(&self) -> usize {
        let widest = |at: usize, name: &str| {
            self.rows.iter().filter_map(|row| row.get(at)).map(|v| v.to_string().width()).fold(name.width(), usize::max)
        };
        self.columns.iter().enumerate().map(|(at, column)| widest(at, &column.name) + 3).sum::<usize>() + 1
    }

    fn vertical_text(&self) -> String {
        let wide = self.columns.iter().map(|c| c.name.width()).max().unwrap_or(0);
        let mut out = String::new();
        for (n, row) in self.rows.iter().enumerate() {
            if self.rows.len() > 1 {
                out.push_str(&format!("row {}\n", n + 1));
            }
            for (column, value) in self.columns.iter().zip(row) {
                let pad = " ".repeat(wide - column.name.width());
                out.push_str(&format!("{pad}{}: {}\n", clean(&column.name), clean(&value.to_string())));
            }
        }
        out
    }

    fn grid(&self, width: u16) -> String {
        let mut table = Table::new();
        let rule = LineStyle::none().fill('─').junction('─');
        table.load_style(TableStyle::new().header_separator(rule)).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
        table.set_header(self.columns.iter().map(|column| clean(&column.name)));
        for row in &self.rows {
            table.add_row(row.iter().map(|value| {
                let cell = Cell::new(clean(&value.to_string()));
                let number = matches!(value, Value::Int(_) | Value::UInt(_) | Value::Float(_) | Value::Decimal(_));
                if number { cell.set_alignment(CellAlignment::Right) } else { cell }
            }));
        }
        table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }
}

/// Without control characters, which a terminal would obey; newlines and tabs stay.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

impl Kind {
    /// For messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "integer",
            Self::UInt => "unsigned integer",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Time => "time",
            Self::Json => "json",
        }
    }
}
