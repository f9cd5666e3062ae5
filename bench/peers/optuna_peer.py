"""Optuna driving PyTorch's ordinary loop: one study in memory, a trial at a time, each epoch's loss reported, no pruning. What a trial is
comes from its number, so that it is caviar's; its learning rate is asked of Optuna's random sampler all the same, which is part of the cost."""

import optuna

import torch_loop
from one_by_one import OneByOne
from torch_loop import configure, load, synchronise  # noqa: F401: a trainer's module has them

optuna.logging.set_verbosity(optuna.logging.WARNING)
Trainer = torch_loop.Trainer


def versions():
    return torch_loop.versions() | {"optuna": optuna.__version__}


class Peer(OneByOne):
    def _pass(self):
        ids = list(self.trainers)

        def objective(trial):
            trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True)
            i = ids[trial.number]
            loss = self.trainers[i].train(lambda epoch, loss: trial.report(loss, epoch))
            self.losses[i] = (loss, self.epochs)
            return loss

        optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).optimize(objective, n_trials=len(ids))
