"""A study: one file with all trials of a sweep."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional, Sequence, TYPE_CHECKING, Union

import numpy as np

from . import _core, _data
from ._errors import UsageError
from ._model import Model

if TYPE_CHECKING:
    import pandas


class Study:
    """All trials of a sweep, in one SQLite file, which the program `caviar` reads, too; it may be in use.

    `outcome` is what the sweep that made this object came to, the document of `caviar sweep --json`; empty for a study that was only opened.
    """

    def __init__(self, path: Union[str, os.PathLike], *, outcome: Optional[Dict[str, Any]] = None, _tables: Any = None, _keep: Any = None) -> None:
        self.path = os.fspath(path)
        self.outcome: Dict[str, Any] = outcome or {}
        self._tables = _tables  # the data, where it was made from arrays: for models whose weights were not kept
        self._keep = _keep      # the temporary folder, where it lies in one
        self._facts()

    def _facts(self) -> Dict[str, Any]:
        return json.loads(_core.facts(self.path))

    def _document(self, top: Optional[int] = None, filter: str = "", sort: str = "score", descending: bool = False,
                  ids: Sequence[int] = (), curves: bool = False) -> Dict[str, Any]:
        return json.loads(_core.trials(self.path, -1 if top is None else top, sort, descending, filter, list(ids), curves))

    def trials(self, *, top: Optional[int] = None, filter: str = "", sort: str = "score", descending: bool = False,
               curves: bool = False) -> List[Dict[str, Any]]:
        """The trials, the best first: the documents of `caviar trials --json`.

        filter: comparisons joined by `and`, such as "optimizer=adam and learning_rate<0.01".
        sort: score, id, or any name that a filter takes. curves: with their learning curves.
        """
        return self._document(top, filter, sort, descending, (), curves)["trials"]

    def trials_dataframe(self, *, top: Optional[int] = None, filter: str = "", sort: str = "id", descending: bool = False) -> "pandas.DataFrame":
        """The same as a pandas data frame: a row a trial, a column for each hyperparameter that varied; dates are in UTC. One that is named like another
        column, such as the `epochs` asked for beside those trained, is `settings.epochs`.
        """
        import pandas

        document = self._document(top, filter, sort, descending)
        first = ["id", "round", "state", "metric", "loss", "best_epoch", "epochs", "seconds", "began", "ended", "device"]
        nested = ("settings", "hyperparameters", "events")
        rows = []
        for trial in document["trials"]:
            row = {name: value for name, value in trial.items() if name not in nested}
            rows.append({**row, **{f"settings.{name}" if name in row else name: value for name, value in trial["settings"].items()}})
        frame = pandas.DataFrame(rows, columns=None if rows else first)
        for name in ("began", "ended"):
            frame[name] = pandas.to_datetime(frame[name], utc=True)
        return frame.rename(columns={"metric": document["metric"]})

    def curve(self, trial: int) -> np.ndarray:
        """(epochs, 3): training loss, validation loss, validation metric of a trial after each epoch."""
        rows = self._document(ids=[trial], curves=True)["trials"]
        if not rows:
            raise UsageError(f"there is no trial {trial} in {self.path}")
        curve = rows[0]["curve"]
        return np.array([curve["train_loss"], curve["valid_loss"], curve["valid_metric"]], np.float32).T.reshape(-1, 3)

    def best_model(self, trial: Optional[int] = None, *, X: Any = None, y: Any = None, valid: Any = None, test: Any = None, data: str = "") -> Model:
        """The network to use, or that of a trial, with its preprocessing.

        After cross-validation (`cv`) the one to use is none of the folds': the best settings train again, on all rows but the test rows. A trial's
        is that of its fold.
        The data are needed only where something trains again (the weights of a trial that is not among the best were not kept), after
        cross-validation, or where the study was made by the program: `X` and `y` (with `valid` and `test`, where the sweep had them), or `data`,
        where the study's file of data has moved.
        """
        tables = self._tables if X is None else _data.tables(X, y, valid, test)
        return Model(_core.model(self.path, "best" if trial is None else str(int(trial)), tables, os.fspath(data)))

    @property
    def best_trial(self) -> Optional[Dict[str, Any]]:
        """The trial to use; None where none is complete."""
        return self._facts()["best"]

    @property
    def test(self) -> Optional[Dict[str, Any]]:
        """The winner on the test rows, beside the trivial baseline; None before the end."""
        return self._facts()["test"]

    @property
    def winner(self) -> Optional[Dict[str, Any]]:
        """How sure it is that the winner is the best; None before the end."""
        return self._facts()["winner"]

    @property
    def counts(self) -> Dict[str, int]:
        """How many trials there are in all, and in each state."""
        return self._facts()["counts"]

    @property
    def settings(self) -> Dict[str, Any]:
        """Everything that decides what the sweep computes."""
        return self._facts()["settings"]

    @property
    def metric(self) -> str:
        return self._facts()["metric"]

    @property
    def higher_is_better(self) -> bool:
        return self._facts()["higher_is_better"]

    @property
    def finished(self) -> bool:
        """Is its budget spent?"""
        return self._facts()["finished"]

    def __len__(self) -> int:
        return self.counts["trials"]

    def __repr__(self) -> str:
        facts = self._facts()
        best = "" if facts["best"] is None else f", best {facts['metric']} {facts['best']['metric']:.5g}"
        return f"<caviar.Study {self.path}: {facts['counts']['complete']} of {facts['counts']['trials']} trials complete{best}>"
