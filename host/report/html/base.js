"use strict";
// What all parts share: the document, words and numbers, colours, and plots that are drawn when they come into view.

const report = JSON.parse(document.getElementById("data").textContent);
const trials = report.trials;
const size = (trials.id || []).length;
const up = report.higher_is_better;
const metricName = report.metric;
const panda = Array.isArray(report.branches);
const bestId = report.best ? report.best.id : null;
const places = new Map((trials.id || []).map((id, i) => [id, i]));
const finished = [...Array(size).keys()].filter((i) => trials.state[i] !== "waiting");

/// Places of all finished trials, the best first; those without a metric last.
const ranked = [...finished].sort((a, b) => {
  const x = trials.metric[a], y = trials.metric[b];
  if (x === null || y === null) return (x === null) - (y === null) || a - b;
  return (up ? y - x : x - y) || trials.loss[a] - trials.loss[b] || a - b;
});
/// 1 for the best trial, 0 for the worst: what points and lines are coloured by.
const goodness = new Float64Array(size);
ranked.forEach((i, at) => { goodness[i] = ranked.length > 1 ? 1 - at / (ranked.length - 1) : 1; });

const $ = (id) => document.getElementById(id);
function element(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function number(value, digits = 5) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e7)) return String(Number(value.toPrecision(digits)));
  return value.toExponential(digits - 1).replace(/\.?0+e/, "e");
}
const whole = (value) => value.toLocaleString("en-GB");
const plural = (value, word) => `${whole(value)} ${word}${value === 1 ? "" : "s"}`;
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)} %`;
function duration(seconds) {
  if (!(seconds >= 0)) return "–";
  if (seconds < 60) return `${number(seconds, 2)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  if (seconds >= 48 * 3600) return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds / 3600) % 24} h`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, "0")} m`;
}
/// Names from data go into plotly's texts, which read a little HTML.
const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const faint = (opacity) => `rgba(${colour("faint")}, ${opacity})`;
/// From bad to good, in one hue: told apart by lightness alone, so that every eye can.
const goodColours = () => [[0, colour("cold")], [0.5, colour("mid")], [1, colour("warm")]];

const webgl = (() => {
  try { return !!document.createElement("canvas").getContext("webgl"); } catch (_) { return false; }
})();
const pointsType = (count) => (webgl && count > 1500 ? "scattergl" : "scatter");

const config = { displayModeBar: false, responsive: true };
const axis = (more) => Object.assign({
  gridcolor: colour("grid"), linecolor: colour("line"), zeroline: false, ticks: "", automargin: true, tickfont: { color: colour("soft"), size: 12 },
}, more, more && typeof more.title === "string" ? { title: { text: more.title, font: { color: colour("soft"), size: 12 }, standoff: 8 } } : {});
/// A finger that drags means to scroll.
const dragging = (mode) => (matchMedia("(pointer: coarse)").matches ? false : mode);
const layout = (more) => Object.assign({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 56, r: 16, t: 12, b: 44 }, height: 420, dragmode: dragging("zoom"), showlegend: false, hovermode: "closest",
  font: { family: getComputedStyle(document.body).fontFamily, color: colour("ink"), size: 12 },
  hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("ink"), size: 12 } },
}, more);

/// Parts of the page: `draw` runs when the part comes into view, and again where the colours change.
const parts = [];
function part(id, draw) { parts.push({ id, draw, drawn: false, inView: false }); }
function leaveOut(id) { $(id).hidden = true; }

/// How a hyperparameter is called beside what else is known of a trial: `epochs` alone is the number trained.
const heading = (name) => (name in trials ? `settings.${name}` : name);

/// What hovering over a trial says.
function story(i) {
  const lines = [`<b>trial ${trials.id[i]}</b>`, `${metricName} ${number(trials.metric[i])}`, `loss ${number(trials.loss[i])}, ${plural(trials.epochs[i], "epoch")}`];
  for (const [name, column] of Object.entries(trials.settings)) if (column[i] !== null) lines.push(`${plain(heading(name))} ${plain(number(column[i], 3))}`);
  return lines.join("<br>");
}
