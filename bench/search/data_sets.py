#!/usr/bin/env python3
"""Every sampler and scheduler on real data, at equal numbers of trials and at equal numbers of epochs, over several seeds.

    python3 bench/search/data_sets.py --caviar build/caviar --data DIR --out bench/results/search-data.json [--sets digits phoneme mnist] [--seeds 10]

DIR holds phoneme.csv (OpenML 1489), t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz (MNIST's test images); digits are built in. A seed decides the split, the
search and every net. Each run is kept under --work as it ends, so the same command goes on where it was cut off.

Work is counted, not timed: a trial's epochs x training rows x operations a row (host/core/cost.h), which no other load on the machine changes. "To random's best" is the work after
which a run had a validation score as good as the best of random's run of the same seed, in parts of that run's work: in the order of trials' numbers; under a scheduler, and
within the round that reached it, as if all of a round's trials advanced together, an epoch each.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SETS = {
    "digits": lambda d: ["digits", "--epochs", "20"],
    "phoneme": lambda d: [f"{d}/phoneme.csv", "--target", "-1", "--epochs", "20"],
    # ten thousand images and nets that let ten seeds of every method end within hours on two cores
    "mnist": lambda d: [f"{d}/t10k-images-idx3-ubyte.gz", "--labels", f"{d}/t10k-labels-idx1-ubyte.gz", "--epochs", "5",
                        "--vary", "units=pow2(16,64)", "--vary", "layers=int(1,2)"],
}
METHODS = {
    "random": ["--sampler", "random"],
    "sobol": ["--sampler", "sobol"],
    "coarse-to-fine": ["--sampler", "coarse-to-fine"],
    "tpe": ["--sampler", "tpe"],
    "gp": ["--sampler", "gp"],
    "coordinate": ["--sampler", "coordinate"],
    "staged coarse-to-fine": ["--plan", "staged"],
    # what people write down by hand: 8 learning rates, 8 values of decay, all of batch size
    "grid": ["--sampler", "grid", "--points", "8", "--only", "--vary", "learning_rate=log(3e-4,0.1)", "--vary", "weight_decay=log(1e-6,0.01)",
             "--vary", "batch_size=choice(32,64,128,256)"],
    "random + median": ["--sampler", "random", "--scheduler", "median"],
    "random + successive-halving": ["--sampler", "random", "--scheduler", "successive-halving"],
    "random + hyperband": ["--sampler", "random", "--scheduler", "hyperband"],
    "random + asha": ["--sampler", "random", "--scheduler", "asha"],
    # only nets of one kind can be taken over
    "random + pbt, one net": ["--sampler", "random", "--scheduler", "pbt", "--set", "units=64", "--set", "layers=1", "--set", "activation=relu"],
    "random, that net": ["--sampler", "random", "--set", "units=64", "--set", "layers=1", "--set", "activation=relu"],
    "coarse-to-fine + successive-halving": ["--sampler", "coarse-to-fine", "--scheduler", "successive-halving"],
}


def document(command: list[str]) -> dict:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def flops_a_row(inputs: int, outputs: int, settings: dict) -> float:
    widths = [inputs, *settings["hidden"], outputs]
    weights = [a * b for a, b in zip(widths, widths[1:])]
    return 6 * sum(weights) - 2 * weights[0]


def arguments(data: list[str], method: list[str]) -> list[str]:
    """Both together: what the method fixes, the data's own ranges do not vary."""
    fixed = {method[i + 1].split("=")[0] for i in range(len(method)) if method[i] == "--set"}
    kept, i = [], 0
    while i < len(data):
        pair = data[i] == "--vary"
        if not (pair and data[i + 1].split("=")[0] in fixed):
            kept += data[i:i + 1 + pair]
        i += 1 + pair
    return kept + method


def train(args, name: str, method: str, seed: int, trials: int) -> dict:
    """One sweep: its winner's validation and test metric, and every trial's epochs, cost an epoch and running best."""
    with tempfile.TemporaryDirectory() as folder:
        study = f"{folder}/study.db"
        command = [args.caviar, "sweep", *arguments(SETS[name](args.data), METHODS[method]), "--trials", str(trials), "--confirm", "0", "--seed", str(seed), "--split-seed", str(seed), "--quiet", "--json", "--study", study]
        sweep = document(command)
        rows = document([args.caviar, "trials", study, "--sort", "id", "--curves", "--json"])["trials"]
    rows.sort(key=lambda t: t["id"])
    classes = len(sweep["data"]["classes"])
    inputs, outputs, n = sweep["data"]["inputs"], classes if classes > 2 else 1, sweep["data"]["rows"]["train"]
    return {
        "trials": len(rows), "epochs": sum(t["epochs"] for t in rows), "valid": sweep["test"]["valid"], "test": sweep["test"]["test"], "seconds": sweep["seconds"],
        "rows": [{"round": t["round"], "cost": n * flops_a_row(inputs, outputs, t["hyperparameters"]), "curve": t["curve"]["valid_metric"]} for t in rows],
    }


