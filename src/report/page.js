"use strict";

// Everything from outside gets into the page as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const ROWS = 50;
  const SORTS = {
    "zero-old-size": "zero-old-size",
    "maybe-zero-old-size": "maybe-zero-old-size",
    "unproven-old-size": "unproven-old-size",
    "unused-suppression": "unused-suppression",
    allowed: "allowed by a comment",
    pass: "proven safe",
  };
  const EFFECTS = {
    failure: "always fails",
    "second-mapping": "maps the pages a second time",
    depends: "depends on what is not visible",
  };
  const STATES = { new: "new", unchanged: "unchanged", gone: "gone" };
  const STATUSES = { complete: "complete", incomplete: "incomplete", failed: "failed" };
  const FOUND = { some: "with findings", none: "without findings" };
  const collator = new Intl.Collator("en", { numeric: true });
  const numbers = new Intl.NumberFormat("en");
  const grouped = (number) => numbers.format(number);
  const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;

  function size(bytes) {
    const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    const unit = units.findIndex((_, power) => bytes < 999.95 * 1000 ** power);
    const power = unit < 0 ? units.length - 1 : unit;
    return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
  }

  /* Elements */

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return made;
  }

  // Characters that could hide, or turn the direction of what follows, are shown by their numbers.
  const RISKY = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
  const visible = (text) => text.replace(RISKY, (c) => (c === "\t" ? c : `\\u{${c.codePointAt(0).toString(16)}}`));

  // Backquotes mark what is code.
  function prose(text) {
    const parts = visible(text).split("`");
    const isCode = (index) => index % 2 === 1 && index < parts.length - 1;
    return parts.map((part, index) => {
      if (isCode(index)) return element("code", {}, part);
      return index % 2 === 1 ? `\`${part}` : part;
    });
  }

  const below = (path, label) => (path.startsWith(`${label}/`) ? path.slice(label.length + 1) : path);
  const where = (row) => `${below(row.path, row.package)}:${row.at[0]}:${row.at[1]}`;

  // The lines of a place, the place marked. Of a line that was cut the columns are not known any more.
  function snippet(place) {
    const [line, column, endLine, endColumn] = place.at;
    const lines = place.snippet.split("\n").map((text, index) => {
      const number = line + index;
      const start = index === 0 ? column - 1 : text.search(/\S|$/);
      const end = number === endLine ? Math.max(endColumn - 1, start) : text.length;
      const [from, to] = text.startsWith("…") ? [0, 0] : [start, end];
      const [before, marked, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)].map(visible);
      const mark = marked ? element("mark", {}, marked) : null;
      return element("span", { class: "line" }, element("span", { class: "number", "aria-hidden": "true" }, String(number)), element("span", {}, before, mark, after, "\n"));
    });
    return element("pre", { tabindex: "0" }, element("code", {}, lines));
  }

  /* Rows */

  const findings = [];
  const problems = [];
  function take(list, label, status) {
    for (const finding of list ?? []) {
      finding.package = label;
      finding.sort = finding.allowed !== null ? "allowed" : finding.level === "pass" ? "pass" : finding.rule;
      finding.status = status;
      findings.push(finding);
    }
  }
  for (const one of data.packages) {
    take(one.findings, one.label, one.status);
    for (const problem of one.problems ?? []) problems.push({ ...problem, package: one.label, at: [problem.line ?? 0, 0] });
    one.open = (one.findings ?? []).filter((finding) => finding.sort === finding.rule).length;
    one.open_problems = (one.problems ?? []).length;
  }
  for (const gone of data.gone) take(gone.findings, gone.label, gone.status);
  const open = findings.filter((finding) => finding.sort === finding.rule);
  const present = open.filter((finding) => finding.state !== "gone");

  const badge = (kind, word) => element("span", { class: `badge ${kind}` }, word);
  const order = (words) => (value) => Object.keys(words).indexOf(value);

  const views = {
    findings: {
      title: "Findings",
      noun: "finding",
      rows: findings,
      filters: [
        { key: "rule", title: "Rule", of: (row) => row.sort, words: SORTS },
        { key: "effect", title: "What the kernel does", of: (row) => row.effect, words: EFFECTS },
        ...(data.head.compared ? [{ key: "state", title: "State", of: (row) => row.state, words: STATES }] : []),
      ],
      search: "Package, path or function",
      text: (row) => `${row.path}\n${row.function ?? ""}`,
      columns: [
        { key: "rule", title: "Rule", of: (row) => order(SORTS)(row.sort), cell: (row) => badge(row.sort === row.rule ? row.level : row.sort, SORTS[row.sort]) },
        { key: "package", title: "Package", of: (row) => row.package, cell: (row) => visible(row.package) },
        { key: "place", title: "Place", of: where, cell: (row) => [element("span", { class: "path" }, visible(where(row))), row.function && element("span", { class: "dim" }, ` in ${visible(row.function)}`)] },
        { key: "effect", title: "Kernel", of: (row) => order(EFFECTS)(row.effect), cell: (row) => EFFECTS[row.effect] ?? "–" },
        ...(data.head.compared ? [{ key: "state", title: "State", of: (row) => order(STATES)(row.state), cell: (row) => badge(row.state, row.state) }] : []),
      ],
      detail: details,
      none: "Nothing was found.",
    },
    packages: {
      title: "Packages",
      noun: "package",
      rows: data.packages,
      filters: [
        { key: "status", title: "Examined", of: (row) => row.status, words: STATUSES },
        { key: "found", title: "Findings", of: (row) => (row.open ? "some" : "none"), words: FOUND },
      ],
      search: "Package",
      text: (row) => `${row.label}\n${row.input}`,
      columns: [
        { key: "package", title: "Package", of: (row) => row.label, cell: packageLink },
        { key: "status", title: "Examined", of: (row) => order(STATUSES)(row.status), cell: (row) => badge(row.status, row.status) },
        { key: "findings", title: "Findings", of: (row) => row.open, number: true },
        { key: "problems", title: "Not examined", of: (row) => row.open_problems, number: true },
        { key: "files", title: "Files", of: (row) => row.files, number: true },
        { key: "examined", title: "Analysed", of: (row) => row.examined, number: true },
        { key: "bytes", title: "Size", of: (row) => row.bytes, cell: (row) => size(row.bytes), number: true },
        ...(data.packages.some((row) => row.seconds !== undefined) ? [{ key: "seconds", title: "Seconds", of: (row) => row.seconds ?? 0, cell: (row) => (row.seconds ?? 0).toFixed(2), number: true }] : []),
      ],
      none: "The journals hold no package.",
    },
    problems: {
      title: "Not examined",
      noun: "problem",
      rows: problems,
      filters: [{ key: "kind", title: "Problem", of: (row) => row.kind, words: null }],
      search: "Package, path or message",
      text: (row) => `${row.path}\n${row.message}`,
      columns: [
        { key: "kind", title: "Problem", of: (row) => row.kind, cell: (row) => badge("problem", row.kind) },
        { key: "package", title: "Package", of: (row) => row.package, cell: (row) => visible(row.package) },
        { key: "place", title: "Place", of: (row) => `${row.path}:${row.line ?? ""}`, cell: (row) => element("span", { class: "path" }, visible(below(row.path, row.package)) + (row.line ? `:${row.line}` : "")) },
        { key: "message", title: "Message", of: (row) => row.message, cell: (row) => prose(row.message) },
      ],
      none: "Everything was examined.",
    },
  };
  for (const view of Object.values(views)) {
    for (const filter of view.filters) {
      const met = new Set(view.rows.map(filter.of));
      const known = filter.words ? Object.keys(filter.words) : [...met].sort(collator.compare);
      filter.options = known.filter((value) => met.has(value));
    }
    // Made once: tens of thousands of rows are searched at every key.
    view.texts = view.rows.map((row) => view.text(row).toLowerCase());
    view.index = new Map(view.rows.map((row, index) => [row, index]));
  }

  function packageLink(row) {
    const target = row.open ? "findings" : row.open_problems ? "problems" : null;
    const name = target ? element("button", { type: "button", class: "link", onclick: () => go(target, { q: `${row.label}/` }) }, visible(row.label)) : visible(row.label);
    return [name, row.input === row.label ? null : element("span", { class: "input" }, visible(row.input))];
  }

  /* The details of a finding */

  function place(row, one, ...text) {
    const path = below(one.path, row.package);
    const isCall = one !== row && one.path === row.path && String(one.at) === String(row.at);
    return [element("p", { class: "where" }, ...text, element("span", { class: "path" }, visible(`${path}:${one.at[0]}:${one.at[1]}`))), isCall ? null : snippet(one)];
  }

  function details(row) {
    const facts = [
      ["Why", row.reason],
      ["The kernel", row.kernel],
      ["Instead", row.instead],
      ["Allowed", row.allowed],
      ["State", row.state === "gone" && row.status !== "complete" ? (row.status ? "Gone, but the package was not wholly examined this time." : "Gone with its package.") : null],
    ];
    const steps = row.steps.map((step) => element("li", {}, place(row, step, badge("kind", visible(step.kind)), ...prose(step.text), " ")));
    const related = row.related.map((step) => element("li", {}, place(row, step, ...prose(step.text), " ")));
    return element(
      "div",
      { class: "details" },
      element("h3", {}, prose(row.headline)),
      element("dl", {}, facts.filter(([, text]) => text).map(([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, prose(text))))),
      element("section", {}, element("h4", {}, "The call"), place(row, row)),
      steps.length ? element("section", {}, element("h4", {}, "The way of the zero"), element("ol", { class: "steps" }, steps)) : null,
      related.length ? element("section", {}, element("h4", {}, "See also"), element("ul", { class: "steps" }, related)) : null,
      element("p", { class: "dim" }, "Fingerprint ", element("code", {}, visible(row.fingerprint))),
    );
  }

  /* What is shown */

  const shown = { view: "findings", filters: {}, q: "", sort: null, down: false, page: 0, open: new Set() };
  const view = () => views[shown.view];
  const $ = (id) => document.getElementById(id);

  function load() {
    const [name, query] = location.hash.slice(1).split("?");
    const parameters = new URLSearchParams(query);
    shown.view = Object.hasOwn(views, name) ? name : "findings";
    shown.filters = Object.fromEntries(view().filters.map((filter) => [filter.key, parameters.get(filter.key) ?? ""]).filter(([, value]) => value));
    shown.q = parameters.get("q") ?? "";
    shown.sort = view().columns.find((column) => column.key === parameters.get("sort")) ?? null;
    shown.down = parameters.has("down");
    shown.page = Math.max(0, (parseInt(parameters.get("page") ?? "1", 10) || 1) - 1);
    tabs();
    form();
    show();
  }

  function address() {
    const parameters = new URLSearchParams(shown.filters);
    if (shown.q) parameters.set("q", shown.q);
    if (shown.sort) parameters.set("sort", shown.sort.key);
    if (shown.down) parameters.set("down", "");
    if (shown.page) parameters.set("page", String(shown.page + 1));
    const query = parameters.toString();
    return `#${shown.view}${query ? `?${query}` : ""}`;
  }

  // Another view, as a step that the browser can go back.
  function go(name, parameters) {
    location.hash = `${name}?${new URLSearchParams(parameters)}`;
    $("results").focus({ preventScroll: true });
  }

  function change(values, keepsPage) {
    Object.assign(shown, values);
    if (!keepsPage) shown.page = 0;
    try {
      history.replaceState(null, "", address());
    } catch {
      // Browsers that are asked too often refuse; the address is a convenience only.
    }
    show();
  }

  function fits(row, except) {
    const { filters } = view();
    return filters.every((filter) => filter.key === except || !shown.filters[filter.key] || filter.of(row) === shown.filters[filter.key]);
  }

  function show() {
    const focused = document.activeElement?.dataset?.keep;
    const { rows, texts, index } = view();
    const wanted = shown.q.toLowerCase();
    const matching = wanted ? rows.filter((row) => texts[index.get(row)].includes(wanted)) : rows;
    const selected = matching.filter((row) => fits(row));
    options(matching);
    if (shown.sort) {
      const sign = shown.down ? -1 : 1;
      const key = shown.sort.of;
      const compare = shown.sort.number ? (a, b) => a - b : (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));
      selected.sort((one, other) => sign * compare(key(one), key(other)));
    }
    shown.page = Math.min(shown.page, Math.max(0, Math.ceil(selected.length / ROWS) - 1));
    const first = shown.page * ROWS;
    count(selected.length, rows.length, first);
    for (const id of ["pager", "pager-below"]) pager(id, selected.length, first);
    $("list").replaceChildren(selected.length ? table(selected.slice(first, first + ROWS)) : element("p", { class: "none" }, rows.length ? "Nothing fits these filters." : view().none));
    if (focused) document.querySelector(`[data-keep="${CSS.escape(focused)}"]:not([disabled])`)?.focus({ preventScroll: true });
  }

  function count(selected, all, first) {
    const range = selected > ROWS ? `${grouped(first + 1)}–${grouped(Math.min(first + ROWS, selected))} of ` : "";
    const from = selected < all ? ` (of ${grouped(all)})` : "";
    $("count").textContent = all ? `${range}${counted(selected, view().noun)}${from}` : "";
  }

  function pager(id, selected, first) {
    const turn = (by, word, can) => element("button", { type: "button", disabled: !can, "data-keep": `${id}${by}`, onclick: () => change({ page: shown.page + by }, true) }, word);
    const buttons = selected > ROWS ? [turn(-1, "Previous", shown.page > 0), turn(1, "Next", first + ROWS < selected)] : [];
    $(id).replaceChildren(...buttons);
  }

  function table(rows) {
    const { columns, detail, title } = view();
    const head = columns.map((column) => {
      const sorted = shown.sort === column;
      const click = () => change({ sort: column, down: sorted ? !shown.down : Boolean(column.number) });
      return element("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": sorted ? (shown.down ? "descending" : "ascending") : null }, element("button", { type: "button", "data-keep": `sort ${column.key}`, onclick: click }, column.title));
    });
    const body = element("tbody");
    for (const row of rows) body.append(...rowsOf(row, columns, detail));
    return element("table", { class: `rows ${shown.view}` }, element("caption", { class: "unseen" }, title), element("thead", {}, element("tr", {}, head)), body);
  }

  function rowsOf(row, columns, detail) {
    const cells = columns.map((column) => {
      const cell = column.cell ? column.cell(row) : grouped(column.of(row));
      return element("td", { "data-title": column.title, class: column.number ? "number" : null }, cell);
    });
    if (!detail) return [element("tr", {}, cells)];
    const more = element("tr", { class: "more" }, element("td", { colspan: columns.length }));
    const button = element("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-label": `Details of ${visible(where(row))}` });
    const toggle = (isOpen) => {
      more.hidden = !isOpen;
      button.setAttribute("aria-expanded", String(isOpen));
      more.firstChild.replaceChildren(...(isOpen ? [detail(row)] : []));
      if (isOpen) shown.open.add(row);
      else shown.open.delete(row);
    };
    toggle(shown.open.has(row));
    cells[0].prepend(button);
    const click = () => {
      // Who marks text does not want anything else.
      if (document.getSelection()?.isCollapsed ?? true) toggle(more.hidden);
    };
    return [element("tr", { class: "main", onclick: click }, cells), more];
  }

  /* Filters */

  function form() {
    const search = element("input", { type: "search", id: "search", value: shown.q, placeholder: view().search, spellcheck: "false", autocomplete: "off", oninput: (event) => change({ q: event.target.value }) });
    const choices = view().filters.filter((filter) => filter.options.length);
    const selects = choices.map((filter) => {
      const choose = (event) => change({ filters: { ...shown.filters, [filter.key]: event.target.value } });
      const select = element("select", { id: `filter-${filter.key}`, onchange: choose });
      return element("label", {}, element("span", {}, filter.title), select);
    });
    const clear = element("button", { type: "button", id: "clear", onclick: () => go(shown.view, {}) }, "Clear");
    $("filters").replaceChildren(element("label", { class: "search" }, element("span", {}, "Search"), search), ...selects, clear);
    $("filters").hidden = !view().rows.length;
    $("view-title").textContent = view().title;
  }

  // How many rows each choice would show beside the other filters.
  function options(matching) {
    for (const filter of view().filters.filter((filter) => filter.options.length)) {
      const counts = new Map();
      const others = matching.filter((row) => fits(row, filter.key));
      for (const row of others) counts.set(filter.of(row), (counts.get(filter.of(row)) ?? 0) + 1);
      const chosen = shown.filters[filter.key] ?? "";
      const option = (value, word, number) => element("option", { value, selected: value === chosen }, `${word} (${grouped(number)})`);
      const select = $(`filter-${filter.key}`);
      select.replaceChildren(option("", "all", others.length), ...filter.options.map((value) => option(value, filter.words ? filter.words[value] : visible(value), counts.get(value) ?? 0)));
      select.value = chosen;
    }
    $("clear").disabled = !shown.q && !Object.values(shown.filters).some(Boolean);
  }

  function tabs() {
    const tab = ([name, one]) => element("a", { href: `#${name}`, "aria-current": name === shown.view ? "page" : null }, one.title, element("span", { class: "pill" }, grouped(one.rows.length)));
    $("tabs").replaceChildren(...Object.entries(views).map(tab));
  }

  /* The overview */

  function tile(title, number, text, kind = "") {
    return element("div", { class: `tile ${kind}` }, element("p", { class: "title" }, title), element("p", { class: "big" }, grouped(number)), element("p", { class: "dim" }, text));
  }

  function chart(title, filter, words, rows) {
    const counts = Object.keys(words).map((value) => [value, rows.filter((row) => filter(row) === value).length]);
    const most = Math.max(1, ...counts.map(([, number]) => number));
    const bars = counts.filter(([, number]) => number).map(([value, number]) => {
      const bar = element("span", { class: "fill" });
      bar.style.width = `${(100 * number) / most}%`;
      const key = words === SORTS ? "rule" : "effect";
      return element("li", {}, element("button", { type: "button", class: "chart-row", onclick: () => go("findings", { [key]: value }) }, element("span", {}, words[value]), element("span", { class: "number" }, grouped(number)), element("span", { class: `fill-track ${value}` }, bar)));
    });
    return bars.length ? element("div", { class: "tile chart" }, element("p", { class: "title" }, title), element("ul", {}, bars)) : null;
  }

  function overview() {
    const sum = (key) => data.packages.reduce((all, one) => all + one[key], 0);
    const statuses = Object.keys(STATUSES).map((status) => [data.packages.filter((one) => one.status === status).length, status]);
    const asText = (pairs) => pairs.filter(([number]) => number).map(([number, word]) => `${grouped(number)} ${word}`).join(", ");
    const packages = new Set(present.map((row) => row.package)).size;
    const others = asText(["allowed", "pass"].map((sort) => [findings.filter((row) => row.sort === sort && row.state !== "gone").length, SORTS[sort]]));
    const by = (state) => open.filter((row) => row.state === state).length;
    const doubtful = open.filter((row) => row.state === "gone" && row.status && row.status !== "complete").length;
    const compared = data.head.compared
      ? [tile("New", by("new"), "since the earlier journals", "new"), tile("Unchanged", by("unchanged"), "known before", "unchanged"), tile("Gone", by("gone"), doubtful ? `${grouped(doubtful)} in packages not wholly examined` : "found before, but not now", "gone")]
      : [];
    const inPackages = new Set(problems.map((row) => row.package)).size;
    const tiles = [
      tile("Packages", data.packages.length, asText(statuses)),
      tile("Source files", sum("files"), `${grouped(sum("examined"))} analysed, ${size(sum("bytes"))} of input`),
      tile("Findings", present.length, [packages ? `in ${counted(packages, "package")}` : "nothing was found", others].filter(Boolean).join(", "), present.length ? "found" : ""),
      ...compared,
      tile("Not examined", problems.length, problems.length ? `in ${counted(inPackages, "package")}` : "nothing was left out"),
    ];
    const charts = [chart("By rule", (row) => row.sort, SORTS, present), chart("By what the kernel does", (row) => row.effect, EFFECTS, present)].filter(Boolean);
    $("overview").replaceChildren(element("div", { class: "tiles" }, tiles), element("div", { class: "charts" }, charts));
    $("about").textContent = "An old_size of zero does not resize: the kernel maps shared memory a second time, and refuses private memory.";
    $("footer").textContent = `Made by ${data.head.tool} ${data.head.version}. This page needs no network and holds all of its data.`;
    const runs = data.head.runs > 1 ? ` The packages were examined with ${data.head.runs} different versions or settings of the program.` : "";
    $("footer").append(runs);
  }

  overview();
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", load);
  $("app").hidden = false;
  load();
})();
