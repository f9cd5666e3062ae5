#include "host/cli/chosen_trial.h"

#include "host/cli/command.h"
#include "host/study/in_memory.h"
#include "host/study/no_best.h"

#include <charconv>

namespace caviar::cli {

namespace {

TrialId trial_id_from(const std::string& text) {
    TrialId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id < 0)
        throw UsageError("--trial: 'best' or an id such as 17 is wanted, not '" + text + "'");
    return id;
}

} // namespace

TrialRow chosen_trial(const Study& study, const std::string& text) {
    const std::string file = shell_word(study.path());
    if (text == "best") {
        if (const auto best = study.best()) return *best;
        throw RuntimeFailure(study::why_no_best(study, file));
    }
    TrialQuery query;
    query.ids = {trial_id_from(text)};
    const auto rows = study.trials(query);
    if (rows.empty()) {
        throw UsageError("--trial: " + text + " is not in " + study.path() + ", which has " + std::to_string(study.size()) +
                         " trials, counted from 0; caviar trials " + file + " lists them");
    }
    if (rows[0].result.state == TrialState::waiting)
        throw RuntimeFailure("trial " + text + " of " + study.path() + " is not trained yet; " + study::resume_call(study, file) + " goes on");
    return rows[0];
}

} // namespace caviar::cli
