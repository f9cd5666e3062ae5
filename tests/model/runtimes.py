"""Reads what export_test.cpp wrote into FOLDER: for each case NAME.onnx or NAME.py and NAME.expected, and compares what ONNX Runtime or
PyTorch says of its rows with what caviar said. RUNTIME is onnx or torch. Exit code 77: a package is missing."""
import importlib.util
import json
import math
import pathlib
import sys

TOLERANCE = 1e-5  # of probabilities; of values, of the standard deviation of the target

try:
    import numpy as np
    if sys.argv[1] == "onnx":
        import onnx
        import onnxruntime
    else:
        import torch
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)
LEVELS = [("01", ["01", "1"], 0), (1, ["01", "1"], 1), (1.0, ["01", "1"], 2), (2.0, ["1", "2"], 1), (True, ["False", "True"], 1), (None, ["None"], 1), (math.nan, ["nan"], 1),
          (" a\t", ["a"], 0), (" a ", ["a", " a "], 1)]  # a table's text with its blanks; quoted blanks were part of it in training, too


def column(case, name, categorical, index, wide):
    if categorical:
        return [row[index] for row in case["words"]]
    return [row[index] for row in case["numbers"]]


def onnx_answers(path, case):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    wide = {i.name: i.type == "tensor(double)" for i in session.get_inputs()}
    if case["matrix"]:
        feed = {"table": np.array(case["numbers"], np.float32)}
    else:
        feed = {}
        for name, categorical, index, large in case["columns"]:
            values = column(case, name, categorical, index, large)
            assert categorical or wide[name] == large, name
            if categorical:
                feed[name] = np.array([["" if v is None else v] for v in values], object)
            else:
                feed[name] = np.array([[math.nan if v is None else v] for v in values], np.float64 if large else np.float32)
    assert {i.name for i in session.get_inputs()} == set(feed), (path, set(feed))
    answers = session.run(None, feed)
    if case["classes"]:
        props = session.get_modelmeta().custom_metadata_map
        assert json.loads(props["classes"]) == case["classes"]
        return list(answers[0]), answers[1]
    assert answers[0].dtype == np.float64
    return None, answers[0]


def torch_answers(path, case):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.Model()
    assert all(p.requires_grad for p in model.parameters())
    for value, levels, due in LEVELS:
        assert module.level(value, levels) == due, (value, levels)
    if module.MISSING:
        assert module.is_missing(f" {module.MISSING[-1]} ") and math.isnan(module.number(f"{module.MISSING[-1]} "))
    table = case["numbers"] if case["matrix"] else {c[0]: column(case, *c) for c in case["columns"]}
    if case["matrix"]:
        table = np.array(table, np.float64)
    answers = model(model.encode(table)).detach().numpy()
    said = model.predict(table)
    if not case["classes"]:
        assert said == answers[:, 0].tolist()
        return None, answers
    assert module.CLASSES == case["classes"]
    return said, answers


folder = pathlib.Path(sys.argv[2])
worst = 0.0
cases = 0
for expected in sorted(folder.glob("*.expected")):
    case = json.loads(expected.read_text(encoding="utf-8"))
    run, suffix = (onnx_answers, ".onnx") if sys.argv[1] == "onnx" else (torch_answers, ".py")
    labels, answers = run(str(expected.with_suffix(suffix)), case)
    rows = len(case["numbers"])
    if case["classes"]:
        assert labels == case["labels"], (expected.name, labels, case["labels"])
        due = np.array(case["probabilities"], np.float32).reshape(rows, -1)
        scale = 1.0
    else:
        due = np.array(case["values"]).reshape(rows, 1)
        scale = case["scale"]
    assert answers.shape == due.shape, (expected.name, answers.shape, due.shape)
    off = float(np.abs(answers - due).max()) / scale
    assert off <= TOLERANCE, (expected.name, off)
    worst = max(worst, off)
    cases += 1
assert cases == int(sys.argv[3]), cases
print(f"{sys.argv[1]}: {cases} models, at most {worst:.2g} off")
