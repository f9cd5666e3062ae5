"""caviar.sweep: studies from arrays and files, interrupted and gone on with."""

import json
import os
import pathlib
import pickle
import signal
import textwrap
import warnings

import numpy as np
import pytest

import caviar

few = {"trials": 12, "epochs": 4, "confirm": 0}


def outcome_of(study):
    """What must not hang on when and how often a study was interrupted."""
    return [{name: trial[name] for name in ("id", "state", "metric", "loss", "best_epoch", "settings", "curve")} for trial in study.trials(sort="id", curves=True)]


def test_a_study_from_arrays(blobs, tmp_path):
    study = caviar.sweep(*blobs, study=tmp_path / "blobs.db", **few)
    assert len(study) == 12 and study.finished and study.metric == "accuracy" and study.higher_is_better
    assert study.outcome["state"] == "finished" and study.outcome["data"]["rows"] == {"train": 180, "valid": 60, "test": 60}
    assert study.test["test"] > study.test["test_baseline"]
    best = study.best_trial
    assert best["metric"] == max(trial["metric"] for trial in study.trials() if trial["state"] == "complete")
    assert study.curve(best["id"]).shape == (best["epochs"], 3)
    model = study.best_model()
    assert model.predict(blobs[0]).dtype.kind == "i" and (model.predict(blobs[0]) == blobs[1]).mean() > 0.6
    np.testing.assert_allclose(model.predict_proba(blobs[0]).sum(axis=1), 1, atol=1e-6)  # float32
    assert list(model.classes) == [0, 1, 2]


def test_any_trials_model_trained_again_where_it_was_not_kept(blobs, tmp_path):
    study = caviar.sweep(*blobs, study=tmp_path / "s.db", keep=1, **few)
    worst = study.trials(top=1, descending=True, filter="state=complete")[0]
    expected = study.best_model(worst["id"]).predict_proba(blobs[0])
    opened = caviar.Study(tmp_path / "s.db")
    np.testing.assert_array_equal(opened.best_model().predict_proba(blobs[0]), study.best_model().predict_proba(blobs[0]))
    np.testing.assert_array_equal(opened.best_model(worst["id"], X=blobs[0], y=blobs[1]).predict_proba(blobs[0]), expected)
    with pytest.raises(caviar.UsageError, match="give X and y"):
        opened.best_model(worst["id"])
    with pytest.raises(caviar.DataError, match="fingerprint"):
        opened.best_model(worst["id"], X=blobs[0] + 1, y=blobs[1])


def saved(model, path):
    """A model as the document that it is saved as."""
    model.save(path)
    return json.loads(path.read_text())


def r2(model, X, y):
    return 1 - ((model.predict(X) - y) ** 2).mean() / y.var()


def test_the_model_of_a_cross_validated_study_is_the_one_that_was_tested(line, tmp_path):
    (X, y), (X_test, y_test) = (line[0][:160], line[1][:160]), (line[0][160:], line[1][160:])
    study = caviar.sweep(X, y, test=(X_test, y_test), cv=4, trials=8, epochs=10, metric="r2", study=tmp_path / "s.db")
    assert study.finished and study.outcome["data"]["folds"] == 4 and study.test["metric"] == "r2"
    model = study.best_model()
    assert r2(model, X_test, y_test) == pytest.approx(study.test["test"], abs=1e-6)  # float32
    np.testing.assert_allclose(saved(model, tmp_path / "m.json")["preprocessing"]["mean"], X.mean(axis=0), atol=1e-6)  # of all rows that do not test
    opened = caviar.Study(tmp_path / "s.db")
    np.testing.assert_array_equal(opened.best_model(X=X, y=y, test=(X_test, y_test)).predict(X), model.predict(X))
    for trial in (None, 0):
        with pytest.raises(caviar.UsageError, match="cross-validated.*give X and y"):
            opened.best_model(trial)


