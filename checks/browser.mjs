// What checks/browser.sh runs: makes journals, has the program make pages of them, and opens these.
//
// Prints one line for each check and exits with 1 if one is wrong.
import { execFileSync } from "node:child_process";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = await import(pathToFileURL(process.env.PLAYWRIGHT).href);
const [program, work, screenshots] = process.argv.slice(2);

/* Journals */

const RULES = ["zero-old-size", "maybe-zero-old-size", "unproven-old-size", "unused-suppression"];
const EFFECTS = ["failure", "second-mapping", "depends"];
// What would set `hacked`, or leave its place, if text became markup or code anywhere.
const HOSTILE = [
  "<script>window.hacked = 1</script>",
  "</script><script>window.hacked = 2</script>",
  "<!--<script>",
  "<img src=x onerror=\"window.hacked = 3\">",
  "\"'><svg onload=alert(4)>",
  "javascript:window.hacked=5",
  "line\nbreak\r\tand \u2028 \u2029 more",
  "\u001b[31mred\u001b[0m \u009b1m \u0007",
  "\u202eevil\u2066 \u200b\ufeff \u061c",
  "{{data}} {{rows}} $& $1 `code` `odd",
  "&lt;b&gt;&amp;",
  "ünïcödé 😀 漢字",
];
const hostile = (number) => HOSTILE[number % HOSTILE.length];

function place(path, line, snippet, from, to) {
  return { path, uri: encodeURI(path), line, column: from + 1, end_line: line, end_column: to + 1, snippet };
}

function finding(label, number, odd) {
  const rule = RULES[number % 7 < 3 ? 0 : number % 7 < 5 ? 1 : number % 7 === 5 ? 2 : 3];
  const effect = EFFECTS[number % 3];
  const name = odd ? hostile(number) : "ring buffer";
  const code = odd ? `    p = mremap(old, 0, size, ${hostile(number + 1)});` : "    view = mremap(memory, old_size, size, MREMAP_MAYMOVE);";
  const path = odd ? `${label}/src/${hostile(number + 2)}.c` : `${label}/src/module${number % 40}/buffer.c`;
  const line = 10 + ((number * 37) % 900);
  const at = place(path, line, code, code.indexOf("mremap("), code.length - 1);
  const origin = place(path, Math.max(1, line - 6), `    size_t old_size = 0; /* ${name} */`, 11, 23);
  return {
    type: "finding",
    rule,
    level: effect === "failure" && rule === "zero-old-size" ? "error" : rule === "unproven-old-size" || rule === "unused-suppression" ? "note" : number % 50 === 49 ? "pass" : "warning",
    ...at,
    function: number % 5 ? `${odd ? name : "ring_grow"}_${number % 9}` : null,
    callee: "mremap",
    argument: "old_size",
    call: code.trim(),
    headline: `This call of \`mremap\` passes an old_size that is zero on every visible path (\`${odd ? name : "old_size"}\`)`,
    message: `This call of \`mremap\` passes an old_size that is zero. ${name}`,
    reason: `The value comes from line ${origin.line}: \`size_t old_size = 0;\` ${odd ? name : ""}`.trim(),
    steps: [
      { kind: "assign", ...origin, text: `\`old_size\` is set to \`0\`${odd ? ` ${name}` : ""}` },
      { kind: "sink", ...at, text: "the size reaches mremap here" },
    ],
    related: number % 3 ? [] : [{ kind: "call", ...origin, text: `the call is reached through ${name}` }],
    outcome: rule === "unused-suppression" ? null : { sentences: ["The source is a shared mapping, so the kernel maps the same pages a second time and leaves the old mapping in place: nothing is moved or resized, and code that meant to resize leaks it.", ...(odd ? [name] : [])], certain_failure: effect === "failure", effect },
    replacement: rule === "unused-suppression" ? null : { name: "memfd", text: "For a second view, make the memory with `memfd_create` and `ftruncate` and `mmap` that descriptor twice with MAP_SHARED; for a resize, pass the size that the mapping has." },
    ...(number % 20 === 19 ? { suppression: { ...origin, reason: `kept for old kernels ${odd ? name : ""}` } } : {}),
    fingerprint: `${(number + 1).toString(16).padStart(32, "0")}:1`,
    line_hash: "6eed8b1bb707f67e:1",
  };
}

