"""A trained network with its preprocessing."""

from __future__ import annotations

import os
from typing import Any, List, Tuple, Union

import numpy as np

from . import _core, _data
from ._errors import UsageError


class Model:
    """A trained network with its preprocessing: arrays or data frames in, answers out.

    Columns of a data frame are found by name where the model was trained on one, in any order; those of an array by position.
    """

    def __init__(self, core: "_core.Model") -> None:
        self._core = core

    @classmethod
    def load(cls, path: Union[str, os.PathLike]) -> "Model":
        """Reads a file that `save` or `caviar export` wrote: .safetensors, .npz or .json; the other kinds are for other programs."""
        return cls(_core.Model.load(os.fspath(path)))

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Writes a file of the kind that its name ends in, all with the preprocessing inside: .safetensors, .npz and .json, which `load` and `caviar predict`
        read; .onnx for ONNX Runtime; .py, a module with an nn.Module, for PyTorch; .h for C. A file that exists is replaced once the new one is complete.
        """
        self._core.save(os.fspath(path))

    def predict(self, X: Any, *, threads: int = 0) -> np.ndarray:
        """(rows,): the likeliest class of each row, as y had them; for regression the value, in y's unit."""
        table = _data.features(X, "X")
        if not self.is_classifier:
            return self._core.predict_values(table, threads)
        _, words = self._core.predict_proba(table, threads)
        index = {word: i for i, word in enumerate(self._core.classes)}
        return self.classes[[index[word] for word in words]]

    def predict_proba(self, X: Any, *, threads: int = 0) -> np.ndarray:
        """(rows, classes): the probability of each class, in the order of `classes`."""
        if not self.is_classifier:
            raise UsageError("predict_proba is for classes; this model predicts numbers")
        return self._core.predict_proba(_data.features(X, "X"), threads)[0]

    @property
    def classes(self) -> np.ndarray:
        """The labels as y had them; empty for regression. Of a table in a file: numbers where all are, else text."""
        return _data.labels(self._core.classes, self._core.label_type)

    @property
    def is_classifier(self) -> bool:
        return self._core.task != "regression"

    @property
    def members(self) -> List["Model"]:
        """Of an ensemble its networks, each as a model of its own; of another model itself alone. Layers, widths and activation are those of a member."""
        return [Model(core) for core in self._core.members()]

    @property
    def layers(self) -> List[Tuple[np.ndarray, np.ndarray]]:
        """For each layer its weights (inputs, outputs) and biases (outputs,): x @ W + b."""
        return self._core.layers()

    @property
    def widths(self) -> List[int]:
        """Inputs, hidden units of each layer, outputs."""
        return self._core.widths

    @property
    def columns(self) -> List[str]:
        """The columns that it reads."""
        return self._core.columns

    @property
    def activation(self) -> str:
        return self._core.activation

    @property
    def task(self) -> str:
        """regression, binary or multiclass."""
        return self._core.task

    @property
    def note(self) -> str:
        """Where it came from."""
        return self._core.note

    def __getstate__(self) -> bytes:
        return self._core.to_bytes()

    def __setstate__(self, state: bytes) -> None:
        self._core = _core.Model.from_bytes(state)

    def __repr__(self) -> str:
        networks = (f"{'-'.join(map(str, one.widths))} {one.activation}" for one in self.members)
        return f"<caviar.Model {self.task} {', '.join(networks)}>"
