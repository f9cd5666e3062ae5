#pragma once
/// A workload as files that the peers read: what is trained, on what, and what came of it here.

#include "caviar/engine.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace caviar::bench {

/// A rung trains `trials` of them, those with the lowest validation loss so far, for `epochs` more epochs.
struct Rung {
    int64_t trials;
    int32_t epochs;
};

/// W1, W2a (one output, as published), W2b (two), W3, W4, W5, W7a or W7b of DESIGN.md section 10.
struct Job {
    std::string name, description;
    std::shared_ptr<const Dataset> data;
    std::vector<Trial> trials;
    std::vector<Rung> rungs; ///< one, with all the trials, but for W5
    uint64_t study_seed = 1;
};

/// Trials and epochs of 0 leave what the workload says; W5's epochs are its own. Throws UsageError for an unknown name.
Job make_job(const std::string& name, int64_t trials, int32_t epochs);

/// Trains the whole job in a fresh population; each trial's result as it left. `seconds` is wall time: populate, admit, all rungs with what
/// goes to the device and comes back and, where the data have rows for it, the validation after every epoch.
struct Outcome {
    std::vector<TrialResult> results; ///< in the order of Job::trials
    double seconds = 0;
    double device_seconds = 0;        ///< of these, while kernels were at work (cuda) or `train` was (cpu); see TierStatistics::seconds
    double steps = 0;                 ///< minibatches of all trials
    double flops = 0;                 ///< multiply-adds count as two; see host/cpu/cost.h
};
Outcome run(Engine&, const Job&);

/// What is timed beside the peers, who are spared validation: the job without it, unless its rungs go by it.
Job timed(const Job&);

/// Writes DIR/workload.json and DIR/{train,valid}_{features,targets}.npy; workload_file.cpp says what is in the JSON.
void write_workload(const std::string& directory, const Job&, const Outcome&, const Capabilities&);

} // namespace caviar::bench
