#!/usr/bin/env python3
"""caviar and its peers on one workload, taking turns, so that a machine that warms up or slows down does so for all.

    python3 bench/peers/side_by_side.py --workload W1 --trials 4096 --epochs 50 --peers jax:5,torch:5 --bin build-gpu-objects/programs --out W1.json

Each contender is a program that is built, compiled and warmed up first; then in each round every one trains once, in an order that turns
with the round, and the CPU's multiply-add peak is measured; a GPU's comes from --peaks, which bench/gpu/peaks.py wrote. Medians of --repeat
rounds. A peer (registry.py) may train fewer epochs and trials, NAME:EPOCHS:TRIALS: steps a second are compared, and losses after as many
epochs. Exit 1 where a contender fails or a peer's losses are not caviar's.

What is reported of all is wall time. Caviar's has in it what the peers did before their clock starts: drawing weights and minibatches, making room on the
device, copying data and trials there. A GPU may train a few epochs in the time that this takes, so caviar is given more epochs there; how
much of its time the launches were stands beside it as device seconds.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from registry import PEERS
from where import commit, machine

HERE = Path(__file__).resolve().parent
MISSING = 77  # run.py: a package is
READY = 0.8  # of the time, by which peers must be ready: one that compiles longer shall not take the others' rounds with it
REPORTED = {"caviar": "wall seconds of the whole: populate, admit, copies both ways, all epochs; device_seconds: of these, while kernels ran",
            "peers": "wall seconds of all epochs; weights, minibatches and data are on the device before, compiled and warmed up"}


def note(text):
    print(text, file=sys.stderr, flush=True)


class Contender:
    """A program that says "ready" and then trains once for each "go"."""

    def __init__(self, name, command, log, seconds):
        """It is killed after so many seconds, whatever it does."""
        self.name, self.samples, self.device_samples, self.failed, self.missing = name, [], [], None, False
        self.log = open(log, "w+")
        # OpenBLAS, NumPy's too, shall choose its kernels by the machine
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        self.timer = threading.Timer(seconds, self.program.kill)
        self.timer.start()

    def live(self, seconds):
        """It has so many seconds from now on."""
        self.timer.cancel()
        self.timer = threading.Timer(max(1, seconds), self.program.kill)
        self.timer.start()

    def wait(self):
        line = self.program.stdout.readline()
        while line and line.strip() != "ready":
            line = self.program.stdout.readline()
        if not line:
            self.end(0)

    def ask(self, word):
        """What it answers to that line; empty where it has failed."""
        if self.failed:
            return {}
        try:
            self.program.stdin.write(word + "\n")
            self.program.stdin.flush()
            return json.loads(self.program.stdout.readline())
        except (OSError, ValueError):
            self.end(0)
            return {}

    def go(self):
        answer = self.ask("go")
        if answer:
            self.samples.append(answer["seconds"])
            if "device_seconds" in answer:
                self.device_samples.append(answer["device_seconds"])

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
            self.missing = code == MISSING
            self.failed = f"exit {code}{', its time was up' if code == -signal.SIGKILL else ''}: {said}"
            note(f"{self.name}: {self.failed}")


def command_of(peer, folder, workload, device, precision, out):
    """peer: NAME, NAME:EPOCHS or NAME:EPOCHS:TRIALS; 0: all. None of them has tf32x3, which is compared with fp32."""
    name, epochs, trials = (peer.split(":") + ["0", "0"])[:3]
    return [sys.executable, str(HERE / "run.py"), "--workload", workload, "--peer", name, "--folder", str(folder), "--device", device,
            "--precision", "fp32" if precision == "tf32x3" else precision, "--epochs", epochs, "--trials", trials, "--serve", "--out", str(out)]


def spread(samples):
    return {"median_seconds": statistics.median(samples), "least_seconds": min(samples), "most_seconds": max(samples)}


def rates(steps, flops, samples):
    seconds = statistics.median(samples)
    return spread(samples) | {"steps": steps, "flops": flops, "steps_per_second": steps / seconds, "microseconds_per_step": 1e6 * seconds / steps,
                              "gflops": flops / seconds / 1e9}


def on_device(steps, flops, samples):
    """The same of the launches alone; nothing where they took no time that was counted."""
    seconds = statistics.median(samples) if samples else 0
    if seconds <= 0:
        return {}
    return {"device_samples": samples, "median_device_seconds": seconds, "device_steps_per_second": steps / seconds, "device_gflops": flops / seconds / 1e9}


def peak_of(peaks, precision):
    """GFLOP/s of a GPU, and where they are from; a product in tf32x3 is three in tf32. peaks: what bench/gpu/peaks.py wrote."""
    kind = "tf32" if precision == "tf32x3" else precision
    gflops = peaks[f"{kind}_gflops"] / (3 if precision == "tf32x3" else 1)
    return gflops, f"PyTorch's product of {peaks['size']}^3 in {kind}" + (", a third" if precision == "tf32x3" else "")


OF_A_PEER = ("title", "mode", "precision", "stacks", "processes", "threads", "trials", "rungs", "compile_seconds", "build_seconds", "agreement",
             "versions")


def contest(workload, peers, *, trials=0, epochs=0, batch=0, threads=0, repeat=7, engine="cuda", device="gpu", precision="fp32",
            programs="build-gpu-objects/programs", seconds=3600, gpu_peaks=None):
    """All contenders on one workload; the document that is --out. peers: as command_of takes them. threads: of caviar and of the peers in
    C++; 0: all cores. gpu_peaks: as peak_of takes them."""
    start = time.time()
    with tempfile.TemporaryDirectory(prefix="side-") as scratch:
        scratch = Path(scratch)
        folder = scratch / "workload"
        note(f"{workload}: caviar, {engine}")
        caviar = Contender("caviar", [f"{programs}/dump_workload", "--workload", workload, "--engine", engine, "--trials", str(trials), "--epochs",
                                      str(epochs), "--batch", str(batch), "--threads", str(threads), "--precision", precision, "--out", str(folder), "--serve"],
                           scratch / "caviar.log", seconds)
        caviar.wait()
        contenders, peaks = [caviar], []
        for peer in [] if caviar.failed else peers:
            name = peer.split(":")[0]
            note(f"{workload}: {name}, {time.time() - start:.0f} s")
            contender = Contender(name, command_of(peer, folder, workload, device, precision, scratch / f"{name}.json"), scratch / f"{name}.log",
                                  max(1, READY * seconds - (time.time() - start)))
            contender.wait()
            if not contender.failed:
                contender.live(seconds - (time.time() - start))
            contenders.append(contender)
        for round_ in range(repeat):
            peaks.append(caviar.ask("peak").get("gflops"))
            for k in range(len(contenders)):
                contenders[(round_ + k) % len(contenders)].go()
        document = {} if caviar.failed else json.loads((folder / "workload.json").read_text())
        results = []
        for c in contenders:
            c.end()
            result = {"name": c.name, "failed": c.failed, "missing": c.missing, "samples": c.samples}
            own = scratch / f"{c.name}.json"
            if c is caviar and c.samples:
                work = document["steps"], document["flops"]
                result |= {"title": "caviar", "trials": len(document["trials"])} | rates(*work, c.samples) | on_device(*work, c.device_samples)
            elif own.exists() and c.samples:
                theirs = json.loads(own.read_text())
                result |= {k: theirs[k] for k in OF_A_PEER if k in theirs} | rates(theirs["steps"], theirs["flops"], c.samples)
            elif c is not caviar:
                result["title"] = PEERS[c.name].title
            results.append(result)
    first = results[0].get("steps_per_second")
    for r in results[1:]:
        if first and "steps_per_second" in r:
            r["caviar_is_faster_by"] = first / r["steps_per_second"]
    peaks = [p for p in peaks if p]
    peak, basis = (statistics.median(peaks), "multiply-adds on as many threads, measured between the rounds") if peaks else (None, None)
    if engine == "cuda" and gpu_peaks:
        peak, basis = peak_of(gpu_peaks, precision)
    ok = all(not r["failed"] and r.get("agreement", {"agrees": True})["agrees"] for r in results)
    return {"ok": ok, "workload": workload, "description": document.get("description"), "batch": batch, "trials": len(document.get("trials", [])),
            "rungs": document.get("rungs"), "steps": document.get("steps"), "flops": document.get("flops"), "engine": document.get("engine"),
            "peak_gflops": peak, "peak_basis": basis, "peaks": peaks, "reported": REPORTED, "results": results,
            "machine": machine() | document.get("machine", {}), "compiler": document.get("compiler"), "version": document.get("version"),
            "commit": commit(), "seconds": time.time() - start}


def line(workload, r):
    rate = f"{r['steps_per_second']:14.0f} steps/s {r['microseconds_per_step']:9.3f} us/step" if "steps_per_second" in r else "failed"
    return (f"{workload} {r['name']:22}{rate}  compile {r.get('compile_seconds', 0):.1f} s"
            + (f"  caviar is {r['caviar_is_faster_by']:.2f} times as fast" if "caviar_is_faster_by" in r else "")
            + (f"  on the device {r['median_device_seconds'] / r['median_seconds']:.0%} of the time" if "median_device_seconds" in r else "")
            + ("" if r.get("agreement", {"agrees": True})["agrees"] else "  ITS LOSSES ARE OTHERS"))


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--workload", required=True)
    p.add_argument("--trials", type=int, default=0)
    p.add_argument("--epochs", type=int, default=0)
    p.add_argument("--threads", type=int, default=0, help="of caviar and of the peers in C++; 0: all cores")
    p.add_argument("--repeat", type=int, default=7)
    p.add_argument("--engine", default="cuda")
    p.add_argument("--device", choices=["gpu", "cpu"], default="gpu", help="where the peers train")
    p.add_argument("--precision", choices=["fp32", "tf32", "tf32x3"], default="fp32", help="of products on a GPU, caviar's and the peers'")
    p.add_argument("--peers", default="jax,torch,torch-compiled", help=f"of {', '.join(PEERS)}, each with :EPOCHS:TRIALS if they are fewer")
    p.add_argument("--bin", default="build-gpu-objects/programs", help="where dump_workload is")
    p.add_argument("--seconds", type=float, default=3600, help="contenders that are not done by then, and peers not ready by 4/5 of it, are killed and count as failed")
    p.add_argument("--peaks", type=Path, help="what bench/gpu/peaks.py wrote of this GPU; without it no peak is known of one")
    p.add_argument("--out", required=True)
    return p.parse_args()


def main():
    a = arguments()
    peers = [peer for peer in a.peers.split(",") if peer]
    for peer in peers:
        if peer.split(":")[0] not in PEERS:
            note(f"--peers: there is no '{peer.split(':')[0]}'; known: {', '.join(PEERS)}")
            return 2
    document = contest(a.workload, peers, trials=a.trials, epochs=a.epochs, threads=a.threads, repeat=a.repeat, engine=a.engine, device=a.device,
                       precision=a.precision, programs=a.bin, seconds=a.seconds, gpu_peaks=json.loads(a.peaks.read_text()) if a.peaks else None)
    document["settings"] = vars(a) | {"peaks": str(a.peaks) if a.peaks else None}
    Path(a.out).write_text(json.dumps(document, indent=1) + "\n")
    for r in document["results"]:
        print(line(a.workload, r))
    return 0 if document["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
