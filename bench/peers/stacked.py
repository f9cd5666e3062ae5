"""A peer (peer.py) that trains stacks of trials at once in a framework: built and compiled once, then trained again and again."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cores import usable_cores
from peer import Peer
from workload import Stack, grouped


class Stacked(Peer):
    """framework: a module with Model, synchronise and versions, configured. mode: how trials are stacked (workload.py).
    Drawing the weights and minibatches, copying them to the device and compiling happen here, outside what is timed: the peers are
    spared the shuffling and the copies that caviar's own time includes."""

    def __init__(self, workload, framework, mode, note=lambda text: None, **options):
        workload.relu_only()
        self.workload, self.framework, self.mode, self.note, self.options = workload, framework, mode, note, options
        self.rungs = []  # for each rung: [(model, its prepared epochs)], survivors' places
        self.losses = {}
        self.compile_seconds = 0.0
        start = time.perf_counter()
        self._pass(build=True)
        self.compile_seconds += sum(model.compile_seconds for stacks, _ in self.rungs for model, _ in stacks)
        self.build_seconds = time.perf_counter() - start
        self._pass()  # once more, with nothing left to build
        self._read()

    def versions(self):
        return self.framework.versions()

    def about(self):
        return {"mode": self.mode, "stacks": [len(stacks) for stacks, _ in self.rungs]}

    def train(self):
        """Seconds of one whole training."""
        self._wait()
        start = time.perf_counter()
        self._pass()
        self._wait()
        return time.perf_counter() - start

    def _wait(self):
        self.framework.synchronise([(model.state, losses) for model, losses, _ in self.last.values()])

    def _build(self, ids, first_epoch, epochs):
        stacks = []
        lists = grouped(self.workload, ids, self.mode)
        for k, members in enumerate(lists):
            stack = Stack(self.workload, members)
            self.note(f"stack {k + 1} of {len(lists)}: {stack.count} trials {stack.widths}, batch {stack.batch}, {stack.optimizer}")
            model = self.framework.Model(stack, **self.options)
            stacks.append((model, [model.prepare(stack.epoch(first_epoch + e)) for e in range(epochs)]))
        if hasattr(self.framework.Model, "compile"):  # all shapes before any trains: dozens one by one take minutes
            self.note(f"compiling {len(stacks)} programs")
            start = time.perf_counter()
            with ThreadPoolExecutor(usable_cores()) as pool:
                list(pool.map(lambda each: each[0].compile(each[1][0]), stacks))
            self.compile_seconds += time.perf_counter() - start
        return stacks

    def _pass(self, build=False):
        done, ids, places = 0, list(self.workload.trials), None
        self.last = {}
        for r, (count, epochs) in enumerate(self.workload.rungs):
            if r > 0:
                before = self.rungs[r - 1][0]
                if len(before) != 1:
                    raise ValueError("a halving of nets of several shapes is not among the peers' workloads")
                ranked = self._rank(before[0][0], count)
                # Repeats rank too, but train the first pass's survivors: their minibatches are on the device.
                places = ranked if build else self.rungs[r][1]
                ids = [before[0][0].stack.ids[p] for p in places]
            if build:
                self.rungs.append((self._build(ids, done, epochs), places))
            for model, prepared in self.rungs[r][0]:
                if r == 0:
                    model.reset()
                else:
                    model.take(self.rungs[r - 1][0][0][0], places)
                losses = None
                for epoch in prepared:
                    losses = model.train_epoch(epoch)
                self.last[r, id(model)] = (model, losses, done + epochs)
            done += epochs

    def _rank(self, model, count):
        """Places of the `count` lowest validation losses; losses that are not finite come last, of equals the lower id first."""
        losses = np.asarray(model.to_numpy(model.valid_losses()), np.float64)
        keys = np.where(np.isfinite(losses), losses, np.inf)
        return np.lexsort((np.array(model.stack.ids), keys))[:count]

    def _read(self):
        for model, losses, epochs in self.last.values():
            for i, loss in zip(model.stack.ids, model.to_numpy(losses)):
                self.losses[i] = (float(loss), epochs)
