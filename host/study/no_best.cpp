#include "host/study/no_best.h"

#include "caviar/sweep.h"
#include "host/study/in_memory.h"
#include "host/study/same_study.h"

namespace caviar::study {

std::string why_no_best(const Study& study, const std::string& file) {
    if (is_panda(study)) return study.path() + " has no epoch yet whose losses are finite; `caviar panda " + file + "` goes on with it";
    const SweepSettings settings = settings_from_json(study.header().settings);
    if (!is_finished(study, budget_of(settings, study))) return study.path() + " has no complete trial yet; `" + resume_call(study, file) + "` trains them";
    const StudyCounts counts = study.counts();
    const std::string all = std::to_string(counts.finished()), diverged = std::to_string(counts.diverged);
    return study.path() + " has no network to use: " + (counts.diverged == counts.finished() ? "all its " + all + " trials diverged" : diverged + " of its " + all +
           " trials diverged, and no other came to its end") + "; `caviar report " + file + "` says what to try";
}

} // namespace caviar::study
