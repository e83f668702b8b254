//! A document's text as it is analysed: with blanks behind its functions, at the ends of lines, where nothing sees them. The
//! blanks take up what a change adds or takes away, so that what follows it stays at the same bytes, and what is known of it
//! still holds. Lines and columns are those of the document.

use crate::input::language_of;
use crate::sinks::Sinks;
use crate::source::FileId;
use crate::syntax::cut::{ItemKind, cut};
use std::path::Path;

/// What follows a function begins within so many bytes before a multiple of them.
const STEP: usize = 512;

/// The text with the blanks.
pub(super) fn steady(path: &Path, text: &str) -> String {
    let items = cut(FileId(0), text, language_of(path, text), &Sinks::default()).items;
    let mut padded = String::with_capacity(text.len() + text.len() / 2);
    // Up to where the text is taken over, and where the item ends that holds all since then.
    let (mut done, mut reach) = (0, 0);
    for item in items {
        let range = item.span.range();
        if range.start < reach {
            continue;
        }
        reach = range.end;
        let rest = text[reach..].split('\n').next().unwrap_or("");
        if item.kind == ItemKind::Function && rest.trim_end().is_empty() {
            padded.push_str(&text[done..reach]);
            done = reach;
            let blanks = padded.len().next_multiple_of(STEP) - padded.len();
            padded.extend(std::iter::repeat_n(' ', blanks));
        }
    }
    padded.push_str(&text[done..]);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_blanks(text: &str) -> Vec<&str> {
        text.split('\n').map(str::trim_end).collect()
    }

    #[test]
    fn what_follows_a_change_stays_where_it_was() {
        let path = Path::new("a.c");
        let text =
            |body: &str| format!("int f(void)\n{{\n\t{body}\n}}\n\nint g(void)\r\n{{ return 1; }}\r\nint last;\n");
        let (short, long) = (text("return 1;"), text("int sum = 1;\n\treturn sum + 2;"));
        let (steady_short, steady_long) = (steady(path, &short), steady(path, &long));
        for word in ["int g", "int last"] {
            assert!(short.find(word) != long.find(word));
            assert_eq!(steady_short.find(word), steady_long.find(word), "{word}");
        }
        assert_eq!(without_blanks(&steady_long), without_blanks(&long));
    }

    #[test]
    fn what_stands_behind_a_function_stays_there() {
        for text in [
            "int f(void) { return 1; } int x; // y\n",
            "int f(void) { return 1; } /* to\nbe continued */\n",
            "",
        ] {
            assert_eq!(steady(Path::new("a.c"), text), text);
        }
        let rust = "const S: &str = \"\n}\n\nfn f() {\n}\n\";\nfn g() {}\n";
        let padded = steady(Path::new("a.rs"), rust);
        assert!(
            padded.starts_with(rust.trim_end()),
            "no string has got a blank: {padded:?}"
        );
    }
}
