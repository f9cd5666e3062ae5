"""The one line of README for each table: CSV and JSON lines of trials and of curves, by pandas; all say the same as EXPECTED, what
`caviar trials --json --curves` says of the study. Run in the folder of the files. Exit code 77: there is no pandas."""
import json
import math
import sys

try:
    import pandas as pd
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

close = lambda *values: all(math.isclose(x, values[-1], rel_tol=1e-14) for x in values)  # pandas reads the last bit of CSV its own way
ours = json.load(open(sys.argv[1], encoding="utf-8"))
trials = pd.read_csv("trials.csv")
curves = pd.read_csv("curves.csv")
lines = pd.json_normalize([json.loads(line) for line in open("trials.jsonl")])

assert list(trials["id"]) == list(lines["id"]) == [trial["id"] for trial in ours["trials"]]
for i, trial in enumerate(ours["trials"]):
    assert trials["state"][i] == lines["state"][i] == trial["state"]
    assert all(trials[name][i] == lines[name][i] == trial[name] for name in ("began", "ended", "device"))
    if trial["metric"] is not None:
        assert close(trials[ours["metric"]][i], lines["metric"][i], trial["metric"])
    assert close(trials["learning_rate"][i], lines["settings.learning_rate"][i], trial["settings"]["learning_rate"])
    curve = curves[curves["id"] == trial["id"]]
    assert list(curve["epoch"]) == list(range(trial["epochs"]))
    for ys in (list(curve["valid_metric"]), lines["curve.valid_metric"][i]):
        assert all(close(y, z) if z is not None else y is None or math.isnan(y) for y, z in zip(ys, trial["curve"]["valid_metric"], strict=True))
print("pandas", pd.__version__, "reads", len(trials), "trials and", len(curves), "epochs")
