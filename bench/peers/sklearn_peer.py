"""scikit-learn's MLPClassifier, a trial a task of joblib's, as many at once as there are cores.

Its fit() draws its own weights and minibatches. Here each trial gets caviar's: the weights by the hook that draws them, the minibatches
as an epoch's rows in order, which partial_fit() goes through once without shuffling them. Adam's epsilon is not scaled by the bias
correction there, which moves a loss by less than the agreement asked for."""

import functools
import time
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from cores import usable_cores
from draws import draw


class Given(MLPClassifier):
    """Begins with `first`, the weights of each layer."""

    def _init_coef(self, fan_in, fan_out, dtype):
        weights = self.first[self.layer]
        self.layer += 1
        return weights.astype(dtype), np.zeros(fan_out, dtype)


@functools.lru_cache(maxsize=1)
def _data(folder):
    return np.load(Path(folder) / "train_features.npy"), np.load(Path(folder) / "train_targets.npy").astype(np.int64)


def train_one(folder, trial, weights, orders, outputs):
    """The mean loss of the last epoch."""
    x, y = _data(folder)
    adam = trial["optimizer"] == "adam"
    net = Given(tuple(trial["hidden"]), activation="relu", solver="adam" if adam else "sgd", alpha=0, batch_size=min(trial["batch_size"], len(y)),
                learning_rate_init=trial["learning_rate"], momentum=trial["momentum"] if trial["optimizer"] == "momentum" else 0,
                nesterovs_momentum=False, beta_1=trial["momentum"], beta_2=trial["beta2"], epsilon=trial["epsilon"], shuffle=False)
    net.first, net.layer = weights, 0
    for order in orders:
        net.partial_fit(x[order], y[order], classes=np.arange(outputs))
    return net.loss_


class Peer:
    def __init__(self, workload, note=lambda text: None):
        workload.relu_only()
        self.losses, self.compile_seconds, self.epochs, self.outputs = {}, 0.0, workload.epochs, workload.outputs
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
