#!/usr/bin/env python3
"""caviar and its peers on one workload, taking turns, so that a machine that warms up or slows down does so for all.

    python3 bench/peers/side_by_side.py --workload W1 --trials 4096 --epochs 5 --bin build-gpu --out W1.json

Each contender is a program that is built, compiled and warmed up first; then in each round every one trains once, in an order that turns
with the round. Medians of --repeat rounds. Exit 1 where a contender fails or a peer's losses are not caviar's.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from run import commit, machine

HERE = Path(__file__).resolve().parent
# name: run.py's flags. padded: every trial as large as the largest, for what a user gets who does not group.
PEERS = {
    "jax": ["--framework", "jax"],
    "jax-padded": ["--framework", "jax", "--mode", "padded"],
    "torch": ["--framework", "torch"],
    "torch-compiled": ["--framework", "torch", "--compile"],
    "torch-padded": ["--framework", "torch", "--mode", "padded"],
}


def note(text):
    print(text, file=sys.stderr, flush=True)


class Contender:
    """A program that says "ready" and then trains once for each "go"."""

    def __init__(self, name, command, log, seconds):
        """It is killed after so many seconds, whatever it does."""
        self.name, self.samples, self.failed = name, [], None
        self.log = open(log, "w+")
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.timer = threading.Timer(seconds, self.program.kill)
        self.timer.start()

    def wait(self):
        line = self.program.stdout.readline()
        while line and line.strip() != "ready":
            line = self.program.stdout.readline()
        if not line:
            self.end(0)

    def go(self):
        if self.failed:
            return
        try:
            self.program.stdin.write("go\n")
            self.program.stdin.flush()
            self.samples.append(json.loads(self.program.stdout.readline())["seconds"])
        except (OSError, ValueError):
            self.end(0)

    def end(self, seconds=60):
        """Closes it; a non-zero exit is a failure, with the end of what it said."""
        if self.failed:
            return
        try:
            self.program.stdin.close()
            code = self.program.wait(seconds or 5)
        except (OSError, subprocess.TimeoutExpired):
            self.program.kill()
            code = self.program.wait()
        self.timer.cancel()
        self.log.seek(0)
        said = self.log.read()[-1500:]
        if code != 0 or seconds == 0:
            self.failed = f"exit {code}: {said}"
            note(f"{self.name}: {self.failed}")


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--workload", required=True)
    p.add_argument("--trials", type=int, default=0)
    p.add_argument("--epochs", type=int, default=0)
    p.add_argument("--repeat", type=int, default=7)
    p.add_argument("--engine", default="cuda")
    p.add_argument("--device", choices=["gpu", "cpu"], default="gpu", help="where the peers train")
    p.add_argument("--precision", default="fp32")
    p.add_argument("--peers", default="jax,torch,torch-compiled", help=f"of {', '.join(PEERS)}")
    p.add_argument("--bin", default="build-gpu", help="where dump_workload is")
    p.add_argument("--seconds", type=float, default=3600, help="contenders that are not done by then are killed and count as failed")
    p.add_argument("--out", required=True)
    return p.parse_args()


def main():
    a = arguments()
    start = time.time()
    with tempfile.TemporaryDirectory(prefix="side-") as scratch:
        scratch = Path(scratch)
        folder = scratch / "workload"
        note(f"{a.workload}: caviar, {a.engine}")
        caviar = Contender("caviar", [f"{a.bin}/dump_workload", "--workload", a.workload, "--engine", a.engine, "--trials", str(a.trials),
                                      "--epochs", str(a.epochs), "--out", str(folder), "--serve"], scratch / "caviar.log", a.seconds)
        caviar.wait()
        contenders, documents = [caviar], {}
        if not caviar.failed:
            for name in filter(None, a.peers.split(",")):
                note(f"{a.workload}: {name}, {time.time() - start:.0f} s")
                peer = Contender(name, [sys.executable, str(HERE / "run.py"), "--workload", a.workload, "--folder", str(folder), "--device",
                                        a.device, "--precision", a.precision, "--serve", "--out", str(scratch / f"{name}.json"),
                                        *PEERS[name]], scratch / f"{name}.log",
                                 max(1, a.seconds - (time.time() - start)))
                peer.wait()
                contenders.append(peer)
        for round_ in range(a.repeat):
            for k in range(len(contenders)):
                contenders[(round_ + k) % len(contenders)].go()
        workload = json.loads((folder / "workload.json").read_text()) if not caviar.failed else {}
        results = []
        for c in contenders:
            c.end()
            result = {"name": c.name, "failed": c.failed, "samples": c.samples}
            if c.samples and not c.failed:
                seconds = statistics.median(c.samples)
                result |= {"median_seconds": seconds, "steps_per_second": workload["steps"] / seconds,
                           "microseconds_per_step": 1e6 * seconds / workload["steps"], "gflops": workload["flops"] / seconds / 1e9}
            own = scratch / f"{c.name}.json"
            if own.exists():
                document = json.loads(own.read_text())
                result |= {k: document[k] for k in ("mode", "precision", "stacks", "compile_seconds", "build_seconds", "agreement", "versions")}
            results.append(result)
    first = results[0].get("median_seconds")
    for r in results[1:]:
        if first and "median_seconds" in r:
            r["caviar_is_faster_by"] = r["median_seconds"] / first
    ok = all(not r["failed"] for r in results)
    document = {"ok": ok, "workload": a.workload, "description": workload.get("description"), "trials": len(workload.get("trials", [])),
                "rungs": workload.get("rungs"), "steps": workload.get("steps"), "flops": workload.get("flops"), "engine": workload.get("engine"),
                "results": results, "machine": machine(), "commit": commit(), "settings": vars(a), "seconds": time.time() - start}
    Path(a.out).write_text(json.dumps(document, indent=1) + "\n")
    for r in results:
        rate = f"{r['steps_per_second']:14.0f} steps/s {r['microseconds_per_step']:9.3f} us/step" if "steps_per_second" in r else "failed"
        print(f"{a.workload} {r['name']:16}{rate}  compile {r.get('compile_seconds', 0):.1f} s"
              + (f"  caviar is {r['caviar_is_faster_by']:.2f} times as fast" if "caviar_is_faster_by" in r else ""))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
