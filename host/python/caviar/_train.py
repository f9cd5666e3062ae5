"""Training what someone else thought of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

import numpy as np

from . import _core, _data, _request
from ._errors import UsageError
from ._model import Model
from ._progress import Bar


@dataclass
class Trial:
    """One network: what it was and what came of it."""

    id: int
    config: Dict[str, Any]          # as given
    state: str                      # complete or diverged
    metric: Optional[float]         # on the validation rows, at the best epoch; None where it diverged or nothing was validated
    loss: Optional[float]           # validation loss there
    best_epoch: Optional[int]       # counted from 0
    epochs: int                     # trained
    seconds: float                  # that a worker spent on it
    hyperparameters: Dict[str, Any]  # all of them
    curve: np.ndarray = field(repr=False)  # (epochs, 3): training loss, validation loss, validation metric
    model: Optional[Model] = field(default=None, repr=False)  # with the weights of the best epoch

    @property
    def train_loss(self) -> np.ndarray:
        return self.curve[:, 0]

    @property
    def valid_loss(self) -> np.ndarray:
        return self.curve[:, 1]

    @property
    def valid_metric(self) -> np.ndarray:
        return self.curve[:, 2]


class Results(Sequence[Trial]):
    """What `train` returns: a trial for each config, in their order."""

    def __init__(self, trials: List[Trial], facts: Dict[str, Any]) -> None:
        self._trials = trials
        self.metric: str = facts["metric"]
        self.higher_is_better: bool = facts["higher_is_better"]
        self.data: Dict[str, Any] = facts["data"]
        self.engine: Dict[str, Any] = facts["engine"]

    def __len__(self) -> int:
        return len(self._trials)

    def __getitem__(self, index: Any) -> Any:
        return self._trials[index]

    def __iter__(self) -> Iterator[Trial]:
        return iter(self._trials)

    @property
    def scores(self) -> np.ndarray:
        """The metric of each trial; NaN where it has none."""
        return np.array([np.nan if trial.metric is None else trial.metric for trial in self._trials])

    @property
    def best(self) -> Trial:
        """The trial with the best metric, the first of equals."""
        scores = self.scores
        if np.isnan(scores).all():
            raise UsageError("no trial has a score: all diverged, as under too high learning rates, or there were no validation rows")
        return self._trials[int(np.nanargmax(scores) if self.higher_is_better else np.nanargmin(scores))]

    def __repr__(self) -> str:
        return f"<caviar.Results of {len(self)} trials, by {self.metric}>"


def train(X: Any, y: Any, configs: Sequence[Mapping[str, Any]], *, valid: Any = None, valid_share: float = 0.2, models: bool = False,
          progress: Optional[bool] = None, callback: Optional[Callable[[Dict[str, Any]], None]] = None, **settings: Any) -> Results:
    """Trains a network for each config, all at once.

    X: rows x columns, numbers or words, an array or a data frame; NaN and None are missing values.
    y: one value a row: text, or whole numbers as labels, for classes, numbers for regression; `task` says it where it is not clear.
    configs: a dict of hyperparameters each, such as {"learning_rate": 0.01, "hidden": [64, 32], "optimizer": "adam"}; `caviar sweep --list`
        lists them. What a config does not name is as the keyword arguments have it, else its default. "seed" is a config's position unless given.
    valid: (X, y) of rows to validate on; else a share of the rows, `valid_share`. 0: all rows train, and the weights after the last epoch count.
    models: keep each trial's network, as `trial.model`.
    progress: True or False; None shows a bar in terminals and notebooks where tqdm is installed.
    callback: called a few times a second with {"trials_done", "trials", "epochs_done", "epochs"}; what it raises ends the training.
    settings: hyperparameters for all configs (epochs=30), or settings as a settings file has them: metric, loss, task, seed, split_seed, engine,
        threads, precision, ...

    A trial depends on its own config, the seeds and the data alone: trained alone or among thousands, its bits are the same.
    Raises UsageError, DataError, DeviceError; KeyboardInterrupt at Ctrl-C.
    """
    if isinstance(configs, Mapping):
        raise UsageError("configs: a list of dicts is wanted, one for each network, not a single dict")
    configs = list(configs)
    if any(not isinstance(config, Mapping) for config in configs):
        raise UsageError("configs: a list of dicts is wanted, one for each network")
    validate = valid is not None or valid_share > 0
    if valid is None and validate:
        settings = {**settings, "valid_share": float(valid_share)}
    tables = _data.tables(X, y, valid)
    flat = [_request.hyperparameters(config, f"configs[{i}]: ") for i, config in enumerate(configs)]
    with Bar(progress) as bar:
        def news(done: int, total: int, epochs_done: int, epochs: int) -> None:
            bar.show(done, total, epochs=epochs_done)
            if callback is not None:
                callback({"trials_done": done, "trials": total, "epochs_done": epochs_done, "epochs": epochs})

        facts, rows = _core.train(_request.request(None, settings), json.dumps(flat), tables, validate, models, news)
    trials = []
    for config, (text, curve, model) in zip(configs, rows):
        row = json.loads(text)
        if not validate:  # nothing was measured, whatever stands there
            row["metric"] = row["loss"] = row["best_epoch"] = None
        trials.append(Trial(row["id"], dict(config), row["state"], row["metric"], row["loss"], row["best_epoch"], row["epochs"], row["seconds"],
                            row["hyperparameters"], curve, None if model is None else Model(model)))
    return Results(trials, json.loads(facts))
