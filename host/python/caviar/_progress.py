"""A progress bar where someone looks: by tqdm, in a terminal or a notebook."""

from __future__ import annotations

import sys
from typing import Any, Optional


def in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    instance = shell.get_ipython() if shell is not None else None
    return instance is not None and "IPKernelApp" in instance.config


class Bar:
    """Counts trials; the epochs and the best so far stand beside them. Shows nothing without tqdm, or where `wanted` is False."""

    def __init__(self, wanted: Optional[bool], unit: str = "trials") -> None:
        self._bar: Any = None
        if wanted is None:
            wanted = sys.stderr.isatty() or in_notebook()
        if not wanted:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        self._bar = tqdm(unit=f" {unit}")

    def show(self, done: int, total: int, **facts: Any) -> None:
        if self._bar is None:
            return
        self._bar.total = total if total < 2**62 else None  # a grid's end is not known before
        self._bar.n = done
        self._bar.set_postfix(facts, refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
