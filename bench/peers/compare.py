#!/usr/bin/env python3
"""caviar beside what else one could train many small nets with: every workload with its peers, taking turns. bench/compare.sh calls it.

    python3 bench/peers/compare.py cpu --bin build-compare/bench --out build-compare/compare-cpu.json

The JSON is written after every part, and parts that are there already, measured by the same commit, are kept: a run that was cut off
goes on. Exit 1 where a contender failed; a peer that trains something else, or whose package is missing, is told of and leaves a row.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from side_by_side import contest, line, note
from where import commit


@dataclass(frozen=True)
class Part:
    """A workload and who trains it. trials, epochs: of caviar, 0: as caviar bench; a peer may train fewer (NAME:EPOCHS:TRIALS), as its speed
    warrants: a few seconds a turn."""
    workload: str
    peers: tuple
    trials: int = 0
    epochs: int = 0
    batch: int = 0
    repeat: int = 7
    one_thread: bool = False

    def name(self):
        return self.workload + (f", batch {self.batch}" if self.batch else "") + (", one thread" if self.one_thread else "")

    def quick(self):
        """The same, smaller: shows that all of it works, and nothing else."""
        return Part(self.workload, tuple(peer.split(":")[0] + ":1:8" for peer in self.peers), 24, 2, self.batch, 1, self.one_thread)


LOOPS = ("torch-loop:1", "torch-loop-processes:2", "torch-hand-processes:4", "sklearn:2", "optuna:1")
GEMM = ("openblas", "libxsmm")
PLANS = {
    "cpu": [
        Part("W1", (*GEMM, *LOOPS, "torch:4", "torch-processes:5", "torch-vmap:3", "jax:3")),
        Part("W3", (*GEMM, *LOOPS, "torch:1", "torch-processes:1", "torch-vmap:1", "jax:2", "jax-padded:1:64"), repeat=5),
        *(Part(w, (*GEMM, "torch-loop:1", "torch-hand-processes:3", "jax:3")) for w in ("W7a", "W7b")),
        *(Part(w, GEMM, one_thread=True) for w in ("W1", "W3", "W7a", "W7b")),
        *(Part(w, (f"parallel-mlps:1:{nets}", "torch-loop-processes:1:250"), epochs=2, batch=batch, repeat=5)
          for batch, nets in ((32, 2500), (128, 10000), (256, 2500)) for w in ("W2a", "W2b")),
    ],
    # caviar's time has the host's part in it, so it is given more epochs (side_by_side.py)
    "gpu": [
        Part("W1", ("jax:5", "torch:5", "torch-compiled:5", "torch-vmap:5", "torch-loop:1:16"), 4096, 50),
        Part("W3", ("jax:2:1024", "torch:2:1024", "torch-vmap:2:1024", "jax-padded:2:1024", "torch-padded:2:1024", "torch-loop:1:16"), 4096, 20),
        *(Part(w, ("parallel-mlps:2", "torch-loop:1:16"), epochs=50, batch=batch) for batch in (32, 128, 256) for w in ("W2a", "W2b")),
    ],
}


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("mode", choices=PLANS)
    p.add_argument("--bin", required=True, help="where dump_workload is")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--only", help="workloads, e.g. W1,W3")
    p.add_argument("--peaks", type=Path, help="what bench/gpu/peaks.py wrote of this GPU")
    p.add_argument("--quick", action="store_true", help="few trials, one turn: does it all work? Its figures say nothing")
    p.add_argument("--seconds", type=float, default=900, help="of a part; contenders that are not done by then are killed and count as failed")
    return p.parse_args()


def versions(parts):
    found = {}
    for part in parts:
        for result in part["results"]:
            found |= {k: v for k, v in result.get("versions", {}).items() if k != "device"}
    return found


def main():
    a = arguments()
    start, engine = time.time(), "cuda" if a.mode == "gpu" else "cpu"
    plan, gpu_peaks = PLANS[a.mode], json.loads(a.peaks.read_text()) if a.peaks else None
    if a.quick:  # of a workload in several batch sizes, one
        plan = [part.quick() for part in plan if part.batch in (0, 128)]
    if a.only:
        wanted = a.only.split(",")
        unknown = set(wanted) - {part.workload for part in plan}
        if unknown:
            note(f"--only: there is no {', '.join(sorted(unknown))}; known: {', '.join(sorted({part.workload for part in plan}))}")
            return 2
        plan = [part for part in plan if part.workload in wanted]
    document = {"mode": a.mode, "quick": a.quick, "commit": commit(), "date": time.strftime("%Y-%m-%d"), "parts": []}
    if a.out.exists() and not a.quick and "changes" not in document["commit"]:
        before = json.loads(a.out.read_text())
        if all(before[k] == document[k] for k in ("mode", "quick", "commit")):
            document = before
    for part in plan:
        plain = json.loads(json.dumps(asdict(part)))  # as it reads back
        if any(was["plan"] == plain and not any(r["failed"] and not r["missing"] for r in was["results"]) for was in document["parts"]):
            note(f"{part.name()}: measured before")
            continue
        measured = contest(part.workload, part.peers, trials=part.trials, epochs=part.epochs, batch=part.batch, threads=int(part.one_thread),
                           repeat=part.repeat, engine=engine, device=a.mode, programs=a.bin, seconds=a.seconds, gpu_peaks=gpu_peaks)
        if measured["results"][0]["failed"]:  # caviar's own failure has been told; without it there is nothing to compare with
            return 1
        document["parts"] = [was for was in document["parts"] if was["plan"] != plain] + [{"name": part.name(), "plan": plain} | measured]
        document["versions"] = versions(document["parts"])
        document["seconds"] = document.get("seconds", 0) + measured["seconds"]
        a.out.parent.mkdir(parents=True, exist_ok=True)
        a.out.write_text(json.dumps(document, indent=1) + "\n")
        for r in measured["results"]:
            note(line(part.name(), r))
        note(f"{part.name()}: {measured['seconds']:.0f} s, {time.time() - start:.0f} s in all")
    failed = [f"{part['name']}: {r['name']}" for part in document["parts"] for r in part["results"] if r["failed"] and not r["missing"]]
    if failed:
        note(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
