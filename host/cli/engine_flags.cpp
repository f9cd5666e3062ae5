#include "host/cli/command.h"

namespace caviar::cli {

void add_engine_flags(CLI::App& sub, EngineOptions& options) {
    sub.add_option("--engine", options.name, "What trains: auto (a GPU where there is one), cpu or cuda")
        ->type_name("NAME")->group("Engine");
    sub.add_option("--threads", options.threads, "CPU threads; 0: one for each core this process may use")
        ->type_name("N")->check(CLI::Range(0, 4096))->group("Engine");
    sub.add_option("--isa", options.instruction_set, "CPU instruction set: plain, avx2 or avx512; the best there is if not given")
        ->type_name("NAME")->group("Engine");
    sub.add_option("--device", options.device, "Which GPU, from 0")->type_name("N")->check(CLI::Range(0, 1023))->group("Engine");
}

std::unique_ptr<Engine> engine_for(Context& context, const EngineOptions& options) {
    EngineChoice choice = make_engine(options);
    if (!choice.note.empty()) note(context, choice.note);
    return std::move(choice.engine);
}

} // namespace caviar::cli
