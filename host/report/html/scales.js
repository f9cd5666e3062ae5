// Each hyperparameter on the scale that it was drawn on: a logarithm, 1 - 10^r, powers of two, words.

const steps = { few: [1], some: [1, 3], many: [1, 2, 5] };

/// Round numbers between two positive ones, evenly on a logarithmic scale: as many as wanted where there are so many.
function roundLogs(low, high, wanted = 3) {
  let found = [];
  for (const digits of [steps.few, steps.some, steps.many]) {
    found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power)
      for (const digit of digits) {
        const value = Number(`${digit}e${power}`);
        if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
      }
    if (found.length >= wanted) break;
  }
  return found.length >= 2 ? found : [low, high];
}

function roundNumbers(low, high, least = 0) {
  const raw = Math.max(least, (high - low) / 4 || 1), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((d) => d * power).find((s) => s >= raw * 0.99);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) found.push(Number((k * step).toPrecision(12)));
  return found;
}

const shortly = (value) => (value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(value.toPrecision(1) == value ? 0 : 1) : number(value, 4));

/// {name, words, stepped, to(value) -> coordinate or null, aside(value, noise) -> the same a little aside, range, ticks: [[coordinate, text], ..]}
function scaleOf(parameter) {
  const { name, kind, low, high } = parameter;
  if (kind === "constant") return null;
  if (kind === "choice") {
    const words = [...new Set(parameter.choices.map(String))];
    if (words.length < 2) return null;
    return { name, words, to: (v) => (v === null ? null : words.indexOf(String(v))), stepped: true, aside: (v, noise) => (v === null ? null : words.indexOf(String(v)) + 0.5 * noise), range: [-0.5, words.length - 0.5], ticks: words.map((word, i) => [i, word]) };
  }
  if (!(high > low)) return null;
  const forms = {
    log: [Math.log10, () => roundLogs(low, high)],
    logint: [Math.log10, () => roundLogs(low, high)],
    pow2: [Math.log2, () => { const all = []; for (let v = low; v <= high; v *= 2) all.push(v); return all; }],
    beta: [(v) => -Math.log10(1 - v), () => roundLogs(1 - high, 1 - low).map((v) => Number((1 - v).toPrecision(6)))],
  };
  const [to, round] = forms[kind] || [(v) => v, () => roundNumbers(low, high, kind === "int" ? 1 : 0)];
  // Values that many trials share are drawn side by side, in a strip around each.
  const stepped = kind === "int" || kind === "pow2", strip = stepped ? 0.25 : 0, blurred = kind === "logint" && high < 100 ? 0.25 : 0;
  const ends = [to(low - blurred) - 1.5 * strip, to(high + blurred) + 1.5 * strip], margin = 0.04 * (ends[1] - ends[0]);
  return { name, words: null, to: (v) => (typeof v === "number" ? to(v) : null), range: [ends[0] - margin, ends[1] + margin],
           aside: (v, noise) => (typeof v === "number" ? to(v + 2 * blurred * noise) + 2 * strip * noise : null), ticks: round().map((v) => [to(v), shortly(v)]), stepped };
}

/// Hyperparameters that varied: the most important first where that can be told.
const scales = (() => {
  const all = report.settings.space.map(scaleOf).filter((scale) => scale && trials.settings[scale.name]);
  if (!report.importance || !report.importance.told) return all;
  const order = report.importance.effects.map((effect) => effect.name);
  return all.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
})();
const scaleNamed = (name) => scales.find((scale) => scale.name === name);

const scaleAxis = (scale, more) => axis(Object.assign({ range: [...scale.range], tickvals: scale.ticks.map((t) => t[0]), ticktext: scale.ticks.map((t) => plain(t[1])), title: plain(scale.name) }, more));

/// A trial's coordinate, moved a little aside where many share one; the same for a trial wherever it is drawn.
function coordinate(scale, i) {
  const noise = ((trials.id[i] * 2654435761 + scale.name.length * 40503) % 4294967296) / 4294967296 - 0.5;
  return scale.aside(trials.settings[scale.name][i], noise);
}

/// The metric as an axis: {to, range, ticks}; logarithmic where it is an error that spans a decade. The range goes from the best to the worst but a
/// twentieth, as what diverged would flatten all else. null where no trial has a metric.
const metricScale = (() => {
  const told = ranked.map((i) => trials.metric[i]).filter((v) => v !== null);
  if (!told.length) return null;
  const best = told[0], worst = told[Math.floor(0.95 * (told.length - 1))], logs = !up && best > 0 && worst > 10 * best;
  const to = (v) => (v === null ? null : logs ? (v > 0 ? Math.log10(v) : null) : v);
  const margin = 0.06 * (Math.abs(to(best) - to(worst)) || Math.abs(best) || 1), range = up ? [to(worst) - margin, to(best) + margin] : [to(best) - margin, to(worst) + margin];
  const ticks = logs ? roundLogs(10 ** range[0], 10 ** range[1], 4) : roundNumbers(range[0], range[1]);
  return { to, range, ticks: ticks.map((v) => [to(v), shortly(v)]) };
})();
const metricAt = (i) => metricScale.to(trials.metric[i]);
const metricAxis = (more) => axis(Object.assign({ range: [...metricScale.range], tickvals: metricScale.ticks.map((t) => t[0]), ticktext: metricScale.ticks.map((t) => t[1]) }, more));
