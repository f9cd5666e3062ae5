"""Searching."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
import weakref
from typing import Any, Callable, Dict, Mapping, Optional, Union

from . import _core, _data, _request
from ._errors import CaviarWarning, Interrupted, UsageError
from ._progress import Bar
from ._study import Study

Callback = Optional[Callable[[Dict[str, Any]], None]]


class _TemporaryFolder:
    """Removed with the last that refers to it."""

    def __init__(self) -> None:
        self.name = tempfile.mkdtemp(prefix="caviar-")
        weakref.finalize(self, shutil.rmtree, self.name, True)


def _run(study: str, tables: Any, keep: Any, progress: Optional[bool], callback: Callback, work: Callable[[Callable], str]) -> Study:
    with Bar(progress) as bar:
        def news(done: int, total: int, epochs: int, best: Optional[float], message: str) -> None:
            bar.show(done, total, epochs=epochs, **({} if best is None else {"best": f"{best:.5g}"}))
            if callback is not None:
                callback({"trials_done": done, "trials": total, "epochs_done": epochs, "best": best, "message": message})

        try:
            outcome = json.loads(work(news))
        except KeyboardInterrupt:
            if not os.path.exists(study):
                raise
            raise Interrupted(f"Interrupted; everything finished is saved in {study}.", Study(study, _tables=tables, _keep=keep)) from None
    for text in [*outcome["data"]["warnings"], *outcome["warnings"], *outcome["notes"]]:
        warnings.warn(text, CaviarWarning, stacklevel=3)
    return Study(study, outcome=outcome, _tables=tables, _keep=keep)


def sweep(X: Any, y: Any = None, *, space: Optional[Mapping[str, Any]] = None, only: bool = False, study: Union[str, os.PathLike, None] = None,
          valid: Any = None, test: Any = None, time: float = 0, target_metric: Optional[float] = None, progress: Optional[bool] = None,
          callback: Callback = None, **settings: Any) -> Study:
    """Searches for good hyperparameters, as `caviar sweep` does.

    X: rows x columns, numbers or words, an array or a data frame; NaN and None are missing values. Or the path of a table or the name of built-in
        data (digits, rectangles, convex); then y is left out and `target` names the column.
    y: one value a row: text, or whole numbers as labels, for classes, numbers for regression; `task` says it where it is not clear.
    space: what may vary, laid over the default space: {"learning_rate": "log(1e-4,1)", "optimizer": ["adam", "nesterov"], "layers": 2,
        "momentum": "beta(0.9,0.999) when optimizer=nesterov"}. A list is one of these, a constant itself. only: nothing else varies.
    study: the file that holds all trials; one that exists is gone on with, given the same data and settings. None: a temporary one, which goes
        with the object returned.
    valid, test: (X, y) of rows of their own; else a fifth of the rows each (valid_share, test_share).
    time: end after so many seconds; target_metric: end once a trial is this good. The same call again goes on.
    progress: True or False; None shows a bar in terminals and notebooks where tqdm is installed.
    callback: called a few times a second with {"trials_done", "trials", "epochs_done", "best", "message"}; what it raises ends the sweep, saved.
    settings: hyperparameters that are held (epochs=30, optimizer="adam"), or settings as a settings file has them: trials, sampler, scheduler,
        confirm, repeats, metric, task, seed, split_seed, engine, threads, ...

    Ctrl-C ends it in order: what is finished is saved, and Interrupted (a KeyboardInterrupt) has the study; the same call goes on, to the same end.
    Raises UsageError, DataError, DeviceError, RuntimeFailure.
    """
    from_file = _data.is_path(X)
    if from_file and (y is not None or _is_pair(valid) or _is_pair(test)):
        raise UsageError("X is a file: name its target column with target=, and files of other rows with valid= and test=")
    if from_file:
        parts = {name: os.fspath(path) for name, path in (("valid", valid), ("test", test)) if path is not None}
        settings = {**settings, **parts}
    tables = None if from_file else _data.tables(X, y, valid, test)
    request = _request.request(os.fspath(X) if from_file else None, settings, space, only)
    keep = None
    if study is None:
        keep = _TemporaryFolder()
        study = os.path.join(keep.name, "study.db")
    path = os.fspath(study)
    return _run(path, tables, keep, progress, callback,
                lambda news: _core.sweep(request, tables, path, float(time), target_metric, news))


def resume(study: Union[str, os.PathLike, Study], X: Any = None, y: Any = None, *, valid: Any = None, test: Any = None, data: str = "", time: float = 0,
           target_metric: Optional[float] = None, progress: Optional[bool] = None, callback: Callback = None, **engine: Any) -> Study:
    """Goes on with a study that was interrupted, or ended by `time` or `target_metric`; it ends as if it never had been.

    X, y, valid, test: the same as the sweep had, where it was made from arrays; a Study that sweep returned has them. data: where the study's file
    of data is now, if it has moved. engine: engine, threads, device, ... The rest is as for `sweep`.
    """
    path = study.path if isinstance(study, Study) else os.fspath(study)
    tables = None if X is None else _data.tables(X, y, valid, test)
    if tables is None and isinstance(study, Study):
        tables = study._tables
    keep = study._keep if isinstance(study, Study) else None
    request = _request.request("" if tables is None else None, engine)
    return _run(path, tables, keep, progress, callback,
                lambda news: _core.resume(request, tables, path, os.fspath(data), float(time), target_metric, news))


def _is_pair(value: Any) -> bool:
    return isinstance(value, (tuple, list))
