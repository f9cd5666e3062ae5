#include "host/cli/command.h"

#include "host/cli/documents.h"
#include "host/cli/sparkline.h"
#include "host/cli/trial_table.h"
#include "host/report/csv.h"
#include "host/report/json_lines.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace caviar::cli {

namespace {

constexpr int64_t table_rows = 20; // about a screen; --top 0 shows all

struct TrialsFlags {
    std::string study;
    TrialQuery query;
    std::string state;
    int64_t top = -1;
    bool csv = false, json = false;
};

TrialState state_from(const std::string& name) {
    for (const TrialState state : {TrialState::waiting, TrialState::complete, TrialState::diverged, TrialState::stopped}) {
        if (to_string(state) == name) return state;
    }
    throw UsageError("--state: '" + name + "' is no state; allowed: waiting, complete, diverged, stopped");
}

/// All parameters of the space, so that the header of a CSV does not depend on what the rows hold.
std::vector<std::string> space_parameters(const Study& study) {
    std::vector<std::string> names;
    const SweepSettings settings = settings_from_json(study.header().settings);
    for (const Parameter& parameter : settings.space.parameters()) names.push_back(parameter.name);
    return names;
}

std::string value_text(const Configuration& configuration, const std::string& name) {
    for (const auto& [key, value] : configuration) {
        if (key == name) return caviar::to_string(value);
    }
    return {};
}

void write_csv(std::ostream& out, const Study& study, const std::vector<TrialRow>& rows) {
    report::CsvWriter csv(out);
    std::vector<std::string> line{"id", "round", "state", to_string(study.header().metric), "loss", "best_epoch", "epochs", "seconds"};
    std::vector<std::string> parameters = space_parameters(study);
    if (study::is_panda(study) && !rows.empty()) { // nothing varies, but some things were changed
        parameters.clear();
        for (const auto& [name, value] : rows.front().trial.configuration) parameters.push_back(name);
    }
    line.insert(line.end(), parameters.begin(), parameters.end());
    csv.row(line);
    for (const TrialRow& row : rows) {
        const bool scored = row.result.best_epoch >= 0;
        line = {std::to_string(row.trial.id),
                std::to_string(row.trial.round),
                to_string(row.result.state),
                report::csv_number(static_cast<float>(row.metric)), // it was a float when it was measured
                scored ? report::csv_number(static_cast<float>(row.score.loss)) : "",
                scored ? std::to_string(row.result.best_epoch) : "",
                std::to_string(row.epochs),
                report::csv_number(row.result.seconds)};
        for (const std::string& name : parameters) line.push_back(value_text(row.trial.configuration, name));
        csv.row(line);
    }
}

void write_curves_csv(std::ostream& out, const std::vector<TrialRow>& rows) {
    report::CsvWriter csv(out);
    csv.row(std::vector<std::string>{"id", "epoch", "train_loss", "valid_loss", "valid_metric"});
    for (const TrialRow& row : rows) {
        for (size_t epoch = 0; epoch < row.result.curve.size(); ++epoch) {
            const EpochLosses& losses = row.result.curve[epoch];
            csv.row(std::vector<std::string>{std::to_string(row.trial.id), std::to_string(epoch), report::csv_number(losses.train_loss),
                                             report::csv_number(losses.valid_loss), report::csv_number(losses.valid_metric)});
        }
    }
}

void show_curves(Context& context, const std::vector<TrialRow>& rows, Metric metric) {
    report::TextTable table({"trial", to_string(metric), "validation loss, first epoch to last"});
    for (const TrialRow& row : rows) {
        std::vector<float> losses;
        for (const EpochLosses& epoch : row.result.curve) losses.push_back(epoch.valid_loss);
        table.add({std::to_string(row.trial.id), std::isfinite(row.metric) ? report::csv_number(static_cast<float>(row.metric)) : "",
                   sparkline(losses, 40)});
    }
    context.out << table.str(context.out_is_terminal ? context.width : 0, context.out_color);
}

/// The branches of a babysat model all begin alike: they are shown with what was changed in any of them, as it is now, beside the
/// learning rate and the optimizer.
void show_as_they_are_now(const Study& study, std::vector<TrialRow>& rows) {
    std::vector<std::string> shown{"learning_rate", "optimizer"};
    std::vector<std::vector<Event>> events;
    for (const TrialRow& row : rows)
        for (const Event& event : events.emplace_back(study.events(row.trial.id)))
            for (const auto& [name, value] : event.changes)
                if (std::find(shown.begin(), shown.end(), name) == shown.end()) shown.push_back(name);
    for (size_t i = 0; i < rows.size(); ++i) {
        const Hyperparameters now = study::settings_after(rows[i].trial, events[i], rows[i].epochs);
        rows[i].trial.configuration.clear();
        for (const std::string& name : shown) rows[i].trial.configuration.emplace_back(name, get(now, name));
    }
}

void trials(Context& context, const TrialsFlags& flags) {
    const auto study = Study::read(flags.study);
    TrialQuery query = flags.query;
    const bool table = !flags.csv && !flags.json;
    query.top = flags.top == 0 ? -1 : flags.top > 0 ? flags.top : table ? table_rows : -1;
    if (!flags.state.empty()) query.state = state_from(flags.state);
    std::vector<TrialRow> rows = study->trials(query);
    const Metric metric = study->header().metric;
    if (flags.json) {
        context.out << report::dump(trials_document(*study, rows, query.curves), 2) << '\n';
        return;
    }
    const bool panda = study::is_panda(*study);
    if (panda) show_as_they_are_now(*study, rows);
    if (flags.csv) {
        if (query.curves) write_curves_csv(context.out, rows);
        else write_csv(context.out, *study, rows);
        return;
    }
    if (query.curves) {
        show_curves(context, rows, metric);
    } else {
        context.out << fitted_trial_table(rows, metric, context.out_is_terminal ? context.width : 0, context.out_color);
    }
    context.out.flush();
    const StudyCounts counts = study->counts();
    note(context, std::to_string(rows.size()) + " of " + std::to_string(counts.trials) + " trials: " + std::to_string(counts.complete) +
                      " complete, " + std::to_string(counts.diverged) + " diverged, " + std::to_string(counts.waiting) + " waiting" +
                      (flags.top < 0 && counts.trials > table_rows ? "; --top 0 shows all" : ""));
    const std::string file = shell_word(flags.study);
    if (panda) {
        next(context, {{"caviar panda " + file, "go on"}, {"caviar export " + file + " -o model.json", "the best network, ready to predict"}});
    } else if (counts.waiting > 0 || !study->note(study::finished_note)) {
        next(context, {{"caviar resume " + file, study->note(study::retune_note) ? "search further; `caviar retune` with the same arguments goes on" : "train what is missing"}});
    } else {
        next(context, {{"caviar export " + file + " -o model.json", "the best network, ready to predict"}});
    }
}

} // namespace

