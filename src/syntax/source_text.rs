//! Bytes → [`Source`]: the one place that knows about encodings.

use crate::diagnostic::Diagnostic;
use crate::source::{Source, SourceMap};

/// Makes a source of a file's bytes: UTF-8, with or without a byte order mark.
///
/// NUL bytes are text like any other, as CommonMark has it.
///
/// # Errors
///
/// Text that is not UTF-8; the message says where.
pub fn decode(name: impl Into<String>, bytes: Vec<u8>) -> Result<Source, Diagnostic> {
    let name = name.into();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(Diagnostic::error("not-utf-8", format!("`{name}` is encoded in utf-16"))
            .help(format!("save it as utf-8, for instance with `iconv -f UTF-16 -t UTF-8 {name}`")));
    }
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{FEFF}') {
                text.drain(..'\u{FEFF}'.len_utf8());
            }
            Ok(Source::new(name, text))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let valid = String::from_utf8_lossy(&bytes[..at]);
            let valid = valid.trim_start_matches('\u{FEFF}');
            let (line, column) = SourceMap::new(valid).line_column(valid, valid.len());
            let message =
                format!("`{name}` is not utf-8: line {line}, column {column} holds the byte 0x{:02X}", bytes[at]);
            Err(Diagnostic::error("not-utf-8", message).help("save the file as utf-8"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn decoded() {
        assert_eq!(&*decode("a", b"\xEF\xBB\xBF# x\n".to_vec()).unwrap().text, "# x\n");
        assert_eq!(&*decode("a", b"a\0b".to_vec()).unwrap().text, "a\0b");
        let error = decode("a.md", b"ok\n\xC3\xA9t\xE9 x".to_vec()).unwrap_err();
        assert_eq!(error.message, "`a.md` is not utf-8: line 2, column 3 holds the byte 0xE9");
        assert!(decode("a.md", b"\xFF\xFEa\0".to_vec()).unwrap_err().message.contains("utf-16"));
    }
}
