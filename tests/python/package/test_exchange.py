"""Models and studies made in Python, elsewhere: under ONNX Runtime, in PyTorch, and in the program."""

import importlib.util
import json
import os
import subprocess

import numpy as np
import pytest

import caviar

words = np.array(["NA", "", "other"], object)  # none of them missing


@pytest.fixture(scope="session")
def program():
    """Runs the program `caviar` (CAVIAR_PROGRAM names it), and gives back what subprocess.run does."""
    path = os.environ.get("CAVIAR_PROGRAM", "")
    if not os.path.exists(path):
        pytest.skip("CAVIAR_PROGRAM does not name the program")
    path = os.path.abspath(path)
    return lambda *arguments, cwd=None: subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


@pytest.fixture(scope="session")
def worded():
    """A model of a column of words that a table's reader takes for missing values, and its probabilities for each of them."""
    y = np.arange(300) % 3
    X = words[y][:, None]
    model = caviar.train(X, np.array(["a", "b", "c"])[y], [{"learning_rate": 0.03}], epochs=30, models=True)[0].model
    answers = model.predict_proba(words[:, None])
    assert (answers.argmax(axis=1) == [0, 1, 2]).all() and answers.max(axis=1).min() > 0.8
    return model, answers


def test_words_that_mean_missing_elsewhere_are_words_here(worded, tmp_path, program):
    model, answers = worded
    model.save(tmp_path / "m.json")
    assert {"NA", ""}.isdisjoint(json.loads((tmp_path / "m.json").read_text())["missing"])
    (tmp_path / "t.csv").write_text("\n".join(["NA", '""', "other"]) + "\n")
    said = program("predict", tmp_path / "m.json", tmp_path / "t.csv", "--no-header")
    assert said.returncode == 0, said.stderr
    rows = [line.split(",") for line in said.stdout.splitlines()[1:]]
    np.testing.assert_allclose([[float(share) for share in row[2:]] for row in rows], answers, atol=1e-6)  # float32, as text


def test_the_same_under_onnx_runtime(worded, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    worded[0].save(tmp_path / "m.onnx")
    session = runtime.InferenceSession(tmp_path / "m.onnx")
    shares = session.run(None, {session.get_inputs()[0].name: words[:, None]})[1]
    np.testing.assert_allclose(shares, worded[1], atol=1e-6)


def test_the_same_in_pytorch(worded, tmp_path):
    pytest.importorskip("torch")
    worded[0].save(tmp_path / "m.py")
    spec = importlib.util.spec_from_file_location("m", tmp_path / "m.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net = module.Model()
    shares = net(net.encode({module.COLUMNS[0][0]: words.tolist()}))
    np.testing.assert_allclose(shares.detach().numpy(), worded[1], atol=1e-6)


def test_every_kind_of_file_is_written(worded, tmp_path):
    for extension, text in (("onnx", b"caviar"), ("py", b"import torch"), ("h", b"static const"), ("safetensors", b"preprocessing"), ("npz", b"PK")):
        path = tmp_path / f"m.{extension}"
        worded[0].save(path)
        assert text in path.read_bytes()
    with pytest.raises(caviar.DataError, match="for other programs"):
        caviar.Model.load(tmp_path / "m.onnx")


def test_the_program_exports_what_was_searched_in_python(blobs, tmp_path, program):
    study = caviar.sweep(*blobs, study=tmp_path / "s.db", trials=8, epochs=3, confirm=0, keep=3)
    run = lambda *arguments: program(*arguments, cwd=tmp_path)
    exported = run("export", "s.db", "-o", "best.npz")
    assert exported.returncode == 0 and "new.csv" in exported.stderr and "verify" not in exported.stderr, exported.stderr
    np.testing.assert_array_equal(caviar.Model.load(tmp_path / "best.npz").predict_proba(blobs[0]), study.best_model().predict_proba(blobs[0]))
    assert caviar.Model.load(tmp_path / "best.npz").classes.tolist() == [0, 1, 2]
    assert run("export", "s.db", "--ensemble", "3", "-o", "three.npz").returncode == 0
    assert len(caviar.Model.load(tmp_path / "three.npz").members) == 3

    worst = study.trials(top=1, descending=True, filter="state=complete")[0]["id"]
    for command in (["export", "s.db", "--trial", worst, "-o", "w.npz"], ["resume", "s.db"], ["verify", "s.db"], ["panda", "s.db"]):
        said = run(*command)
        assert said.returncode == 2 and "arrays" in said.stderr and 'caviar.resume("s.db", X, y)' in said.stderr and "--data FILE" in said.stderr, said.stderr
    assert "caviar.sweep(X, y" in run("sweep", "--config", "s.db").stderr
    # No table holds the arrays; one of the very same numbers does as well.
    np.savetxt(tmp_path / "rows.csv", np.column_stack(blobs), delimiter=",", header="a,b,c,d,target", comments="", fmt="%.17g")
    verified = run("verify", "s.db", "--data", "rows.csv")
    assert verified.returncode == 0 and "equal, bit for bit" in verified.stdout, verified.stderr


def test_the_program_recommends_what_can_be_done(blobs, tmp_path, program):
    def stop(news):
        if news["trials_done"] >= 2:
            raise KeyboardInterrupt

    with pytest.raises(caviar.Interrupted):
        caviar.sweep(*blobs, study=tmp_path / "s.db", trials=12, epochs=30, confirm=0, threads=1, callback=stop)
    for command in ("trials", "report"):
        said = program(command, "s.db", cwd=tmp_path)
        assert said.returncode == 0 and 'caviar.resume("s.db", X, y)' in said.stderr and "caviar resume" not in said.stderr, said.stderr
    with pytest.raises(caviar.UsageError, match=r"caviar\.resume\(.*s\.db., X, y\)"):
        caviar.sweep(*blobs, study=tmp_path / "s.db", trials=12, epochs=31, confirm=0)
