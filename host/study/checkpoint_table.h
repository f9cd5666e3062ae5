#pragma once
/// Checkpoints of trials that may go on: the table of a study that holds them. It is made with the first one, as most studies
/// have none.

#include "caviar/trial.h"
#include "host/study/sqlite.h"

#include <cstddef>
#include <span>
#include <vector>

namespace caviar::study {

void keep_checkpoint(Database&, TrialId, int32_t epoch, std::span<const std::byte>);
void drop_checkpoint(Database&, TrialId, int32_t epoch);
std::vector<int32_t> checkpoint_epochs(Database&, TrialId);
std::vector<std::byte> read_checkpoint(Database&, TrialId, int32_t epoch);

} // namespace caviar::study
