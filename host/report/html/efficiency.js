// How good the best of so many random trials is, as Bergstra & Bengio (JMLR 13, 2012) draw it, but of the validation metric.

function drawEfficiency() {
  const points = report.efficiency.points, x = points.map((p) => p.size);
  const band = (from, to, tint) => [
    { type: "scatter", mode: "lines", x, y: points.map((p) => p[from]), line: { width: 0 }, hoverinfo: "skip" },
    { type: "scatter", mode: "lines", x, y: points.map((p) => p[to]), line: { width: 0 }, fill: "tonexty", fillcolor: tint, hoverinfo: "skip" },
  ];
  const says = points.map((p) => `best of ${whole(p.size)}, ${plural(p.experiments, "experiment")}<br>median ${number(p.median)}<br>half ${number(p.lower_quartile)} to ${number(p.upper_quartile)}<br>all ${number(p.lowest)} to ${number(p.highest)}`);
  const traces = [...band("lowest", "highest", faint(0.16)), ...band("lower_quartile", "upper_quartile", faint(0.16)),
    { type: "scatter", mode: "lines+markers", x, y: points.map((p) => p.median), line: { color: colour("warm"), width: 2 }, marker: { color: colour("warm"), size: 6 }, text: says, hovertemplate: "%{text}<extra></extra>" }];
  const usual = points.flatMap((p) => [p.lower_quartile, p.upper_quartile]).concat(report.best ? [report.best.metric] : []).filter((v) => v !== null);
  const [low, high] = [Math.min(...usual), Math.max(...usual)], margin = 0.1 * (high - low) || 1, logs = !up && low > 0 && high > 10 * low, range = logs ? [Math.log10(low / 1.2), Math.log10(high * 1.2)] : [low - margin, high + margin];
  const shapes = report.best ? [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: report.best.metric, y1: report.best.metric, line: { color: colour("best"), width: 1.5, dash: "dot" } }] : [];
  Plotly.react("efficiency-plot", traces, layout({ height: 340, shapes,
    xaxis: axis({ type: "log", title: "trials of an experiment", tickvals: x, ticktext: x.map(String), showgrid: false }), yaxis: axis({ title: `best validation ${metricName}`, range, type: logs ? "log" : "linear", ...(logs ? logTicks([usual]) : {}) }) }), config);
}

function setUpEfficiency() {
  if (panda) return leaveOut("efficiency");
  const lead = $("efficiency-lead");
  if (!report.efficiency) {
    lead.textContent = "No such curve: it needs independent draws from the whole space (a random or Sobol search, or a first round), each trained with one seed.";
    return;
  }
  lead.textContent = `The ${plural(report.efficiency.trials, "trial")} that are draws from the whole space, split at random into experiments of 1, 2, 4, … trials: how good the best of an experiment is. ` +
    "The line is the median, the bands half and all of the experiments (all may lie beyond the axis); dotted, the winner's. After Bergstra & Bengio's efficiency curves, but by the validation metric, which flatters the best: " +
    "a study does not hold every trial's test score.";
  part("efficiency", drawEfficiency);
}
