#!/usr/bin/env python3
"""Times a peer on one of caviar's workloads and checks that its final losses are caviar's.

    python3 bench/peers/run.py --workload W1 --peer jax --trials 4096 --epochs 5 --repeat 7 --out w1-jax.json

Needs dump_workload (built with -DCAVIAR_BENCH=ON) to write the workload, or a folder that it wrote (--folder), of which --trials and
--epochs then take a part. Exit 1: the losses disagree; 77: a package is missing. With --serve it trains once for each line "go" on
stdin, as dump_workload does, and writes --out at the end; whoever asked for that judges the losses.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agreement import agreement
from registry import PEERS, make
from where import commit, machine
from workload import Workload

MISSING = 77


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--workload", required=True, choices=["W1", "W2a", "W2b", "W3", "W4", "W5", "W7a", "W7b"])
    p.add_argument("--peer", required=True, choices=PEERS, metavar="NAME", help=", ".join(f"{name}: {entry.title}" for name, entry in PEERS.items()))
    p.add_argument("--trials", type=int, default=0, help="0: as many as caviar bench takes; with --folder all that are in it")
    p.add_argument("--epochs", type=int, default=0)
    p.add_argument("--repeat", type=int, default=7, help="timed trainings, after two untimed")
    p.add_argument("--precision", choices=["fp32", "tf32"], default="fp32")
    p.add_argument("--device", choices=["gpu", "cpu"], default="gpu")
    p.add_argument("--folder", help="a workload that dump_workload wrote")
    p.add_argument("--dump", default="build-gpu-objects/programs/dump_workload", help="the program dump_workload")
    p.add_argument("--engine", default="auto", help="caviar's engine whose losses are the reference")
    p.add_argument("--out", help="JSON file; stdout if not given")
    p.add_argument("--serve", action="store_true")
    return p.parse_args()


def note(text):
    print(text, file=sys.stderr, flush=True)


def load(a):
    if a.folder:
        return Workload(a.folder, a.trials, a.epochs)
    folder = tempfile.mkdtemp(prefix="workload-")
    subprocess.run([a.dump, "--workload", a.workload, "--engine", a.engine, "--trials", str(a.trials), "--epochs", str(a.epochs),
                    "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return Workload(folder)


def serve(peer):
    samples = []
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "go":
            break
        samples.append(peer.train())
        print(json.dumps({"seconds": samples[-1]}), flush=True)
    return samples


def main():
    a = arguments()
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # several programs share the GPU's memory
    start = time.perf_counter()
    workload = load(a)
    try:
        peer = make(a.peer, workload, a.precision, a.device, note)
    except ModuleNotFoundError as error:
        note(f"{a.peer} needs a package: {error}")
        return MISSING
    samples = serve(peer) if a.serve else [peer.train() for _ in range(a.repeat)]
    steps, flops = sum(map(workload.steps_of, workload.trials)), sum(map(workload.flops_of, workload.trials))
    if len(workload.rungs) > 1:  # a halving: not every trial goes all the way
        steps, flops = workload.document["steps"], workload.document["flops"]
    seconds = statistics.median(samples) if samples else None
    agrees = agreement(workload.results, peer.losses, a.precision, peer.judged_by)
    document = {
        "workload": workload.name, "description": workload.document["description"], "peer": a.peer, "title": PEERS[a.peer].title,
        **peer.about(), "precision": a.precision, "trials": len(workload.trials), "rungs": workload.rungs,
        "steps": steps, "flops": flops, "median_seconds": seconds, "samples": samples,
        "steps_per_second": steps / seconds if seconds else None, "gflops": flops / seconds / 1e9 if seconds else None,
        "microseconds_per_step": 1e6 * seconds / steps if seconds else None,
        "compile_seconds": peer.compile_seconds, "build_seconds": peer.build_seconds, "total_seconds": time.perf_counter() - start,
        "agreement": agrees, "reference": workload.document["engine"], "versions": peer.versions(), "machine": machine(), "commit": commit(),
        "settings": vars(a)}
    text = json.dumps(document, indent=1)
    if a.out:
        Path(a.out).write_text(text + "\n")
    elif not a.serve:
        print(text)
    if not agrees["agrees"]:
        note(f"{workload.name} {a.peer}: the final losses are not caviar's: {agrees}")
        return 0 if a.serve else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
