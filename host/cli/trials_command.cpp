#include "host/cli/command.h"

#include "host/cli/documents.h"
#include "host/cli/sparkline.h"
#include "host/cli/trial_table.h"
#include "host/core/names.h"
#include "host/report/csv.h"
#include "host/report/dates.h"
#include "host/report/json_lines.h"
#include "host/study/in_memory.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

namespace caviar::cli {

namespace {

constexpr int64_t table_rows = 20; // about a screen; --top 0 shows all

struct TrialsFlags {
    std::string study;
    TrialQuery query;
    std::string state;
    int64_t top = -1;
    bool csv = false, json = false, json_lines = false;
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

std::vector<std::string> names_of(const Configuration& configuration) {
    std::vector<std::string> names;
    for (const auto& [name, value] : configuration) names.push_back(name);
    return names;
}

std::string value_text(const Configuration& configuration, const std::string& name) {
    for (const auto& [key, value] : configuration) {
        if (key == name) return caviar::to_string(value);
    }
    return {};
}

/// Writes trials one at a time: there may be more than fit in memory.
using RowWriter = std::function<void(const TrialRow&)>;

RowWriter csv_writer(std::ostream& out, const Study& study, const std::vector<std::string>& parameters) {
    auto csv = std::make_shared<report::CsvWriter>(out);
    std::vector<std::string> header{"id", "round", "state", to_string(study.header().metric), "loss", "best_epoch", "epochs", "seconds", "began", "ended", "device"};
    for (const std::string& name : parameters) header.push_back(heading_of(name));
    csv->row(header);
    return [csv, parameters](const TrialRow& row) {
        const bool scored = row.result.best_epoch >= 0;
        std::vector<std::string> line{std::to_string(row.trial.id),
                                      std::to_string(row.trial.round),
                                      to_string(row.result.state),
                                      report::csv_number(static_cast<float>(row.metric)), // it was a float when it was measured
                                      scored ? report::csv_number(static_cast<float>(row.score.loss)) : "",
                                      scored ? std::to_string(row.result.best_epoch) : "",
                                      std::to_string(row.epochs),
                                      report::csv_number(row.result.seconds),
                                      row.result.dated() ? report::utc_date(row.result.began) : "",
                                      row.result.dated() ? report::utc_date(row.result.ended) : "",
                                      row.device};
        for (const std::string& name : parameters) line.push_back(value_text(row.trial.configuration, name));
        csv->row(line);
    };
}

RowWriter curves_csv_writer(std::ostream& out) {
    auto csv = std::make_shared<report::CsvWriter>(out);
    csv->row(std::vector<std::string>{"id", "epoch", "train_loss", "valid_loss", "valid_metric"});
    return [csv](const TrialRow& row) {
        for (size_t epoch = 0; epoch < row.result.curve.size(); ++epoch) {
            const EpochLosses& losses = row.result.curve[epoch];
            csv->row(std::vector<std::string>{std::to_string(row.trial.id), std::to_string(epoch), report::csv_number(losses.train_loss),
                                              report::csv_number(losses.valid_loss), report::csv_number(losses.valid_metric)});
        }
    };
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
    const bool table = !flags.csv && !flags.json && !flags.json_lines;
    query.top = flags.top == 0 ? -1 : flags.top > 0 ? flags.top : table ? table_rows : -1;
    if (!flags.state.empty()) query.state = state_from(flags.state);
    const Metric metric = study->header().metric;
    TrialQuery none = query;
    none.top = 0;
    (void)study->trials(none); // refuses a filter that is not understood before anything is on stdout
    if (flags.json_lines) {
        report::JsonLinesWriter lines(context.out);
        const TrialDocuments documents(*study, query.curves);
        return study->each_trial(query, [&](const TrialRow& row) { lines.write(documents(row)); });
    }
    const bool panda = study::is_panda(*study);
    if (flags.csv && query.curves) return study->each_trial(query, curves_csv_writer(context.out));
    if (flags.csv && !panda) return study->each_trial(query, csv_writer(context.out, *study, space_parameters(*study)));
    std::vector<TrialRow> rows = study->trials(query);
    if (flags.json) {
        context.out << report::dump(trials_document(*study, rows, query.curves), 2) << '\n';
        return;
    }
    if (panda) show_as_they_are_now(*study, rows);
    if (flags.csv) { // nothing varies in a panda's, but some things were changed
        const auto write = csv_writer(context.out, *study, rows.empty() ? space_parameters(*study) : names_of(rows.front().trial.configuration));
        for (const TrialRow& row : rows) write(row);
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
        next(context, {{study::resume_call(*study, file), study->note(study::retune_note) ? "search further; `caviar retune` with the same arguments goes on" : "train what is missing"}});
    } else {
        next(context, {{"caviar export " + file + " -o model.json", "the best network, ready to predict"}});
    }
}

std::vector<std::string> sorted_by() {
    std::vector<std::string> names{"score", "id", "round", "state", "metric", "loss", "best_epoch", "epochs", "seconds"};
    for (const Field& field : fields())
        if (heading_of(std::string(field.name)) == field.name) names.emplace_back(field.name);
    return names;
}

} // namespace

void add_trials(CLI::App& app, Context& context) {
    auto flags = std::make_shared<TrialsFlags>();
    CLI::App* sub = command(app, "trials", "List the trials of a study, the best first",
                            "caviar trials adult.db\n"
                            "caviar trials adult.db --filter 'optimizer=adam and learning_rate<0.01' --sort learning_rate\n"
                            "caviar trials adult.db --csv > trials.csv\n"
                            "caviar trials adult.db --csv --curves > curves.csv     # one line an epoch\n"
                            "caviar trials adult.db --jsonl --curves > trials.jsonl");
    sub->add_option("STUDY", flags->study, "The study's file; it may be in use")->required();
    sub->add_option("--sort", flags->query.sort, "score (default), id, or any name a filter takes")->type_name("NAME")->check(offers(sorted_by()));
    sub->add_flag("--descending,--reverse", flags->query.descending, "The largest (the worst) first");
    sub->add_option("--filter", flags->query.filter,
                    "Comparisons (< <= > >= = !=) joined by 'and', of hyperparameters or id, round, state, metric, loss, best_epoch, "
                    "epochs (trained; settings.epochs: asked for), seconds")->type_name("TEXT");
    sub->add_option("--state", flags->state, "Only waiting, complete, diverged or stopped ones")
        ->type_name("NAME")->check(offers({core::state_names.begin(), core::state_names.end()}));
    sub->add_option("--top,-n", flags->top, "At most this many; 0: all (the table shows 20, --csv, --json and --jsonl all)")
        ->type_name("N")->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000'000}));
    sub->add_flag("--curves", flags->query.curves, "Learning curves");
    sub->add_flag("--csv", flags->csv, "CSV on stdout");
    sub->add_flag("--json", flags->json, "One JSON document on stdout")->excludes("--csv");
    sub->add_flag("--jsonl", flags->json_lines, "One JSON document a trial on stdout, a line each")->excludes("--csv")->excludes("--json");
    sub->callback([flags, &context] { trials(context, *flags); });
}

} // namespace caviar::cli
