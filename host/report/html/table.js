// The table of all trials: sorted, filtered, and only the rows in sight are in the page.

const rowHeight = 28;
const rowsAt = (name) => (i) => trials[name][i];
/// The words that a setting may be, null where it is a number.
function wordsOf(name) {
  const words = [...report.settings.space.find((p) => p.name === name).choices, ...trials.settings[name]].filter((v) => typeof v === "string" && v !== "full");
  return words.length ? [...new Set(words)] : null;
}
const columns = [
  { name: "id", title: "trial", value: rowsAt("id"), text: (v) => String(v) },
  { name: "metric", title: metricName, value: rowsAt("metric") }, { name: "loss", title: "loss", value: rowsAt("loss") },
  { name: "state", title: "state", value: rowsAt("state"), words: ["waiting", "complete", "diverged", "stopped"] }, { name: "round", title: "round", value: rowsAt("round"), text: String },
  { name: "best_epoch", title: "best_epoch", value: rowsAt("best_epoch"), text: (v) => (v === null ? "–" : String(v)) },
  { name: "epochs", title: "epochs", value: rowsAt("epochs"), text: String }, { name: "seconds", title: "seconds", value: rowsAt("seconds"), digits: 3 },
  ...Object.keys(trials.settings || {}).map((name) => ({ name: heading(name), title: heading(name), value: (i) => trials.settings[name][i], words: wordsOf(name), digits: 4 })),
];
const cellText = (column, i) => (column.text ? column.text(column.value(i)) : number(column.value(i), column.digits || 5));
const table = { by: columns[1], descending: up, rows: [] };

function sortRows() {
  const { value } = table.by, sign = table.descending ? -1 : 1;
  const rank = new Map(ranked.map((i, at) => [i, at]));
  table.rows = [...Array(size).keys()].filter((i) => selection.all || selection.has(i)).sort((a, b) => {
    const x = value(a), y = value(b);
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return (typeof x === "string" ? x.localeCompare(y) : x - y) * sign || (rank.get(a) || 0) - (rank.get(b) || 0);
  });
}

function showRows() {
  const box = $("rows"), first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - 10), last = Math.min(table.rows.length, first + Math.ceil(box.clientHeight / rowHeight) + 20);
  const spacer = (count) => element("tr", { className: "spacer" }, element("td", { colSpan: columns.length, style: `height:${count * rowHeight}px` }));
  const body = box.querySelector("tbody");
  body.replaceChildren(spacer(first), ...table.rows.slice(first, last).map((i) => {
    const row = element("tr", {}, ...columns.map((c) => element("td", { title: String(c.value(i)) }, cellText(c, i))));
    row.classList.toggle("best", trials.id[i] === bestId);
    row.classList.toggle("marked", i === selection.marked);
    row.dataset.place = i;
    return row;
  }), spacer(table.rows.length - last));
}

function updateTable() {
  sortRows();
  showRows();
  $("shown").textContent = selection.all ? plural(size, "trial") : `${whole(table.rows.length)} of ${plural(size, "trial")}`;
  $("clear").disabled = selection.all;
  $("rows").querySelectorAll("th").forEach((head, k) => {
    if (columns[k] === table.by) head.setAttribute("aria-sort", table.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

function setUpTable() {
  if (!size) return leaveOut("trials");
  const looked = ranked.slice(0, 200);
  const width = (c) => Math.max(c.title.length + 2, ...looked.map((i) => cellText(c, i).length)) * 0.56 + 1.6;
  const heads = columns.map((c) => element("th", { scope: "col" }, element("button", { type: "button", title: c.title, onclick: () => {
    table.descending = table.by === c ? !table.descending : c.name === "metric" ? up : false;
    table.by = c;
    updateTable();
  } }, c.title)));
  const widths = columns.map(width);
  $("rows").append(element("table", { style: `width:${widths.reduce((a, b) => a + b, 0)}rem` }, element("colgroup", {}, ...widths.map((w) => element("col", { style: `width:${w}rem` }))),
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {})));
  $("rows").addEventListener("scroll", () => requestAnimationFrame(showRows));
  $("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-place]");
    if (row) selection.mark(Number(row.dataset.place));
  });
  $("filter").addEventListener("input", () => {
    let wrong = "";
    try { selection.set("filter", parseFilter($("filter").value)); } catch (error) { wrong = error.message; }
    $("filter-wrong").textContent = wrong;
  });
  $("clear").addEventListener("click", () => {
    $("filter").value = "";
    $("filter-wrong").textContent = "";
    clearParallel();
    selection.clear();
  });
  updateTable();
}