function problem(label, number, odd) {
  const kind = ["unreadable", "limit-reached", "too-large"][number % 3];
  const path = `${label}/${odd ? hostile(number) : `lib/file${number}.c`}`;
  return { type: "problem", kind, path, uri: encodeURI(path), line: number % 2 ? number : null, message: odd ? hostile(number + 1) : "cannot be read: permission denied" };
}

/** `findings` findings spread over the first of `packages` packages. */
function journal({ packages, findings, odd = false, version = "2.0-3", skip = () => false }) {
  const each = Math.max(1, Math.ceil(findings / Math.max(1, Math.min(packages, findings / 3))));
  const lines = [];
  let number = 0;
  for (let index = 0; index < packages; index++) {
    const name = odd ? `p${index}${hostile(index)}` : `${["lib", "ring", "qemu", "gst-plugins", "zsh"][index % 5]}-${index}`;
    const label = `${name.replaceAll("/", "_")}_${version}`;
    const found = [];
    for (; found.length < each && number < findings; number++) found.push(finding(label, number, odd));
    const status = index % 40 === 3 ? "failed" : index % 12 === 5 ? "incomplete" : "complete";
    const problems = status === "complete" ? [] : [problem(label, index, odd)];
    lines.push({
      type: "package", name, version, label, input: `pool/${label}.dsc`, digest: `sha256:${index.toString(16).padStart(64, "0")}`,
      tool: "mremap-lint", tool_version: "0.1.0", settings: "ab", status,
      counts: { files: 10 + ((index * 7919) % 900), bytes: 1000 * index, examined: found.length, skipped: {} }, seconds: (index % 100) / 10,
      findings: found.filter((one) => !skip(one)), problems,
    });
  }
  return lines;
}

function page(name, now, before) {
  const write = (file, lines) => {
    const path = join(work, file);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return path;
  };
  const html = join(work, `${name}.html`);
  const compare = before ? ["--compare", write(`${name}.old.jsonl`, before)] : [];
  const started = Date.now();
  execFileSync(program, ["report", write(`${name}.jsonl`, now), ...compare, "--format", "html", "--output", html]);
  return { html, bytes: statSync(html).size, seconds: (Date.now() - started) / 1000 };
}

/* Checks */

let failed = 0;
function check(what, right, more = "") {
  if (!right) failed = 1;
  console.log(`${what}: ${right ? "right" : `WRONG ${more}`}`);
}

