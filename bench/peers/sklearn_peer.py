"""scikit-learn's MLPClassifier, a trial a task of joblib's, as many at once as there are cores.

Its fit() draws its own weights and minibatches. Here each trial gets caviar's: the weights by the hook that draws them, the minibatches
as an epoch's rows in order, which partial_fit() goes through once without shuffling them; and Adam's epsilon where Kingma and Ba (2015,
algorithm 1) have it, without which losses part by 1e-2. The training loss that it tells is cut off at -log(1.2e-7), so the loss on the
validation rows is compared instead; working that out, once, is part of its time."""

import functools
import time
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

import peer
from cores import usable_cores
from draws import draw


class Given(MLPClassifier):
    """Begins with `first`, the weights of each layer."""

    def _init_coef(self, fan_in, fan_out, dtype):
        weights = self.first[self.layer]
        self.layer += 1
        return weights.astype(dtype), np.zeros(fan_out, dtype)


class Adam(AdamOptimizer):
    """With epsilon added to the corrected root: scikit-learn corrects the rate instead, and leaves epsilon as it is."""

    def _get_updates(self, grads):
        if self.t == 0:
            self.plain = self.epsilon
        self.epsilon = self.plain * np.sqrt(1 - self.beta_2 ** (self.t + 1))
        return super()._get_updates(grads)


@functools.lru_cache(maxsize=1)
def _data(folder):
    parts = [(np.load(Path(folder) / f"{part}_features.npy"), np.load(Path(folder) / f"{part}_targets.npy").astype(np.int64)) for part in ("train", "valid")]
    return *parts[0], *parts[1]


def _mean_loss(net, x, y):
    """The softmax cross-entropy, from the logits."""
    for l, (w, b) in enumerate(zip(net.coefs_, net.intercepts_)):
        x = x @ w + b
        if l + 1 < len(net.coefs_):
            np.maximum(x, 0, out=x)
    x -= x.max(1, keepdims=True)
    return np.mean(np.log(np.exp(x).sum(1)) - x[np.arange(len(y)), y])


def train_one(folder, trial, weights, orders, outputs):
    """The mean loss of the validation rows after the last epoch."""
    x, y, valid_x, valid_y = _data(folder)
    adam = trial["optimizer"] == "adam"
    net = Given(tuple(trial["hidden"]), activation="relu", solver="adam" if adam else "sgd", alpha=0, batch_size=min(trial["batch_size"], len(y)),
                learning_rate_init=trial["learning_rate"], momentum=trial["momentum"] if trial["optimizer"] == "momentum" else 0,
                nesterovs_momentum=False, beta_1=trial["momentum"], beta_2=trial["beta2"], epsilon=trial["epsilon"], shuffle=False)
    net.first, net.layer = weights, 0
    if adam:
        biases = [np.zeros(w.shape[1], np.float32) for w in weights]
        net._optimizer = Adam(weights + biases, trial["learning_rate"], trial["momentum"], trial["beta2"], trial["epsilon"])
    for order in orders:
        net.partial_fit(x[order], y[order], classes=np.arange(outputs))
    return _mean_loss(net, valid_x, valid_y)


class Peer(peer.Peer):
    judged_by = "valid_losses"

    def __init__(self, workload, note=lambda text: None):
        workload.relu_only()
        self.losses, self.epochs, self.outputs = {}, workload.epochs, workload.outputs
        self.folder, self.cores, start = str(workload.folder.resolve()), usable_cores(), time.perf_counter()
        self.tasks = []
        for i in sorted(workload.trials, key=workload.flops_of, reverse=True):  # the dearest first, so that none is left for the end
            trial = workload.trials[i]
            draws = draw(workload, trial)
            self.tasks.append((i, trial, draws.weights, [np.concatenate(epoch) for epoch in draws.minibatches]))
        note(f"{len(self.tasks)} trials, {self.cores} at a time")
        for _ in range(2):
            self.train()
        self.build_seconds = time.perf_counter() - start

    def train(self):
        start = time.perf_counter()
        # joblib's workers leave after idling for 300 s; the others' turns may take longer
        with joblib.parallel_config("loky", n_jobs=self.cores, idle_worker_timeout=3600):
            losses = joblib.Parallel()(joblib.delayed(train_one)(self.folder, trial, weights, orders, self.outputs)
                                       for _, trial, weights, orders in self.tasks)
        seconds = time.perf_counter() - start
        self.losses = {i: (float(loss), self.epochs) for (i, *_), loss in zip(self.tasks, losses)}
        return seconds

    def versions(self):
        return {"scikit-learn": sklearn.__version__, "joblib": joblib.__version__, "numpy": np.__version__}

    def about(self):
        return {"processes": self.cores}
