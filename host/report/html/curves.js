// Learning curves: all that the file holds as faint lines, the best ten in front, the winner before all.

const curveOf = new Map((report.curves.id || []).map((id, k) => [id, k]));

function faintTrace(ids, what, at, line) {
  const x = [], y = [];
  for (const id of ids) {
    const values = report.curves[what][curveOf.get(id)];
    for (let k = 0; k < values.length; ++k) { x.push(at[k]); y.push(values[k]); }
    x.push(null);
    y.push(null);
  }
  return { type: "scatter", mode: "lines", x, y, line, hoverinfo: "skip" };
}

function frontTrace(id, what, at, line, name) {
  const values = report.curves[what][curveOf.get(id)];
  return { type: "scatter", mode: values.length > 1 ? "lines" : "markers", x: at.slice(0, values.length), y: values, line, marker: { color: line.color }, name,
           hovertemplate: `${name}<br>epoch %{x}: %{y:.5~g}<extra></extra>` };
}

/// Where a net's own epochs begin: a branch shares those before with the one that it left.
function beginnings() {
  if (!panda) return new Map();
  return new Map(report.branches.map((branch) => [branch.id, Math.max(0, ...branch.events.filter((e) => e.copied_from !== null).map((e) => e.epoch))]));
}
const branchColours = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999933"]; // Okabe & Ito's, told apart by all eyes

function branchTraces(what, at) {
  const begins = beginnings(), traces = [];
  report.curves.id.forEach((id) => {
    const values = report.curves[what][curveOf.get(id)], first = at.findIndex((epoch) => epoch >= begins.get(id)), tint = branchColours[id % branchColours.length];
    const from = Math.max(0, first);
    const events = report.branches.find((b) => b.id === id).events.filter((e) => e.epoch >= begins.get(id) && Object.keys(e.changes).length);
    const near = (epoch) => Math.max(0, at.findIndex((e) => e >= Math.max(1, epoch)));
    traces.push({ type: "scatter", mode: "lines", x: at.slice(from, values.length), y: values.slice(from), name: `branch ${id}`, showlegend: true,
                  line: { color: tint, width: id === bestId ? 3 : 2 }, hovertemplate: `branch ${id}<br>epoch %{x}: %{y:.5~g}<extra></extra>` });
    traces.push({ type: "scatter", mode: "markers", x: events.map((e) => at[near(e.epoch)]), y: events.map((e) => values[near(e.epoch)]), showlegend: false,
                  marker: { color: colour("card"), size: 9, line: { color: tint, width: 2 } },
                  text: events.map((e) => Object.entries(e.changes).map(([name, value]) => `${plain(name)} ${plain(number(value, 3))}`).join("<br>")),
                  hovertemplate: "after epoch %{x}:<br>%{text}<extra></extra>" });
  });
  return traces;
}

function logTicks(lists) {
  let low = Infinity, high = 0;
  for (const list of lists) for (const v of list) if (v > 0) { low = Math.min(low, v); high = Math.max(high, v); }
  if (!(high > low)) return {};
  const values = roundLogs(low / 2, high * 2, 4);
  return { tickvals: values, ticktext: values.map(shortly) };
}

function drawCurves() {
  const what = $("curves-what").value, { id: ids, at } = report.curves, logX = $("curves-x").checked, logY = $("curves-y").checked;
  const seen = selection.all ? ids : ids.filter((id) => selection.has(places.get(id)));
  const traces = panda ? branchTraces(what, at) : [faintTrace(seen, what, at, { color: faint(Math.max(0.03, Math.min(0.2, 40 / seen.length))), width: 1 })];
  if (!panda) {
    const front = seen.slice(0, 10).reverse();
    for (const id of front) {
      const winner = id === bestId;
      traces.push(frontTrace(id, what, at, { color: winner ? colour("best") : colour("mid"), width: winner ? 2.6 : 1.3 }, winner ? `trial ${id}, the winner` : `trial ${id}`));
    }
    const marked = selection.marked === null ? null : trials.id[selection.marked];
    if (marked !== null && curveOf.has(marked)) traces.push(frontTrace(marked, what, at, { color: colour("ink"), width: 2.4, dash: "dot" }, `trial ${marked}`));
  }
  const label = { valid_loss: "validation loss", train_loss: "training loss", valid_metric: `validation ${metricName}` }[what];
  const yaxis = axis(Object.assign({ title: label, type: logY ? "log" : "linear" }, logY ? logTicks(report.curves[what]) : {}));
  Plotly.react("curves-plot", traces, layout({
    height: 460, xaxis: axis(Object.assign({ title: "epoch", type: logX ? "log" : "linear", rangemode: "tozero" }, logX ? logTicks([at]) : {})), yaxis,
    showlegend: panda, legend: { orientation: "h", y: 1.08, font: { color: colour("ink") } }, uirevision: what + logX + logY,
  }), config);
}

function setUpCurves() {
  if (!curveOf.size || !report.curves.at.length) return leaveOut("curves");
  $("curves-metric").textContent = `validation ${metricName}`;
  const drawn = curveOf.size, all = report.trials_in_all - report.counts.waiting;
  const last = report.curves.at[report.curves.at.length - 1];
  const thinned = report.curves.at.length < last ? ` Of their ${whole(last)} epochs ${report.curves.at.length} are points.` : "";
  $("curves-lead").textContent = panda
    ? "Each branch from where it left the one before; rings are changes of settings."
    : (drawn < all ? `${whole(drawn)} of ${whole(all)} trials are drawn: the best 20, the others evenly by rank.` : `All ${whole(all)} trials.`) + thinned +
      (bestId === null ? "" : " The winner is orange, the next nine are blue.");
  for (const id of ["curves-what", "curves-x", "curves-y"])
    $(id).addEventListener("change", () => {
      if (id === "curves-what") $("curves-y").checked = $("curves-what").value !== "valid_metric";
      drawCurves();
    });
  part("curves", drawCurves);
}
