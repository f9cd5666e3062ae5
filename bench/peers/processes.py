"""A peer (peer.py) dealt over processes of one thread each, one a core: how small nets are best trained by a framework that goes layer by layer."""

import multiprocessing
import os
import time

from cores import usable_cores
from peer import Peer

# Read by the libraries as they are loaded, hence set before a process starts.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def _serve(pipe, make, workload, ids):
    """In the process: builds its share, then trains once for each message, until there is nobody to send one."""
    workload.keep(ids)
    peer = make(workload)
    pipe.send((peer.versions(), peer.about(), peer.compile_seconds, peer.judged_by))
    try:
        while True:
            pipe.recv()
            peer.train()
            pipe.send("done")
            pipe.send(peer.losses)
    except (EOFError, BrokenPipeError):
        pass


class Processes(Peer):
    """make(workload) -> Peer, a function that can be pickled. Two of an alike cost go to different processes."""

    def __init__(self, workload, make, note=lambda text: None):
        start, self.losses = time.perf_counter(), {}
        count = min(usable_cores(), len(workload.trials))
        dearest = sorted(workload.trials, key=lambda i: (workload.steps_of(i), workload.flops_of(i)), reverse=True)
        rounds = [dearest[k:k + count] for k in range(0, len(dearest), count)]
        shares = [[] for _ in range(count)]
        for k, dealt in enumerate(rounds):  # there and back, so that no process gets the dearer one each time
            for share, i in zip(shares if k % 2 == 0 else reversed(shares), dealt):
                share.append(i)
        before = {name: os.environ.get(name) for name in ONE_THREAD}
        os.environ |= ONE_THREAD
        spawn = multiprocessing.get_context("spawn")
        self.pipes, self.workers = [], []
        for share in shares:
            mine, theirs = spawn.Pipe()
            worker = spawn.Process(target=_serve, args=(theirs, make, workload, share), daemon=True)
            worker.start()
            theirs.close()  # so that a process that dies is an EOFError here, not a wait for ever
            self.pipes.append(mine)
            self.workers.append(worker)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        self.told = [pipe.recv() for pipe in self.pipes]
        self.compile_seconds = max(seconds for _, _, seconds, _ in self.told)
        self.judged_by = self.told[0][3]
        note(f"{count} processes")
        self.train()
        self.build_seconds = time.perf_counter() - start

    def train(self):
        start = time.perf_counter()
        for pipe in self.pipes:
            pipe.send("go")
        for pipe in self.pipes:
            pipe.recv()
        seconds = time.perf_counter() - start
        for pipe in self.pipes:
            self.losses |= pipe.recv()
        return seconds

    def versions(self):
        return self.told[0][0]

    def about(self):
        return self.told[0][1] | {"processes": len(self.workers)}
