"""A peer (peer.py) that trains one trial after the other."""

import time

from draws import draw
from peer import Peer


class OneByOne(Peer):
    """trainer: a module with load(workload), Trainer(data, workload, trial, draws), whose train() returns the last epoch's mean loss,
    synchronise() and versions()."""

    def __init__(self, workload, trainer, note=lambda text: None):
        self.module, self.losses = trainer, {}
        start = time.perf_counter()
        data = trainer.load(workload)
        self.trainers = {i: trainer.Trainer(data, workload, trial, draw(workload, trial)) for i, trial in workload.trials.items()}
        self.epochs = workload.epochs
        note(f"{len(self.trainers)} trials, one by one")
        for _ in range(2):
            self.train()
        self.build_seconds = time.perf_counter() - start

    def train(self):
        start = time.perf_counter()
        self._pass()
        self.module.synchronise()
        return time.perf_counter() - start

    def _pass(self):
        for i, trainer in self.trainers.items():
            self.losses[i] = (trainer.train(), self.epochs)

    def versions(self):
        return self.module.versions()
