"""The peers by name: what each is, in the words of the tables, and how it is made."""

import functools
import importlib
import os
from dataclasses import dataclass

from processes import Processes


@dataclass(frozen=True)
class Entry:
    title: str
    module: str             # has configure(precision, device), versions()
    kind: str               # stacked: Model; one by one: Trainer; peer: Peer
    processes: bool = False # one of one thread a core
    mode: str = ""          # of stacking; W3: shapes, else exact
    options: tuple = ()     # of the Model or Peer


PEERS = {
    "torch-loop": Entry("PyTorch's ordinary loop, all threads", "torch_loop", "one by one"),
    "torch-loop-processes": Entry("PyTorch's ordinary loop, a process a core", "torch_loop", "one by one", processes=True),
    "torch-hand-processes": Entry("PyTorch, gradients by hand, a process a core", "torch_hand", "one by one", processes=True),
    "torch": Entry("PyTorch, stacked (baddbmm), gradients by hand", "torch_peer", "stacked"),
    "torch-processes": Entry("PyTorch, stacked (baddbmm), gradients by hand, a process a core", "torch_peer", "stacked", processes=True),
    "torch-compiled": Entry("PyTorch, stacked (baddbmm), torch.compile", "torch_peer", "stacked", options=(("compiled", True),)),
    "torch-padded": Entry("PyTorch, stacked (baddbmm), padded to one shape", "torch_peer", "stacked", mode="padded"),
    "torch-vmap": Entry("PyTorch, torch.func's vmap of grad", "torch_vmap", "stacked"),
    "jax": Entry("JAX, jit of a scan of vmap", "jax_peer", "stacked"),
    "jax-padded": Entry("JAX, jit of a scan of vmap, padded to one shape", "jax_peer", "stacked", mode="padded"),
    "sklearn": Entry("scikit-learn's MLPClassifier, joblib", "sklearn_peer", "peer"),
    "optuna": Entry("Optuna driving PyTorch's ordinary loop", "optuna_peer", "one by one"),
    "openblas": Entry("C++ with OpenBLAS, a trial a thread", "gemm_peer", "peer", options=(("library", "openblas"),)),
    "libxsmm": Entry("C++ with libxsmm, a trial a thread", "gemm_peer", "peer", options=(("library", "libxsmm"),)),
    "parallel-mlps": Entry("ParallelMLPs' method in PyTorch", "parallel_mlps", "peer"),
}


def _make(workload, entry, precision, device, note=lambda text: None):
    if entry.module == "jax_peer" and device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    module = importlib.import_module(entry.module)
    if hasattr(module, "configure"):
        module.configure(precision, device)
    if entry.kind == "stacked":
        from stacked import Stacked
        mode = entry.mode or ("shapes" if workload.name == "W3" else "exact")
        return Stacked(workload, module, mode, note, **dict(entry.options))
    if hasattr(module, "Peer"):
        return module.Peer(workload, module, note) if entry.kind == "one by one" else module.Peer(workload, note, **dict(entry.options))
    from one_by_one import OneByOne
    return OneByOne(workload, module, note)


def make(name, workload, precision, device, note=lambda text: None):
    """The peer (peer.py), built and warm. Raises ImportError where a package of its is missing."""
    entry = PEERS[name]
    if entry.processes:
        return Processes(workload, functools.partial(_make, entry=entry, precision=precision, device=device), note)
    return _make(workload, entry, precision, device, note)
