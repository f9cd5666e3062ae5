// Sets the page up: contents, colours, and plots as they come into view.

const themes = ["auto", "light", "dark"];
function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  $("theme").textContent = { auto: "Auto", light: "Light", dark: "Dark" }[theme];
  $("theme").dataset.now = theme;
}
/// In other colours: what is in view at once, the rest when it comes into view again.
function redraw() {
  for (const p of parts) {
    if (p.drawn && p.inView) p.draw();
    else p.drawn = false;
  }
}

function setUpTheme() {
  const wanted = /theme=(light|dark)/.exec(location.hash);
  setTheme(wanted ? wanted[1] : "auto");
  $("theme").addEventListener("click", () => {
    setTheme(themes[(themes.indexOf($("theme").dataset.now) + 1) % themes.length]);
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

function setUpContents() {
  for (const section of document.querySelectorAll("main > section"))
    if (!section.hidden) $("contents").append(element("a", { href: `#${section.id}` }, section.dataset.title));
  $("study-name").textContent = report.study.replace(/^.*\//, "");
  $("study-name").title = report.study;
  document.title = `${report.study.replace(/^.*\//, "")} · caviar`;
}

function setUpAbout() {
  $("about").append(
    element("p", {}, `Written by caviar ${report.version} from ${report.study}; all data are inside this file. Plots by plotly.js, whose licence stands in the page's source.`));
}

setUpTheme();
drawAnswer();
setUpCurves();
setUpBranches();
setUpHistory();
setUpSlices();
setUpParallel();
setUpPairs();
setUpImportance();
setUpEfficiency();
setUpTime();
setUpTable();
setUpContents();
setUpAbout();

selection.listeners.push(() => {
  const drawn = (id) => parts.some((p) => p.id === id && p.drawn);
  if (size) updateTable();
  if (drawn("curves")) drawCurves();
  if (drawn("slices")) showSelectionInSlices();
  if (drawn("time") && barred) drawTime();
  if (drawn("pairs")) drawPairs();
});

function drawPart(p) {
  if (p.drawn) return;
  p.drawn = true;
  p.draw();
}
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const p = parts.find((q) => q.id === entry.target.id);
    p.inView = entry.isIntersecting;
    if (p.inView) drawPart(p);
  }
}, { rootMargin: "300px" });
for (const p of parts) watcher.observe($(p.id));
