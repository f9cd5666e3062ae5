#pragma once
/// What happened to trials in mid-training: the table of a study that holds it. It is made with the first event, as most studies have none.

#include "caviar/study.h"
#include "host/study/sqlite.h"

#include <span>
#include <vector>

namespace caviar::study {

/// One of the same trial and epoch is replaced.
void keep_events(Database&, std::span<const Event>);
/// Those of one trial, in the order of epochs. Throws RuntimeFailure where the file is damaged.
std::vector<Event> read_events(Database&, TrialId);

} // namespace caviar::study
