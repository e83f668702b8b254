#!/usr/bin/env bash
# Whether mdBook makes a site of docs/, without warnings, and whether the links between its pages lead somewhere.
#
#   checks/book.sh [FOLDER]
#
# The site goes to FOLDER, or to a temporary one. Needs cargo and Python 3; installs the crate mdbook into BOOK_TOOLS, a temporary
# folder unless it is set, which takes minutes.
#
# Prints PASS or FAIL for each check; exits with 1 if one failed.
set -euo pipefail
. "$(dirname "$0")/checks.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=${BOOK_TOOLS:-$work/tools}
site=$(realpath -m "${1:-$work/site}")
if [ ! -x "$tools/bin/mdbook" ]; then
    # Without a server and a search: only pages are made here.
    cargo install --quiet --locked --debug --no-default-features --root "$tools" --target-dir "$work/target" mdbook
fi

holds "mdBook makes the site" "$tools/bin/mdbook" build --dest-dir "$site" "$repository"
mv "$work/holds.log" "$work/built"
silent() {
    grep -E 'WARN|ERROR' "$work/built" && return 1
    return 0
}
holds "without warnings" silent

# Every link of a page leads to a file of the site, and to an element there if it names one.
links() {
    python3 - "$site" <<'END'
import html.parser, pathlib, sys, urllib.parse

class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.names = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.names.add(attributes.get("id"))
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])

site = pathlib.Path(sys.argv[1]).resolve()
# The page of all pages has their links, from another folder.
pages = {path: Page(path) for path in site.rglob("*.html") if path.name not in ("print.html", "404.html")}
broken = 0
for path, page in pages.items():
    for link in page.links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme or parts.path.endswith("print.html"):
            continue
        target = (path.parent / parts.path).resolve() if parts.path else path
        named = parts.fragment in pages[target].names if parts.fragment and target in pages else True
        if not target.is_file() or not named:
            print(f"{path.relative_to(site)}: {link}")
            broken += 1
print(f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links")
sys.exit(bool(broken) or len(pages) < 10)
END
}
holds "links lead to pages and headings" links
exit $failed
