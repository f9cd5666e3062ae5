"""What columns and labels are taken for, and that labels come back as they were."""

import numpy as np
import pytest

import caviar

brief = {"epochs": 4, "models": True}
pandas = pytest.importorskip("pandas")


def model_of(X, y, **settings):
    return caviar.train(X, y, [{"learning_rate": 0.03}], **{**brief, **settings})[0].model


@pytest.mark.parametrize("dtype, values", [("string", ["red", "blue", pandas.NA]), ("boolean", [True, False, pandas.NA]), ("Int64", [3, 4, pandas.NA]),
                                           ("category", ["red", "blue", None]), ("category", [7, 9, None])])
def test_missing_values_of_pandas_own_types(blobs, dtype, values):
    X, y = blobs
    frame = pandas.DataFrame({"a": X[:, 0], "b": pandas.array([values[i] for i in y], dtype=dtype)})
    model = model_of(frame, y, epochs=30)
    assert (model.predict(frame) == y).mean() > 0.9  # b says it all; that it is missing, too
    plain = pandas.DataFrame({"a": X[:, 0], "b": pandas.Series([None if i == 2 else values[i] for i in y], dtype=object)})
    if dtype != "category":
        np.testing.assert_array_equal(model.predict_proba(plain), model.predict_proba(frame))


def test_a_category_is_one_whatever_its_values_are(blobs, tmp_path):
    X, y = blobs
    numbers = np.array([10, 20, 30])[y]
    frame = pandas.DataFrame({"a": X[:, 0], "k": pandas.Categorical(numbers, categories=[30, 20, 10, 40])})
    model = model_of(frame, y)
    assert model.widths[0] == 1 + 3 + 1  # a; the levels that there are; none of them
    words = frame.assign(k=numbers.astype(str))
    np.testing.assert_array_equal(model.predict_proba(frame), model.predict_proba(words))
    np.testing.assert_array_equal(model.predict_proba(frame), model_of(words, y).predict_proba(words))
    labels = pandas.Series(pandas.Categorical(numbers))
    predicted = model_of(X, labels).predict(X)
    assert predicted.dtype.kind == "i" and set(predicted) <= {10, 20, 30}


@pytest.mark.parametrize("labels", [["0", "1"], ["01", "1"], ["1", "1.0"], ["True", "False"], [0, 1], [0.0, 1.0], [0.5, 2.0], [True, False], ["no", "yes"]])
def test_labels_come_back_as_they_were(blobs, tmp_path, labels):
    X, y = blobs
    given = np.array(labels, object if isinstance(labels[0], str) else None)[y % 2]
    model = model_of(X, given, task="binary")
    model.save(tmp_path / "m.npz")
    study = caviar.sweep(X, given, task="binary", trials=2, epochs=1, confirm=0)
    for each in (model, caviar.Model.load(tmp_path / "m.npz"), study.best_model(), caviar.Study(study.path).best_model()):
        assert {(type(label), label) for label in each.classes.tolist()} == {(type(label), label) for label in labels}
        assert set(each.predict(X).tolist()) <= set(labels)


def test_labels_of_files_are_numbers_only_where_they_read_so():
    from caviar._data import labels

    for words in (["01", "1"], ["1", "1.0"], ["1", "x"], ["1_0", "2"], ["inf", "1"], ["yes", "no"]):
        assert labels(words).tolist() == words
    assert labels(["0", "1"]).tolist() == [0, 1] and labels(["0.5", "1"]).tolist() == [0.5, 1.0] and labels(["False", "True"]).tolist() == [False, True]
