"""Opens FILE (NAME.db or NAME.log), which caviar exported, with Optuna and compares it with EXPECTED, what `caviar trials --json --curves` says of
the same study. Does so with the Optuna that is installed and with each that lies in a folder optuna-VERSION of the environment.
Exit code 77: there is no Optuna."""
import datetime
import glob
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

if len(sys.argv) == 3:
    results = []
    for other in ["", *sorted(glob.glob(os.path.join(sys.prefix, "optuna-*")))]:
        environment = {**os.environ, "PYTHONPATH": other} if other else dict(os.environ)
        results.append(subprocess.run([sys.executable, __file__, *sys.argv[1:], "once"], env=environment).returncode)
    sys.exit(next((code for code in results if code not in (0, 77)), 77 if 0 not in results else 0))

try:
    import optuna
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
optuna.logging.set_verbosity(optuna.logging.ERROR)
path, expected = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))


def storage(path):
    if path.endswith(".db"):
        return "sqlite:///" + path
    try:
        from optuna.storages.journal import JournalFileBackend
    except ImportError:  # before 4.0
        from optuna.storages import JournalFileStorage as JournalFileBackend
    return optuna.storages.JournalStorage(JournalFileBackend(path))


study = optuna.load_study(study_name=None, storage=storage(path))
ours = {trial["id"]: trial for trial in expected["trials"] if trial["state"] != "waiting"}
maximise = expected["higher_is_better"]
assert (study.direction == optuna.study.StudyDirection.MAXIMIZE) == maximise
assert not hasattr(study, "metric_names") or study.metric_names == ["valid_" + expected["metric"]]  # 3.2 has no such property
assert study.user_attrs["settings"]["caviar_settings"] == 1
trials = study.trials
assert [t.number for t in trials] == list(range(len(ours))), "as many, numbered from 0"

states = {"complete": "COMPLETE", "stopped": "PRUNED", "diverged": "FAIL"}
close = lambda a, b: math.isclose(a, b, rel_tol=1e-12)  # 1 - (1 - x) costs some last bits; all else is equal
local = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone().replace(tzinfo=None)
# Dates in a database are local time; Optuna 5 takes them for UTC, also where Optuna 3 or 4 wrote them. Durations are the same.
displaced = path.endswith(".db") and int(optuna.__version__.split(".")[0]) >= 5
stored = lambda date: date.astimezone(datetime.timezone.utc).replace(tzinfo=None) if displaced else date
for t in trials:
    our = ours[t.user_attrs["caviar_trial"]]
    curve = our["curve"]["valid_metric"]
    assert t.state.name == states[our["state"]], (t, our)
    assert t.user_attrs["epochs"] == our["epochs"] and t.user_attrs["seed"] == our["hyperparameters"]["seed"]
    for date, text in ((t.datetime_start, our["began"]), (t.datetime_complete, our["ended"])):
        assert abs(stored(date) - local(text)) <= datetime.timedelta(milliseconds=1), (date, text)
    assert all(value == curve[epoch] for epoch, value in t.intermediate_values.items())
    if our["state"] == "complete":
        assert t.value == our["metric"] and len(t.intermediate_values) == min(len(curve), 50)
    if our["state"] == "stopped":
        assert t.value == curve[-1] == t.intermediate_values[max(t.intermediate_values)]
    for name, value in our["settings"].items():
        if name in t.params:
            assert t.params[name] == value, (name, t.params[name], value)
        elif "one_minus_" + name in t.params:
            assert t.user_attrs[name] == value and close(1 - t.params["one_minus_" + name], value), name
        else:
            assert len({trial["settings"].get(name) for trial in ours.values()}) == 1, name
    for name, value in t.params.items():
        d = t.distributions[name]
        assert d._contains(d.to_internal_repr(value)), (name, value, d)

complete = [trial for trial in ours.values() if trial["state"] == "complete"]
assert study.best_value == (max if maximise else min)(trial["metric"] for trial in complete)
assert study.best_trial.params and study.best_params
try:
    frame = study.trials_dataframe()
    assert len(frame) == len(ours) and "params_learning_rate" in frame and "user_attrs_caviar_trial" in frame
except ImportError:
    print("no pandas: trials_dataframe was not tried", file=sys.stderr)
if path.endswith(".db"):  # once is enough: what is drawn is the study, whatever it came from
    try:
        importances = optuna.importance.get_param_importances(study)
        assert close(sum(importances.values()), 1) and "learning_rate" in importances
    except ImportError:
        print("no scikit-learn: importances were not tried", file=sys.stderr)

    complete = [t for t in trials if t.state.name == "COMPLETE"]
    plots = ["contour", "edf", "intermediate_values", "optimization_history", "parallel_coordinate", "param_importances", "rank", "slice", "timeline"]
    try:
        for name in plots:
            kwargs = {"params": sorted({name for t in complete for name in t.params})[:2]} if name in ("contour", "rank") else {}
            figure = getattr(optuna.visualization, "plot_" + name)(study, **kwargs)
            assert figure.data, name
    except ImportError:
        print("no plotly: its figures were not tried", file=sys.stderr)

# The study goes on: a sampler of theirs asks after what ours did. In a copy, as the next version is to see what we wrote.
with tempfile.TemporaryDirectory() as folder:
    copy = shutil.copy(path, folder)
    study = optuna.load_study(study_name=None, storage=storage(copy), sampler=optuna.samplers.TPESampler(seed=1, n_startup_trials=5))
    asked = study.ask({name: d for t in trials for name, d in t.distributions.items()})
    study.tell(asked, state=optuna.trial.TrialState.FAIL)
    assert len(study.trials) == len(ours) + 1
print("Optuna", optuna.__version__, "reads", os.path.basename(path))