def test_a_trial_of_a_cross_validated_study_has_the_preprocessing_of_its_fold(line, tmp_path):
    X, y = line[0][:160], line[1][:160]
    same = {"test": (line[0][160:], line[1][160:]), "cv": 4, "trials": 8, "epochs": 3}
    kept, again = (caviar.sweep(X, y, **same, keep=keep).best_model for keep in (8, 1))
    means = [saved(kept(trial), tmp_path / "m.json")["preprocessing"]["mean"] for trial in range(4)]
    assert len({tuple(mean) for mean in means}) == 4
    np.testing.assert_allclose(np.mean(means, axis=0), X.mean(axis=0), atol=1e-6)  # each row trains in three of the four, of 40 rows each; float32
    assert "trial 6 (fold 2 of 4" in kept(6).note
    for trial in range(8):
        np.testing.assert_array_equal(again(trial).predict(X), kept(trial).predict(X))


def test_a_cross_validated_study_of_a_file(line, tmp_path):
    table = np.column_stack([*line[0].T, line[1]])
    np.savetxt(tmp_path / "line.csv", table, delimiter=",", header="a,b,y", comments="", fmt="%.9g")
    caviar.sweep(tmp_path / "line.csv", target="y", cv=3, trials=6, epochs=5, metric="r2", study=tmp_path / "s.db")
    opened = caviar.Study(tmp_path / "s.db")
    assert opened.test["test"] > opened.test["test_baseline"]
    expected = opened.best_model().predict(line[0])
    moved = (tmp_path / "line.csv").rename(tmp_path / "moved.csv")
    with pytest.raises(caviar.DataError, match="there is no such file"):
        opened.best_model()
    np.testing.assert_array_equal(opened.best_model(data=moved).predict(line[0]), expected)


def test_one_fold_alone_is_an_ordinary_split(blobs):
    study = caviar.sweep(*blobs, cv=4, fold=1, **few)
    assert study.outcome["data"]["folds"] is None and len(study) == 12
    assert study.outcome["data"]["rows"] == {"train": 180, "valid": 60, "test": 60}
    study.best_model()
    assert len(caviar.train(*blobs, [{}], epochs=1, cv=4, fold=1)) == 1
    with pytest.raises(caviar.UsageError, match="cv: each config trains one network; fold"):
        caviar.train(*blobs, [{}], epochs=1, cv=4)


def test_the_space_may_be_said(blobs):
    study = caviar.sweep(*blobs, space={"learning_rate": "log(1e-3,1e-1)", "optimizer": ["adam", "nesterov"], "layers": 1,
                                        "momentum": "beta(0.9,0.99) when optimizer=nesterov"}, only=True, **few)
    for trial in study.trials():
        assert set(trial["settings"]) >= {"learning_rate", "optimizer"} and trial["hyperparameters"]["epochs"] == 4
        assert 1e-3 <= trial["settings"]["learning_rate"] <= 1e-1
        assert ("momentum" in trial["settings"]) == (trial["settings"]["optimizer"] == "nesterov")


@pytest.mark.parametrize("wrong, message", [
    ({"space": {"learning_rate": "log(1,"}}, "space: learning_rate"),
    ({"space": {"learning_rat": "log(1e-3,1)"}}, "did you mean .learning_rate"),
    ({"space": {"optimizer": []}}, "an empty list"),
    ({"sampler": "tpee"}, "tpee.*did you mean"),
    ({"scheduler": "asha2"}, "did you mean 'asha'"),
    ({"trials": 0}, "trials: a whole number"),
    ({"valid": 3}, r"valid: a pair \(X, y\)"),
    ({"target_metric": 98}, "target metric 98: no network reaches that; the best possible accuracy is 1"),
    ({"space": {"learning_rate": float("nan")}}, "space: learning_rate: nan is no number that can be used"),
    ({"space": {"learning_rate": [0.1, float("inf")]}}, "space: learning_rate: inf"),
    ({"learning_rate": np.float32("-inf")}, "^learning_rate: -inf"),
])
def test_errors_name_what_is_wrong_and_leave_no_study(blobs, tmp_path, wrong, message):
    path = tmp_path / "s.db"
    with pytest.raises(caviar.UsageError, match=message):
        caviar.sweep(*blobs, study=path, **{"trials": 4, "epochs": 1, **wrong})
    assert not path.exists()


