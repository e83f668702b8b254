#!/usr/bin/env bash
# tree-sitter-c 0.24.1 and tree-sitter-cpp 0.23.4, from PyPI, with tree-sitter 0.25.2.
#
# Behaviour: `sizeof (numbers)[0]` is read as an index into the value of `sizeof (numbers)`, where `numbers` is taken for a type. The same
# with `.` and `->`. No error is in the tree, so that nobody who asks for errors is told. The operand of `sizeof` is a unary expression
# (C17, 6.5.3 and 6.5.3.4; C++20, [expr.unary]), and `(numbers)[0]` is one: it is the size of an element, 4, which the compiler of this
# machine confirms first. Expected: a sizeof_expression around a subscript_expression.
#
# Whoever computes sizes from such trees gets the size of the whole, or nothing, for that of a part.
#
# Output seen on 2026-12-01:
#   c: subscript_expression over sizeof_expression, errors: False
#   c++: subscript_expression over sizeof_expression, errors: False
#   compiler: 4
set -euo pipefail
command -v cc >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" || exit 77
"$work/venv/bin/pip" install --quiet tree-sitter==0.25.2 tree-sitter-c==0.24.1 tree-sitter-cpp==0.23.4 || exit 77

cat >"$work/size.c" <<'C'
#include <stdio.h>
int main(void) {
    int numbers[16];
    printf("%d\n", (int)sizeof (numbers)[0]);
    return 0;
}
C
cc -o "$work/size" "$work/size.c"
compiler=$("$work/size")

cat >"$work/read.py" <<'PYTHON'
import sys
import tree_sitter
import tree_sitter_c
import tree_sitter_cpp

text = open(sys.argv[1], "rb").read()
for name, language in (("c", tree_sitter_c), ("c++", tree_sitter_cpp)):
    tree = tree_sitter.Parser(tree_sitter.Language(language.language())).parse(text)
    pending = [tree.root_node]
    found = None
    while pending:
        node = pending.pop()
        if node.type == "sizeof_expression":
            found = node
        pending.extend(node.children)
    print(f"{name}: {found.parent.type} over {found.type}, errors: {tree.root_node.has_error}")
PYTHON
"$work/venv/bin/python" "$work/read.py" "$work/size.c" >"$work/seen"
echo "compiler: $compiler" >>"$work/seen"
cat "$work/seen"
diff - "$work/seen" <<'EXPECTED'
c: subscript_expression over sizeof_expression, errors: False
c++: subscript_expression over sizeof_expression, errors: False
compiler: 4
EXPECTED
