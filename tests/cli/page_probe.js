// Runs behind the page: draws every part, brushes an axis as a hand would, and writes what is seen into an element of its own.
"use strict";
const pause = () => new Promise((done) => setTimeout(done, 400));
const mouse = (node, type, x, y) => node.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, view: window, clientX: x, clientY: y, button: 0, buttons: type === "mouseup" ? 0 : 1 }));
const shownIds = () => table.rows.map((i) => trials.id[i]);
const barsShown = () => new Set($("time-plot").data.filter((t) => t.yaxis === "y2" && t.hoverinfo !== "skip").flatMap((t) => t.customdata).filter((i) => i !== null)).size;

// In the language of `caviar trials --filter`, understood and not.
const filters = ["optimizer==adam", "optimizer=\"adam\" and id<20", "optimizer <> 'adam' AND learning_rate>=1e-3", "state != diverged", "momentum>0.9", "batch_size<=full", `${metricName}<1e9`,
                 "epochs=5", "optimizer=adm", "optimizer<adam", "learning_rat<1", "learning_rate<fast", "id<>=1", "optimizer='adam", "id<5 or id>7", "id<5 and", "=3", "epochs=''"];
function filtered(text) {
  try {
    const keep = parseFilter(text);
    return [...Array(size).keys()].filter(keep).map((i) => trials.id[i]);
  } catch (error) { return error.message; }
}

let linesDrawn = 0; // how often the parallel coordinates were
const react = Plotly.react;
Plotly.react = (plot, ...more) => {
  if (plot.id === "parallel-plot") ++linesDrawn;
  return react(plot, ...more);
};

async function probe() {
  for (const p of parts) drawPart(p);
  await pause();
  const seen = { hidden: [...document.querySelectorAll("main > section")].filter((s) => s.hidden).map((s) => s.id), answer: document.getElementById("answer").innerText,
                 plots: [...document.querySelectorAll(".js-plotly-plot")].map((p) => p.id), webgl };
  if (size) {
    seen.table = [...document.querySelectorAll("#rows tbody tr[data-place]")].map((row) => [...row.cells].map((cell) => cell.title));
    seen.heads = [...document.querySelectorAll("#rows th")].map((head) => head.innerText);
    $("filter").value = "learning_rate<0.01 and optimizer=adam";
    $("filter").dispatchEvent(new Event("input"));
    await pause();
    seen.filtered = shownIds();
    seen.filters = filters.map((text) => [text, filtered(text)]);
    const timeLine = !$("time").hidden;
    if (timeLine) seen.barsFiltered = barsShown();
    $("clear").click();
    await pause();
    seen.cleared = shownIds().length;
    seen.linesDrawn = linesDrawn;
    if (timeLine) {
        seen.bars = barsShown();
        seen.laneCount = lanes.count;
        seen.timeLead = $("time-lead").textContent;
    }
  }
  const axis_ = [...document.querySelectorAll("#parallel-plot .y-axis")].find((group) => group.textContent.includes("learning_rate"));
  if (axis_) {
    const line = axis_.querySelector(".axis-brush .background"), box = line.getBoundingClientRect(), x = box.left + box.width / 2, at = (share) => box.top + share * box.height;
    mouse(line, "mousemove", x, at(0.3));
    mouse(line, "mousedown", x, at(0.3));
    for (const share of [0.4, 0.5, 0.6]) mouse(window, "mousemove", x, at(share));
    mouse(window, "mouseup", x, at(0.6));
    await pause();
    const brush = document.getElementById("parallel-plot").data[0].dimensions.find((d) => d.label === "learning_rate").constraintrange;
    seen.brush = brush || null;
    seen.brushed = shownIds();
    seen.says = $("shown").textContent;
    $("clear").click();
    await pause();
    seen.unbrushed = shownIds().length;
  }
  document.getElementById("theme").click();
  document.getElementById("theme").click();
  await pause();
  seen.theme = document.documentElement.dataset.theme;
  return seen;
}

probe().catch((error) => ({ failed: String(error.stack || error) })).then((seen) => {
  seen.errors = window.pageErrors;
  const out = document.createElement("pre");
  out.id = "probe";
  out.textContent = JSON.stringify(seen);
  document.body.append(out);
});