def work(run: dict) -> float:
    return sum(r["cost"] * len(r["curve"]) for r in run["rows"])


def work_to(run: dict, target: float, together: bool) -> float | None:
    """Operations until some trial's validation metric is at least the target; None: never."""
    target -= 1e-6  # curves are float32
    spent = 0.0
    for round in sorted({r["round"] for r in run["rows"]}):
        rows = [r for r in run["rows"] if r["round"] == round]
        if together:
            hits = [e + 1 for r in rows for e, v in enumerate(r["curve"]) if v is not None and v >= target]
            if hits:
                return spent + sum(r["cost"] * min(len(r["curve"]), min(hits)) for r in rows)
        else:
            for r in rows:
                for e, v in enumerate(r["curve"]):
                    if v is not None and v >= target:
                        return spent + r["cost"] * (e + 1)
                spent += r["cost"] * len(r["curve"])
            continue
        spent += sum(r["cost"] * len(r["curve"]) for r in rows)
    return None


def kept(args, name: str, method: str, seed: int, trials: int) -> dict:
    file = args.work / f"{name}.{method.replace(' ', '')}.{seed}.{trials}.json"
    if not file.exists():
        run = train(args, name, method, seed, trials)
        file.with_suffix(".new").write_text(json.dumps(run))
        os.replace(file.with_suffix(".new"), file)
    return json.loads(file.read_text())


def judged(run: dict, base: dict, method: str) -> dict:
    reached = work_to(run, base["valid"], "+" in method)
    return {"trials": run["trials"], "epochs": run["epochs"], "valid": run["valid"], "test": run["test"], "work": work(run) / work(base),
            "to_random_best": None if reached is None else reached / work(base)}


def table(rows: dict[str, list[dict]], title: str) -> str:
    lines = [title, "", "| method | trials | epochs | best validation | test of the best | against random's | work | to random's best | seeds that reached it |", "|---|---|---|---|---|---|---|---|---|"]
    for method, runs in rows.items():
        def mean(key):
            return statistics.mean(r[key] for r in runs)
        deviation = statistics.stdev(r["test"] for r in runs) if len(runs) > 1 else 0.0
        # the seeds' splits differ more than the methods do: seed by seed, with the standard error of the mean
        gains = [r["test"] - b["test"] for r, b in zip(runs, rows["random"])]
        error = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0.0
        reached = [r["to_random_best"] for r in runs if r["to_random_best"] is not None]
        # half the runs or more never arrive: there is no median to give
        ordered = sorted(reached) + [float("inf")] * (len(runs) - len(reached))
        middle = statistics.median(ordered)
        lines.append(f"| {method} | {mean('trials'):.0f} | {mean('epochs'):.0f} | {mean('valid'):.4f} | {mean('test'):.4f} ± {deviation:.4f} | {statistics.mean(gains):+.4f} ± {error:.4f} | {mean('work'):.2f} | "
                     f"{'-' if middle == float('inf') else f'{middle:.2f}'} | {len(reached)} of {len(runs)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--caviar", required=True)
    parser.add_argument("--data", default=".")
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=256)
    parser.add_argument("--work", type=Path, default=Path("search-data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--commit", default="")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    methods = ["random"] + [m for m in args.methods if m != "random"]
    result = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "commit": args.commit,
              "doctor": document([args.caviar, "doctor", "--json"]), "trials": args.trials, "seeds": args.seeds, "sets": {}}
    for name in args.sets:
        equal_trials = {m: [] for m in methods}
        equal_epochs = {"random": [], **{m: [] for m in methods if "+" in m}}
        for seed in range(1, args.seeds + 1):
            base = kept(args, name, "random", seed, args.trials)
            for method in methods:
                run = kept(args, name, method, seed, args.trials)
                equal_trials[method].append(judged(run, base, method))
                if method == "random":
                    equal_epochs[method].append(judged(run, base, method))
                elif method in equal_epochs:
                    # as many more trials as the scheduler saved epochs
                    more = round(args.trials * base["epochs"] / run["epochs"])
                    equal_epochs[method].append(judged(kept(args, name, method, seed, more), base, method))
                print(f"{name} seed {seed}: {method}", file=sys.stderr, flush=True)
        result["sets"][name] = {"command": SETS[name]("DIR"), "equal_trials": equal_trials, "equal_epochs": equal_epochs}
        args.out.write_text(json.dumps(result, indent=1) + "\n")
        print(table(equal_trials, f"**{name}**, {args.trials} trials each, {args.seeds} seeds"))
        print(table(equal_epochs, f"**{name}**, as many epochs as random's {args.trials} trials"))


if __name__ == "__main__":
    main()
