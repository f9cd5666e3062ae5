#!/usr/bin/env python3
"""How time and memory grow with the work: trials, epochs, width, rows; one `caviar` a point, each in a process of its own.

    python3 bench/growth.py --bin build --out bench/results/growth.json --svg bench/results/growth.svg
    python3 bench/growth.py --bin build --quick                                       a smoke run

Prints, for each series, the exponent between its last two points: time ~ work^exponent, so 1 is in step with the work. Rows come from a
CSV of 20 columns that is made here (2 GB on the disk at most): how fast one core reads and prepares them, and how much more memory a sweep of
one small trial takes than over the fewest rows, as a multiple of the float32 data. Simulated trials are drawn, stored and ranked without training,
by tests/study's MillionTrials where --bin has it. The plots need matplotlib. Exit 1 where a limit below is passed.
"""

import argparse
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
from where import commit  # noqa: E402

COLUMNS = 20
LIMITS = {"megabytes_per_second": ("at least", 150), "memory_over_data": ("at most", 1.5), "beside_the_store": ("at most", 2.0)}


def run(command, folder, **environment):
    """What a program that must succeed says, and what it took: seconds of the wall and of the processor, and the most memory in bytes."""
    log, said = Path(folder, "log"), Path(folder, "said")
    with open(log, "w") as errors, open(said, "w") as out:
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=errors, cwd=folder, env=os.environ | environment)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"growth: {' '.join(map(str, command))}: exit {child.returncode}: {log.read_text()[-500:]}")
    return said.read_text(), {"seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}


def spent(command, folder):
    return run(command, folder)[1]


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
    said, point = run([caviar, "sweep", path, "--target", "y", "--study", f"{folder}/rows.db", "--sampler", "random", "--trials", 1, "--confirm", 0, "--set",
                       "layers=1", "--set", "units=8", "--set", "batch_size=512", "--set", "epochs=1", "--stats", "--json", "--quiet"], folder)
    load = next(p["seconds"] for p in json.loads(said)["stats"]["phases"] if p["phase"] == "load")
    point |= {"load_seconds": load, "megabytes_per_second": path.stat().st_size / load / 1e6}
    path.unlink()
    Path(folder, "rows.db").unlink()
    return point


def simulate(study, folder, trials):
    said, point = run([study, "--gtest_also_run_disabled_tests", "--gtest_filter=*MillionTrials"], folder, CAVIAR_TRIALS=str(trials), CAVIAR_FOLDER=folder)
    steps = {m[1]: float(m[2]) for m in re.finditer(r"^  (\S.*?) +([\d.]+) s \(", said, re.MULTILINE)}
    return point | {"steps": steps, "beside_the_store": steps["drawn"] + steps["top 10,000 by score"]}


def over_data(points):
    """Adds memory_over_data, which leaves out the program itself and its buffers: what the first point takes."""
    for p in points[1:]:
        p["memory_over_data"] = (p["memory"] - points[0]["memory"]) / (4 * (p["n"] - points[0]["n"]) * (COLUMNS + 1))


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
        found["simulated"] = ("trials drawn, stored and ranked", decades(10_000 if a.quick else a.simulated),
                              lambda n: simulate(study, folder, n))
    return found


def work_of(name, n):
    return n * (74 + n) if name == "width" else n


def exponent(points):
    """Of the processor's time and of memory by the work, over the last two points."""
    a, b = points[-2:]
    return {k: math.log(b[k] / a[k]) / math.log(b["work"] / a["work"]) for k in ("processor_seconds", "memory")}


def beyond(points):
    """What the last point says of the limits, and whether it is beyond one."""
    told, failed = [], False
    for name, (sense, limit) in LIMITS.items():
        if name in points[-1]:
            value = points[-1][name]
            failed |= value < limit if sense == "at least" else value > limit
            told.append(f"{name} {value:.3g} ({sense} {limit:g})")
    return told, failed


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
    p.add_argument("--rows", type=int, default=10_000_000)
    p.add_argument("--simulated", type=int, default=1_000_000)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--out", type=Path)
    p.add_argument("--svg", type=Path)
    a = p.parse_args()
    here = json.loads(subprocess.check_output([a.bin / "caviar", "doctor", "--json"], text=True))
    document = {"what": "one process a point; dotted in the plots: in step with the work", "commit": commit(), "date": time.strftime("%Y-%m-%d"),
                "machine": {k: here[k] for k in ("system", "cpu", "memory")}, "compiler": here["compiler"],
                "settings": {k: getattr(a, k) for k in ("only", "trials", "rows", "simulated", "quick")}, "series": []}
    over = False
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        all_series = series(a, folder)
        wanted = a.only.split(",") if a.only else list(all_series)
        if unknown := set(wanted) - set(all_series):
            p.error(f"--only: there is no {', '.join(sorted(unknown))}; here are {', '.join(all_series)}")
        for name in wanted:
            of, sizes, measure = all_series[name]
            points = [{"n": n, "work": work_of(name, n)} | measure(n) for n in sizes]
            if name == "rows":
                over_data(points)
            grown = exponent(points)
            document["series"].append({"name": name, "of": of, "points": points, "exponent": grown})
            last = points[-1]
            told, failed = beyond(points)
            over |= failed and not a.quick
            print(f"{name:10} {last['n']:>10,} {last['seconds']:8.2f} s {last['memory'] / 1e6:8.0f} MB   time ~ work^{grown['processor_seconds']:.2f}, "
                  f"memory ~ work^{grown['memory']:.2f}"
                  + "".join(f", {text}" for text in told), flush=True)
            if a.out:  # so far
                a.out.write_text(json.dumps(document, indent=1) + "\n")
    if a.svg:
        plot(document, a.svg)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
