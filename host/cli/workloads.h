#pragma once
/// The workloads of `caviar bench` (DESIGN.md section 10).

#include "caviar/dataset.h"
#include "caviar/engine.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace caviar::cli {

struct Workload {
    std::string name;         ///< "W1"
    std::string description;
    std::shared_ptr<const Dataset> data;
    std::vector<Trial> trials; ///< no early stop: all run their epochs
    int32_t epochs = 0;
};

/// How large to make them; 0 leaves the size that DESIGN.md gives.
struct WorkloadSize {
    int64_t trials = 0;
    int32_t epochs = 0;
    bool quick = false; ///< a quarter of the trials
};

/// W1, W3, W4 and the two nets of W7. `threads`: W4 has one trial a thread.
std::vector<Workload> workloads(int threads, const WorkloadSize&);

/// The same training rows and no others: its epochs end without validation, so that training steps are all that is timed.
std::shared_ptr<const Dataset> without_validation(const Dataset&);

/// Classes at random over Gaussian features: nothing to learn, but the arithmetic does not know that. The same bits on every call.
std::shared_ptr<const Dataset> gaussian_data(int32_t inputs, int64_t rows, int classes = 10);

/// Names that `workloads` knows, without making their data.
const std::vector<std::string>& workload_names();

} // namespace caviar::cli
