#include "host/study/own_score.h"

#include <algorithm>
#include <functional>

namespace caviar::study {

Score own_score(const Study& study, const TrialRow& row) {
    const auto events = study.events(row.trial.id);
    if (events.empty()) return row.score;
    const Metric metric = study.header().metric;
    Score best;
    for (int32_t e = 0; e < std::min(events[0].epoch, row.epochs); ++e)
        best = std::min(best, score(row.result.curve[static_cast<size_t>(e)], metric), std::less<>());
    return best;
}

} // namespace caviar::study
