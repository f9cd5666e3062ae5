"""A workload as caviar wrote it (workload_file.cpp), and as stacks of trials that a framework can train at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import caviar_random as random


class Workload:
    """What `dump_workload` wrote into a folder, or a part of it: its first epochs (0: all), and so many of its trials (0: all), dear and
    cheap ones in the proportion of all. Raises ValueError where it asks for what the peers do not do, or where the first weights or minibatches
    that caviar_random.py draws are not caviar's."""

    def __init__(self, folder, trials=0, epochs=0):
        self.folder = folder = Path(folder)
        self.document = json.loads((folder / "workload.json").read_text())
        self.name, self.seed = self.document["workload"], self.document["study_seed"]
        self.trials = {t["id"]: t for t in self.document["trials"]}
        self.results = {r["id"]: r for r in self.document["results"]}
        self.rungs = [(r["trials"], r["epochs"]) for r in self.document["rungs"]]
        self.inputs, self.outputs = self.document["inputs"], self.document["outputs"]
        self.train_x, self.valid_x = (np.load(folder / f"{p}_features.npy") for p in ("train", "valid"))
        self.train_y, self.valid_y = (np.load(folder / f"{p}_targets.npy").astype(np.int32) for p in ("train", "valid"))
        self.rows = len(self.train_y)
        for trial in self.trials.values():
            if trial["optimizer"] not in ("sgd", "momentum", "adam"):
                raise ValueError(f"trial {trial['id']}: the peers train with sgd, momentum or adam")
        self._check_randomness()
        if epochs and len(self.rungs) == 1:
            self.rungs = [(count, min(epochs, own)) for count, own in self.rungs]
        if trials and trials < len(self.trials):
            ranked = sorted(self.trials, key=lambda i: (self.flops_of(i) / self.steps_of(i), i))
            self.keep([ranked[int((k + 0.5) * len(ranked) / trials)] for k in range(trials)])

    def keep(self, ids):
        """Leaves only these trials. A halving cannot be cut: its rungs are shares of all."""
        if len(self.rungs) != 1:
            raise ValueError(f"{self.name}: a halving is trained whole")
        self.trials = {i: self.trials[i] for i in sorted(ids)}
        self.rungs = [(len(self.trials), self.rungs[0][1])]

    def widths(self, trial):
        return [self.inputs, *trial["hidden"], self.outputs]

    @property
    def epochs(self):
        return sum(epochs for _, epochs in self.rungs)

    def epochs_of(self, i):
        """As many as caviar gave it, of those trained here: one that diverged stopped early."""
        return min(self.results[i]["epochs"], self.epochs)

    def steps_of(self, i):
        return self.epochs_of(i) * -(-self.rows // min(self.trials[i]["batch_size"], self.rows))

    def flops_of(self, i):
        """host/core/cost.h: 6 for each weight and sample, less 2 for each of the first layer's."""
        widths = self.widths(self.trials[i])
        weights = [a * b for a, b in zip(widths, widths[1:])]
        return self.epochs_of(i) * self.rows * (6 * sum(weights) - 2 * weights[0])

    def relu_only(self):
        """Raises ValueError where a trial has another activation."""
        for trial in self.trials.values():
            if trial["activation"] != "relu":
                raise ValueError(f"trial {trial['id']}: this peer trains ReLU nets, not {trial['activation']}")

    def _check_randomness(self):
        for check in self.document["check"]:
            trial = self.trials[check["id"]]
            widths = self.widths(trial)
            mine = [random.digest(random.first_weights(self.seed, [trial["seed"]], l, i, o, trial["init"], trial["init_scale"]))
                    for l, (i, o) in enumerate(zip(widths, widths[1:]))]
            if mine != check["weights"]:
                raise ValueError(f"trial {check['id']}: the first weights drawn here are not caviar's")
            mine = [random.digest(random.orders(self.seed, [trial["seed"]], epoch, self.rows)) for epoch in (0, 1)]
            if mine != check["orders"]:
                raise ValueError(f"trial {check['id']}: the minibatches drawn here are not caviar's")


def _bucket(width):
    """The next power of two, from 8."""
    size = 8
    while size < width:
        size *= 2
    return size


def grouped(workload, ids, mode):
    """Lists of ids that are trained as one stack. exact: only nets of the same widths, batch and optimizer share one; shapes: nets of
    the same depth whose widest layer and whose batch have the same power of two above them; padded: all in one."""
    def key(trial):
        if mode == "padded":
            return 0
        if mode == "shapes":
            return len(trial["hidden"]), _bucket(max(trial["hidden"])), _bucket(trial["batch_size"])
        return tuple(trial["hidden"]), trial["batch_size"], trial["optimizer"]

    stacks = {}
    for i in ids:
        stacks.setdefault(key(workload.trials[i]), []).append(i)
    return [stacks[k] for k in sorted(stacks)]


@dataclass
class Epoch:
    """One epoch of a stack: S steps (the most of any trial) of N trials with at most B rows. Steps that a trial has no more of are inactive."""
    order: np.ndarray   # S x N x B int32: rows of the training part; 0 where there is none
    rate: np.ndarray    # S x N float32: learning rate, with adam's bias correction (caviar/mlp/update_rule.h)
    epsilon: np.ndarray # S x N float32: adam's, times sqrt(1 - beta2^t)


class Stack:
    """Trials padded to common widths, batch and number of steps. Padding weights and units are zero and stay zero."""

    def __init__(self, workload, ids):
        self.workload, self.ids = workload, list(ids)
        trials = [workload.trials[i] for i in self.ids]
        self.trials, self.seeds = trials, np.array([t["seed"] for t in trials], np.uint64)
        self.count, self.depth = len(trials), max(len(t["hidden"]) for t in trials)
        same_depth = all(len(t["hidden"]) == self.depth for t in trials)
        hidden = [max(t["hidden"][l] for t in trials if l < len(t["hidden"])) for l in range(self.depth)]
        if not same_depth:  # a layer that a trial does not have passes its input on, so all hidden widths are one
            hidden = [max(hidden)] * self.depth
        self.widths = [workload.inputs, *hidden, workload.outputs]
        self.batches = np.array([min(t["batch_size"], workload.rows) for t in trials])
        self.steps = -(-workload.rows // self.batches)
        self.batch, self.most_steps = int(self.batches.max()), int(self.steps.max())
        self.uniform = bool((self.batches == self.batches[0]).all())  # the same rows in every step of every trial
        kinds = {t["optimizer"] for t in trials}
        self.optimizer = kinds.pop() if len(kinds) == 1 else "mixed"
        # present[l]: which trials have hidden layer l; None: all
        self.present = None if same_depth else [np.array([l < len(t["hidden"]) for t in trials]) for l in range(self.depth)]
        self._mask()

        def column(f):
            return np.array([f(t) for t in trials], np.float32)
        # m = a m + c g and v = b v + (1 - b) g^2; x -= rate * m / (sqrt(v) + epsilon) under adam, x -= rate * m otherwise
        self.a = column(lambda t: 0 if t["optimizer"] == "sgd" else t["momentum"])
        self.c = column(lambda t: 1 - np.float32(t["momentum"]) if t["optimizer"] == "adam" else 1)
        self.b = column(lambda t: t["beta2"])
        self.adam = np.array([t["optimizer"] == "adam" for t in trials])

    def _mask(self):
        step, row = np.arange(self.most_steps)[:, None, None], np.arange(self.batch)[None, None, :]
        batches = self.batches[:1] if self.uniform else self.batches
        there = (row < batches[None, :, None]) & (step * batches[None, :, None] + row < self.workload.rows)
        self.there = there                                     # S x (N or 1) x B
        self.rows = there.sum(-1).astype(np.float32)           # S x (N or 1)
        self.weight = (there / np.maximum(self.rows, 1)[..., None]).astype(np.float32)
        self.active = None if self.uniform else self.rows > 0  # S x N

    def first_parameters(self):
        """[(W: N x in x out, b: N x out), ...] padded with zeros."""
        layers = [(np.zeros((self.count, i, o), np.float32), np.zeros((self.count, o), np.float32))
                  for i, o in zip(self.widths, self.widths[1:])]
        shapes = {}
        for k, t in enumerate(self.trials):
            shapes.setdefault((tuple(self.workload.widths(t)), t["init"], t["init_scale"]), []).append(k)
        for (widths, init, scale), members in shapes.items():
            last = len(widths) - 2
            for l, (i, o) in enumerate(zip(widths, widths[1:])):
                slot = self.depth if l == last else l  # the output layer comes last whatever the depth
                for part in np.array_split(members, -(-len(members) // 64)):  # a few at a time: the draw's temporaries are large
                    layers[slot][0][part, :i, :o] = random.first_weights(self.workload.seed, self.seeds[part], l, i, o, init, scale)
        return layers

    def epoch(self, e):
        n = self.workload.rows
        parts = np.array_split(np.arange(self.count), -(-self.count // 64))
        with ThreadPoolExecutor() as pool:
            rows = np.concatenate(list(pool.map(lambda p: random.orders(self.workload.seed, self.seeds[p], e, n), parts)))
        position = np.arange(self.most_steps)[None, :, None] * self.batches[:, None, None] + np.arange(self.batch)[None, None, :]
        there = np.broadcast_to(np.swapaxes(self.there, 0, 1), position.shape)
        order = np.where(there, np.take_along_axis(rows[:, None, :], np.where(there, position, 0).reshape(self.count, 1, -1), 2)
                         .reshape(position.shape), 0)
        t = e * self.steps[None, :] + np.arange(self.most_steps)[:, None] + 1.0
        learning = np.array([np.float32(x["learning_rate"]) for x in self.trials], np.float64)
        beta1, beta2 = self.a.astype(np.float64), self.b.astype(np.float64)
        root = np.sqrt(1 - beta2**t)
        rate = np.where(self.adam, learning * root / np.where(self.adam, 1 - beta1**t, 1), learning)
        epsilon = np.array([np.float32(x["epsilon"]) for x in self.trials], np.float64) * root
        return Epoch(np.ascontiguousarray(order.swapaxes(0, 1), dtype=np.int32), rate.astype(np.float32), epsilon.astype(np.float32))
