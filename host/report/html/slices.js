// Slices: the metric over each hyperparameter's own scale; points that are dragged over are selected.

const slicesAcross = () => Math.max(1, Math.min(4, scales.length, Math.floor($("slices-plot").clientWidth / 250)));
let slicesOrder = []; // places of the trials drawn

function drawSlices() {
  const across = slicesAcross(), down = Math.ceil(scales.length / across);
  slicesOrder = finished.filter((i) => trials.metric[i] !== null).sort((a, b) => goodness[a] - goodness[b]); // the best lie on top
  const type = pointsType(slicesOrder.length * scales.length), colours = slicesOrder.map((i) => goodness[i]), y = slicesOrder.map(metricAt);
  const text = slicesOrder.map(story), traces = [], axes = {};
  const width = 1 / across, gapX = across > 1 ? 0.025 : 0, height = 1 / down, gapY = 62 / (down * 210);
  scales.forEach((scale, k) => {
    const n = k === 0 ? "" : k + 1, column = k % across, row = Math.floor(k / across);
    traces.push({ type, mode: "markers", x: slicesOrder.map((i) => coordinate(scale, i)), y, xaxis: `x${n}`, yaxis: `y${n}`, text, hovertemplate: "%{text}<extra></extra>",
                  marker: { size: slicesOrder.length > 3000 ? 3.5 : 6, color: colours, colorscale: goodColours(), cmin: 0, cmax: 1, opacity: 1 }, unselected: { marker: { opacity: 0.06 } } });
    axes[`xaxis${n}`] = scaleAxis(scale, { domain: [column * width + gapX / 2, (column + 1) * width - gapX / 2], anchor: `y${n}`, showgrid: !scale.words });
    const bottom = 1 - (row + 1) * height;
    axes[`yaxis${n}`] = metricAxis({ domain: [bottom + gapY, bottom + height], anchor: `x${n}`, showticklabels: column === 0, matches: k ? "y" : undefined });
  });
  Plotly.react("slices-plot", traces, layout(Object.assign({ height: down * 210 + 12, dragmode: dragging("select"), margin: { l: 56, r: 8, t: 8, b: 4 }, uirevision: 1 }, axes)), config);
  showSelectionInSlices();
}

function showSelectionInSlices() {
  const plot = $("slices-plot");
  if (!plot.data) return;
  const points = selection.all ? null : slicesOrder.reduce((list, i, k) => { if (selection.has(i)) list.push(k); return list; }, []);
  Plotly.restyle(plot, { selectedpoints: plot.data.map(() => points) });
}

function setUpSlices() {
  if (panda || !metricScale || !scales.length) return leaveOut("slices");
  let across = 0;
  part("slices", () => {
    drawSlices();
    if (across) return;
    across = slicesAcross();
    const plot = $("slices-plot");
    plot.on("plotly_selected", (event) => {
      if (!event || !event.range) return;
      const x = Object.keys(event.range).find((key) => key.startsWith("x")), y = Object.keys(event.range).find((key) => key.startsWith("y"));
      const scale = scales[Number(x.slice(1) || 1) - 1], within = (v, [a, b]) => v !== null && v >= Math.min(a, b) && v <= Math.max(a, b);
      selection.set("slices", (i) => within(coordinate(scale, i), event.range[x]) && within(metricAt(i), event.range[y]));
    });
    plot.on("plotly_deselect", () => selection.set("slices", null));
    new ResizeObserver(() => { if (slicesAcross() !== across) { across = slicesAcross(); drawSlices(); } }).observe(plot);
  });
}
