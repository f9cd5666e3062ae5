#include "host/cli/sweep_run.h"

#include "host/cli/config.h"
#include "host/cli/documents.h"
#include "host/cli/live.h"
#include "host/cli/stats.h"
#include "host/cli/trial_table.h"
#include "host/report/advice.h"
#include "host/report/json_lines.h"
#include "host/report/numbers.h"
#include "host/report/text.h"
#include "host/study/candidate.h"
#include "host/study/in_memory.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace caviar::cli {

namespace {

constexpr size_t top_shown = 10;

/// The settings that a study goes on with, given those asked for now.
SweepSettings continued(const Study& study, const Resolved& resolved) {
    const std::string& path = study.path();
    const SweepSettings& asked = resolved.settings;
    SweepSettings settings = settings_from_json(study.header().settings);
    SweepSettings compared = asked;
    // More trials are more of the same, and fewer are there already, except where the rounds were planned from the budget.
    const bool free = !study::plans_rounds(settings.sampler);
    if (free) compared.sampler.trials = settings.sampler.trials;
    if (!resolved.said.contains("confirm")) compared.confirm.settings = settings.confirm.settings;
    if (const auto list = differences(settings, compared); !list.empty()) {
        std::string text = path + " is a study with other settings:";
        for (const std::string& line : list) text += "\n  " + line;
        throw UsageError(text + "\nTo go on with it: " + study::resume_call(study, shell_word(path)) +
                         "\nTo begin another: the same command with --study OTHER.db");
    }
    settings.data = asked.data;
    settings.valid_file = asked.valid_file;
    settings.test_file = asked.test_file;
    settings.valid_labels = asked.valid_labels;
    settings.test_labels = asked.test_labels;
    settings.read.labels = asked.read.labels;
    if (free) settings.sampler.trials = asked.sampler.trials; // the study's own, where that is larger: see run_sweep
    return settings;
}

void show_result(Context& context, const SweepSettings& settings, const Study& study, const SweepOutcome& outcome, const std::vector<study::Candidate>& top) {
    const Metric metric = study.header().metric;
    if (top.empty()) {
        context.out << "No trial came to an end"
                    << (outcome.diverged == 0 ? "" : outcome.diverged == outcome.trials ? "; all diverged: their learning rates are too high" : " that counts") << ".\n";
        return;
    }
    const bool seeds = std::any_of(top.begin(), top.end(), [](const study::Candidate& c) { return c.trials.size() > 1; });
    context.out << "The best " << top.size() << (seeds ? " settings" : "") << " of " << outcome.trials
                << (outcome.trials == 1 ? " trial" : " trials") << ", by validation " << to_string(metric)
                << (top.front().confirmed ? ", confirmed ones first" : "") << ":\n"
                << fitted_trial_table(top, metric, context.out_is_terminal ? context.width : 0, context.out_color,
                                      settings.cross_validates() ? "folds" : "seeds");
    if (outcome.test) show_test(context, *outcome.test);
    if (outcome.winner) show_winner(context, *outcome.winner, settings, metric);
}

void say_how_long(Context& context, const SweepOutcome& outcome) {
    std::string text = std::to_string(outcome.trials) + " trials, " + report::count(outcome.epochs) + " epochs";
    if (outcome.diverged > 0) text += ", " + std::to_string(outcome.diverged) + " diverged";
    note(context, text + ", " + report::duration(outcome.seconds) + ".");
}

/// What to try where every trial diverged: there is nothing to export, and the same box would give the same.
Suggestions after_divergence(const SweepSettings& settings, const std::string& path) {
    const bool unscaled = report::may_be_unscaled(settings);
    const std::string lower = std::filesystem::path(path).replace_extension("lower.db").string();
    const std::string sweep = "caviar sweep --config " + shell_word(path) + ' ' + report::calmer_flags(report::lowest_rate(settings), unscaled) + " --study " + shell_word(lower);
    const std::string why = unscaled ? "the same with lower learning rates, and features on one scale" : "the same with lower learning rates";
    return {{sweep, why}, {"caviar trials " + shell_word(path) + " --top 20", "what was tried"}};
}

} // namespace

std::unique_ptr<Study> open_or_create(const std::string& path, const Resolved& resolved, SweepSettings& settings, Engine& engine, bool& created) {
    std::error_code ignored;
    created = !std::filesystem::exists(path, ignored);
    if (created) {
        // Made and thrown away: what the engine refuses, such as a loss that does not fit the task, must leave no study behind.
        (void)engine.populate(resolved.prepared.dataset, {settings.sampler.seed, *settings.loss, *settings.metric});
        return Study::create(path, make_header(settings, resolved.prepared, engine));
    }
    std::unique_ptr<Study> study = Study::open(path);
    if (study::is_panda(*study))
        throw UsageError(path + " is the study of one babysat model. To go on with it: caviar panda " + shell_word(path) +
                         "\nTo begin a sweep: the same command with --study OTHER.db");
    settings = continued(*study, resolved);
    return study;
}

