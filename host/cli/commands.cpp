#include "host/cli/command.h"
#include "host/cli/commands.h"

namespace caviar::cli {

void add_commands(CLI::App& app, Context& context) {
    add_demo(app, context);
    add_inspect(app, context);
    add_sweep(app, context);
    add_resume(app, context);
    add_panda(app, context);
    add_trials(app, context);
    add_report(app, context);
    add_export(app, context);
    add_predict(app, context);
    add_retune(app, context);
    add_verify(app, context);
    add_doctor(app, context);
    add_bench(app, context);
    add_completion(app, context);
}

} // namespace caviar::cli
