#!/usr/bin/env python3
"""The comparison as bars: python3 bench/peers/plots.py compare-cpu.json compare-cpu.svg"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# The same figures give the same bytes; letters stay letters.
matplotlib.rcParams |= {"svg.hashsalt": "caviar", "svg.fonttype": "none", "font.size": 9}
from matplotlib import pyplot  # noqa: E402: the backend comes first


def draw(axes, part):
    rows = sorted((r for r in part["results"] if "steps_per_second" in r), key=lambda r: r["steps_per_second"])
    rates = [r["steps_per_second"] for r in rows]
    around = [[r["steps_per_second"] - r["steps"] / r["most_seconds"] for r in rows], [r["steps"] / r["least_seconds"] - r["steps_per_second"] for r in rows]]
    same = [r["name"] == "caviar" or r["agreement"]["agrees"] for r in rows]
    colours = ["tab:red" if r["name"] == "caviar" else "tab:blue" if counts else "lightgrey" for r, counts in zip(rows, same)]
    bars = axes.barh([r["title"] + ("" if counts else " (trains something else)") for r, counts in zip(rows, same)], rates, xerr=around, color=colours,
              error_kw={"linewidth": 0.8})
    axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=4, fontsize=8)
    axes.margins(x=0.12)
    axes.set_title(f"{part['name']}: {part['description']}", loc="left", fontsize=9)
    axes.set_xlabel("trial-steps a second (median, least to most)")


def main():
    source, target = map(Path, sys.argv[1:])
    parts = json.loads(source.read_text())["parts"]
    heights = [0.28 * len(part["results"]) + 0.9 for part in parts]
    figure, axes = pyplot.subplots(len(parts), squeeze=False, figsize=(10, sum(heights)), height_ratios=heights, layout="constrained")
    for part, place in zip(parts, axes[:, 0]):
        draw(place, part)
    figure.savefig(target, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
