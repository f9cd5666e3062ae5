// The time line: how many trials were under way, and a bar for each, in as few lanes as they need. Time between two runs is cut out.

const time = report.time_line;
const mostLanes = 160; // as many as can be told apart

/// Seconds at work before each run, and in all.
const workedBefore = [];
let worked = 0;
for (const run of time ? time.runs : []) { workedBefore.push(worked); worked += run.seconds; }
const unit = [[1, "seconds"], [60, "minutes"], [3600, "hours"], [86400, "days"]].filter(([s]) => worked >= 3 * s).pop() || [1, "seconds"];
const timed = time ? finished.filter((i) => time.run[i] !== null) : [];
const beganAt = (i) => (workedBefore[time.run[i]] + time.began[i]) / unit[0];
const endedAt = (i) => (workedBefore[time.run[i]] + time.ended[i]) / unit[0];
const runBegan = (k) => Date.parse(time.runs[k].began);

/// The lane of each trial: the first that is free when it begins. {of: Map place -> lane, count}
const lanes = (() => {
  const of = new Map(), free = [], tick = 2e-6;
  let run = null, count = 0;
  for (const i of [...timed].sort((a, b) => beganAt(a) - beganAt(b) || endedAt(b) - endedAt(a))) {
    if (time.run[i] !== run) { run = time.run[i]; free.length = 0; }
    let lane = free.findIndex((until) => until <= time.began[i] + tick);
    if (lane < 0) lane = free.length;
    free[lane] = time.ended[i];
    of.set(i, lane);
    count = Math.max(count, lane + 1);
    if (count > mostLanes) break;
  }
  return { of, count };
})();
const barred = lanes.count <= mostLanes;

/// [what it says, colour, which trials]; the later lie on top.
const outcomes = [["complete", "mid"], ["stopped", "cold"], ["diverged", "ink"]].map(([state, tint]) => [state, tint, (i) => trials.state[i] === state]);
/// What bars may be coloured by.
const colourings = {
  rank: [["worse half", "cold", (i) => goodness[i] < 0.5], ["better half", "mid", (i) => goodness[i] >= 0.5 && goodness[i] < 0.9], ["best tenth", "warm", (i) => goodness[i] >= 0.9]],
  outcome: outcomes,
  round: [["first, third, … round", "mid", (i) => trials.round[i] % 2 === 0], ["second, fourth, … round", "cold", (i) => trials.round[i] % 2 === 1]],
};

const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
function barStory(i) {
  return `${story(i)}<br>${trials.state[i]}, round ${trials.round[i] + 1}<br>${clock.format(runBegan(time.run[i]) + 1000 * time.began[i])}, for ${duration(time.ended[i] - time.began[i])}`;
}

/// Long bars have points along them, for the mouse to find.
function barTrace(places, line) {
  const x = [], y = [], text = [], customdata = [];
  for (const i of places) {
    const from = beganAt(i), until = endedAt(i), pieces = Math.max(1, Math.ceil((40 * (until - from) * unit[0]) / worked)), says = barStory(i);
    for (let k = 0; k <= pieces; ++k) { x.push(from + ((until - from) * k) / pieces); y.push(lanes.of.get(i)); text.push(says); customdata.push(i); }
    x.push(null); y.push(null); text.push(""); customdata.push(null);
  }
  return { type: "scatter", mode: "lines", x, y, text, customdata, yaxis: "y2", line: { ...line, simplify: false }, hovertemplate: "%{text}<extra></extra>" };
}

function barTraces(width) {
  const isWinner = (i) => trials.id[i] === bestId, seen = timed.filter((i) => selection.all || selection.has(i)), traces = [];
  if (!selection.all) traces.push({ ...barTrace(timed.filter((i) => !selection.has(i)), { color: faint(0.12), width }), hoverinfo: "skip", hovertemplate: undefined });
  for (const [, tint, takes] of colourings[$("time-colour").value]) traces.push(barTrace(seen.filter((i) => takes(i) && !isWinner(i)), { color: colour(tint), width }));
  traces.push(barTrace(seen.filter(isWinner), { color: colour("best"), width: Math.max(width, 3) }));
  if (selection.marked !== null && lanes.of.has(selection.marked)) traces.push(barTrace([selection.marked], { color: colour("ink"), width: Math.max(width, 3) }));
  return traces;
}

/// By outcome, where that is what the colours mean.
function underWayTraces() {
  const layer = (states, tint, says) => {
    const x = [], y = [];
    time.runs.forEach((run, k) => {
      const means = run.under_way.complete.map((_, s) => states.reduce((sum, state) => sum + run.under_way[state][s], 0)), step = run.seconds / means.length;
      means.forEach((mean, s) => { x.push((workedBefore[k] + s * step) / unit[0]); y.push(mean); });
      x.push((workedBefore[k] + run.seconds) / unit[0]);
      y.push(means[means.length - 1]);
    });
    return { type: "scatter", mode: "lines", x, y, stackgroup: "under way", line: { shape: "hv", width: 0 }, fillcolor: tint, hovertemplate: `%{y:.3~g} ${says}<extra></extra>` };
  };
  if (barred && $("time-colour").value !== "outcome") return [layer(outcomes.map(([state]) => state), faint(0.3), "under way")];
  return outcomes.filter(([, , takes]) => timed.some(takes)).map(([state, tint]) => layer([state], colour(tint), state));
}

