"""caviar trains thousands of small neural networks at once to find good hyperparameters.

    study = caviar.sweep(X, y, trials=200)       # search
    model = study.best_model()                   # keep the best
    model.predict(X_new)

`train` is for those who bring a search of their own, `caviar.sklearn` holds estimators for scikit-learn.
"""

from ._core import version as __version__
from ._errors import CaviarWarning, DataError, DeviceError, Error, Interrupted, RuntimeFailure, UsageError
from ._model import Model
from ._study import Study
from ._sweep import resume, sweep
from ._train import Results, Trial, train

__all__ = ["CaviarWarning", "DataError", "DeviceError", "Error", "Interrupted", "Model", "Results", "RuntimeFailure", "Study", "Trial",
           "UsageError", "__version__", "resume", "sweep", "train"]
