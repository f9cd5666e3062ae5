#pragma once
/// The schedulers there are, one a file; `make_scheduler` picks one by name and has the one that does nothing. Epochs are positive and options are in their range.

#include "caviar/scheduler.h"

#include <memory>

namespace caviar::search {

std::unique_ptr<Scheduler> make_median(const SchedulerOptions&, int32_t max_epochs);
std::unique_ptr<Scheduler> make_successive_halving(const SchedulerOptions&, int32_t max_epochs);
std::unique_ptr<Scheduler> make_hyperband(const SchedulerOptions&, int32_t max_epochs);
std::unique_ptr<Scheduler> make_asha(const SchedulerOptions&, int32_t max_epochs);
std::unique_ptr<Scheduler> make_pbt(const SchedulerOptions&, int32_t max_epochs, uint64_t seed, const SearchSpace&);

} // namespace caviar::search
