#pragma once
/// Gathers finished trials and records them a transaction at a time.

#include "caviar/study.h"
#include "host/core/phase.h"

#include <chrono>
#include <deque>
#include <vector>

namespace caviar::study {

/// Used on one thread. What it holds at destruction without a `flush` is lost, and trained again by the next run.
class Recorder {
public:
    Recorder(Study& study, Population& population, double save_every)
        : study_(study), population_(population), metric_(study.header().metric), save_every_(save_every), last_(Clock::now()) {}

    /// Takes the weights too where the study would keep them. Commits where the last commit is `save_every` seconds ago or
    /// much has gathered.
    void take(TrialResult result) {
        const Score its_score = score(result, metric_);
        if (result.state == TrialState::complete && study_.keeps(its_score, result.id)) {
            weights_.push_back(population_.weights(result.id));
            floats_ += weights_.back().values.size();
            pointers_.push_back(&weights_.back());
        } else pointers_.push_back(nullptr);
        floats_ += 3 * result.curve.size();
        results_.push_back(std::move(result));
        const std::chrono::duration<double> since = Clock::now() - last_;
        if (since.count() >= save_every_ || floats_ > most_floats) flush();
    }

    void flush() {
        const Phase phase("record");
        if (!results_.empty()) study_.record(results_, pointers_);
        results_.clear();
        pointers_.clear();
        weights_.clear();
        floats_ = 0;
        last_ = Clock::now();
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr size_t most_floats = size_t{1} << 24; ///< 64 MB

    Study& study_;
    Population& population_;
    Metric metric_;
    double save_every_;
    Clock::time_point last_;
    std::vector<TrialResult> results_;
    std::vector<const Weights*> pointers_;
    std::deque<Weights> weights_; ///< a deque, as pointers_ point into it
    size_t floats_ = 0;
};

} // namespace caviar::study
