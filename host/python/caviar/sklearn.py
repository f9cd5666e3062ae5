"""Estimators for scikit-learn: one network each, and a search that trains all candidates of a fold at once."""

from __future__ import annotations

import warnings
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, RegressorMixin, clone, is_classifier
from sklearn.model_selection import ParameterSampler, check_cv
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ._model import Model
from ._train import Results, train

__all__ = ["CaviarClassifier", "CaviarRegressor", "CaviarSearchCV"]


def _seed(random_state: Any) -> int:
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


class _Network(BaseEstimator):
    """What classifier and regressor share. Parameters are caviar's hyperparameters; `others` takes those that are not among them."""

    def __init__(self, hidden: Sequence[int] = (64,), *, activation: str = "relu", optimizer: str = "adam", learning_rate: float = 0.01,
                 schedule: str = "constant", momentum: float = 0.9, batch_size: Union[int, str] = 32, weight_decay: float = 0.0, dropout: float = 0.0,
                 epochs: int = 100, patience: int = 0, validation_fraction: float = 0.0, scaling: str = "standardize",
                 others: Optional[Mapping[str, Any]] = None, random_state: Any = None, n_jobs: Optional[int] = None) -> None:
        self.hidden = hidden
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.momentum = momentum
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.epochs = epochs
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.scaling = scaling
        self.others = others
        self.random_state = random_state
        self.n_jobs = n_jobs

    _not_hyperparameters = ("others", "random_state", "n_jobs", "validation_fraction")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _config(self, parameters: Mapping[str, Any]) -> Dict[str, Any]:
        config = {name: value for name, value in parameters.items() if name not in self._not_hyperparameters}
        config.update(parameters.get("others") or {})
        config.setdefault("seed", _seed(parameters["random_state"]))
        return config

    def _threads(self) -> int:
        return 0 if self.n_jobs is None or self.n_jobs < 0 else self.n_jobs

    def _answers(self, y: Any) -> Tuple[np.ndarray, str]:
        """y as caviar learns it, and the task. Notes the classes."""
        raise NotImplementedError

    def _rows(self, X: Any, y: Any) -> Tuple[np.ndarray, np.ndarray, str]:
        if y is None:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        X, y = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=[np.float64, np.float32], ensure_min_samples=2, multi_output=True)
        return X, *self._answers(y)

    def _fit_all(self, X: np.ndarray, y: np.ndarray, task: str, configs: List[Dict[str, Any]], **how: Any) -> Results:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return train(X, y, configs, task=task, threads=self._threads(), progress=False, **how)

    def fit(self, X: Any, y: Any = None) -> Any:
        """Trains one network. With `validation_fraction` above 0 that share of the rows decides which epoch's weights are kept."""
        X, y, task = self._rows(X, y)
        config = self._config(self.get_params(deep=False))
        results = self._fit_all(X, y, task, [config], valid_share=float(self.validation_fraction), split_seed=config["seed"] % 2**53, models=True)
        trial = results[0]
        if trial.state == "diverged":
            raise ValueError("the network diverged: its loss is no longer finite; lower learning_rate")
        self.model_: Model = trial.model
        self.curve_ = trial.curve
        self.n_iter_ = trial.epochs
        return self

    def _checked(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return validate_data(self, X, ensure_all_finite="allow-nan", dtype=[np.float64, np.float32], reset=False)


class CaviarClassifier(ClassifierMixin, _Network):
    """A multilayer perceptron that classifies. Missing values (NaN) are allowed.

    Fitted: model_ (a caviar.Model), classes_, curve_ (epochs x 3: training loss, validation loss and metric), n_iter_.
    """

    def _answers(self, y: Any) -> Tuple[np.ndarray, str]:
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        return codes.astype(np.int64), "binary" if len(self.classes_) == 2 else "multiclass"

    def predict_proba(self, X: Any) -> np.ndarray:
        """(rows, classes), in the order of classes_."""
        X = self._checked(X)
        shares = self.model_.predict_proba(X, threads=self._threads()).astype(np.float64)
        return shares / shares.sum(axis=1, keepdims=True)  # each was rounded to a float32

    def predict(self, X: Any) -> np.ndarray:
        X = self._checked(X)
        return self.classes_[self.model_.predict(X, threads=self._threads())]


class CaviarRegressor(RegressorMixin, _Network):
    """A multilayer perceptron that predicts numbers. Missing values (NaN) are allowed.

    Fitted: model_ (a caviar.Model), curve_ (epochs x 3: training loss, validation loss and metric), n_iter_.
    """

    def _answers(self, y: Any) -> Tuple[np.ndarray, str]:
        return column_or_1d(y, warn=True).astype(np.float64), "regression"

    def predict(self, X: Any) -> np.ndarray:
        X = self._checked(X)
        return self.model_.predict(X, threads=self._threads())


def _classifies(search: "CaviarSearchCV") -> bool:
    return hasattr(search.estimator, "predict_proba")


class CaviarSearchCV(MetaEstimatorMixin, BaseEstimator):
    """Random search with cross-validation, as RandomizedSearchCV; but all candidates of a fold train at once.

    estimator: a CaviarClassifier or CaviarRegressor; its parameters are where a candidate says nothing else.
    param_distributions: for each parameter a list, or a distribution of scipy.stats; hyperparameters that are no parameters of the estimator
        (beta2, init, decay, ...), too.
    scoring: caviar's metrics: accuracy, log_loss, auc, f1, rmse, mae, r2; accuracy or r2 if not given. The score is that after the last epoch, as a
        fold's rows decide nothing in training; errors and losses count negated, as scikit-learn has it.

    Fitted: cv_results_, best_index_, best_params_, best_score_, and with refit best_estimator_, trained on all rows.
    """

    def __init__(self, estimator: Any, param_distributions: Any, *, n_iter: int = 60, scoring: Optional[str] = None, cv: Any = None, refit: bool = True,
                 random_state: Any = None) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.scoring = scoring
        self.cv = cv
        self.refit = refit
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = self.estimator.__sklearn_tags__()
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        return tags

    def _settings(self, candidate: Mapping[str, Any]) -> Dict[str, Any]:
        """Of an estimator with the parameters of a candidate."""
        own = self.estimator.get_params(deep=False)
        others = {**(own["others"] or {}), **{name: value for name, value in candidate.items() if name not in own}}
        return {**own, **{name: value for name, value in candidate.items() if name in own}, "others": others or None}

    def fit(self, X: Any, y: Any = None) -> "CaviarSearchCV":
        network = clone(self.estimator)
        if not isinstance(network, _Network):
            raise TypeError(f"estimator: a CaviarClassifier or CaviarRegressor is wanted, not {type(network).__name__}")
        X_given, y_given = X, y
        X, y, task = network._rows(X, y)
        random = check_random_state(self.random_state)
        candidates = list(ParameterSampler(self.param_distributions, self.n_iter, random_state=random))
        seed = _seed(network.random_state if network.random_state is not None else random)
        settings = [self._settings(candidate) for candidate in candidates]
        configs = [network._config({**each, "random_state": seed}) for each in settings]
        metric = self.scoring or ("r2" if task == "regression" else "accuracy")
        folds = list(check_cv(self.cv, y, classifier=is_classifier(network)).split(X, y))
        scores = np.empty((len(candidates), len(folds)))
        seconds = np.empty_like(scores)
        for f, (rows, held_out) in enumerate(folds):
            seen = held_out if task == "regression" else held_out[np.isin(y[held_out], y[rows])]
            if len(seen) < len(held_out) and metric != "accuracy":
                raise ValueError(f"a class has rows in one fold only, so {metric} is not known there; use fewer folds, or scoring='accuracy'")
            results = network._fit_all(X[rows], y[rows], task, configs, valid=(X[seen], y[seen]), metric=metric)
            sign = (1 if results.higher_is_better else -1) * len(seen) / len(held_out)  # rows of a class never seen are answered wrongly
            for i, trial in enumerate(results):
                scores[i, f] = np.nan if trial.state == "diverged" else sign * trial.valid_metric[-1]
                seconds[i, f] = trial.seconds
        self.n_splits_ = len(folds)
        self.scorer_ = metric
        self.cv_results_ = self._table(candidates, scores, seconds)
        means = self.cv_results_["mean_test_score"]
        if np.isnan(means).all():
            raise ValueError("every candidate diverged in some fold; lower the learning rates")
        self.best_index_ = int(np.nanargmax(means))
        self.best_score_ = float(means[self.best_index_])
        self.best_params_ = candidates[self.best_index_]
        if self.refit:
            self.best_estimator_ = network.set_params(**{**settings[self.best_index_], "random_state": seed}).fit(X_given, y_given)
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_
        return self

    @staticmethod
    def _table(candidates: List[Dict[str, Any]], scores: np.ndarray, seconds: np.ndarray) -> Dict[str, Any]:
        table: Dict[str, Any] = {"mean_fit_time": seconds.mean(axis=1), "std_fit_time": seconds.std(axis=1)}
        for name in sorted({name for candidate in candidates for name in candidate}):
            values = np.ma.MaskedArray(np.empty(len(candidates), object), mask=True)
            for i, candidate in enumerate(candidates):
                if name in candidate:
                    values[i] = candidate[name]
            table[f"param_{name}"] = values
        table["params"] = candidates
        for f in range(scores.shape[1]):
            table[f"split{f}_test_score"] = scores[:, f]
        mean = scores.mean(axis=1)
        table["mean_test_score"] = mean
        table["std_test_score"] = scores.std(axis=1)
        ordered = np.where(np.isnan(mean), -np.inf, mean)
        table["rank_test_score"] = np.array([1 + int((ordered > score).sum()) for score in ordered], np.int32)
        return table

    def _best(self) -> Any:
        check_is_fitted(self, "best_estimator_")
        return self.best_estimator_

    def predict(self, X: Any) -> np.ndarray:
        return self._best().predict(X)

    @available_if(_classifies)
    def predict_proba(self, X: Any) -> np.ndarray:
        return self._best().predict_proba(X)

    def score(self, X: Any, y: Any) -> float:
        """Accuracy or R2 of the best estimator."""
        return self._best().score(X, y)

    @property
    def classes_(self) -> np.ndarray:
        return self._best().classes_

    @property
    def n_features_in_(self) -> int:
        return self._best().n_features_in_