void show_test(Context& context, const TestReport& test) {
    const std::string name = to_string(test.metric);
    report::TextTable table({"", name, "trivial baseline"});
    table.add({test.refit_epochs ? "validation (mean)" : "validation", report::significant(test.valid, 5), report::significant(test.valid_baseline, 5)});
    table.add({"test", report::significant(test.test, 5), report::significant(test.test_baseline, 5)});
    context.out << "\nThe best, trial " << test.trial;
    if (test.refit_epochs) context.out << "'s settings, trained again on all rows but the test rows for " << *test.refit_epochs << (*test.refit_epochs == 1 ? " epoch" : " epochs");
    context.out << ", measured once on test rows that never chose anything:\n"
                << table.str(context.out_is_terminal ? context.width : 0, context.out_color);
    std::string others;
    for (const auto& [metric, value] : test.others) {
        others += (others.empty() ? "" : ", ") + to_string(metric) + ' ' + report::significant(value, 5);
    }
    if (!others.empty()) context.out << "Also on test: " << others << '\n';
}

void show_winner(Context& context, const WinnerReport& winner, const SweepSettings& settings, Metric metric) {
    using report::significant, report::percent;
    const std::string name = to_string(metric), compared = std::to_string(winner.compared);
    const size_t seeds = winner.seeds.size();
    if (winner.mean && winner.deviation) {
        context.out << "Mean of its settings' " << seeds << (winner.confirmed ? " fresh" : "") << (settings.cross_validates() ? " folds" : " seeds") << ": validation " << name << ' '
                    << significant(*winner.mean, 5) << " +- " << significant(*winner.deviation, 2) << '\n';
    }
    if (!winner.chance || winner.compared < 2) return;
    context.out << "P(best) = " << percent(*winner.chance) << " among "
                << (winner.confirmed ? "the " + compared + " confirmed settings" : compared + " settings") << '\n';
    if (!winner.test_mean || !winner.test_deviation) return;
    std::string weighed = "Weighed by such chances: test " + name + ' ' + significant(*winner.test_mean, 5) + " +- " + significant(*winner.test_deviation, 2);
    constexpr double all = 0.9995; // as a percentage rounded: 100.0
    if (const double share = winner.test_share.value_or(0); share < all)
        weighed += " (over the nets kept, with " + percent(share) + " of the chances)";
    context.out << (context.out_is_terminal ? report::wrap(weighed, 0, context.width) : weighed) << '\n';
}

void describe_data(Context& context, const SweepSettings& settings, const Prepared& prepared) {
    const Dataset& data = prepared.dataset;
    std::string task = to_string(data.task);
    if (!data.classes.empty()) {
        task += ", " + std::to_string(data.classes.size()) + " classes:";
        constexpr size_t shown = 8;
        for (size_t i = 0; i < std::min(shown, data.classes.size()); ++i) task += ' ' + report::truncate(report::printable(data.classes[i]), 24);
        if (data.classes.size() > shown) task += " ...";
    }
    const std::string& target = prepared.preprocessing.target;
    std::string rows = std::to_string(data.rows(Part::train)) + (prepared.folds.empty() ? " training, " : " training rows in ");
    rows += prepared.folds.empty() ? std::to_string(data.rows(Part::valid)) + " validation, "
                                   : std::to_string(prepared.folds.size()) + " folds, each of which validates once, ";
    note(context, "Data   " + report::printable(data.name) + ": " + rows + std::to_string(data.rows(Part::test)) +
                      " test rows (split seed " + std::to_string(settings.prepare.seed) + "), " +
                      std::to_string(data.features.front().train.columns) + " inputs");
    note(context, "Task   " + task + (target.empty() ? "" : "; target: " + report::printable(target)));
    for (const std::string& warning : prepared.warnings) warn(context, report::printable(warning));
}

void add_time_flag(CLI::App& sub, double& seconds, const std::string& help) {
    sub.add_option("--time", seconds, help)
        ->type_name("TIME")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, double>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}, CLI::AsNumberWithUnit::UNIT_OPTIONAL))
        ->check([](const std::string& text) { return std::stod(text) > 0 ? std::string() : "a time above 0 is wanted"; });
}

void add_run_flags(CLI::App& sub, RunFlags& flags) {
    add_time_flag(sub, flags.seconds, "End after so long: 90s, 10m, 2h. The same command again goes on");
    sub.add_option("--target-metric", flags.target, "End once the validation metric of a trial is this good")->type_name("NUMBER");
    sub.add_flag("--json", flags.json, "One JSON document on stdout instead of tables");
    sub.add_flag("--stats", flags.stats, "Say how busy and how fast the engine was, and where the time went, on stderr and in the JSON");
    sub.add_flag("--quiet,-q", flags.quiet, "Nothing on stderr but warnings and errors");
}

