#pragma once
/// A small study whose every trial is known.

#include "tests/study/support.h"

#include <fstream>
#include <sstream>

namespace caviar::testing_exchange {

using testing_study::Folder;

inline SweepSettings settings() {
    SweepSettings s;
    s.data = "table.csv";
    s.space.vary("optimizer", parse_distribution("choice(sgd,momentum,momentum)"));
    s.space.vary("learning_rate", parse_distribution("log(1e-4,1)"));
    s.space.vary("momentum", parse_distribution("beta(0.9,0.999)"));
    s.space.vary("batch_size", parse_distribution("pow2(8,128)"));
    s.space.vary("layers", parse_distribution("int(1,3)"));
    s.space.vary("units", parse_distribution("logint(2,64)"));
    s.space.vary("dropout", parse_distribution("uniform(0,0.5)"));
    s.space.vary("activation", parse_distribution("relu"));
    s.sampler.name = "random";
    s.sampler.trials = 10;
    return s;
}

inline Configuration configuration(const std::string& optimizer, double learning_rate) {
    Configuration c{{"optimizer", optimizer}, {"learning_rate", learning_rate}};
    if (optimizer == "momentum") c.emplace_back("momentum", 0.99);
    c.insert(c.end(), {{"batch_size", int64_t{32}}, {"layers", int64_t{2}}, {"units", int64_t{20}}, {"dropout", 0.25}, {"activation", std::string("relu")}});
    return c;
}

/// A day on which a trial trained, for so many seconds.
inline constexpr double some_day = 1.8e9;
inline void date(std::vector<TrialResult>& results, size_t trial, double seconds) {
    const double began = some_day + 100 * static_cast<double>(trial);
    results[trial].worked_on(began, began + seconds);
}

/// Trials 0 complete, 1 stopped, 2 diverged, 3 complete and the best, 4 waiting; the metric is the accuracy. Of 0 and 3 it is known when they
/// trained.
inline std::unique_ptr<Study> some_study(const Folder& folder, const std::string& name = "flowers.db") {
    const SweepSettings s = settings();
    auto made = Study::create(folder.file(name), testing_study::some_header(s));
    std::vector<Trial> trials;
    for (TrialId id = 0; id < 5; ++id) trials.push_back(make_trial(s, id, 0, configuration(id == 1 ? "sgd" : "momentum", 0.001 * static_cast<double>(id + 1))));
    made->add({0, "{\"box\":{}}", ""}, trials);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<TrialResult> results{{0, TrialState::complete, 1, {{1, 0.9f, 0.5f}, {0.5f, 0.6f, 0.75f}, {0.4f, 0.7f, 0.7f}}, 1.5},
                                     {1, TrialState::stopped, 0, {{1, 0.9f, 0.4f}, {1, 1, 0.3f}}, 0.5},
                                     {2, TrialState::diverged, -1, {{nan, nan, nan}}, 0.25},
                                     {3, TrialState::complete, 2, {{1, 0.9f, 0.5f}, {0.5f, 0.6f, 0.75f}, {0.3f, 0.5f, 0.9f}}, 2}};
    date(results, 0, 1);
    date(results, 3, 2);
    made->record(results, std::vector<const Weights*>(results.size()));
    return made;
}

/// Of two folds: trials 0 and 1 of a setting are complete, so are 2 and 3 of the best one, 4 diverged and 5 did not, 6 was stopped and 7 was not, 8
/// is complete and 9 waits. The test report is of the net of all rows. Dated are 0, 1 and 2.
inline std::unique_ptr<Study> cross_validated_study(const Folder& folder) {
    SweepSettings s = settings();
    s.prepare.folds.count = 2;
    auto made = Study::create(folder.file("folds.db"), testing_study::some_header(s));
    std::vector<Trial> trials;
    for (TrialId id = 0; id < 10; ++id) trials.push_back(make_trial(s, id, 0, configuration("momentum", 0.001 * static_cast<double>(id / 2 + 1))));
    made->add({0, "{\"box\":{}}", ""}, trials);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::vector<TrialResult> results{{0, TrialState::complete, 1, {{1, 0.9f, 0.5f}, {0.5f, 0.6f, 0.875f}, {0.4f, 0.7f, 0.25f}}, 1},
                                     {1, TrialState::complete, 0, {{1, 0.9f, 0.25f}, {1, 1, 0.125f}}, 0.5},
                                     {2, TrialState::complete, 0, {{1, 0.9f, 0.75f}}, 1},
                                     {3, TrialState::complete, 0, {{1, 0.9f, 0.625f}}, 1},
                                     {4, TrialState::diverged, -1, {{nan, nan, nan}}, 1},
                                     {5, TrialState::complete, 0, {{1, 0.9f, 1}}, 1},
                                     {6, TrialState::stopped, 0, {{1, 0.9f, 0.5f}}, 1},
                                     {7, TrialState::complete, 1, {{1, 0.9f, 0.25f}, {0.5f, 0.6f, 0.5f}}, 1},
                                     {8, TrialState::complete, 0, {{1, 0.9f, 0.5f}}, 1}};
    for (const size_t trial : {1, 0, 2}) date(results, trial, 5);
    made->record(results, std::vector<const Weights*>(results.size()));
    TestReport test;
    test.trial = 2;
    test.test = 0.5;
    test.refit_epochs = 1;
    made->note("test", to_json(test));
    return made;
}

inline std::string slurp(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

} // namespace caviar::testing_exchange
