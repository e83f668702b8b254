#!/usr/bin/env bash
# tree-sitter-cpp 0.23.4, from PyPI, with tree-sitter 0.25.2.
#
# Behaviour: in `x < 0 || x > (n)`, with `x` and `n` parameters, all from the first `x` on is read as a call of a template function: the name
# is `x`, its template argument is `0 || x`, and `n` is the argument of the call. No error is in the tree. In C++ a `<` behind a name that
# is not a template's compares (C++20, [temp.names], 3 and 4), whatever follows; the compiler of this machine confirms it first. Without
# the parentheses around `n`, or with `>=`, the same condition is read as two comparisons. Expected: a binary_expression in all of these.
#
# Whoever follows the conditions of C++ in such trees loses the test of a range in which the upper bound stands in parentheses.
#
# Output seen on 2026-12-01:
#   x < 0 || x > (n): call_expression, errors: False
#   x < 0 || x > n: binary_expression, errors: False
#   x < 0 || x >= (n): binary_expression, errors: False
#   compiler: 1 0 1
set -euo pipefail
command -v c++ >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv" || exit 77
"$work/venv/bin/pip" install --quiet tree-sitter==0.25.2 tree-sitter-cpp==0.23.4 || exit 77

cat >"$work/range.cpp" <<'CPP'
#include <cstdio>
bool outside(int x, int n) { return x < 0 || x > (n); }
int main() { std::printf("%d %d %d\n", outside(-1, 5), outside(3, 5), outside(6, 5)); }
CPP
c++ -o "$work/range" "$work/range.cpp"
compiler=$("$work/range")

cat >"$work/read.py" <<'PYTHON'
import tree_sitter
import tree_sitter_cpp

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_cpp.language()))
for condition in ("x < 0 || x > (n)", "x < 0 || x > n", "x < 0 || x >= (n)"):
    tree = parser.parse(f"bool outside(int x, int n) {{ return {condition}; }}".encode())
    pending = [tree.root_node]
    while pending:
        node = pending.pop()
        if node.type == "return_statement":
            print(f"{condition}: {node.named_children[0].type}, errors: {tree.root_node.has_error}")
        pending.extend(node.children)
PYTHON
"$work/venv/bin/python" "$work/read.py" >"$work/seen"
echo "compiler: $compiler" >>"$work/seen"
cat "$work/seen"
diff - "$work/seen" <<'EXPECTED'
x < 0 || x > (n): call_expression, errors: False
x < 0 || x > n: binary_expression, errors: False
x < 0 || x >= (n): binary_expression, errors: False
compiler: 1 0 1
EXPECTED
