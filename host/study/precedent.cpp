#include "host/study/precedent.h"

#include "caviar/error.h"
#include "caviar/study.h"
#include "host/study/candidate.h"
#include "host/study/no_best.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"

namespace caviar::study {

Precedent precedent(const std::string& path) {
    const auto study = Study::read(path);
    const SweepSettings settings = settings_from_json(study->header().settings);
    const bool changing = settings.scheduler.name == "pbt" || is_panda(*study);
    Precedent result{path, {}};
    for (const Candidate& candidate : ranking(*study, settings, 10'000)) { // a tenth of them is more than any box needs
        if (!candidate.sound()) continue;
        Trial trial = candidate.best.trial;
        if (changing) {
            // What it did well with is what it had at the end, not what it began with.
            trial.hyperparameters = settings_after(trial, study->events(trial.id), candidate.best.epochs);
            for (auto& [name, value] : trial.configuration) value = get(trial.hyperparameters, name);
        }
        result.trials.push_back(std::move(trial));
    }
    if (result.trials.empty())
        throw RuntimeFailure(why_no_best(*study, path));
    return result;
}

} // namespace caviar::study
