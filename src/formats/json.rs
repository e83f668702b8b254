//! JSON on one line that is safe to show in a terminal: besides what JSON demands, characters that a terminal could obey
//! are escaped too. The value is the same for every parser.

use super::printable::is_risky;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a value.
///
/// # Errors
/// Those of the writer.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    escaped(value, is_risky, out)
}

/// Writes a value and the end of its line.
///
/// # Errors
/// Those of the writer.
pub fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write(value, out)?;
    writeln!(out)
}

/// Writes a value that can stand in a script element: nothing in it opens or closes an element or a comment.
///
/// # Errors
/// Those of the writer.
pub fn write_in_html(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    escaped(value, |c| is_risky(c) || matches!(c, '<' | '>' | '&'), out)
}

fn escaped(value: &impl Serialize, is_escaped: impl Fn(char) -> bool, out: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_string(value)?;
    let mut rest = json.as_str();
    // Outside of strings JSON has none of these characters, so each is part of a string.
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_escaped(*c)) {
        out.write_all(&rest.as_bytes()[..at])?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = &rest[at + c.len_utf8()..];
    }
    out.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn escapes_keep_the_value() {
        let value = json!({ "a\u{9b}": "\u{1b}[1m \u{202e} \u{7f} é 😀 \u{feff} \u{2028}</script><!--&amp;" });
        let mut bytes = Vec::new();
        write(&value, &mut bytes).expect("a vector takes everything");
        let text = String::from_utf8(bytes).expect("JSON is UTF-8");
        assert!(!text.contains(is_risky), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        let mut bytes = Vec::new();
        write_in_html(&value, &mut bytes).expect("a vector takes everything");
        let text = String::from_utf8(bytes).expect("JSON is UTF-8");
        assert!(!text.contains(is_risky) && !text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }
}
