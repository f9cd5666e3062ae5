// The optimisation history: every trial in its turn, and the best so far; below it what each part of the search looked at.

function drawHistory() {
  const order = finished.filter((i) => trials.metric[i] !== null), x = [], best = [], says = [];
  let so_far = null;
  for (const i of order) {
    const value = trials.metric[i];
    if (so_far === null || (up ? value > so_far : value < so_far)) so_far = value;
    x.push(trials.id[i]);
    best.push(metricScale.to(so_far));
    says.push(`best by trial ${trials.id[i]}: ${number(so_far)}`);
  }
  const traces = [
    { type: pointsType(order.length), mode: "markers", x, y: order.map(metricAt), customdata: order, text: order.map(story), hovertemplate: "%{text}<extra></extra>",
      marker: { size: order.length > 3000 ? 4 : 6, color: order.map((i) => goodness[i]), colorscale: goodColours(), cmin: 0, cmax: 1 } },
    { type: "scatter", mode: "lines", x, y: best, text: says, line: { shape: "hv", color: colour("best"), width: 2 }, hovertemplate: "%{text}<extra></extra>" },
  ];
  if (places.has(bestId)) traces.push({ type: "scatter", mode: "markers", x: [bestId], y: [metricAt(places.get(bestId))], text: [story(places.get(bestId))], hovertemplate: "%{text}<extra></extra>",
                                        marker: { symbol: "star", size: 15, color: colour("best"), line: { color: colour("card"), width: 1.5 } } });
  const lines = report.search.slice(1).map((part) => ({ type: "line", x0: part.trials[0] - 0.5, x1: part.trials[0] - 0.5, y0: 0, y1: 1, yref: "paper", line: { color: colour("line"), width: 1 } }));
  Plotly.react("history-plot", traces, layout({ height: 380, shapes: lines, xaxis: axis({ title: "trial", showgrid: false }), yaxis: metricAxis({ title: metricName }) }), config);
}

function sideText(side, scale) {
  if (!side) return "";
  if ("low" in side) return `${number(side.low, 3)} .. ${number(side.high, 3)}`;
  if ("held" in side) return `= ${side.held}`;
  const [word, share] = Object.entries(side).sort((a, b) => b[1] - a[1])[0] || [];
  return word === undefined ? "" : `${word} ${percent(share)}`;
}

function fillRounds() {
  const head = report.search.map(({ rounds, trials: range }) => {
    const [what, first, last] = report.search.every((p) => p.rounds[1] === 0) ? ["trials", range[0], range[1]] : ["round", rounds[0] + 1, rounds[1] + 1];
    return first === last ? `${what} ${first}` : `${what.replace(/s?$/, "s")} ${first}–${last}`;
  });
  const row = (name, cells, best) => element("tr", {}, element("th", {}, name), ...cells.map((text, k) => element("td", best === k ? { className: "best" } : {}, text)));
  const found = report.search.map((p) => p.best), champion = report.best && found.length ? found.indexOf(found.filter((v) => v !== null).reduce((a, b) => ((up ? b > a : b < a) ? b : a), found.find((v) => v !== null))) : -1;
  const sides = scales.filter((scale) => report.search.some((p) => p.box[scale.name] && sideText(p.box[scale.name])));
  $("rounds-table").replaceChildren(
    element("tr", {}, element("th", {}, ""), ...head.map((text) => element("th", {}, text))),
    row("finished", report.search.map((p) => whole(p.finished))),
    row(`best ${metricName}`, found.map((v) => number(v)), champion),
    row("median", report.search.map((p) => number(p.median))),
    ...sides.map((scale) => row(scale.name, report.search.map((p) => sideText(p.box[scale.name], scale)))));
}

function setUpHistory() {
  if (panda || !metricScale) return leaveOut("history");
  const shown = size < report.trials_in_all ? ` Of ${whole(report.trials_in_all)} trials ${whole(size)} are in this file: the best, and every so-many-th.` : "";
  $("history-lead").textContent = `Each point a trial, the stronger its colour the better its rank; the line is the best so far, the star the winner. The worst twentieth may lie beyond the axis.${shown}`;
  fillRounds();
  part("history", drawHistory);
}
