#pragma once
/// `caviar report` for a person: one screen on a study.

#include "host/cli/command.h"
#include "host/importance/importance.h"
#include "host/report/advice.h"
#include "host/report/study_facts.h"

namespace caviar::cli {

void show_report(Context&, const report::StudyFacts&, const std::optional<importance::Importance>&, const std::vector<report::Advice>&);

} // namespace caviar::cli
