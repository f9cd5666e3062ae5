// Holds a finished study of the published space against Bergstra & Bengio (2012): every kept trial is measured on the test
// part, then the winner's score (section 2.1) and the efficiency curve (section 2.2) are printed and written as JSON.
//
//     evaluate STUDY OUT.json COMMIT
//
// The study must have kept the weights of all its trials (`caviar sweep ... --keep 256`).

#include "caviar/error.h"
#include "caviar/sweep.h"
#include "host/report/efficiency.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>

using namespace caviar;
using Json = nlohmann::ordered_json;

namespace {

// Share of right answers of every trial, in the order of ids; a diverged one counts as always wrong.
std::vector<report::TrialAccuracy> accuracies(const Study& study, const SweepSettings& settings, const Dataset& data, Engine& engine) {
    const Loss loss = settings.loss.value_or(default_loss(data.task));
    TrialQuery query;
    query.sort = "id";
    std::vector<report::TrialAccuracy> all;
    for (const TrialRow& row : study.trials(query)) {
        if (row.result.state == TrialState::waiting) throw RuntimeFailure("the study is not finished: run the sweep again");
        if (row.result.state != TrialState::complete) {
            all.push_back({0, 0});
            continue;
        }
        const auto weights = study.weights(row.trial.id);
        if (!weights) throw RuntimeFailure("trial " + std::to_string(row.trial.id) + " has no weights: sweep with --keep as large as --trials");
        const Hyperparameters& h = row.trial.hyperparameters;
        const auto accuracy = [&](Part part) {
            const auto outputs = engine.forward(*weights, h.activation, data.with(h.scaling).part(part));
            return evaluate(Metric::accuracy, loss, outputs, data.outputs(loss), data.targets(part), 1);
        };
        all.push_back({accuracy(Part::valid), accuracy(Part::test)});
    }
    return all;
}

Json to_json(const report::EfficiencyPoint& point) {
    return {{"size", point.size},           {"experiments", point.experiments},       {"lowest", point.lowest},
            {"lower_quartile", point.lower_quartile}, {"median", point.median},       {"upper_quartile", point.upper_quartile},
            {"highest", point.highest}};
}

void run(const std::string& path, const std::string& out, const std::string& commit) {
    const auto study = Study::read(path);
    const SweepSettings settings = settings_from_json(study->header().settings);
    const Prepared prepared = load(settings);
    const auto choice = make_engine({});
    const Dataset& data = prepared.dataset;
    const auto trials = accuracies(*study, settings, data, *choice.engine);
    const auto winner = report::winner_score(trials, data.rows(Part::valid), data.rows(Part::test));
    const auto curve = report::efficiency_curve(trials, data.rows(Part::valid), data.rows(Part::test));
    const StudyCounts counts = study->counts();
    const auto best = study->best();

    Json document = {{"data", settings.data},
                     {"trials", counts.trials},
                     {"diverged", counts.diverged},
                     {"epochs", counts.epochs},
                     {"worker_seconds", counts.seconds},
                     {"machine", choice.engine->capabilities().device},
                     {"build", study->header().build},
                     {"commit", commit},
                     {"winner", {{"mean", winner.mean}, {"standard_error", winner.standard_error}}},
                     {"best_trial", {{"id", best->trial.id}, {"valid", best->metric}, {"test", trials[static_cast<size_t>(best->trial.id)].test}}},
                     {"efficiency", Json::array()},
                     {"accuracies", Json::array()},
                     {"settings", Json::parse(study->header().settings)}};
    std::printf("%s: %lld trials, %lld diverged; winner %.4f +- %.4f on the test part\n", settings.data.c_str(),
                static_cast<long long>(counts.trials), static_cast<long long>(counts.diverged), winner.mean, winner.standard_error);
    std::printf("%6s %12s %8s %8s %8s %8s %8s\n", "trials", "experiments", "lowest", "25%", "median", "75%", "highest");
    for (const auto& point : curve) {
        std::printf("%6lld %12lld %8.4f %8.4f %8.4f %8.4f %8.4f\n", static_cast<long long>(point.size), static_cast<long long>(point.experiments),
                    point.lowest, point.lower_quartile, point.median, point.upper_quartile, point.highest);
        document["efficiency"].push_back(to_json(point));
    }
    for (const auto& trial : trials) document["accuracies"].push_back({trial.valid, trial.test});
    std::ofstream file(out);
    file << document.dump(1) << '\n';
    if (!file.flush()) throw RuntimeFailure(out + ": cannot be written");
}

} // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::cerr << "usage: evaluate STUDY OUT.json COMMIT\n";
        return 2;
    }
    try {
        run(arguments[1], arguments[2], arguments[3]);
    } catch (const Error& error) {
        std::cerr << error.what() << '\n';
        return static_cast<int>(error.code());
    }
}
