#!/usr/bin/env python3
"""Times a peer on one of caviar's workloads and checks that its final losses are caviar's.

    python3 bench/peers/run.py --workload W1 --framework jax --trials 4096 --epochs 5 --repeat 7 --out w1-jax.json

Needs dump_workload (built with -DCAVIAR_BENCH=ON) to write the workload, or a folder that it wrote (--folder). Exit 1: the losses
disagree. With --serve it trains once for each line "go" on stdin, as dump_workload does, and writes --out at the end.
"""

import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agreement import agreement
from contest import Contest
from workload import Workload

HERE = Path(__file__).resolve().parent


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--workload", required=True, choices=["W1", "W3", "W4", "W5", "W7a", "W7b"])
    p.add_argument("--framework", required=True, choices=["jax", "torch"])
    p.add_argument("--trials", type=int, default=0, help="0: as many as caviar bench takes")
    p.add_argument("--epochs", type=int, default=0)
    p.add_argument("--repeat", type=int, default=7, help="timed trainings, after two untimed")
    p.add_argument("--mode", choices=["exact", "shapes", "padded"], help="how trials are stacked; workload.py. W3: shapes, else exact")
    p.add_argument("--precision", choices=["fp32", "tf32"], default="fp32")
    p.add_argument("--device", choices=["gpu", "cpu"], default="gpu")
    p.add_argument("--compile", action="store_true", help="torch: fuse the elementwise parts with torch.compile")
    p.add_argument("--folder", help="a workload that dump_workload wrote")
    p.add_argument("--dump", default="build-gpu/dump_workload", help="the program dump_workload")
    p.add_argument("--engine", default="auto", help="caviar's engine whose losses are the reference")
    p.add_argument("--out", help="JSON file; stdout if not given")
    p.add_argument("--serve", action="store_true")
    return p.parse_args()


def commit():
    """The sources' commit: from git, or as gpu_build.sh noted it where there is no git."""
    try:
        return subprocess.check_output(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        noted = HERE.parent.parent / "build-gpu" / "commit.txt"
        return noted.read_text().strip() if noted.exists() else "unknown"


def machine():
    info = {"system": f"{platform.system()} {platform.release()}", "cores": os.cpu_count(), "python": platform.python_version()}
    try:
        query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
        info["gpu"] = subprocess.check_output(query, text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        info["gpu"] = None
    return info


def note(text):
    print(text, file=sys.stderr, flush=True)


def folder_of(a):
    if a.folder:
        return a.folder
    folder = tempfile.mkdtemp(prefix="workload-")
    subprocess.run([a.dump, "--workload", a.workload, "--engine", a.engine, "--trials", str(a.trials), "--epochs", str(a.epochs),
                    "--out", folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def serve(contest):
    samples = []
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() != "go":
            break
        samples.append(contest.train())
        print(json.dumps({"seconds": samples[-1]}), flush=True)
    return samples


def main():
    a = arguments()
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # several programs share the GPU's memory
    if a.framework == "jax" and a.device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    peer = importlib.import_module(f"{a.framework}_peer")
    if a.framework == "torch":
        peer.configure(a.precision, a.device, a.compile)
    else:
        peer.configure(a.precision, a.device)
    start = time.perf_counter()
    workload = Workload(folder_of(a))
    mode = a.mode or ("shapes" if workload.name == "W3" else "exact")
    contest = Contest(workload, peer, mode, note)
    samples = serve(contest) if a.serve else [contest.train() for _ in range(a.repeat)]
    steps, flops = workload.document["steps"], workload.document["flops"]
    seconds = statistics.median(samples) if samples else None
    agrees = agreement(workload.results, contest.losses, a.precision)
    document = {
        "workload": workload.name, "description": workload.document["description"], "framework": a.framework, "mode": mode,
        "precision": a.precision, "trials": len(workload.trials), "rungs": workload.document["rungs"], "stacks": contest.stacks(),
        "steps": steps, "flops": flops, "median_seconds": seconds, "samples": samples,
        "steps_per_second": steps / seconds if seconds else None, "gflops": flops / seconds / 1e9 if seconds else None,
        "microseconds_per_step": 1e6 * seconds / steps if seconds else None,
        "compile_seconds": contest.compile_seconds, "build_seconds": contest.build_seconds, "total_seconds": time.perf_counter() - start,
        "agreement": agrees, "reference": workload.document["engine"], "versions": peer.versions(), "machine": machine(), "commit": commit(),
        "settings": vars(a)}
    text = json.dumps(document, indent=1)
    if a.out:
        Path(a.out).write_text(text + "\n")
    elif not a.serve:
        print(text)
    if not agrees["agrees"]:
        note(f"{workload.name} {a.framework}: the final losses are not caviar's: {agrees}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