/// Where rounds begin, where time was cut out, and how many a processor's threads can train at once.
function timeMarks() {
  const shapes = [], annotations = [], upright = (x, line) => shapes.push({ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", line });
  const begins = new Map();
  for (const i of timed) begins.set(trials.round[i], Math.min(beganAt(i), begins.has(trials.round[i]) ? begins.get(trials.round[i]) : Infinity));
  const rounds = [...begins].sort((a, b) => a[0] - b[0]).slice(1);
  if (rounds.length <= 40) for (const [, x] of rounds) upright(x, { color: colour("soft"), width: 1, dash: "dot" });
  let labelled = -Infinity; // labels are about 110 pixels wide
  time.runs.slice(1).forEach((run, k) => {
    const x = workedBefore[k + 1] / unit[0], gap = (runBegan(k + 1) - runBegan(k)) / 1000 - time.runs[k].seconds;
    upright(x, { color: colour("best"), width: 1.5 });
    if ((x - labelled) * unit[0] < (worked * 110) / ($("time-plot").clientWidth - 120)) return;
    labelled = x;
    annotations.push({ x, y: 1, yref: "paper", yanchor: "bottom", showarrow: false, text: `${duration(Math.max(0, gap))} later`, font: { color: colour("soft"), size: 11 } });
  });
  time.runs.forEach((run, k) => {
    if (run.engine !== "cpu" || !barred) return;
    const until = (workedBefore[k] + run.seconds) / unit[0];
    shapes.push({ type: "line", x0: workedBefore[k] / unit[0], x1: until, y0: run.threads, y1: run.threads, line: { color: colour("soft"), width: 1 } });
    if (k === time.runs.length - 1) annotations.push({ x: until, y: run.threads, xanchor: "left", showarrow: false, text: plural(run.threads, "thread"), font: { color: colour("soft"), size: 11 } });
  });
  return { shapes, annotations };
}

function showTimeKey() {
  const shown = (barred ? colourings[$("time-colour").value] : outcomes).filter(([, , takes]) => timed.some(takes));
  $("time-key").replaceChildren(...[...shown, ...(barred && bestId !== null ? [["winner", "best"]] : [])].map(([says, tint]) =>
    element("span", {}, element("i", { style: `background: ${colour(tint)}` }), says)));
}

function drawTime() {
  const lane = barred ? Math.max(2.5, Math.min(22, 300 / lanes.count)) : 0, bars = lane * lanes.count, curve = barred ? 96 : 240, gap = barred ? 14 : 0;
  const top = time.runs.length > 1 ? 26 : 12, inner = bars + gap + curve;
  const axes = { xaxis: axis({ title: time.runs.length > 1 ? `${unit[1]}, the time between runs left out` : unit[1], showgrid: false, range: [0, worked / unit[0]], anchor: barred ? "y2" : "y" }),
                 yaxis: axis({ title: "under way", domain: [1 - curve / inner, 1], rangemode: "tozero", fixedrange: true, nticks: barred ? 4 : 8 }) };
  if (barred) axes.yaxis2 = axis({ domain: [0, bars / inner], range: [lanes.count - 0.5, -0.5], fixedrange: true, showgrid: false, showticklabels: false });
  Plotly.react("time-plot", [...underWayTraces(), ...(barred ? barTraces(Math.max(1.5, 0.82 * lane)) : [])],
               layout({ height: top + inner + 48, margin: { l: 56, r: 64, t: top, b: 48 }, hoverdistance: 12, uirevision: 1, ...axes, ...timeMarks() }), config);
  showTimeKey();
}

function timeLead() {
  const devices = [...new Set(time.runs.map((run) => run.device))], total = time.runs.reduce((sum, run) => sum + run.trials, 0), cut = time.runs.length > 1;
  const places = time.runs.reduce((sum, run) => sum + run.seconds * run.threads, 0), busy = places > 0 ? time.runs.reduce((sum, run) => sum + run.busy * run.seconds * run.threads, 0) / places : 1;
  const gpu = time.runs.some((run) => run.engine !== "cpu"), threads = time.runs[0].threads;
  const says = [`${plural(total, "trial")} in ${duration(worked)} on ${devices.join(" and on ")}${cut ? `, in ${time.runs.length} runs: the time between them is cut out` : ""}.`,
                `${gpu ? "It was" : threads === 1 ? "Its thread was" : "Its threads were"} at work on them for ${percent(busy)} of that.`];
  if (report.settings.scheduler && report.settings.scheduler.name !== "none") says.push("A trial that waits for its next rung is under way, too.");
  if (gpu) says.push("On a GPU a trial counts from the start of the launch that it was a part of.");
  if (new Set(timed.map((i) => trials.round[i])).size > 1) says.push("Dotted lines: a round begins.");
  if (!barred) says.push(`More than ${mostLanes} trials were under way at once, too many for a bar each.`);
  else if (timed.length < total) says.push(`Bars are of ${whole(timed.length)} trials: the best, and every so-many-th.`);
  const known = report.counts.trials - report.counts.waiting;
  if (total < known) says.push(`Of ${plural(known - total, "trial")} it is not known when they trained.`);
  return says.join(" ");
}

function setUpTime() {
  if (!timed.length || !(worked > 0)) return leaveOut("time");
  $("time-lead").textContent = timeLead();
  $("time-colour").value = report.counts.stopped ? "outcome" : "rank";
  if (!barred) $("time-controls").firstElementChild.hidden = true;
  $("time-colour").addEventListener("change", drawTime);
  let listening = false;
  part("time", () => {
    drawTime();
    if (listening) return;
    listening = true;
    $("time-plot").on("plotly_click", (event) => {
      const place = event.points[0].customdata;
      if (typeof place === "number") selection.mark(place);
    });
  });
}
