"""The first weights and minibatches of single trials, for peers that train them one by one: caviar's, bit for bit."""

import functools
from dataclasses import dataclass

import numpy as np

import caviar_random as random


@dataclass
class Draws:
    weights: list      # of each layer: n_in x n_out, float32; biases start at zero
    minibatches: list  # of each epoch, of each step: rows of the training part, int64


def draw(workload, trial):
    widths = workload.widths(trial)
    weights = [_first_weights(workload.seed, trial["seed"], l, i, o, trial["init"], trial["init_scale"]) for l, (i, o) in enumerate(zip(widths, widths[1:]))]
    size = min(trial["batch_size"], workload.rows)
    cuts = np.arange(size, workload.rows, size)
    minibatches = [np.split(_order(workload.seed, trial["seed"], e, workload.rows), cuts) for e in range(workload.epochs)]
    return Draws(weights, minibatches)


# Trials may share a seed (W2 does): what was drawn for one serves the others.
@functools.lru_cache(maxsize=1024)
def _first_weights(seed, trial_seed, layer, n_in, n_out, init, scale):
    return random.first_weights(seed, [trial_seed], layer, n_in, n_out, init, scale)[0]


@functools.lru_cache(maxsize=64)
def _order(seed, trial_seed, epoch, rows):
    return random.orders(seed, [trial_seed], epoch, rows)[0].astype(np.int64)
