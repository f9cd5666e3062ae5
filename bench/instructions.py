#!/usr/bin/env python3
"""Instructions that caviar's CPU engine executes for a step of each workload, counted by valgrind's callgrind: a figure that no busy machine disturbs.

    python3 bench/instructions.py --bin build/bench                                              prints them
    python3 bench/instructions.py --bin build/bench --out bench/results/instructions.json
    python3 bench/instructions.py --bin build/bench --check bench/results/instructions.json      exit 1 where one grew by more than 2%

Two runs, of one epoch and of three, are subtracted, so that what remains is two epochs: training and its validation, nothing of the
start. One thread and AVX2, as valgrind knows no AVX-512. Counts differ between compilers: --check refuses another one than the file's.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
from where import commit  # noqa: E402

# Enough trials for a mean, few enough for valgrind
TRIALS = {"W1": 2, "W2b": 40, "W3": 16, "W4": 1, "W7a": 1, "W7b": 1}
GROWTH = 0.02  # the same compiler and sources give the same count but for the addresses of the heap: seen within 2e-4


def count(program, workload, epochs, isa, scratch):
    """Instructions of the whole program, and what it trained."""
    folder = scratch / workload
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={scratch}/out", str(program), "--workload", workload, "--engine", "cpu", "--threads", "1",
               "--isa", isa, "--trials", str(TRIALS[workload]), "--epochs", str(epochs), "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"instructions: {workload}: exit {done.returncode}: {done.stderr[-800:]}")
    for line in (scratch / "out").read_text().splitlines():
        if line.startswith(("summary:", "totals:")):
            return int(line.split()[1]), json.loads((folder / "workload.json").read_text())
    raise SystemExit(f"instructions: {workload}: callgrind wrote no total")


def measure(program, workload, isa):
    with tempfile.TemporaryDirectory(prefix="instructions-") as scratch:
        few, first = count(program, workload, 1, isa, Path(scratch))
        many, last = count(program, workload, 3, isa, Path(scratch))
    steps, flops = last["steps"] - first["steps"], last["flops"] - first["flops"]
    return {"workload": workload, "description": last["description"], "trials": len(last["trials"]), "steps": steps, "instructions": many - few,
            "instructions_per_step": (many - few) / steps, "flops_per_instruction": flops / (many - few)}, last


def compare(results, compiler, before):
    """Workloads whose steps grew, as sentences."""
    if before["compiler"] != compiler:
        raise SystemExit(f"instructions: counted for {before['compiler']}, this is {compiler}: nothing to compare")
    was = {r["workload"]: r["instructions_per_step"] for r in before["results"]}
    return [f"{r['workload']}: {r['instructions_per_step']:,.0f} instructions a step, {r['instructions_per_step'] / was[r['workload']] - 1:+.1%} since {before['commit']}"
            for r in results if r["workload"] in was and r["instructions_per_step"] > was[r["workload"]] * (1 + GROWTH)]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bin", type=Path, required=True, help="where dump_workload is")
    p.add_argument("--isa", default="avx2", choices=["avx2", "plain"])
    p.add_argument("--only", help="workloads, e.g. W1,W3")
    p.add_argument("--out", type=Path)
    p.add_argument("--check", type=Path)
    a = p.parse_args()
    wanted = a.only.split(",") if a.only else list(TRIALS)
    if unknown := set(wanted) - set(TRIALS):
        p.error(f"--only: there is no {', '.join(sorted(unknown))}; known: {', '.join(TRIALS)}")
    results, document = [], {}
    for workload in wanted:
        r, document = measure(a.bin / "dump_workload", workload, a.isa)
        results.append(r)
        print(f"{workload:4} {r['instructions_per_step']:12,.0f} instructions a step, {r['flops_per_instruction']:5.2f} FLOPs an instruction", flush=True)
    if a.check:
        grown = compare(results, document["compiler"], json.loads(a.check.read_text()))
        print("\n".join(grown) or "none grew")
        return 1 if grown else 0
    if a.out:
        a.out.write_text(json.dumps({"what": "instructions by callgrind, one thread", "isa": a.isa, "version": document["version"], "compiler": document["compiler"],
                                     "commit": commit(), "date": time.strftime("%Y-%m-%d"), "results": results}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
