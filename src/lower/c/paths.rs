//! Names with scopes and template arguments: what they are found by.

use crate::syntax::Node;

/// The last segment of a qualified name, template arguments left out.
pub fn last_segment(path: &str) -> &str {
    let mut depth = 0_u32;
    let mut start = 0;
    for (offset, c) in path.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => start = offset + 1,
            _ => {}
        }
    }
    let last = path[start..].trim();
    match last.find('<') {
        // `operator<` is a name.
        Some(end) if end > 0 && !last.starts_with("operator") => last[..end].trim_end(),
        _ => last,
    }
}

/// A function's name as it is found by: an operator's without blanks, and the call operator's without its brackets.
pub fn function_name(path: &str) -> String {
    let name = last_segment(path);
    match name.strip_prefix("operator") {
        Some(sign) if sign.trim() == "()" => "operator".to_owned(),
        Some(sign) => format!("operator{}", sign.split_whitespace().collect::<String>()),
        None => name.to_owned(),
    }
}

/// A path as functions are found by: without a leading `::` and without template arguments.
pub fn without_template_arguments(path: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::new();
    for c in path.trim_start_matches("::").chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// The arguments of the template of a name in the path of a callee.
pub fn template_arguments(callee: &Node, name: &str) -> Vec<Node> {
    let is_template = |node: &Node| matches!(node.kind(), "template_function" | "template_type" | "template_method");
    let template = std::iter::once(callee.clone())
        .chain(callee.descendants())
        .find(|node| is_template(node) && node.field("name").is_some_and(|found| found.text() == name));
    let list = template.and_then(|template| template.field("arguments"));
    list.map(|list| list.children().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_segments() {
        let cases = [
            ("grow", "grow"),
            ("::grow", "grow"),
            ("a::b::grow<int>", "grow"),
            ("A<x::y>::grow", "grow"),
            ("operator<", "operator<"),
            ("A::~A", "~A"),
        ];
        for (path, last) in cases {
            assert_eq!(last_segment(path), last);
        }
    }
}
