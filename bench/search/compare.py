#!/usr/bin/env python3
"""caviar's samplers and Optuna's on functions whose minimum is known, in one run, side by side.

    cmake -S . -B build -G Ninja -DCAVIAR_BENCH=ON && ninja -C build search_functions
    python3 bench/search/compare.py --bin build/bench/search_functions --venv /tmp/optuna-venv --out bench/results/search-functions.json

Optuna comes from PyPI into the virtual environment named, after its size has been said and --fetch given; an environment that has
it is used as it is. Optuna's GPSampler also needs PyTorch: --torch names the site-packages of an environment that has one, as PyPI's own brings
gigabytes of CUDA; without it that sampler is left out and the table says so.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

OPTUNA = "optuna==5.0.0"
SIZE = "about 62 MB from PyPI (Optuna 0.4, SciPy 35, NumPy 17, SQLAlchemy 5, others 2), about 300 MB unpacked"
OURS = [("random", 0), ("sobol", 0), ("coarse-to-fine", 0), ("tpe", 1), ("tpe", 10), ("gp", 1), ("gp", 10)]
THEIRS = ["random", "qmc", "tpe", "tpe-multivariate", "gp"]
FUNCTIONS = ["branin", "hartmann6"]

# Runs inside the virtual environment: one sampler of Optuna on one function, the best value of every seed as JSON.
PEER = r'''
import json, math, sys, time, warnings
name, function, evaluations, seeds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
S = optuna.samplers
make = {"random": lambda s: S.RandomSampler(seed=s), "qmc": lambda s: S.QMCSampler(seed=s, scramble=True), "tpe": lambda s: S.TPESampler(seed=s),
        "tpe-multivariate": lambda s: S.TPESampler(seed=s, multivariate=True), "gp": lambda s: S.GPSampler(seed=s, deterministic_objective=True)}[name]

def branin(u):
    x, y = 15 * u[0] - 5, 15 * u[1]
    return (y - 5.1 / (4 * math.pi ** 2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10

HEIGHT = [1.0, 1.2, 3.0, 3.2]
STEEP = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
CENTRE = [[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
          [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]]
def hartmann6(u):
    return -sum(h * math.exp(-sum(a * (x - c) ** 2 for a, c, x in zip(s, m, u))) for h, s, m in zip(HEIGHT, STEEP, CENTRE))

f, d = {"branin": (branin, 2), "hartmann6": (hartmann6, 6)}[function]
best, begin = [], time.perf_counter()
for seed in range(1, seeds + 1):
    study = optuna.create_study(sampler=make(seed))
    study.optimize(lambda t: f([t.suggest_float(f"x{i}", 0, 1) for i in range(d)]), n_trials=evaluations)
    best.append(study.best_value)
versions = {"optuna": optuna.__version__}
if name == "gp":
    import torch
    versions["torch"] = torch.__version__
print(json.dumps({"best": best, "seconds_a_search": (time.perf_counter() - begin) / seeds, "versions": versions}))
'''


def peer_python(venv: Path, fetch: bool) -> Path:
    python = venv / "bin" / "python"
    has = python.exists() and subprocess.run([python, "-c", "import optuna, scipy"], capture_output=True).returncode == 0
    if has:
        return python
    print(f"{venv} needs {OPTUNA} and SciPy: {SIZE}.", file=sys.stderr)
    if not fetch:
        sys.exit("Nothing was fetched; say --fetch to do so.")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", OPTUNA, "scipy"], check=True)
    return python


def summary(best: list[float]) -> dict:
    return {"mean": statistics.mean(best), "deviation": statistics.stdev(best) if len(best) > 1 else 0.0}


def ours(binary: Path, sampler: str, size: int, function: str, args) -> dict:
    command = [binary, "--sampler", sampler, "--round-size", str(size), "--function", function,
               "--evaluations", str(args.evaluations), "--seeds", str(args.seeds)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    result = found[function]
    return {"by": "caviar", "sampler": sampler, "round_size": size, "function": function, **summary(result["best"]),
            "seconds_a_search": result["seconds_a_search"], "best": result["best"], "versions": {"caviar": found["version"]}}


def theirs(python: Path, sampler: str, function: str, args) -> dict:
    seeds = min(args.seeds, args.gp_seeds) if sampler == "gp" else args.seeds
    path = f"import sys; sys.path.append({str(args.torch)!r})\n" if args.torch else ""
    command = [python, "-c", path + PEER, sampler, function, str(args.evaluations), str(seeds)]
    done = subprocess.run(command, capture_output=True, text=True)
    entry = {"by": "optuna", "sampler": sampler, "round_size": 1, "function": function}
    if done.returncode != 0:
        return {**entry, "left_out": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    found = json.loads(done.stdout)
    return {**entry, **summary(found["best"]), "seconds_a_search": found["seconds_a_search"], "best": found["best"], "versions": found["versions"]}


def line(entry: dict) -> str:
    name = f"{entry['by']:7} {entry['sampler']:17} {entry['round_size'] or '-':>5} {entry['function']:10}"
    if "left_out" in entry:
        return f"{name} left out: {entry['left_out']}"
    return f"{name} {entry['mean']:9.4f} +- {entry['deviation']:.4f} {len(entry['best']):6}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True, help="search_functions, as built")
    parser.add_argument("--venv", type=Path, required=True, help="virtual environment of Optuna, made where it is not there")
    parser.add_argument("--fetch", action="store_true", help="install Optuna into it")
    parser.add_argument("--torch", type=Path, help="site-packages of an environment with PyTorch")
    parser.add_argument("--evaluations", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--gp-seeds", type=int, default=30, help="seeds of Optuna's GPSampler, which is slow")
    parser.add_argument("--only", choices=["caviar", "optuna"], help="one side alone")
    parser.add_argument("--out", type=Path, help="where the JSON goes, after every entry; entries that are there already are kept, so that a run that was cut off goes on")
    args = parser.parse_args()

    python = peer_python(args.venv, args.fetch)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent).stdout.strip()
    document = {"what": "the best value seen, mean and deviation over seeds", "evaluations": args.evaluations, "seeds": args.seeds, "commit": commit,
                "date": time.strftime("%Y-%m-%d"), "machine": platform.machine(), "python": platform.python_version(), "entries": []}
    print(f"{'by':7} {'sampler':17} {'round':>5} {'function':10} {'best of ' + str(args.evaluations):>9}   deviation  seeds")
    if args.out and args.out.exists():
        before = json.loads(args.out.read_text())
        if any(before[key] != document[key] for key in ("evaluations", "seeds")):
            sys.exit(f"{args.out} holds a run with other settings; give another name")
        document = before
    done = {(e["by"], e["sampler"], e["round_size"], e["function"]): e for e in document["entries"]}
    jobs = {("caviar", s, n, f): lambda s=s, n=n, f=f: ours(args.bin, s, n, f, args) for s, n in OURS for f in FUNCTIONS}
    jobs |= {("optuna", s, 1, f): lambda s=s, f=f: theirs(python, s, f, args) for s in THEIRS for f in FUNCTIONS}
    for key, job in jobs.items():
        if args.only and key[0] != args.only:
            continue
        if key in done:
            print(line(done[key]))
            continue
        document["entries"].append(job())
        print(line(document["entries"][-1]), flush=True)
        if args.out:
            args.out.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
