#pragma once
#include "host/cpu/live_trial.h"
#include "host/cpu/trainer.h"

#include <functional>

namespace caviar::cpu {

/// Trains a trial on a worker; false where a stop caught it.
using TrainOne = std::function<bool(size_t worker, LiveTrial&, const Trainer::Orders&)>;

/// `workers` threads take trials from the front of the queue until it is empty, a stop is asked for or one of them throws.
/// The callbacks of `control` run on the calling thread, which waits meanwhile. What a worker or a callback throws is thrown
/// on, after all workers have ended.
void run_workers(size_t workers, const std::vector<LiveTrial*>& queue, const TrainControl& control, const TrainOne& train);

} // namespace caviar::cpu
