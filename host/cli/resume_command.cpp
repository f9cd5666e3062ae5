#include "host/cli/command.h"

#include "host/cli/interrupt.h"
#include "host/cli/sweep_run.h"

#include <memory>
#include <optional>

namespace caviar::cli {

namespace {

struct ResumeFlags {
    std::string study, data;
    int64_t trials = 0;
    EngineOptions engine;
    RunFlags run;
};

void resume(Context& context, const ResumeFlags& flags) {
    context.quiet = flags.run.quiet;
    std::optional<PhaseClock> clock;
    if (flags.run.stats) clock.emplace();
    const auto study = Study::open(flags.study);
    SweepSettings settings = settings_from_json(study->header().settings);
    if (flags.trials > 0) settings.sampler.trials = flags.trials;
    const Prepared prepared = load_again(*study, settings, flags.data, &context);
    describe_data(context, settings, prepared);
    Interrupt interrupt(context);
    const auto engine = engine_for(context, flags.engine);
    run_and_report(context, settings, prepared, *engine, *study, flags.run, {}, clock ? &*clock : nullptr);
}

} // namespace

void add_resume(CLI::App& app, Context& context) {
    auto flags = std::make_shared<ResumeFlags>();
    CLI::App* sub = command(app, "resume", "Go on with a study that was interrupted",
                            "caviar resume adult.db\n"
                            "caviar resume adult.db --data /elsewhere/adult.csv   # the data have moved\n"
                            "caviar resume random.db --trials 1000                # more trials (samplers random, sobol, grid)");
    sub->add_option("STUDY", flags->study, "The study's file")->required();
    sub->add_option("--data", flags->data, "Where the data are now")->type_name("FILE");
    sub->add_option("--trials,-n", flags->trials, "A larger budget of trials, for the samplers random, sobol and grid")
        ->type_name("N")->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
    add_engine_flags(*sub, flags->engine);
    add_run_flags(*sub, flags->run);
    sub->callback([flags, &context] { resume(context, *flags); });
}

} // namespace caviar::cli