def test_the_same_call_goes_on_other_settings_and_other_data_do_not(blobs, tmp_path):
    path = tmp_path / "s.db"
    first = caviar.sweep(*blobs, study=path, **few)
    again = caviar.sweep(*blobs, study=path, **few)
    assert outcome_of(again) == outcome_of(first)
    with pytest.raises(caviar.UsageError, match="other settings"):
        caviar.sweep(*blobs, study=path, **{**few, "epochs": 5})
    with pytest.raises(caviar.RuntimeFailure, match="fingerprint|other data"):
        caviar.sweep(np.sqrt(np.abs(blobs[0])), blobs[1], study=path, **few)
    assert caviar.Study(path).best_model().predict(blobs[0]).shape == (300,)  # its preprocessing is still its own


def test_interrupted_and_gone_on_with_it_ends_the_same(blobs, tmp_path):
    whole = caviar.sweep(*blobs, study=tmp_path / "whole.db", **{**few, "epochs": 30})

    def stop(news):
        if news["trials_done"] >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as interrupt:
        caviar.sweep(*blobs, study=tmp_path / "cut.db", callback=stop, threads=1, **{**few, "epochs": 30})
    assert isinstance(interrupt.value, caviar.Interrupted)
    saved = interrupt.value.study
    assert 3 <= saved.counts["complete"] + saved.counts["diverged"] < 12 and not saved.finished
    resumed = caviar.resume(tmp_path / "cut.db", *blobs)
    assert resumed.finished and outcome_of(resumed) == outcome_of(whole)
    with pytest.raises(caviar.UsageError, match="epochs"):
        caviar.resume(tmp_path / "cut.db", *blobs, epochs=3)


def test_ctrl_c_saves(start, tmp_path):
    program = textwrap.dedent("""
        import sys, numpy, caviar
        X = numpy.random.default_rng(1).normal(size=(500, 8))
        try:
            caviar.sweep(X, X[:, 0] > 0, study=sys.argv[1], trials=5000, epochs=500, callback=lambda news: print("news", flush=True))
        except KeyboardInterrupt as interrupt:
            print("saved", interrupt.study.counts["trials"], flush=True)
    """)
    child = start(program, str(tmp_path / "s.db"))
    assert "news" in child.stdout.readline()
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 0 and "saved" in output
    assert caviar.Study(tmp_path / "s.db").counts["trials"] > 0


def test_a_file_and_built_in_data(tmp_path):
    rows = "\n".join(f"{i % 7},{'red' if i % 3 else 'blue'},{i % 2}" for i in range(120))
    (tmp_path / "t.csv").write_text(f"a,colour,y\n{rows}\n")
    study = caviar.sweep(tmp_path / "t.csv", target="y", study=tmp_path / "t.db", **few)
    assert study.settings["data"] == str(tmp_path / "t.csv")
    assert caviar.sweep("digits", trials=2, epochs=1, confirm=0).outcome["data"]["classes"] == [str(i) for i in range(10)]
    with pytest.raises(caviar.DataError, match="there is no such file"):
        caviar.sweep(tmp_path / "u.csv", target="y")


def test_temporary_studies_go_with_their_object(blobs):
    study = caviar.sweep(*blobs, **few)
    path = study.path
    assert os.path.exists(path)
    del study
    assert not os.path.exists(path)


def test_labels_come_back_as_they_were(blobs):
    X, y = blobs
    for labels in (np.array(["no", "yes"], object)[y % 2], y % 2 == 1, y - 1.0, y * 10):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predicted = caviar.sweep(X, labels, task="multiclass", **few).best_model().predict(X)
        assert set(predicted.tolist()) <= set(labels.tolist())


