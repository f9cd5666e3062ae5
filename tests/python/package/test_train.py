"""caviar.train: trials of one's own, trained at once."""

import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import caviar


def test_results_are_in_the_order_of_the_configs(blobs):
    configs = [{"learning_rate": 0.02, "hidden": [16]}, {"learning_rate": 0.02, "hidden": (8, 8), "optimizer": "nesterov"}, {"layers": 0}]
    results = caviar.train(*blobs, configs, epochs=5)
    assert len(results) == 3 and results.metric == "accuracy" and results.higher_is_better
    assert [trial.config for trial in results] == configs
    assert [trial.hyperparameters["hidden"] for trial in results] == [[16], [8, 8], []]
    assert all(trial.state == "complete" and trial.epochs == 5 and trial.curve.shape == (5, 3) for trial in results)
    assert results.best.metric == max(results.scores)
    first = results[0]
    assert first.valid_metric[first.best_epoch] == np.float32(first.metric)


def test_a_trial_depends_on_its_own_config_alone(blobs):
    config = {"learning_rate": 0.01, "hidden": [8], "seed": 7}
    alone = caviar.train(*blobs, [config], epochs=3)[0]
    among = caviar.train(*blobs, [{"hidden": [32]}, config, {"hidden": [3, 3]}], epochs=3)[1]
    np.testing.assert_array_equal(alone.curve, among.curve)


def test_a_diverged_trial_says_so_and_disturbs_no_other(line):
    results = caviar.train(*line, [{"learning_rate": 1000, "optimizer": "sgd"}, {"learning_rate": 0.01}], epochs=4)
    assert [trial.state for trial in results] == ["diverged", "complete"]
    assert results[0].metric is None and results.best is results[1]


def test_models_predict_what_was_validated(blobs):
    X, y = blobs
    held_out = np.arange(len(y)) % 4 == 0
    trial = caviar.train(X[~held_out], y[~held_out], [{"learning_rate": 0.02}], epochs=8, valid=(X[held_out], y[held_out]), models=True)[0]
    accuracy = (trial.model.predict(X[held_out]) == y[held_out]).mean()
    assert accuracy == pytest.approx(trial.metric, abs=1e-7)  # the metric is a float32


def test_without_validation_all_rows_train(blobs):
    results = caviar.train(*blobs, [{}], epochs=2, valid_share=0, models=True)
    assert results.data["rows"] == {"train": 300, "valid": 0, "test": 0}
    assert results[0].metric is None and results[0].best_epoch is None and results[0].model is not None
    with pytest.raises(caviar.UsageError, match="no trial has a score"):
        results.best


def test_regression_is_in_the_unit_of_y(line):
    X, y = line
    trial = caviar.train(X, y, [{"learning_rate": 0.02}], epochs=60, models=True)[0]
    assert trial.metric < y.std() / 4  # rmse
    predicted = trial.model.predict(X)
    assert predicted.shape == y.shape and np.corrcoef(predicted, y)[0, 1] > 0.95


@pytest.mark.parametrize("wrong, message", [
    ({"configs": [{"learning_rat": 0.1}]}, r"configs\[0\].*did you mean"),
    ({"configs": [{}, {"learning_rate": -1}]}, r"configs\[1\].*learning_rate"),
    ({"configs": []}, "none is given"),
    ({"configs": {"learning_rate": 0.1}}, "a list of dicts"),
    ({"configs": [{"learning_rate": object()}]}, "object is neither a number nor a word"),
    ({"configs": [{}, {"learning_rate": float("nan")}]}, r"configs\[1\]: learning_rate: nan is no number"),
    ({"configs": [{}], "metrc": "auc"}, "'metrc' is neither a setting nor a hyperparameter; did you mean 'metric'"),
    ({"configs": [{}], "metric": "rmse"}, "rmse"),
    ({"configs": [{}], "delimiter": "tab"}, "delimiter: is for data in files"),
    ({"configs": [{}], "engine": "abacus"}, "engine.*abacus"),
])
def test_errors_name_what_is_wrong(blobs, wrong, message):
    with pytest.raises(caviar.UsageError, match=message) as error:
        caviar.train(*blobs, **wrong)
    assert isinstance(error.value, ValueError)


def test_data_that_cannot_be_used(blobs):
    X, y = blobs
    with pytest.raises(caviar.DataError, match="300 rows, y 10 values"):
        caviar.train(X, y[:10], [{}])
    with pytest.raises(caviar.DataError, match="two-dimensional"):
        caviar.train(X[:, 0], y, [{}])
    infinite = X.copy()
    infinite[5, 2] = np.inf
    with pytest.raises(caviar.DataError, match="row 6, column 3: the value is infinite"):
        caviar.train(infinite, y, [{}])
    with pytest.raises(caviar.DataError, match="datetime64"):
        caviar.train(np.zeros((300, 1), "datetime64[s]"), y, [{}])
    with pytest.raises(caviar.UsageError, match="y: what is to be predicted"):
        caviar.train(X, None, [{}])


def test_the_callback_hears_of_it_and_may_end_it(blobs):
    heard = []
    caviar.train(*blobs, [{}] * 4, epochs=3, callback=heard.append)
    assert heard[-1] == {"trials_done": 4, "trials": 4, "epochs_done": 12, "epochs": 12}

    def enough(news):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        caviar.train(*blobs, [{}] * 64, epochs=10_000, callback=enough)


def test_ctrl_c_ends_the_training(start):
    program = textwrap.dedent("""
        import numpy, caviar
        X = numpy.random.default_rng(1).normal(size=(500, 8))
        print("ready", flush=True)
        caviar.train(X, X[:, 0] > 0, [{"hidden": [64, 64]}] * 64, epochs=1_000_000, callback=lambda news: print("news", flush=True))
    """)
    child = start(program)
    while "news" not in child.stdout.readline():
        assert child.poll() is None, child.stderr.read()
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=60)
    assert child.returncode != 0 and "KeyboardInterrupt" in errors


def test_importing_brings_no_heavy_package():
    program = "import sys, caviar; print([name for name in ('pandas', 'sklearn', 'tqdm', 'scipy') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
