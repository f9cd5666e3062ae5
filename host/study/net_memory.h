#pragma once
/// A network that is too big is refused before it is begun: the system lends memory it does not have, and kills who uses it.

#include "caviar/dataset.h"
#include "caviar/trial.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace caviar::study {

/// Inputs, hidden widths, outputs of a trial's net.
std::vector<int32_t> net_widths(const Dataset&, const Hyperparameters&, Loss);

/// Bytes that the net of these widths takes while it trains, whatever the batch.
int64_t training_bytes(std::span<const int32_t> widths, Optimizer);

/// How many of the first trials to admit together, at least one: enough to keep any engine busy, few enough that a million pass through bounded
/// memory.
size_t admitted_together(std::span<const Trial>, const Dataset&, Loss);

/// Throws DeviceError for the first trial whose net alone takes more than `free` bytes; says what may be done.
void require_memory(std::span<const Trial>, const Dataset&, Loss, int64_t free);

} // namespace caviar::study
