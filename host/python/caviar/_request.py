"""Keyword arguments as the request that the compiled part reads."""

from __future__ import annotations

import json
import math
import os
from typing import Any, Dict, Mapping, Optional

import numpy as np

from ._errors import UsageError


def plain(value: Any, where: str) -> Any:
    """As JSON knows it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, (tuple, list, np.ndarray)):
        return [plain(item, where) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{where}: {value} is no number that can be used; a finite one is wanted")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise UsageError(f"{where}: {type(value).__name__} is neither a number nor a word")


def hyperparameters(given: Mapping[str, Any], where: str = "") -> Dict[str, Any]:
    """With `hidden=[64, 32]` as layers and units. What is None is left out."""
    flat: Dict[str, Any] = {}
    for name, value in given.items():
        value = plain(value, where + str(name))
        if value is None:
            continue
        if name == "hidden":
            widths = value if isinstance(value, list) else [value]
            flat["layers"] = len(widths)
            flat.update({f"units_{i + 1}": width for i, width in enumerate(widths)})
        else:
            flat[str(name)] = value
    return flat


def request(data: Optional[str], settings: Mapping[str, Any], space: Optional[Mapping[str, Any]] = None, only: bool = False) -> str:
    wanted = {"data": data, "only": only, "settings": hyperparameters(settings),
              "space": {str(name): plain(how, f"space: {name}") for name, how in (space or {}).items()}}
    return json.dumps(wanted)