void add_trials(CLI::App& app, Context& context) {
    auto flags = std::make_shared<TrialsFlags>();
    CLI::App* sub = command(app, "trials", "List the trials of a study, the best first",
                            "caviar trials adult.db\n"
                            "caviar trials adult.db --filter 'optimizer=adam and learning_rate<0.01' --sort learning_rate\n"
                            "caviar trials adult.db --csv > trials.csv\n"
                            "caviar trials adult.db --csv --curves > curves.csv     # one line an epoch");
    sub->add_option("STUDY", flags->study, "The study's file; it may be in use")->required();
    sub->add_option("--sort", flags->query.sort, "score (default), id, or any name a filter takes")->type_name("NAME");
    sub->add_flag("--descending,--reverse", flags->query.descending, "The largest (the worst) first");
    sub->add_option("--filter", flags->query.filter,
                    "Comparisons (< <= > >= = !=) joined by 'and', of hyperparameters or id, round, state, metric, loss, best_epoch, "
                    "epochs, seconds")->type_name("TEXT");
    sub->add_option("--state", flags->state, "Only waiting, complete, diverged or stopped ones")->type_name("NAME");
    sub->add_option("--top,-n", flags->top, "At most this many; 0: all (the table shows 20, --csv and --json all)")
        ->type_name("N")->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000'000}));
    sub->add_flag("--curves", flags->query.curves, "Learning curves");
    sub->add_flag("--csv", flags->csv, "CSV on stdout");
    sub->add_flag("--json", flags->json, "One JSON document on stdout")->excludes("--csv");
    sub->callback([flags, &context] { trials(context, *flags); });
}

} // namespace caviar::cli
