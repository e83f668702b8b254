"""What checks/validate_sarif.sh asks of SARIF files. One command a call; says what is wrong, and nothing else.

    complaints VALIDATED            errors and warnings in a report that sarif-multitool wrote about other reports
    check REPORT...                 what no validator looks at
    results REPORT                  how many results there are
    strip REPORT OUTPUT             the report without fingerprints
    same-hashes REPORT REWRITTEN    whether both have the same line hash for every result
    states REPORT [STATE=OTHER...]  how many results have which baselineState, one counted as another
    problems REPORT                 the kinds of the notifications and the files that they name
"""
import collections
import json
import re
import sys
import urllib.parse

LINE_HASH = "primaryLocationLineHash"
OWN = "mremapLint/v1"


def load(path):
    with open(path, encoding="utf-8-sig") as file:
        return json.load(file)


def results(path):
    return [result for run in load(path)["runs"] for result in run.get("results", [])]


def notifications(run):
    kinds = ("toolExecutionNotifications", "toolConfigurationNotifications")
    return [said for call in run.get("invocations", []) for kind in kinds for said in call.get(kind, [])]


def complaints(validated):
    runs = load(validated)["runs"]
    assert runs, "multitool examined nothing"
    for run in runs:
        for said in run.get("results", []) + notifications(run):
            if said.get("level", "warning") in ("error", "warning"):
                rule = said.get("ruleId") or said.get("descriptor", {}).get("id")
                places = [place["physicalLocation"]["artifactLocation"]["uri"] for place in said.get("locations", [])]
                yield f"{rule}: {said['message']} {' '.join(places)}"


def objects(value):
    """All JSON objects in a value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def check_run(run):
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    kinds = [kind["id"] for kind in run["tool"]["driver"]["notifications"]]
    bases = run["originalUriBaseIds"]
    for item in objects(run):
        if item.get("uriBaseId", next(iter(bases))) not in bases:
            yield f"undefined uriBaseId {item['uriBaseId']}"
    for said in notifications(run):
        if kinds[said["descriptor"]["index"]] != said["descriptor"]["id"]:
            yield f"the index of a notification is not that of {said['descriptor']['id']}"
    seen = collections.Counter()
    for result in run["results"]:
        if not 0 <= result["ruleIndex"] < len(rules) or rules[result["ruleIndex"]] != result["ruleId"]:
            yield f"ruleIndex {result['ruleIndex']} is not that of {result['ruleId']}"
        if len(result["locations"]) != 1:
            yield "a result has not exactly one location"
        prints = result.get("partialFingerprints", {})
        if not re.fullmatch("[0-9a-f]{1,16}:[1-9][0-9]*", prints.get(LINE_HASH, "")):
            yield f"{LINE_HASH} is {prints.get(LINE_HASH)}"
        if not prints.get(OWN):
            yield f"no {OWN}"
        if result.get("baselineState") != "absent":
            seen[prints.get(OWN)] += 1
        ids = [place.get("id") for place in result.get("relatedLocations", [])]
        for link in re.findall(r"\]\((\d+)\)", result["message"]["text"]):
            if int(link) not in ids:
                yield f"a message links to {link}, which is no related location"
    for own, count in seen.items():
        if count > 1:
            yield f"{count} results are called {own}"


def check(*reports):
    for report in reports:
        runs = load(report)["runs"]
        if len(runs) != 1:
            yield f"{report}: {len(runs)} runs"
        for run in runs:
            yield from (f"{report}: {wrong}" for wrong in check_run(run))


def strip(report, output):
    log = load(report)
    for run in log["runs"]:
        for result in run["results"]:
            del result["partialFingerprints"]
    with open(output, "w", encoding="utf-8") as file:
        json.dump(log, file)
    return []


def same_hashes(report, rewritten):
    ours, theirs = results(report), results(rewritten)
    if len(ours) != len(theirs):
        yield f"{len(ours)} results became {len(theirs)}"
    for our, their in zip(ours, theirs):
        place = our["locations"][0]["physicalLocation"]
        where = f"{place['artifactLocation']['uri']}:{place['region']['startLine']}"
        our, their = (result.get("partialFingerprints", {}).get(LINE_HASH) for result in (our, their))
        if our != their:
            yield f"{where}: {LINE_HASH} is {our}, and multitool's {their}"


def states(report, *renamed):
    names = dict(pair.split("=") for pair in renamed)
    found = (result.get("baselineState", "none") for result in results(report))
    counts = collections.Counter(names.get(state, state) for state in found)
    yield " ".join(f"{count} {state}" for state, count in sorted(counts.items()))


def problems(report):
    for run in load(report)["runs"]:
        for said in notifications(run):
            uri = said["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            yield f"{said['descriptor']['id']} {urllib.parse.unquote(uri)}"


COMMANDS = {
    "complaints": complaints,
    "check": check,
    "results": lambda report: [len(results(report))],
    "strip": strip,
    "same-hashes": same_hashes,
    "states": states,
    "problems": problems,
}

if __name__ == "__main__":
    for line in COMMANDS[sys.argv[1]](*sys.argv[2:]):
        print(line)
