#!/usr/bin/env python3
"""The comparison's table from its JSON, and where it stands in the README.

    python3 bench/peers/publish.py build-compare/compare-cpu.json            prints it
    python3 bench/peers/publish.py bench/results/compare-cpu.json --readme README.md
    python3 bench/peers/publish.py bench/results/compare-cpu.json --readme README.md --check

--readme puts it between the lines <!-- compare-cpu --> and <!-- compare-cpu end -->; --check changes nothing and exits 1 where the README
says other than the JSON. Where there is no such JSON, nothing may stand between the lines but a sentence without figures.
"""

import argparse
import json
import sys
from pathlib import Path

HEAD = "| | trial-steps/s: median (least to most) | GFLOP/s | of peak | caviar is so many times as fast |\n|---|---|---|---|---|"


def times(ratio):
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.2g}" if ratio < 10 else f"{ratio:.0f}"


def row(part, r):
    title = r.get("title", r["name"])
    if r.get("missing"):
        return f"| {title} | not run: a package is missing | | | |"
    if "steps_per_second" not in r:
        return f"| {title} | failed | | | |"
    steps = r["steps"]
    rate = f"{steps / r['median_seconds']:,.0f} ({steps / r['most_seconds']:,.0f} to {steps / r['least_seconds']:,.0f})"
    share = f"{r['gflops'] / part['peak_gflops']:.1%}" if part.get("peak_gflops") else ""
    if r["name"] == "caviar":
        return f"| **caviar** | **{rate}** | **{r['gflops']:,.3g}** | **{share}** | |"
    faster = times(r["caviar_is_faster_by"]) if r["agreement"]["agrees"] else "trains something else: does not count"
    some = f", {r['trials']:,} of the trials" if r.get("trials", part["trials"]) < part["trials"] else ""
    compiled = f", {r['compile_seconds']:.0f} s to compile" if r.get("compile_seconds", 0) >= 0.5 else ""
    return f"| {title}{some}{compiled} | {rate} | {r['gflops']:,.3g} | {share} | {faster} |"


def agreement(part):
    """How far the peers that train the same are from caviar's losses, in a sentence."""
    same = [r["agreement"]["quantiles"]["0.5"] for r in part["results"] if r.get("agreement", {}).get("agrees") and r["agreement"]["quantiles"]]
    return f"A peer's final losses differ from caviar's by a relative {max(same):.0e} at most in its median trial." if same and max(same) > 0 else ""


def section(part):
    rows = sorted(part["results"], key=lambda r: -r.get("steps_per_second", -1))
    peak = f", measured peak {part['peak_gflops']:,.0f} GFLOP/s" if part.get("peak_gflops") else ""
    return "\n".join([f"**{part['name']}**: {part['description']}; {part['trials']:,} trials{peak}. {agreement(part)}".rstrip(), "", HEAD,
                      *(row(part, r) for r in rows)])


def share(part, r):
    return f"{r['gflops'] / part['peak_gflops']:.0%} of peak" if part.get("peak_gflops") else ""


def cell(part, r):
    """Of a table that several parts share: trial-steps/s, and of caviar its share of the peak, of a peer how many times as fast caviar is."""
    if r.get("missing"):
        return "not run"
    if "steps_per_second" not in r:
        return "failed"
    if r["name"] == "caviar":
        told = share(part, r)
    else:
        told = f"x {times(r['caviar_is_faster_by'])}" if r["agreement"]["agrees"] else "trains something else"
    return f"{r['steps_per_second']:,.0f}" + (f" ({told})" if told else "")


def together(parts):
    """Parts with the same few contenders, a row each."""
    titles = [r.get("title", r["name"]) for r in parts[0]["results"]]
    rows = [f"| **{part['name']}**: {part['description']}; {part['trials']:,} trials | " + " | ".join(cell(part, r) for r in part["results"]) + " |"
            for part in parts]
    return "\n".join(["Trial-steps/s, median; in brackets caviar's share of the measured peak, and how many times as fast as the peer caviar is.", "",
                      "| | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|", *rows])


def sections(parts):
    """A table for each part; those with the same contenders, three at most, share one."""
    groups = {}
    for part in parts:
        names = tuple(r["name"] for r in part["results"])
        groups.setdefault(names if len(names) <= 3 else part["name"], []).append(part)
    return "\n\n".join(together(group) if len(group) > 1 else section(group[0]) for group in groups.values())


def table(document, source):
    parts = document["parts"]
    first = parts[0]
    m, engine = first["machine"], first["engine"]
    where = m.get("gpu") if document["mode"] == "gpu" else f"{m.get('processor', 'unknown processor')}, {m.get('usable', m['cores'])} cores, {engine['instruction_set']}"
    used = ", ".join(f"{name} {version}" for name, version in sorted(document["versions"].items()))
    turns = min(len(r["samples"]) for p in parts for r in p["results"] if r["samples"])
    quick = "A trial run: these figures say nothing.\n\n" if document["quick"] else ""
    return (quick + sections(parts)
            + f"\n\n{where}, {first['compiler']}, {document['date']}, commit {document['commit']}; {used}. All took turns, at least {turns} each; raw "
              f"figures in `{source}`.")


def marks(mode):
    return f"<!-- compare-{mode} -->\n", f"<!-- compare-{mode} end -->"


def between(readme, mode):
    begin, end = marks(mode)
    if readme.count(begin) != 1 or readme.count(end) != 1:
        raise SystemExit(f"the README needs the lines {begin.strip()} and {end} once each")
    a = readme.index(begin) + len(begin)
    return a, readme.index(end)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("json", type=Path)
    p.add_argument("--readme", type=Path)
    p.add_argument("--check", action="store_true")
    a = p.parse_args()
    mode = a.json.stem.removeprefix("compare-")
    if not a.json.exists():
        if not a.check:
            raise SystemExit(f"{a.json} is not there: bash bench/compare.sh {mode} writes it")
        readme = a.readme.read_text()
        i, j = between(readme, mode)
        if "|" in readme[i:j]:
            print(f"{a.readme} has a table, but there is no {a.json} that it could come from", file=sys.stderr)
            return 1
        return 0
    document = json.loads(a.json.read_text())
    text = table(document, f"bench/results/compare-{document['mode']}.json")
    if not a.readme:
        print(text)
        return 0
    if document["quick"]:
        raise SystemExit(f"{a.json} is of a trial run (--quick), which is not published")
    readme = a.readme.read_text()
    i, j = between(readme, document["mode"])
    new = readme[:i] + text + "\n" + readme[j:]
    if a.check:
        if new != readme:
            print(f"{a.readme} says other than {a.json}: python3 bench/peers/publish.py {a.json} --readme {a.readme}", file=sys.stderr)
            return 1
        return 0
    a.readme.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