def test_data_frames_are_matched_by_name(blobs):
    pandas = pytest.importorskip("pandas")
    X, y = blobs
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "kind": np.array(["x", "y", None], object)[y], "target": X[:, 2]})
    study = caviar.sweep(frame, pandas.Series(y, name="label"), **few)
    model = study.best_model()
    assert set(model.columns) == {"a", "b", "kind", "target"}
    np.testing.assert_array_equal(model.predict(frame[["kind", "target", "b", "a"]]), model.predict(frame))
    with pytest.raises(caviar.DataError, match="kind"):
        model.predict(frame[["a", "b", "target"]])
    trials = study.trials_dataframe()
    assert list(trials["id"]) == list(range(12)) and {"accuracy", "learning_rate"} <= set(trials.columns)
    assert trials["accuracy"].max() == study.best_trial["metric"]
    assert (trials["ended"] >= trials["began"]).all() and trials["began"].dt.tz is not None and trials["device"].nunique() == 1


def test_the_data_frame_tells_epochs_from_epochs_and_knows_the_fold(blobs):
    pytest.importorskip("pandas")
    study = caviar.sweep(*blobs, space={"epochs": [2, 3]}, patience=1, cv=3, trials=12, confirm=0)
    frame, trials = study.trials_dataframe(), study.trials(sort="id")
    assert list(frame["epochs"]) == [trial["epochs"] for trial in trials]
    assert list(frame["settings.epochs"]) == [trial["settings"]["epochs"] for trial in trials]
    assert list(frame["fold"]) == [0, 1, 2] * 4


@pytest.mark.parametrize("extension", ["safetensors", "npz", "json"])
def test_models_are_saved_and_loaded(line, tmp_path, extension):
    model = caviar.train(*line, [{"hidden": [5]}], epochs=2, models=True)[0].model
    path = tmp_path / f"model.{extension}"
    model.save(path)
    for other in (caviar.Model.load(path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(line[0]), model.predict(line[0]))
    assert [W.shape for W, _ in model.layers] == [(2, 5), (5, 1)] and model.widths == [2, 5, 1]
    with pytest.raises(caviar.UsageError, match="predict_proba is for classes"):
        model.predict_proba(line[0])
    with pytest.raises(caviar.UsageError, match="extension"):
        model.save(tmp_path / "model.txt")
    with pytest.raises(caviar.DataError):
        caviar.Model.load(tmp_path / "nothing.npz")


def test_an_ensemble_shows_its_members(line, tmp_path):
    one, two = [trial.model for trial in caviar.train(*line, [{"hidden": [5]}, {"hidden": [4, 3], "activation": "tanh"}], epochs=2, models=True)]
    documents = [saved(model, tmp_path / "m.json") for model in (one, two)]
    both = {**documents[0], "caviar_model": "2", "layers": [document["layers"] for document in documents],
            "nets": [{name: document[name] for name in ("activation", "scaling")} for document in documents]}
    del both["activation"], both["scaling"]
    (tmp_path / "both.json").write_text(json.dumps(both))
    ensemble = caviar.Model.load(tmp_path / "both.json")
    assert [member.widths for member in ensemble.members] == [[2, 5, 1], [2, 4, 3, 1]] and len(one.members) == 1
    for member, model in zip(ensemble.members, (one, two)):
        np.testing.assert_array_equal(member.predict(line[0]), model.predict(line[0]))
    assert "2-5-1 relu, 2-4-3-1 tanh" in repr(ensemble)
    for name in ("layers", "widths", "activation"):
        with pytest.raises(caviar.UsageError, match="an ensemble of 2 networks; its `members`"):
            getattr(ensemble, name)


def test_warnings_are_warnings(blobs):
    X = np.column_stack([blobs[0], np.ones(300)])
    with pytest.warns(caviar.CaviarWarning, match="constant|same"):
        caviar.sweep(X, blobs[1], **few)


def test_the_package_is_typed():
    folder = pathlib.Path(caviar.__file__).parent
    assert (folder / "py.typed").exists() and (folder / "_core.pyi").exists()
