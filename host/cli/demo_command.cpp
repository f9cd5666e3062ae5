#include "host/cli/command.h"

#include "host/cli/interrupt.h"
#include "host/cli/sweep_run.h"

#include <filesystem>
#include <memory>
#include <optional>

#include <unistd.h>

namespace caviar::cli {

namespace {

constexpr int64_t demo_trials = 256;
constexpr int demo_epochs = 30;

/// In the current folder, so that the commands it suggests are short; in the temporary one where that cannot be written.
std::string demo_path() {
    const std::string name = "caviar-demo.db";
    return access(".", W_OK) == 0 ? name : (std::filesystem::temp_directory_path() / name).string();
}

/// A finished demo is run anew: the same bits come of it. Under the demo's own name (`ours`) so is one of other settings or of
/// another build, which could not be gone on with. Anything else is left to `sweep_into`.
void remove_old(Context& context, const std::string& path, bool ours, const SweepSettings& settings, const Engine& engine) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return;
    auto study = Study::open(path);
    const StudyHeader header = study->header();
    if (header.data != settings.data) return;
    const bool same = header.settings == to_json(settings) && header.build == build_name(engine);
    if (ours ? same && !study->note("finished") : header.settings != to_json(settings) || !study->note("finished")) return;
    note(context, path + " holds an earlier demo; it is run again.");
    remove_study(std::move(study));
}

struct DemoFlags {
    std::string study;
    int64_t trials = demo_trials;
    EngineOptions engine;
    RunFlags run;
};

void demo(Context& context, const DemoFlags& flags) {
    context.quiet = flags.run.quiet;
    std::optional<PhaseClock> clock;
    if (flags.run.stats) clock.emplace();
    Request request;
    request.settings.data = "digits";
    request.settings.sampler.trials = flags.trials;
    request.engine = flags.engine;
    SpaceEntry epochs = parse_entry("epochs=" + std::to_string(demo_epochs), "demo");
    epochs.fixed = true;
    request.space.push_back(epochs);
    Resolved resolved = resolve(request);

    note(context, "Handwritten digits, 8x8 pixels (UCI): " + std::to_string(flags.trials) +
                      " different networks, coarse to fine. The same as\n  caviar sweep digits --trials " +
                      std::to_string(flags.trials) + " --epochs " + std::to_string(demo_epochs));
    describe_data(context, resolved.settings, resolved.prepared);
    Interrupt interrupt(context);
    const auto engine = engine_for(context, resolved.engine);
    const std::string path = flags.study.empty() ? demo_path() : flags.study;
    remove_old(context, path, flags.study.empty(), resolved.settings, *engine);
    sweep_into(context, path, resolved, *engine, flags.run,
               {{"caviar sweep YOURS.csv --target COLUMN", "the same on your own table"}}, clock ? &*clock : nullptr);
}

} // namespace

void add_demo(CLI::App& app, Context& context) {
    auto flags = std::make_shared<DemoFlags>();
    CLI::App* sub = command(app, "demo", "Tune networks on handwritten digits; under a minute on two cores",
                            "caviar demo\n"
                            "caviar demo --threads 1 --study /tmp/demo.db");
    sub->add_option("--study,-o", flags->study, "The study's file; caviar-demo.db in the current folder if not given")->type_name("FILE");
    sub->add_option("--trials,-n", flags->trials, "How many networks to train (256)")
        ->type_name("N")->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
    add_engine_flags(*sub, flags->engine);
    add_run_flags(*sub, flags->run);
    sub->callback([flags, &context] { demo(context, *flags); });
}

} // namespace caviar::cli
