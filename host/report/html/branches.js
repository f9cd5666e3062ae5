// The branches of a babysat model: which came from which, after how many epochs, and with what changes.

function setUpBranches() {
  if (!panda) return leaveOut("branches");
  const from = (branch) => branch.events.find((event) => event.copied_from !== null);
  const depth = new Map();
  for (const branch of report.branches) depth.set(branch.id, from(branch) ? (depth.get(from(branch).copied_from) || 0) + 1 : 0);
  const below = (id) => report.branches.filter((b) => (from(b) ? from(b).copied_from : null) === id).flatMap((b) => [b, ...below(b.id)]);
  const rows = below(null).map((branch) => {
    const left = from(branch), changes = branch.events.filter((e) => e.epoch >= (left ? left.epoch : 0) && Object.keys(e.changes).length);
    const says = changes.map((e) => `after ${e.epoch}: ${Object.entries(e.changes).map(([name, value]) => `${name} ${number(value, 3)}`).join(", ")}`).join("; ");
    return element("tr", {}, element("th", { style: `padding-left:${1.2 * depth.get(branch.id)}rem` }, `${left ? "└ " : ""}branch ${branch.id}`),
      element("td", {}, left ? `${left.copied_from} after ${left.epoch}` : ""), element("td", {}, whole(branch.epochs)),
      element("td", branch.id === bestId ? { className: "best" } : {}, number(branch.metric)), element("td", {}, branch.best_epoch === null ? "–" : whole(branch.best_epoch + 1)),
      element("td", { style: "text-align:left;white-space:normal" }, says));
  });
  $("branches-lead").textContent = `${plural(report.branches.length, "branch").replace("branchs", "branches")} of one model.`;
  $("branches-table").append(element("tr", {}, ...["", "left", "epochs", metricName, "at epoch", "changes"].map((name) => element("th", {}, name))), ...rows);
}
