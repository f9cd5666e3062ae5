#include "host/study/same_study.h"

#include "caviar/error.h"
#include "host/study/settings.h"

#include <algorithm>
#include <limits>

namespace caviar::study {

namespace {

int64_t budget_asked(const SamplerOptions& sampler) {
    if (sampler.trials > 0) return sampler.trials;
    if (sampler.name == "grid") return std::numeric_limits<int64_t>::max();
    throw UsageError("trials: " + std::to_string(sampler.trials) + " is not allowed; at least 1");
}

Json note_json(const Study& study, const char* key) {
    const auto text = study.note(key);
    return text ? Json::parse(*text, nullptr, false) : Json();
}

// The study's own budget: its settings', or what it was raised to.
int64_t budget_so_far(const Study& study, const SweepSettings& theirs) {
    const Json raised = note_json(study, budget_note);
    return std::max(budget_asked(theirs.sampler), raised.is_number_integer() ? raised.get<int64_t>() : 0);
}

} // namespace

bool plans_rounds(const SamplerOptions& sampler) {
    return !sampler.plan.empty() || (sampler.name != "random" && sampler.name != "sobol" && sampler.name != "grid");
}

void require_same_data(const Study& study, const Prepared& prepared, const Engine& engine) {
    const StudyHeader header = study.header();
    if (header.fingerprint == prepared.dataset.fingerprint) return;
    std::string text = study.path() + ": was made from other data: its fingerprint is " + header.fingerprint + " (" + header.data +
                       "), that of the data given is " + prepared.dataset.fingerprint + " (" + prepared.dataset.name +
                       "); give the study's own data, or another name for a new study";
    if (const std::string ours = build_name(engine); header.build != ours)
        text += ". Or they are the same data and differ in a last bit, as it was made by \"" + header.build + "\" and this is \"" + ours + '"';
    throw RuntimeFailure(text);
}

void require_same_build(const Study& study, const Engine& engine) {
    const std::string theirs = study.header().build, ours = build_name(engine);
    if (theirs == ours) return;
    // The last two words of the name are flags; all before them is the program itself.
    const auto program = [](const std::string& build) { return build.substr(0, build.rfind(", ")); };
    std::string what_to_do = "go on with that build and engine, or start a new study";
    if (const std::string same = program(ours) + ", "; theirs.starts_with(same)) {
        const std::string engine_and_set = theirs.substr(same.size());
        const size_t space = engine_and_set.find(' ');
        const std::string name = engine_and_set.substr(0, space), set = space == std::string::npos ? "" : engine_and_set.substr(space + 1);
        if (name == "cuda") what_to_do = "go on with --engine cuda on a device of its kind (" + set + "), or start a new study";
        else if (!set.empty()) what_to_do = "go on with --engine " + name + " --isa " + set + ", or start a new study";
    }
    throw RuntimeFailure(study.path() + ": was made by \"" + theirs + "\", this is \"" + ours + "\": the bits would differ; " + what_to_do);
}

bool is_panda(const Study& study) { return study.note(panda_note).has_value(); }

int64_t budget_of(const SweepSettings& settings, const Study& study) {
    if (is_panda(study))
        throw UsageError(study.path() + ": is the study of one babysat model, not of a sweep; `caviar panda " + study.path() + "` goes on with it");
    const SweepSettings theirs = settings_from_json(study.header().settings);
    if (const std::string differ = differences(theirs, settings); !differ.empty())
        throw RuntimeFailure(study.path() + ": was made with other settings (" + differ +
                             "); use the same ones (`caviar resume` takes them from the study), or another name for a new study");
    const int64_t ours = budget_asked(settings.sampler), so_far = budget_so_far(study, theirs);
    if (plans_rounds(theirs.sampler) && ours != so_far)
        throw RuntimeFailure(study.path() + ": its rounds were planned for " + std::to_string(so_far) + " trials, not " +
                             std::to_string(ours) + "; go on with " + std::to_string(so_far) + ", or start a new study");
    return std::max(ours, so_far);
}

void note_budget(Study& study, int64_t budget) {
    if (budget > budget_so_far(study, settings_from_json(study.header().settings))) study.note(budget_note, std::to_string(budget));
}

bool is_finished(const Study& study, int64_t budget) {
    const Json note = note_json(study, finished_note);
    if (!note.is_object() || !note.contains("trials") || !note["trials"].is_number_integer()) return false;
    return note.value("exhausted", Json(false)) == Json(true) || note["trials"].get<int64_t>() >= budget;
}

} // namespace caviar::study
