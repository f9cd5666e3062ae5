// Parallel coordinates: a line a trial, an axis a hyperparameter; what is brushed on the axes is selected.

let parallelOrder = [], parallelKeeps = [];

/// An axis over all trials; what a trial does not have (inactive, or diverged) lies below the rest.
function parallelAxis(label, values, [low, high], ticks, form) {
  const below = low - 0.12 * (high - low), missing = values.some((v) => v === null);
  const shown = ticks.filter(([at]) => at >= low && at <= high);
  return { label, values: values.map((v) => (v === null ? below : Math.min(Math.max(v, low), high))), range: [missing ? below : low, high],
           tickvals: [...(missing ? [below] : []), ...shown.map((t) => t[0])], ticktext: [...(missing ? ["none"] : []), ...shown.map((t) => t[1])] };
}

function drawParallel() {
  parallelOrder = [...finished].sort((a, b) => goodness[a] - goodness[b]);
  const dimensions = [parallelAxis(metricName, parallelOrder.map(metricAt), metricScale.range, metricScale.ticks),
    ...scales.map((scale) => parallelAxis(scale.name, parallelOrder.map((i) => coordinate(scale, i)), scale.range, scale.ticks))];
  const plot = $("parallel-plot");
  if (plot.data) plot.data[0].dimensions.forEach((d) => { // keep what is brushed
    const same = dimensions.find((e) => e.label === d.label);
    if (same && d.constraintrange) same.constraintrange = d.constraintrange;
  });
  plot.style.width = `${Math.max(plot.parentNode.clientWidth, dimensions.length * 96)}px`;
  Plotly.react(plot, [{
    type: "parcoords", dimensions, labelfont: { color: colour("ink"), size: 12 }, tickfont: { color: colour("soft"), size: 11 }, rangefont: { color: "rgba(0,0,0,0)", size: 1 },
    line: { color: parallelOrder.map((i) => goodness[i]), colorscale: goodColours(), cmin: 0, cmax: 1, showscale: false },
    unselected: { line: { color: colour("line"), opacity: 0.25 } },
  }], layout({ height: 440, margin: { l: 56, r: 56, t: 56, b: 24 } }), config);
}

function brushed() {
  const inside = (v, ranges) => ranges.some(([a, b]) => v >= a && v <= b);
  const brushes = $("parallel-plot").data[0].dimensions.filter((d) => d.constraintrange && d.constraintrange.length);
  if (!brushes.length) return selection.set("parallel", null);
  const keep = new Uint8Array(size);
  parallelOrder.forEach((i, k) => {
    keep[i] = brushes.every((d) => inside(d.values[k], Array.isArray(d.constraintrange[0]) ? d.constraintrange : [d.constraintrange])) ? 1 : 0;
  });
  selection.set("parallel", (i) => keep[i] === 1);
}

function setUpParallel() {
  if (panda || !metricScale || !scales.length) return leaveOut("parallel");
  if (!webgl) {
    $("parallel-plot").replaceChildren(element("p", { className: "note" }, "This browser has WebGL switched off, which parallel coordinates need."));
    return;
  }
  let listening = false;
  part("parallel", () => {
    drawParallel();
    if (!listening) $("parallel-plot").on("plotly_restyle", brushed);
    listening = true;
  });
}

function clearParallel() {
  const plot = $("parallel-plot");
  if (!plot.data || !plot.data[0].dimensions.some((d) => d.constraintrange)) return; // drawing ten thousand lines again takes a while
  plot.data[0].dimensions.forEach((d) => { delete d.constraintrange; });
  drawParallel();
}
