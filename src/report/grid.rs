//! Tables for terminals.

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

/// A table of at most `width` columns: a line under the header and none between rows. The first `whole` columns are not
/// wrapped.
pub(super) fn grid(
    header: Vec<String>,
    rows: impl IntoIterator<Item = Vec<String>>,
    whole: usize,
    width: u16,
) -> String {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().take(whole) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}
