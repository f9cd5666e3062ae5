#include "host/cli/command.h"
#include "host/cli/settings.h"

namespace caviar::cli {

void add_engine_flags(CLI::App& sub, EngineOptions& options) {
    for (const Setting& setting : settings()) {
        if (!is_engine(setting)) continue;
        const auto take = [&options, &setting](const std::string& word) {
            Request request;
            request.engine = options;
            set_flag(request, setting, {word});
            options = request.engine;
        };
        sub.add_option_function<std::string>(setting.flag, take, setting.help)->type_name(setting.placeholder)->group("Engine");
    }
}

std::unique_ptr<Engine> engine_for(Context& context, const EngineOptions& options) {
    EngineChoice choice = make_engine(options);
    if (!choice.note.empty()) note(context, choice.note);
    return std::move(choice.engine);
}

} // namespace caviar::cli
