"""One trial after the other in C++ around a library's matrix products (gemm_trainer.h), on as many threads as caviar has; a trial a thread."""

import ctypes
import os
import time
from pathlib import Path

import numpy as np

import peer
from cores import usable_cores
from draws import draw

FOLDER = "CAVIAR_GEMM"  # names the folder that gemm_build.sh wrote
OPTIMIZERS = ("sgd", "momentum", "adam")
FLOATS, INTEGERS = ctypes.POINTER(ctypes.c_float), ctypes.POINTER(ctypes.c_int32)


class Data(ctypes.Structure):
    _fields_ = [("features", FLOATS), ("classes", INTEGERS), ("rows", ctypes.c_int32)]


class Task(ctypes.Structure):
    _fields_ = [("layers", ctypes.c_int32), ("widths", INTEGERS), ("weights", FLOATS), ("orders", INTEGERS), ("epochs", ctypes.c_int32),
                ("batch", ctypes.c_int32), ("optimizer", ctypes.c_int32), ("rate", ctypes.c_float), ("momentum", ctypes.c_float),
                ("beta2", ctypes.c_float), ("epsilon", ctypes.c_float), ("loss", ctypes.c_double)]


def has_avx512():
    return "avx512f" in Path("/proc/cpuinfo").read_text().split()


def load(name):
    """Raises ModuleNotFoundError where it was not built."""
    path = Path(os.environ.get(FOLDER, "build-compare/gemm"), f"libgemm_{name}.so").resolve()
    if not path.exists():
        raise ModuleNotFoundError(f"{path}, which gemm_build.sh makes, is not there")
    # Read as OpenBLAS is loaded. A core newer than the library may be taken for an old one, without AVX-512.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if has_avx512():
        os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"
    library = ctypes.CDLL(str(path))
    library.gemm_version.restype = ctypes.c_char_p
    library.gemm_train.restype = None
    library.gemm_train.argtypes = [ctypes.POINTER(Data), ctypes.POINTER(Task), ctypes.c_int32, ctypes.c_int32]
    return library


class Peer(peer.Peer):
    def __init__(self, workload, note=lambda text: None, library=""):
        workload.relu_only()
        start, self.name, self.library = time.perf_counter(), library, load(library)
        self.epochs, self.losses, self.kept = workload.epochs, {}, []
        self.threads = workload.document["engine"].get("threads") or usable_cores()
        self.data = Data(self._floats(workload.train_x), self._integers(workload.train_y), workload.rows)
        self.ids = sorted(workload.trials, key=workload.flops_of, reverse=True)  # the dearest first, so that none is left for the end
        self.tasks = (Task * len(self.ids))(*(self._task(workload, workload.trials[i]) for i in self.ids))
        note(f"{len(self.ids)} trials, {self.threads} at a time")
        for _ in range(2):
            self.train()
        self.build_seconds = time.perf_counter() - start

    def _pointer(self, array, kind, pointer):
        self.kept.append(np.ascontiguousarray(array, kind))  # as long as the library may read it
        return self.kept[-1].ctypes.data_as(pointer)

    def _floats(self, array):
        return self._pointer(array, np.float32, FLOATS)

    def _integers(self, array):
        return self._pointer(array, np.int32, INTEGERS)

    def _task(self, workload, trial):
        widths, draws = workload.widths(trial), draw(workload, trial)
        return Task(len(widths) - 1, self._integers(widths), self._floats(np.concatenate([w.ravel() for w in draws.weights])),
                    self._integers(np.concatenate([np.concatenate(epoch) for epoch in draws.minibatches])), self.epochs,
                    min(trial["batch_size"], workload.rows), OPTIMIZERS.index(trial["optimizer"]), trial["learning_rate"], trial["momentum"],
                    trial["beta2"], trial["epsilon"])

    def train(self):
        start = time.perf_counter()
        self.library.gemm_train(self.data, self.tasks, len(self.tasks), self.threads)
        seconds = time.perf_counter() - start
        self.losses = {i: (task.loss, self.epochs) for i, task in zip(self.ids, self.tasks)}
        return seconds

    def versions(self):
        return {self.name: self.library.gemm_version().decode()}

    def about(self):
        return {"threads": self.threads}
