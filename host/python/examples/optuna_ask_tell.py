"""Optuna asks, caviar trains each batch at once.

    pip install . optuna && python host/python/examples/optuna_ask_tell.py
"""

import optuna
from sklearn.datasets import load_digits

import caviar

X, y = load_digits(return_X_y=True)
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1, constant_liar=True))


def config(trial: optuna.Trial) -> dict:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 0.3, log=True),
        "optimizer": trial.suggest_categorical("optimizer", ["adam", "nesterov"]),
        "hidden": [trial.suggest_int("units", 16, 256, log=True)] * trial.suggest_int("layers", 1, 3),
        "batch_size": 2 ** trial.suggest_int("log2_batch_size", 4, 7),
    }


batches, size = 4, 16
for _ in range(batches):
    trials = [study.ask() for _ in range(size)]
    results = caviar.train(X, y, [config(trial) for trial in trials], epochs=10)
    for trial, result in zip(trials, results):
        if result.state == "diverged":
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, result.metric)
    print(f"{len(study.trials)} trials, best validation accuracy {study.best_value:.4f}")
print(study.best_params)
