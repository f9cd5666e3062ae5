// Which hyperparameters mattered: shares of the variance with intervals, alone and in pairs, and how good each part of a scale is.

function drawImportance() {
  const { effects, interactions } = report.importance;
  const single = effects.filter((e, k) => k < 2 || e.share >= 0.005).map((e) => ({ name: e.name, share: e, tint: colour("mid") }));
  const pairs = interactions.slice(0, 5).filter((p) => p.share >= 0.01 && p.low > 0).map((p) => ({ name: p.names.join(" × "), share: p, tint: colour("cold") }));
  const bars = [...single, ...pairs].reverse();
  const trace = {
    type: "bar", orientation: "h", y: bars.map((b) => plain(b.name)), x: bars.map((b) => b.share.share), marker: { color: bars.map((b) => b.tint) },
    error_x: { type: "data", symmetric: false, array: bars.map((b) => b.share.high - b.share.share), arrayminus: bars.map((b) => b.share.share - b.share.low), color: colour("soft"), thickness: 1, width: 3 },
    customdata: bars.map((b) => [b.share.low, b.share.high]), hovertemplate: "%{y}: %{x:.1%}, 90 % interval %{customdata[0]:.1%} to %{customdata[1]:.1%}<extra></extra>",
  };
  Plotly.react("importance-plot", [trace], layout({ height: Math.max(240, 60 + 30 * bars.length), bargap: 0.35, margin: { l: 8, r: 16, t: 8, b: 40 },
    xaxis: axis({ tickformat: ".0%", rangemode: "tozero" }), yaxis: axis({ showgrid: false, tickfont: { color: colour("ink"), size: 12 } }) }), config);
  drawMarginals(effects.slice(0, 6));
}

function drawMarginals(effects) {
  const across = Math.min(effects.length, $("marginals-plot").clientWidth > 420 ? 3 : 2), down = Math.ceil(effects.length / across), axes = {}, traces = [];
  const ranks = effects.flatMap((effect) => effect.ranks), range = [0.97 - Math.max(...ranks), 1.03 - Math.min(...ranks)];
  effects.forEach((effect, k) => {
    const scale = scaleNamed(effect.name), n = k === 0 ? "" : k + 1, column = k % across, row = Math.floor(k / across);
    if (!scale) return;
    const x = effect.values.map(scale.to), y = effect.ranks.map((rank) => 1 - rank), common = { x, y, xaxis: `x${n}`, yaxis: `y${n}`, hovertemplate: "mean rank %{y:.0%}<extra></extra>" };
    traces.push(scale.words ? Object.assign(common, { type: "scatter", mode: "markers", marker: { color: colour("warm"), size: 9 } }) : Object.assign(common, { type: "scatter", mode: "lines", line: { color: colour("warm"), width: 2 } }));
    axes[`xaxis${n}`] = scaleAxis(scale, { domain: [column / across + 0.02, (column + 1) / across - 0.02], anchor: `y${n}`, showgrid: false, tickfont: { color: colour("soft"), size: 10 } });
    if (!scale.words && scale.ticks.length > 5) Object.assign(axes[`xaxis${n}`], { tickvals: scale.ticks.filter((_, t) => t % 2 === 0).map((t) => t[0]), ticktext: scale.ticks.filter((_, t) => t % 2 === 0).map((t) => t[1]) });
    const bottom = 1 - (row + 1) / down, gap = down > 1 ? 0.34 / down : 0.1;
    axes[`yaxis${n}`] = axis({ domain: [bottom + gap, bottom + 1 / down], anchor: `x${n}`, matches: k ? "y" : undefined, range, nticks: 3, showticklabels: false });
  });
  Plotly.react("marginals-plot", traces, layout(Object.assign({ height: Math.max(240, 150 * down), margin: { l: 12, r: 8, t: 8, b: 40 } }, axes)), config);
}

function setUpImportance() {
  if (panda) return leaveOut("importance");
  const { importance } = report, lead = $("importance-lead");
  if (!importance || !importance.told) {
    lead.textContent = importance ? `From ${plural(importance.trials, "trial")} no effect can be told from chance.` : "Too little to tell: 24 finished trials are needed that did not all do equally well.";
    document.querySelector("#importance .two").hidden = true;
    return;
  }
  lead.textContent = `Share of the variance of the trials' ranks over the whole space, with 90 % intervals, from ${plural(importance.trials, "trial")} (functional ANOVA of random forests). ` +
    "Pairs: what two do together beyond what each does alone.";
  part("importance", drawImportance);
}