std::string default_study_path(const std::string& data) {
    std::filesystem::path name = std::filesystem::path(data).filename();
    if (name.extension() == ".gz") name = name.stem();
    if (!name.stem().empty()) name = name.stem();
    return name.string() + ".db";
}

void remove_study(std::unique_ptr<Study> study) {
    if (!study->in_place()) return;
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(study->path() + suffix, ignored);
}

void sweep_into(Context& context, const std::string& path, const Resolved& resolved, Engine& engine, const RunFlags& flags, const Suggestions& more,
                const PhaseClock* clock) {
    bool created = false;
    SweepSettings settings = resolved.settings;
    auto study = open_or_create(path, resolved, settings, engine, created);
    try {
        run_and_report(context, settings, resolved.prepared, engine, *study, flags, more, clock);
    } catch (...) {
        // An empty study would only stand in the way of the corrected command.
        if (created && !context.interrupt.stop_requested() && study->size() == 0) remove_study(std::move(study));
        throw;
    }
}

void run_and_report(Context& context, const SweepSettings& settings, const Prepared& prepared, Engine& engine, Study& study, const RunFlags& flags,
                    const Suggestions& more, const PhaseClock* clock) {
    const int64_t already = study.counts().finished();
    const bool finished = study::is_finished(study, study::budget_of(settings, study));
    if (finished) {
        note(context, "Study  " + study.path() + " is finished; this is its result.");
    } else {
        const Capabilities c = engine.capabilities();
        note(context, "Engine " + c.engine + ": " + c.device);
        note(context, "Study  " + study.path() + (already > 0 ? ": going on after " + std::to_string(already) + " finished trials" : ""));
    }
    SweepOutcome outcome;
    {
        Live live(context, study.header().metric, already);
        SweepControl control;
        control.stop = context.interrupt.get_token();
        control.on_progress = [&](const SweepProgress& progress) { live.show(progress); };
        control.most_seconds = flags.seconds;
        control.target = flags.target;
        outcome = run_sweep(settings, prepared, engine, study, control);
    }
    std::optional<Stats> stats;
    if (clock) stats = gather_stats(engine, outcome, *clock);
    const auto top = study::ranking(study, settings, top_shown);
    if (!finished) say_how_long(context, outcome);
    if (stats && !context.quiet) context.err << stats_text(*stats, context.err_is_terminal ? context.width : 0, context.err_color) << std::flush;
    if (flags.json) {
        Document document = sweep_document(settings, prepared, engine.capabilities(), study, outcome, top);
        if (stats) document["stats"] = stats_document(*stats);
        context.out << report::dump(document, 2) << '\n';
    } else {
        show_result(context, settings, study, outcome, top);
    }
    context.out.flush();
    for (const std::string& warning : outcome.warnings) warn(context, warning);
    if (!study.in_place()) {
        throw RuntimeFailure(study.path() + ": the study was removed or replaced while the sweep ran, so what came of it is saved nowhere; "
                             "put the file back if it was moved, and run the same command again");
    }
    const std::string file = shell_word(study.path());
    if (outcome.interrupted()) {
        next(context, {{"caviar resume " + file, "go on; it ends as if never interrupted"}, {"caviar trials " + file, "what there is so far"}});
        throw Error(ExitCode::interrupted, "Interrupted; everything finished is saved in " + study.path() + ".");
    }
    if (!outcome.best && outcome.end == SweepOutcome::End::all) {
        next(context, after_divergence(settings, study.path()));
        throw RuntimeFailure("no network came to an end that counts: " + std::to_string(outcome.diverged) + " of " + std::to_string(outcome.trials) +
                             " trials diverged; lower learning rates may help");
    }
    Suggestions suggestions;
    if (outcome.end == SweepOutcome::End::time) suggestions.push_back({"caviar resume " + file, "the time is up; go on with what is left of the budget"});
    if (outcome.end == SweepOutcome::End::target) suggestions.push_back({"caviar resume " + file, "the target is reached; go on without one"});
    if (!outcome.best) {
        suggestions.push_back({"caviar trials " + file, "what there is so far"});
        return next(context, suggestions);
    }
    suggestions.insert(suggestions.end(), {{"caviar report " + file, "how it narrowed, what mattered, what to do next"},
                            {"caviar trials " + file + " --top 20", "more of them"},
                            {"caviar export " + file + " -o model.json", "the best network, ready to predict"},
                            {"caviar verify " + file, "train the best again and compare every bit"}});
    suggestions.insert(suggestions.end(), more.begin(), more.end());
    next(context, suggestions);
}

} // namespace caviar::cli
