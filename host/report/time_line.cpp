#include "host/report/time_line.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace caviar::report {

namespace {

/// The mean of a count over stretches of equal length, from the moments at which it changes.
class MeanCount {
public:
    explicit MeanCount(size_t stretches) : part_(stretches), whole_(stretches + 1) {}

    /// `at`: in stretches.
    void change(double at, double by) {
        const size_t stretch = std::min(static_cast<size_t>(std::max(at, 0.0)), part_.size() - 1);
        part_[stretch] += by * std::max(static_cast<double>(stretch + 1) - at, 0.0);
        whole_[stretch + 1] += by;
    }
    std::vector<double> means() const {
        std::vector<double> means(part_);
        double count = 0;
        for (size_t i = 0; i < means.size(); ++i) means[i] += count += whole_[i];
        return means;
    }

private:
    std::vector<double> part_;  ///< of the stretches in which it changed
    std::vector<double> whole_; ///< from which stretch on it counts throughout
};

} // namespace

std::vector<TimedTrial> timed_trials(const Study& study) {
    std::vector<TimedTrial> trials;
    TrialQuery query;
    query.sort = "id";
    study.each_trial(query, [&](const TrialRow& row) {
        const TrialResult& r = row.result;
        if (r.dated() && row.run >= 0) trials.push_back({row.run, r.state, r.began, r.ended, r.seconds});
    });
    return trials;
}

std::vector<RunTimes> run_times(std::span<const TimedTrial> trials, std::span<const Run> runs, size_t stretches) {
    std::map<int32_t, RunTimes> by_run;
    for (const TimedTrial& trial : trials) {
        const auto [found, fresh] = by_run.try_emplace(trial.run, RunTimes{trial.run, trial.began, trial.ended, 0, 0, 0, {}});
        RunTimes& run = found->second;
        run.began = std::min(run.began, trial.began);
        run.ended = std::max(run.ended, trial.ended);
        run.busy += trial.seconds;
        ++run.trials;
    }
    double all = 0;
    for (const auto& [number, run] : by_run) all += run.ended - run.began;

    std::map<int32_t, std::vector<MeanCount>> counts;
    for (auto& [number, run] : by_run) {
        const double length = run.ended - run.began;
        const auto its = std::max<size_t>(1, static_cast<size_t>(std::lround(static_cast<double>(stretches) * (all > 0 ? length / all : 0))));
        run.step = length / static_cast<double>(its);
        if (length > 0) run.busy = std::min(1.0, run.busy / (length * std::max(1, runs[static_cast<size_t>(number)].threads)));
        else run.busy = 1;
        counts.emplace(number, std::vector(time_line_states.size(), MeanCount(its)));
    }
    for (const TimedTrial& trial : trials) {
        const auto state = std::find(time_line_states.begin(), time_line_states.end(), trial.state);
        const RunTimes& run = by_run.at(trial.run);
        if (state == time_line_states.end() || run.step <= 0) continue;
        MeanCount& count = counts.at(trial.run)[static_cast<size_t>(state - time_line_states.begin())];
        count.change((trial.began - run.began) / run.step, 1);
        count.change((trial.ended - run.began) / run.step, -1);
    }
    std::vector<RunTimes> list;
    for (auto& [number, run] : by_run) {
        for (size_t state = 0; state < time_line_states.size(); ++state) run.under_way[state] = counts.at(number)[state].means();
        list.push_back(std::move(run));
    }
    return list;
}

} // namespace caviar::report
