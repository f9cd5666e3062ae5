// Two hyperparameters at a time: where trials do well over all others (contours), and where the rounds of the search looked (boxes).

function pairAxes() { return [scaleNamed($("pairs-x").value), scaleNamed($("pairs-y").value)]; }

/// Mean ranks over the two scales as the forest of the importance tells them: z[y][x]; null where it was not asked or cannot tell.
function ranksOf(x, y) {
  if (!report.importance || !report.importance.told) return null;
  const effect = (scale) => report.importance.effects.find((e) => e.name === scale.name);
  const pair = report.importance.interactions.find(({ names }) => names.includes(x.name) && names.includes(y.name));
  if (!pair || !effect(x) || !effect(y)) return null;
  const first = pair.names[0] === y.name, rows = effect(y).values.length, columns = effect(x).values.length;
  const z = Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => 1 - (first ? pair.ranks[r][c] : pair.ranks[c][r])));
  return { z, x: effect(x).values.map(x.to), y: effect(y).values.map(y.to) };
}

function drawPairs() {
  const [x, y] = pairAxes(), across = $("pairs-contour").clientWidth;
  const height = Math.max(300, Math.min(440, 0.8 * across));
  const seen = ranked.filter((i) => trials.metric[i] !== null && selection.has(i)).slice(0, 2000).reverse();
  const points = (more, places_) => Object.assign({ type: pointsType(places_.length), mode: "markers", x: places_.map((i) => coordinate(x, i)), y: places_.map((i) => coordinate(y, i)),
                                                   text: places_.map(story), hovertemplate: "%{text}<extra></extra>" }, more);
  const star = bestId !== null && places.has(bestId) ? [places.get(bestId)] : [];
  const winner = points({ marker: { symbol: "star", size: 15, color: colour("best"), line: { color: colour("card"), width: 1.5 } } }, star);
  const shape = layout({ height, xaxis: scaleAxis(x), yaxis: scaleAxis(y), margin: { l: 64, r: 12, t: 10, b: 48 } });

  const ranks = ranksOf(x, y), fill = [];
  if (ranks) {
    const kind = x.stepped || y.stepped ? { type: "heatmap" } : { type: "contour", contours: { coloring: "heatmap" }, line: { width: 0.6, color: colour("card") }, ncontours: 12 };
    fill.push(Object.assign({ x: ranks.x, y: ranks.y, z: ranks.z, colorscale: goodColours(), showscale: false, hovertemplate: "mean rank %{z:.0%}<extra></extra>" }, kind));
  }
  const dots = ranks ? { size: 4, color: colour("card"), opacity: 0.6 } : { size: 6, color: seen.map((i) => goodness[i]), colorscale: goodColours(), cmin: 0, cmax: 1 };
  Plotly.react("pairs-contour", [...fill, points({ marker: dots }, ranks ? seen.slice(-200) : seen), winner], shape, config);
  drawBoxes(x, y, winner, points, height);
}

function drawBoxes(x, y, winner, points, height) {
  const parts_ = report.search, last = Math.max(1, parts_.length - 1);
  const part_of = (i) => parts_.findIndex((p) => trials.id[i] >= p.trials[0] && trials.id[i] <= p.trials[1]);
  const seen = finished.filter((i) => selection.has(i) && part_of(i) >= 0);
  const some = seen.length > 4000 ? seen.filter((_, k) => k % Math.ceil(seen.length / 4000) === 0) : seen;
  const tint = (k) => { const c = goodColours().map((s) => s[1]); return k <= last / 2 ? [c[0], c[1], 2 * k / last] : [c[1], c[2], 2 * k / last - 1]; };
  const mixed = (k) => { const [a, b, t] = tint(k), h = (c, n) => parseInt(c.slice(1 + 2 * n, 3 + 2 * n), 16); return `rgb(${[0, 1, 2].map((n) => Math.round(h(a, n) + t * (h(b, n) - h(a, n)))).join(",")})`; };
  const side = (scale, box) => {
    const one = box[scale.name];
    return one && "low" in one ? [scale.aside(one.low, -0.5), scale.aside(one.high, 0.5)] : scale.words ? scale.range : null;
  };
  const shapes = parts_.map((part, k) => {
    const a = side(x, part.box), b = side(y, part.box);
    return a && b && (part.box[x.name] || part.box[y.name]) ? { type: "rect", x0: a[0], x1: a[1], y0: b[0], y1: b[1], line: { color: mixed(k), width: 2 }, fillcolor: "rgba(0,0,0,0)" } : null;
  }).filter(Boolean);
  const dots = points({ marker: { size: some.length > 2000 ? 4 : 6, color: some.map(part_of), colorscale: goodColours(), cmin: 0, cmax: last } }, some);
  const of_trials = parts_.every((p) => p.rounds[1] === 0);
  $("boxes-caption").textContent = (of_trials ? "Where trials were, the later the stronger" : "Where each round looked, the later the stronger") + (shapes.length ? "; boxes as it narrowed" : "") +
    (some.length < seen.length ? `; ${whole(some.length)} of ${whole(seen.length)} trials` : "");
  Plotly.react("pairs-boxes", [dots, winner], layout({ height, shapes, xaxis: scaleAxis(x), yaxis: scaleAxis(y), margin: { l: 64, r: 12, t: 10, b: 48 } }), config);
}

function setUpPairs() {
  if (panda || !metricScale || scales.length < 2) return leaveOut("pairs");
  const names = scales.map((scale) => scale.name);
  const wish = (list, other) => list.find((name) => names.includes(name) && name !== other) || names.find((name) => name !== other);
  const x = wish(["learning_rate"]), y = wish(["layers", "units", "batch_size"], x);
  for (const [id, chosen] of [["pairs-x", x], ["pairs-y", y]]) {
    $(id).append(...names.map((name) => element("option", { value: name, selected: name === chosen }, name)));
    $(id).addEventListener("change", () => {
      const other = $(id === "pairs-x" ? "pairs-y" : "pairs-x");
      if (other.value === $(id).value) other.value = names.find((name) => name !== $(id).value);
      drawPairs();
    });
  }
  const told = report.importance && report.importance.told;
  $("pairs-lead").textContent = told
    ? "Left, the mean rank that a trial has there whatever its other settings, learnt from the trials, with the best 200 as dots. The star is the winner."
    : "Too little is known to tell the ground from chance, so the left one shows trials alone, coloured by rank. The star is the winner.";
  part("pairs", drawPairs);
}
