"""caviar.sklearn: scikit-learn's own checks, and the search."""

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from caviar.sklearn import CaviarClassifier, CaviarRegressor, CaviarSearchCV

small = {"random_state": 1, "n_jobs": 1}
search = {"n_iter": 2, "cv": 2, "random_state": 1}
rates = {"learning_rate": [0.01, 0.03]}


@parametrize_with_checks([CaviarClassifier(**small), CaviarRegressor(**small), CaviarSearchCV(CaviarClassifier(**small), rates, **search),
                          CaviarSearchCV(CaviarRegressor(**small), rates, **search)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_the_same_seed_gives_the_same_bits_and_another_others(blobs):
    X, y = blobs
    one, same, other = (CaviarClassifier(epochs=3, random_state=seed).fit(X, y).predict_proba(X) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_in_pipelines_and_cross_validation(blobs):
    assert cross_val_score(make_pipeline(MinMaxScaler(), CaviarClassifier(epochs=10, random_state=1)), *blobs, cv=3).mean() > 0.7


def test_missing_values_are_allowed(blobs):
    X = blobs[0].copy()
    X[::7, 1] = np.nan
    assert CaviarClassifier(epochs=10, random_state=1).fit(X, blobs[1]).score(X, blobs[1]) > 0.7


def test_validation_rows_pick_the_epoch(blobs):
    network = CaviarClassifier(epochs=10, validation_fraction=0.25, patience=3, random_state=1).fit(*blobs)
    assert network.curve_.shape == (network.n_iter_, 3) and np.isfinite(network.curve_).all()


def test_divergence_is_an_error(line):
    with pytest.raises(ValueError, match="diverged"):
        CaviarRegressor(optimizer="sgd", learning_rate=1000, random_state=1).fit(*line)


def test_the_search_scores_as_scikit_learn_does(blobs):
    X, y = blobs
    parameters = {"learning_rate": loguniform(1e-3, 1e-1), "hidden": [(8,), (16, 16)], "beta2": [0.9, 0.999]}
    found = CaviarSearchCV(CaviarClassifier(epochs=5, random_state=3), parameters, n_iter=4, cv=3, random_state=1).fit(X, y)
    assert found.cv_results_["mean_test_score"].shape == (4,) and found.best_score_ == found.cv_results_["mean_test_score"].max()
    assert found.cv_results_["rank_test_score"][found.best_index_] == 1 and found.n_splits_ == 3
    # every fold's net is the one that the estimator trains alone on the fold's rows
    best = dict(found.best_params_)
    alone = clone(found.estimator).set_params(others={"beta2": best.pop("beta2")}, **best)
    scores = cross_val_score(alone, X, y, cv=3)
    np.testing.assert_allclose(scores, [found.cv_results_[f"split{f}_test_score"][found.best_index_] for f in range(3)], atol=1e-6)  # float32
    assert found.predict_proba(X).shape == (300, 3) and found.score(X, y) > 0.6


def test_the_search_takes_no_other_estimator(blobs):
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(TypeError, match="CaviarClassifier or CaviarRegressor"):
        CaviarSearchCV(LogisticRegression(), {"C": [1, 2]}, n_iter=1).fit(*blobs)
