"""Arrays and data frames as tables of columns."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from . import _core
from ._errors import DataError, UsageError


def is_path(X: Any) -> bool:
    return isinstance(X, (str, os.PathLike))


def is_frame(X: Any) -> bool:
    """Has it named columns, as those of pandas and Polars have?"""
    return hasattr(X, "columns") and hasattr(X, "__getitem__") and not isinstance(X, np.ndarray)


def _values(column: Any) -> np.ndarray:
    """A column as an array; categories as their words, whatever they are, in order of appearance as in a column of words."""
    if str(getattr(column, "dtype", "")) != "category":
        return np.asarray(column)
    column = getattr(column, "array", column)  # of a series
    words = np.array([*map(str, column.categories), None], object)
    return words[np.asarray(column.codes)]  # a code of -1, missing: the last


def _label_type(y: Any) -> str:
    """What labels were before they became words: "text", "int", "float" or "bool"."""
    if str(getattr(y, "dtype", "")) == "category":
        y = getattr(y, "array", y).categories
    y = y if hasattr(y, "dtype") else np.asarray(y)
    if y.dtype.kind == "O":  # an array's, or pandas' own
        values = [value for value in np.ravel(y).tolist() if not _is_missing(value)]
        for name, kinds in (("bool", bool), ("int", (int, np.integer)), ("float", (int, float, np.number))):
            if values and all(isinstance(value, kinds) and (name == "bool" or not isinstance(value, bool)) for value in values):
                return name
    return {"i": "int", "u": "int", "f": "float", "b": "bool"}.get(y.dtype.kind, "text")


def _columns(X: Any) -> Iterator[Tuple[str, np.ndarray]]:
    if is_frame(X):
        for position, name in enumerate(X.columns):
            # by position where it can be: names may repeat
            column = X.iloc[:, position] if hasattr(X, "iloc") else X[name]
            yield str(name), _values(column)
        return
    X = np.asarray(X)
    if X.ndim < 2:
        raise DataError(f"X: rows of columns are wanted, a two-dimensional array, not one of shape {X.shape}; reshape(-1, 1) makes one of a single column")
    X = X.reshape(len(X), -1)  # images
    for position in range(X.shape[1]):
        yield f"column {position + 1}", X[:, position]


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or bool(value != value)  # NA does not compare


def _as_words(values: np.ndarray) -> Tuple[np.ndarray, List[str]]:
    codes = np.empty(len(values), np.int32)
    levels: dict[str, int] = {}
    for row, value in enumerate(values.tolist()):
        codes[row] = -1 if _is_missing(value) else levels.setdefault(str(value), len(levels))
    return codes, list(levels)


def _add(table: _core.Table, name: str, values: np.ndarray, what: str) -> None:
    kind = values.dtype.kind
    if values.ndim != 1:
        raise DataError(f"{what}: one value a row is wanted, not an array of shape {values.shape}")
    if kind in "iuf":
        table.add_numbers(name, np.ascontiguousarray(values, np.float64))
    elif kind == "O" and all(isinstance(v, (int, float, np.number)) and not isinstance(v, bool) or _is_missing(v) for v in values.tolist()):
        table.add_numbers(name, np.array([np.nan if _is_missing(v) else float(v) for v in values.tolist()], np.float64))
    elif kind in "OUSTb":
        table.add_words(name, *_as_words(values))
    else:
        raise DataError(f"{what}: values of type {values.dtype} are neither numbers nor words; convert them first")


def features(X: Any, name: str) -> _core.Table:
    """X as a table without a target."""
    table = _core.Table(name, is_frame(X))
    for column, values in _columns(X):
        _add(table, column, values, column if is_frame(X) else "X")
    return table


def _labelled(X: Any, y: Any, name: str, target: Optional[str] = None) -> Tuple[_core.Table, str]:
    table = features(X, name)
    if target is None:
        taken = {str(column) for column in X.columns} if is_frame(X) else set()
        target = str(getattr(y, "name", None) or "target")
        while target in taken:
            target += "_"
    y = _values(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 1 and len(y) != table.rows:
        raise DataError(f"X has {table.rows} rows, y {len(y)} values; there must be one for each row")
    _add(table, target, y, "y")
    return table, target


def _part(pair: Any, what: str, target: str) -> Optional[_core.Table]:
    if pair is None:
        return None
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise UsageError(f"{what}: a pair (X, y) of rows of their own is wanted")
    return _labelled(pair[0], pair[1], what, target)[0]


def tables(X: Any, y: Any, valid: Any = None, test: Any = None) -> _core.Tables:
    """Rows with their target as the last column, and those of parts given apart."""
    if y is None:
        raise UsageError("y: what is to be predicted? Give one value for each row of X")
    rows, target = _labelled(X, y, "X")
    return _core.Tables(rows, _part(valid, "valid", target), _part(test, "test", target), _label_type(y))


def labels(words: List[str], label_type: str = "") -> np.ndarray:
    """Class names as y had them. Where nobody said what they were: whole numbers, numbers or truth values where all read as they are written, else text."""
    readings: Dict[str, Callable[[str], Any]] = {"int": int, "float": float, "bool": lambda word: {"False": False, "True": True}[word]}
    for name, read in readings.items():
        if label_type not in ("", name):
            continue
        try:
            values = [read(word) for word in words]
        except (KeyError, ValueError):
            continue
        written = all(word in (str(value), str(value).removesuffix(".0")) and np.isfinite(value) for word, value in zip(words, values))
        if words and (label_type or written and len(set(values)) == len(words)):
            return np.array(values)
    return np.array(words, object)