const browser = await chromium.launchPersistentContext(mkdtempSync(join(work, "profile-")), {
  executablePath: process.env.CHROMIUM,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Opens a page and notes all that it does beside showing itself. */
async function opened(html, options = {}) {
  const tab = await browser.newPage();
  const noise = [];
  tab.on("dialog", (dialog) => {
    noise.push(`dialog ${dialog.message()}`);
    return dialog.dismiss();
  });
  tab.on("console", (message) => noise.push(`console ${message.text()}`));
  tab.on("pageerror", (error) => noise.push(`error ${error.message}`));
  tab.on("request", (request) => {
    if (request.url() !== pathToFileURL(html).href) noise.push(`request ${request.url()}`);
  });
  tab.on("popup", () => noise.push("popup"));
  await tab.emulateMedia({ colorScheme: options.dark ? "dark" : "light" });
  await tab.setViewportSize({ width: options.width ?? 1280, height: options.height ?? 900 });
  const started = Date.now();
  await tab.goto(pathToFileURL(html).href);
  await tab.waitForSelector("#app:not([hidden])");
  return { tab, noise, seconds: (Date.now() - started) / 1000 };
}

async function quiet(name, tab, noise) {
  const hacked = await tab.evaluate(() => window.hacked);
  // All elements that the page's own script makes; anything else came from the data.
  const foreign = await tab.evaluate(() => [...document.querySelectorAll("script, img, svg, iframe, b, object, embed, link")].length);
  check(`${name}: nothing of the data ran or became markup`, hacked === undefined && foreign === 2, `${hacked} ${foreign}`);
  check(`${name}: no dialog, message, error or request`, noise.length === 0, noise.join("; "));
}

const shown = (tab) => tab.locator("#count").textContent();
const total = (text) => Number(text.replace(/^.*–\S* of /, "").split(" ")[0].replaceAll(",", ""));

/** Each choice of each filter against the same count made here. */
async function filters(name, tab, view, rows, choices, search) {
  await tab.locator(`#tabs a[href="#${view}"]`).click();
  await tab.waitForFunction((wanted) => document.querySelector("#tabs [aria-current]")?.getAttribute("href") === wanted, `#${view}`);
  const wrong = [];
  const expect = async (what, expected) => {
    // A browser tells the page of a new address a moment after the click that leads there.
    let seen = total(await shown(tab));
    for (let tries = 0; seen !== expected && tries < 50; tries += 1) {
      await tab.waitForTimeout(100);
      seen = total(await shown(tab));
    }
    if (seen !== expected) wrong.push(`${what}: ${seen}, not ${expected}`);
    const listed = await tab.locator("#list tbody > tr:not(.more)").count();
    if (listed !== Math.min(50, expected)) wrong.push(`${what}: ${listed} rows`);
  };
  await expect("all", rows.length);
  for (const [key, of] of Object.entries(choices)) {
    const select = tab.locator(`#filter-${key}`);
    const values = await select.locator("option").evaluateAll((options) => options.map((option) => [option.value, option.textContent]));
    const known = new Set(rows.map(of).filter(Boolean));
    if (values.length !== known.size + 1) wrong.push(`${key}: choices ${JSON.stringify(values)}`);
    for (const [value, text] of values.filter(([value]) => value)) {
      await select.selectOption(value);
      const expected = rows.filter((row) => of(row) === value).length;
      await expect(`${key}=${value}`, expected);
      if (!text.endsWith(`(${expected.toLocaleString("en")})`)) wrong.push(`${key}: ${text}`);
    }
    await select.selectOption("");
  }
  const [words, of] = search;
  await tab.locator("#search").fill(words);
  await expect(`search for ${words}`, rows.filter((row) => of(row).toLowerCase().includes(words.toLowerCase())).length);
  await tab.locator("#clear").click();
  await expect("cleared", rows.length);
  check(`${name}: filters of ${view}`, wrong.length === 0, wrong.join("; "));
}

const sort = (one) => (one.suppression ? "allowed" : one.level === "pass" ? "pass" : one.rule);
const allFindings = (lines) => lines.flatMap((line) => line.findings.map((one) => ({ ...one, label: line.label })));
const allProblems = (lines) => lines.flatMap((line) => line.problems);
const open = (line) => line.findings.filter((one) => sort(one) === one.rule).length;

/* Hostile names, compared with an earlier journal */
{
  const before = journal({ packages: 30, findings: 110, odd: true, version: "1.9-1", skip: (one) => Number.parseInt(one.fingerprint, 16) % 5 === 0 });
  const now = journal({ packages: 30, findings: 120, odd: true, skip: (one) => Number.parseInt(one.fingerprint, 16) % 7 === 0 });
  const number = (one) => Number.parseInt(one.fingerprint, 16);
  const [was, is] = [before, now].map((lines) => new Map(allFindings(lines).map((one) => [number(one), one])));
  const rows = [...allFindings(now).map((one) => ({ ...one, state: was.has(number(one)) ? "unchanged" : "new" })), ...allFindings(before).filter((one) => !is.has(number(one))).map((one) => ({ ...one, state: "gone" }))];
  const { html } = page("hostile", now, before);
  const { tab, noise } = await opened(html);
  await filters("hostile", tab, "findings", rows, { rule: sort, effect: (one) => one.outcome?.effect ?? "", state: (one) => one.state }, ["ünïcödé", (one) => `${one.path}\n${one.function ?? ""}`]);
  for (const toggle of await tab.locator(".toggle").all()) await toggle.click();
  check("hostile: details open", (await tab.locator(".details").count()) === 50);
  await tab.setViewportSize({ width: 1280, height: 2200 });
  await tab.screenshot({ path: join(screenshots, "hostile.png") });
  await filters("hostile", tab, "packages", now, { status: (one) => one.status, found: (one) => (open(one) ? "some" : "none") }, ["<SCRIPT", (one) => `${one.label}\n${one.input}`]);
  await filters("hostile", tab, "problems", allProblems(now), { kind: (one) => one.kind }, ["line", (one) => `${one.path}\n${one.message}`]);
  await tab.screenshot({ path: join(screenshots, "hostile-problems.png") });
  await quiet("hostile", tab, noise);
  await tab.close();
}

/* No finding, three, and many; light, dark and narrow */
for (const [name, size] of [["none", { packages: 12, findings: 0 }], ["three", { packages: 12, findings: 3 }], ["many", { packages: 35_000, findings: 5_000 }]]) {
  const now = journal(size);
  const before = name === "three" ? journal({ packages: 12, findings: 5, version: "1.9-1", skip: (one) => one.fingerprint.endsWith("1:1") }) : null;
  const { html, bytes, seconds } = page(name, now, before);
  console.log(`${name}: ${(bytes / 1e6).toFixed(1)} MB, made in ${seconds.toFixed(1)} s`);
  for (const [look, options] of [["light", {}], ["dark", { dark: true }], ["narrow", { width: 390, height: 844 }]]) {
    const { tab, noise, seconds } = await opened(html, options);
    console.log(`${name}, ${look}: shown after ${seconds.toFixed(1)} s`);
    if (size.findings) await tab.locator(".toggle").first().click();
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(`${name}, ${look}: no sideways scrolling`, wide <= 0, `${wide} pixels`);
    await tab.screenshot({ path: join(screenshots, `${name}-${look}.png`), fullPage: true });
    for (const view of ["packages", "problems"]) {
      await tab.locator(`#tabs a[href="#${view}"]`).click();
      await tab.waitForFunction((wanted) => document.querySelector("#tabs [aria-current]")?.getAttribute("href") === wanted, `#${view}`);
      await tab.screenshot({ path: join(screenshots, `${name}-${look}-${view}.png`) });
    }
    await quiet(`${name}, ${look}`, tab, noise);
    await tab.close();
  }
  if (name === "many") {
    const { tab, noise } = await opened(html);
    await filters(name, tab, "findings", allFindings(now), { rule: sort, effect: (one) => one.outcome?.effect ?? "" }, ["ring-1_", (one) => `${one.path}\n${one.function ?? ""}`]);
    await filters(name, tab, "packages", now, { status: (one) => one.status }, ["zsh-99", (one) => `${one.label}\n${one.input}`]);
    // Sorting, by keyboard.
    await tab.locator('th button[data-keep="sort files"]').focus();
    await tab.keyboard.press("Enter");
    const files = await tab.locator('td[data-title="Files"]').allTextContents();
    const most = now.map((one) => one.counts.files).sort((a, b) => b - a).slice(0, 50);
    check("many: sorted by files", files.join() === most.join(), files.join());
    check("many: the button keeps the focus", await tab.evaluate(() => document.activeElement?.dataset.keep === "sort files"));
    await tab.locator("#pager button", { hasText: "Next" }).click();
    check("many: the second page", (await shown(tab)).startsWith("51–100 of 35,000"), await shown(tab));
    await tab.goBack();
    await quiet("many", tab, noise);
    await tab.close();
  }
}

/* Without scripts there is still a table */
{
  const plain = await browser.browser()?.newContext({ javaScriptEnabled: false }) ?? null;
  if (plain) {
    const tab = await plain.newPage();
    await tab.goto(pathToFileURL(join(work, "three.html")).href);
    check("no scripts: the table has the findings", (await tab.locator("table.plain tbody tr").count()) >= 3);
    await tab.screenshot({ path: join(screenshots, "plain.png"), fullPage: true });
  } else {
    console.log("no scripts: NOT TESTED, the browser has one context only");
  }
}
await browser.close();
process.exit(failed);
