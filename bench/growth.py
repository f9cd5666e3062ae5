#!/usr/bin/env python3
"""How time and memory grow with the work: trials, epochs, width, rows; one `caviar` a point, each in a process of its own.

    python3 bench/growth.py --bin build --out bench/results/growth.json --svg bench/results/growth.svg
    python3 bench/growth.py --bin build --quick                                       a smoke run

Prints, for each series, the exponent between its last two points: time ~ work^exponent, so 1 is in step with the work. Rows are read from a
CSV of 20 columns that is made here (--rows 10000000 needs 2 GB of disk), with the speed of reading and memory over the float32 data.
Simulated trials are drawn, stored and ranked without training, by tests/study's MillionTrials where --bin has it. The plots need matplotlib.
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
from where import commit, machine  # noqa: E402

COLUMNS = 20


def spent(command, folder, **environment):
    """Seconds of the wall and of the processor, and the most memory in bytes, of a program that must succeed."""
    log = Path(folder, "log")
    with open(log, "w") as out:
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=out, cwd=folder, env=os.environ | environment)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"growth: {' '.join(map(str, command))}: exit {child.returncode}: {log.read_text()[-500:]}")
    return {"seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}


def sweep(caviar, folder, trials=64, epochs=4, units=64):
    with tempfile.TemporaryDirectory(dir=folder) as own:
        return spent([caviar, "sweep", "digits", "--quiet", "--study", f"{own}/s.db", "--sampler", "random", "--trials", trials, "--only", "--vary",
                      "learning_rate=log(1e-4,1e-2)", "--set", "layers=2", "--set", f"units={units}", "--set", f"epochs={epochs}"], own)


def csv_of(path, rows):
    """Gaussian columns and a target of two classes; the same thousand lines over and over, as it is reading that is measured."""
    draw = random.Random(rows)
    lines = "".join(",".join(f"{draw.gauss(0, 1):.6g}" for _ in range(COLUMNS)) + f",{'ab'[k % 2]}\n" for k in range(min(rows, 1000)))
    with open(path, "w") as file:
        file.write(",".join(f"x{c}" for c in range(COLUMNS)) + ",y\n")
        for _ in range(max(1, rows // 1000)):
            file.write(lines)


def read(caviar, folder, rows):
    path = Path(folder, "rows.csv")
    csv_of(path, rows)
    point = spent([caviar, "inspect", path, "--target", "y"], folder)
    point |= {"megabytes_per_second": path.stat().st_size / point["seconds"] / 1e6, "memory_over_data": point["memory"] / (4 * rows * (COLUMNS + 1))}
    path.unlink()
    return point


def decades(most, least=1):
    return [10**k for k in range(round(math.log10(least)), round(math.log10(most)) + 1)]


def doublings(least, most):
    return [least * 2**k for k in range(round(math.log2(most / least)) + 1)]


def series(a, folder):
    """Name: (what the points' work is, the points, how one is measured)."""
    caviar = (a.bin / "caviar").resolve()
    found = {"trials": ("trials trained", decades(100 if a.quick else a.trials), lambda n: sweep(caviar, folder, trials=n, epochs=1)),
             "epochs": ("epochs of 64 trials", doublings(1, 4 if a.quick else 256), lambda n: sweep(caviar, folder, epochs=n)),
             "width": ("weights of 64 nets 64-n-n-10", doublings(8, 16 if a.quick else 512), lambda n: sweep(caviar, folder, units=n)),
             "rows": (f"rows of a CSV of {COLUMNS} columns", decades(10_000 if a.quick else a.rows, 1000), lambda n: read(caviar, folder, n))}
    study = a.bin.resolve() / "tests" / "study" / "test_study"
    if study.exists():
        found["simulated"] = ("trials drawn, stored and ranked", decades(10_000 if a.quick else a.simulated, 1000),
                              lambda n: spent([study, "--gtest_also_run_disabled_tests", "--gtest_filter=*MillionTrials"], folder, CAVIAR_TRIALS=str(n), CAVIAR_FOLDER=folder))
    return found


def work_of(name, n):
    return n * (74 + n) if name == "width" else n


def exponent(points):
    """Of the processor's time and of memory by the work, over the last two points."""
    a, b = points[-2:]
    return {k: math.log(b[k] / a[k]) / math.log(b["work"] / a["work"]) for k in ("processor_seconds", "memory")}


def plot(document, target):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "caviar", "svg.fonttype": "none", "font.size": 8}
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(len(document["series"]), 2, figsize=(9, 2.4 * len(document["series"])), squeeze=False, layout="constrained")
    for row, s in zip(axes, document["series"]):
        for place, (key, unit, label) in zip(row, (("processor_seconds", 1, "processor time, s"), ("memory", 1e6, "memory, MB"))):
            place.loglog([p["work"] for p in s["points"]], [p[key] / unit for p in s["points"]], "o-")
            first = s["points"][-1]
            place.loglog([p["work"] for p in s["points"]], [first[key] / unit * p["work"] / first["work"] for p in s["points"]], ":", color="grey")
            place.set_xlabel(s["of"])
            place.set_ylabel(label)
    figure.savefig(target, format="svg", metadata={"Date": None})


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bin", type=Path, required=True, help="a build folder")
    p.add_argument("--only", help="series, e.g. rows,width")
    p.add_argument("--trials", type=int, default=10_000)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--simulated", type=int, default=1_000_000)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--out", type=Path)
    p.add_argument("--svg", type=Path)
    a = p.parse_args()
    document = {"what": "one process a point; dotted in the plots: in step with the work", "commit": commit(), "date": time.strftime("%Y-%m-%d"),
                "machine": machine(), "series": []}
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        all_series = series(a, folder)
        wanted = a.only.split(",") if a.only else list(all_series)
        if unknown := set(wanted) - set(all_series):
            p.error(f"--only: there is no {', '.join(sorted(unknown))}; here are {', '.join(all_series)}")
        for name in wanted:
            of, sizes, measure = all_series[name]
            points = [{"n": n, "work": work_of(name, n)} | measure(n) for n in sizes]
            grown = exponent(points)
            document["series"].append({"name": name, "of": of, "points": points, "exponent": grown})
            last = points[-1]
            print(f"{name:10} {last['n']:>10,} {last['seconds']:8.2f} s {last['memory'] / 1e6:8.0f} MB   time ~ work^{grown['processor_seconds']:.2f}, "
                  f"memory ~ work^{grown['memory']:.2f}"
                  + (f", {last['megabytes_per_second']:.0f} MB/s, {last['memory_over_data']:.2f} times the float32 data" if name == "rows" else ""), flush=True)
    if a.out:
        a.out.write_text(json.dumps(document, indent=1) + "\n")
    if a.svg:
        plot(document, a.svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
