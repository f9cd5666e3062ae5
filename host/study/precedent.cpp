#include "host/study/precedent.h"

#include "caviar/error.h"
#include "caviar/study.h"

namespace caviar::study {

Precedent precedent(const std::string& path) {
    const auto study = Study::read(path);
    TrialQuery query;
    query.state = TrialState::complete;
    query.top = 10'000; // a tenth of them is more than any box needs
    Precedent result{path, {}};
    for (TrialRow& row : study->trials(query)) result.trials.push_back(std::move(row.trial));
    if (result.trials.empty())
        throw RuntimeFailure(path + ": has no finished trial to start from; `caviar resume` goes on with it");
    return result;
}

} // namespace caviar::study
