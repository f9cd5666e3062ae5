"""Progress bars: where they are shown, and what they say."""

import sys
import types

import pytest

import caviar
from caviar import _progress

tqdm = pytest.importorskip("tqdm.auto")


def kernel(**config):
    """IPython as a program sees it that runs under it."""
    return types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(config=config))


@pytest.fixture
def bars(monkeypatch):
    """The bars that are made, each with all that it was told."""
    made = []

    class Bar:
        def __init__(self, **how):
            self.how, self.told, self.closed, self.n, self.total = how, [], False, 0, None
            made.append(self)

        def set_postfix(self, facts, refresh):
            self.facts = facts

        def refresh(self):
            self.told.append((self.n, self.total, self.facts))

        def close(self):
            self.closed = True

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    return made


def test_a_notebook_is_one_and_a_prompt_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", kernel(IPKernelApp={}))
    assert _progress.in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", kernel(TerminalIPythonApp={}))
    assert not _progress.in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None))
    assert not _progress.in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not _progress.in_notebook()


def test_a_sweep_in_a_notebook_shows_a_bar(blobs, bars, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", kernel(IPKernelApp={}))
    caviar.sweep(*blobs, trials=6, epochs=2, confirm=0)
    (bar,) = bars
    done, total, facts = bar.told[-1]
    assert (done, total) == (6, 6) and facts["epochs"] == 12 and 0 < float(facts["best"]) <= 1 and bar.closed


def test_training_shows_one_too_and_closes_it_whatever_comes(blobs, bars):
    caviar.train(*blobs, [{}] * 3, epochs=2, progress=True)
    assert bars[0].told[-1] == (3, 3, {"epochs": 6}) and bars[0].closed
    with pytest.raises(caviar.UsageError):
        caviar.train(*blobs, [{"learning_rate": -1}], progress=True)
    assert bars[1].closed


def test_none_is_shown_where_nobody_looks_or_wants_it(blobs, bars, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    caviar.train(*blobs, [{}], epochs=1)
    monkeypatch.setitem(sys.modules, "IPython", kernel(IPKernelApp={}))
    caviar.train(*blobs, [{}], epochs=1, progress=False)
    assert not bars
