// The answer on one screen: the winner, how sure that is, against what, and what to do next.

const sentence = (text) => text[0].toUpperCase() + text.slice(1).replace(/([^.])$/, "$1.");
function figure(value, says, first) {
  return element("div", first ? { className: "first" } : {}, element("b", {}, value), element("span", {}, says));
}

function answerFigures() {
  const { test, winner, best, runner_up: runnerUp } = report;
  const figures = [];
  if (test) {
    figures.push(figure(number(test.test), `${metricName} on test rows that never chose anything`, true));
    figures.push(figure(number(test.test_baseline), "trivial baseline"));
    figures.push(figure(number(test.valid), test.refit_epochs === undefined ? `validation, trial ${test.trial}` : "validation, mean of the folds; the net tested was trained again on all their rows"));
  } else if (best) {
    figures.push(figure(number(report.best_metric), `validation ${metricName} of ${panda ? "branch" : "trial"} ${best.id}, the best so far`, true));
  }
  if (winner && winner.mean !== null && winner.seeds.length > 1) {
    const spread = winner.deviation !== null ? ` ± ${number(winner.deviation, 2)}` : "";
    figures.push(figure(number(winner.mean, 4) + spread, `mean of ${winner.seeds.length} ${winner.confirmed ? "fresh " : ""}${test && test.refit_epochs !== undefined ? "folds" : "seeds"}`));
  }
  if (winner && winner.chance !== null) figures.push(figure(percent(winner.chance), `chance to be the best of ${whole(winner.compared)} ${winner.confirmed ? "confirmed " : ""}settings`));
  if (winner && winner.test_mean !== null && winner.test_mean !== undefined)
    figures.push(figure(`${number(winner.test_mean, 4)} ± ${number(winner.test_deviation, 2)}`, `test ${metricName}, weighed by such chances`));
  if (runnerUp) figures.push(figure(number(report.runner_up_metric), `runner-up, trial ${runnerUp.id}, validation`));
  return figures;
}

function settingsTable() {
  const columns = [["winner", report.best], ["runner-up", report.runner_up]].filter((c) => c[1]);
  const head = element("tr", {}, element("th", {}, ""), ...columns.map(([name, trial]) => element("th", {}, panda ? `branch ${trial.id}` : `${name}, trial ${trial.id}`)));
  const names = panda ? ["optimizer", "learning_rate", "schedule", "momentum", "batch_size", "hidden", "activation", "weight_decay", "dropout"] : scales.map((scale) => scale.name);
  const values = (trial) => (panda ? trial.hyperparameters : trial.settings);
  const rows = names.map((name) => element("tr", {}, element("th", {}, name), ...columns.map(([, trial]) => element("td", {}, name in values(trial) ? number(values(trial)[name], 4) : "–"))));
  return element("div", { className: "scroll" }, element("table", { className: "facts" }, head, ...rows));
}

function adviceList() {
  return element("ul", { className: "next" }, ...report.advice.slice(0, 6).map((advice) => {
    const item = element("li", {}, sentence(advice.why));
    if (advice.flags) {
      const copy = element("button", { type: "button", onclick: () => navigator.clipboard && navigator.clipboard.writeText(advice.flags).then(() => { copy.textContent = "copied"; }) }, "copy");
      item.append(element("div", { className: "flags" }, element("code", {}, advice.flags), copy));
    }
    return item;
  }));
}

function drawAnswer() {
  const { settings, counts } = report, target = settings.prepare.target, { sampler } = settings, scheduler = settings.scheduler ? settings.scheduler.name : "none";
  const states = { empty: "no trial yet", finished: "finished", unfinished: "not finished" };
  const facts = [states[report.state], plural(counts.trials - counts.waiting, panda ? "branch" : "trial").replace("branchs", "branches")];
  if (counts.diverged) facts.push(`${whole(counts.diverged)} diverged`);
  if (counts.stopped) facts.push(`${whole(counts.stopped)} stopped early`);
  facts.push(plural(report.epochs, "epoch"), `${duration(report.training_seconds)} of training`);
  const how = panda ? "one model, babysat" : sampler.name + (sampler.plan ? `, ${sampler.plan}` : "") + (scheduler === "none" ? "" : ` with ${scheduler}`);
  const top = $("answer");
  top.append(element("h1", {}, settings.data + (target ? `, target ${target}` : "")), element("p", { className: "lead" }, `${how}: ${facts.join(", ")}.`));

  const figures = answerFigures();
  if (figures.length) top.append(element("div", { className: "figures" }, figures[0], element("div", { className: "more" }, ...figures.slice(1))));
  else top.append(element("p", {}, counts.trials === counts.waiting ? "No trial has finished yet." : counts.diverged === counts.trials - counts.waiting ? "Every trial diverged." : "No trial came to an end that counts."));

  const left = element("div", {}), right = element("div", {});
  if (report.best) left.append(element("h3", {}, panda ? "The best branch" : "The settings"), settingsTable());
  if (report.advice.length) right.append(element("h3", {}, "What to do next"), adviceList());
  if (report.lineage.length) {
    const says = (step) => Object.entries(step.settings).map(([name, value]) => `${name} ${number(value, 3)}`).join(", ");
    right.append(element("h3", {}, "How the winner came about"), element("ul", { className: "next" }, ...report.lineage.map((step) => element("li", {}, `From epoch ${step.epoch}, trial ${step.trial}: ${says(step)}`))));
  }
  top.append(element("div", { className: "columns" }, left, right));
}
