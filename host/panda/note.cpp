#include "host/panda/note.h"

#include "host/study/json_archive.h"
#include "host/study/same_study.h"

namespace caviar::panda {

template <class A, study::Either<Note> T> void members(A& a, T& n) {
    a("branch", n.branch);
    a("first_goal", n.first_goal);
    a("goal", n.goal);
    a("origin", n.origin);
    a("script", n.script);
}

void enter_epoch(std::vector<std::string>& script) {
    constexpr std::string_view run = "run ";
    if (script.empty() || !script.back().starts_with(run)) return script.push_back("run 1");
    script.back() = std::string(run) + std::to_string(std::stoll(script.back().substr(run.size())) + 1);
}

Note read_note(const Study& study) {
    const auto text = study.note(study::panda_note);
    if (!text)
        throw RuntimeFailure(study.path() +
                             ": is not the study of one babysat model; `caviar panda` with data or a sweep's study makes one");
    Note note;
    study::decode(study::Json::parse(*text, nullptr, false), note, study.path() + ": its note \"panda\"");
    return note;
}

void write_note(Study& study, const Note& note) { study.note(study::panda_note, study::encode(note).dump()); }

} // namespace caviar::panda
