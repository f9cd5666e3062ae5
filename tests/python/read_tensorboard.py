"""Reads the folder RUNS, which caviar exported, with TensorBoard's own readers and compares it with EXPECTED, what
`caviar trials --json --curves` says of the same study. Exit code 77: there is no TensorBoard."""
import datetime
import json
import os
import struct
import sys

try:
    from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

runs, expected = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8"))
ours = {"trial-" + str(trial["id"]): trial for trial in expected["trials"]}
metric = expected["metric"]
as_float = lambda x: float("nan") if x is None else struct.unpack("f", struct.pack("f", x))[0]
seconds = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

folders = sorted(name for name in os.listdir(runs) if os.path.isdir(os.path.join(runs, name)))
assert folders, "no runs"
scored = [trial["metric"] for trial in expected["trials"] if trial["metric"] is not None]
for name in folders:
    trial = ours[name]
    events = event_accumulator.EventAccumulator(os.path.join(runs, name), size_guidance={event_accumulator.SCALARS: 0})
    events.Reload()
    for tag, curve in {"train/loss": "train_loss", "valid/loss": "valid_loss", "valid/" + metric: "valid_metric"}.items():
        points = events.Scalars(tag)
        assert [p.step for p in points] == list(range(trial["epochs"])), (name, tag)
        assert all(p.value == as_float(y) or y is None for p, y in zip(points, trial["curve"][curve], strict=True)), (name, tag)
        assert all(a.wall_time <= b.wall_time for a, b in zip(points, points[1:]))
        assert all(seconds(trial["began"]) - 1e-3 <= p.wall_time <= seconds(trial["ended"]) + 1e-3 for p in points), (name, tag)  # to the millisecond
    if trial["best_epoch"] is not None:
        (best,) = events.Scalars("best/" + metric)
        assert best.step == trial["best_epoch"] and best.value == as_float(trial["metric"])

multiplexer = plugin_event_multiplexer.EventMultiplexer()
multiplexer.AddRunsFromDirectory(runs)
multiplexer.Reload()
provider = data_provider.MultiplexerDataProvider(multiplexer, runs)
context = backend_context.Context(base_plugin.TBContext(data_provider=provider, logdir=runs, multiplexer=multiplexer))
experiment = get_experiment.Handler(RequestContext(), context, "", api_pb2.GetExperimentRequest()).run()
infos = {info.name: info for info in experiment.hparam_infos}
assert infos["learning_rate"].type == api_pb2.DATA_TYPE_FLOAT64 and infos["learning_rate"].domain_interval.max_value > 0
assert infos["optimizer"].type == api_pb2.DATA_TYPE_STRING and len(infos["optimizer"].domain_discrete.values) > 1
assert [info.name.tag for info in experiment.metric_infos] == ["best/" + metric, "best/loss"]

request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=1000, allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE])
groups = list_session_groups.Handler(RequestContext(), context, "", request).run().session_groups
assert sorted(group.name for group in groups) == folders
for group in groups:
    trial = ours[group.name]
    (session,) = group.sessions
    assert session.status == (api_pb2.STATUS_FAILURE if trial["state"] == "diverged" else api_pb2.STATUS_SUCCESS)
    for name, value in trial["settings"].items():
        if name in infos:
            shown = group.hparams[name]
            assert (shown.number_value if isinstance(value, (int, float)) else shown.string_value) == value, (name, shown, value)
    values = {m.name.tag: m.value for m in group.metric_values}
    if trial["metric"] is not None:
        assert values["best/" + metric] == as_float(trial["metric"]), (values, trial)
print("TensorBoard reads", len(folders), "runs")
