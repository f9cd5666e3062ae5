#include "host/cli/command.h"

#include "host/cli/config.h"
#include "host/cli/data_columns.h"
#include "host/cli/interrupt.h"
#include "host/cli/settings.h"
#include "host/cli/sweep_run.h"
#include "host/report/numbers.h"
#include "host/report/text.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace caviar::cli {

namespace {

struct SweepFlags {
    std::string data, config, study;
    SettingFlags settings;
    bool print_config = false, list = false, yes = false;
    RunFlags run;
};

Request request_from(const SweepFlags& flags) {
    Request request;
    if (!flags.config.empty()) read_config_file(flags.config, request);
    apply(flags.settings, request);
    if (!flags.data.empty()) request.settings.data = flags.data;
    default_target(request);
    return request;
}

/// What to do when no target was given: show what there is to choose from. With --json, stdout is for JSON alone.
[[noreturn]] void ask_for_target(Context& context, const SweepSettings& settings, bool json) {
    const Table table = read_table(settings.data, settings.read);
    const bool terminal = json ? context.err_is_terminal : context.out_is_terminal;
    (json ? context.err : context.out) << columns_table(table).str(terminal ? context.width : 0, json ? context.err_color : context.out_color);
    throw UsageError("which column is to be predicted? Name it with --target, by name or number; for example\n  caviar sweep " +
                     shell_word(settings.data) + " --target " +
                     shell_word(table.named ? table.columns.back().name : std::string("-1")));
}

void list_hyperparameters(Context& context) {
    constexpr int column = 18;
    for (const Field& field : fields()) {
        context.out << report::pad_right(std::string(field.name), column) << field.help << '\n'
                    << std::string(column, ' ') << allowed(field);
        if (!field.when.empty()) context.out << "; only where " << field.when;
        context.out << '\n';
    }
    context.out.flush();
    next(context, {{"caviar sweep data.csv --target price --vary 'learning_rate=log(1e-4,1)'", ""}});
}

/// A grid multiplies quickly; nobody should begin a year of work by accident. Says how many points it has.
void check_grid(Context& context, const SweepSettings& settings, bool yes) {
    constexpr int64_t many = 10'000;
    if (settings.sampler.name != "grid") return;
    const int64_t points = grid_size(settings.space, settings.sampler.points);
    const bool limited = settings.sampler.trials > 0 && settings.sampler.trials < points;
    if (points > many && !limited && !yes)
        throw UsageError("the grid has " + report::count(points) + " points; thin it with --points, vary fewer hyperparameters with --only, "
                         "limit it with --trials, or say --yes to train all of them");
    note(context, "Grid   " + report::count(points) + (points == 1 ? " point" : " points") +
                      (limited ? ", the first " + report::count(settings.sampler.trials) + " of them" : ""));
}

/// A study that is there has what it took over from others, which may have changed or gone: what it warmly started with is not looked for again,
/// the model that its trials start from only where its file still is.
void keep_what_was_taken_over(const std::string& path, SweepSettings& asked) {
    WarmStart& warm = asked.sampler.warm_start;
    std::error_code ignored;
    if ((warm.from.empty() && asked.initial.file.empty()) || !std::filesystem::exists(path, ignored)) return;
    const StudyHeader header = Study::read(path)->header();
    SweepSettings theirs = settings_from_json(header.settings);
    if (theirs.sampler.warm_start.from == warm.from && theirs.sampler.warm_start.map == warm.map) warm = std::move(theirs.sampler.warm_start);
    if (theirs.initial.file == asked.initial.file && !std::filesystem::exists(asked.initial.file, ignored))
        asked.initial = {theirs.initial.file, theirs.initial.hash, header.initial};
}

void sweep(Context& context, const SweepFlags& flags) {
    context.quiet = flags.run.quiet;
    std::optional<PhaseClock> clock;
    if (flags.run.stats) clock.emplace();
    if (flags.list) return list_hyperparameters(context);
    Request request = request_from(flags);
    const SweepSettings& asked = request.settings;
    if (asked.data.empty()) {
        throw UsageError("which data? Name a file, or one of digits, rectangles, convex; for example\n  caviar sweep data.csv --target price");
    }
    if (asked.data == "-") {
        throw UsageError("a sweep reads its data more than once, and again to resume, so standard input will not do; save it to a file first");
    }
    require_data(asked.data);
    if (asked.prepare.target.empty() && !is_builtin(asked.data)) ask_for_target(context, asked, flags.run.json);

    const std::string path = flags.study.empty() ? default_study_path(asked.data) : flags.study;
    keep_what_was_taken_over(path, request.settings);
    Resolved resolved = resolve(request);
    if (flags.print_config) {
        context.out << to_toml(config_lines(resolved.settings, resolved.engine));
        next(context, {{"caviar sweep --config FILE", "run what was printed"}});
        return;
    }
    describe_data(context, resolved.settings, resolved.prepared);
    for (const std::string& text : resolved.notes) note(context, text);
    check_grid(context, resolved.settings, flags.yes);
    Interrupt interrupt(context);
    const auto engine = engine_for(context, resolved.engine);
    sweep_into(context, path, resolved, *engine, flags.run, {}, clock ? &*clock : nullptr);
}

} // namespace

void add_sweep(CLI::App& app, Context& context) {
    auto flags = std::make_shared<SweepFlags>();
    CLI::App* sub = command(app, "sweep", "Search for good hyperparameters on a table, coarse to fine, and keep the best network",
                            "caviar sweep houses.csv --target price                      # 200 trials of a sensible space\n"
                            "caviar sweep adult.csv --no-header --target -1 --trials 500 # the last column is the target\n"
                            "caviar sweep digits --vary 'learning_rate=log(1e-4,1)' --set optimizer=adam\n"
                            "caviar sweep images-idx3-ubyte.gz --labels labels-idx1-ubyte # with --test and --test-labels: test images\n"
                            "caviar sweep --config settings.toml --epochs 30             # a file; flags win\n"
                            "caviar sweep digits --print-config > settings.toml          # what is in force, to edit");
    sub->add_option("DATA", flags->data, "CSV, TSV, IDX or NPY, plain or gzip; or built in: digits, rectangles, convex");
    add_setting_flags(*sub, flags->settings);
    sub->add_option("--config,-c", flags->config, "Settings from a TOML file with [data] [space] [search] [train], or from a study; flags win")->type_name("FILE");
    sub->add_flag("--print-config", flags->print_config, "Print all settings in force as such a file, and stop");
    sub->add_option("--study,-o", flags->study, "The study's file; DATA's name with .db in the current folder if not given. "
                                                "One that exists is gone on with")->type_name("FILE");
    sub->add_flag("--list", flags->list, "List the hyperparameters that --vary and --set take, and stop");
    sub->add_flag("--yes,-y", flags->yes, "Train all points of a grid, however many");
    add_run_flags(*sub, flags->run);
    sub->callback([flags, &context] { sweep(context, *flags); });
}

} // namespace caviar::cli
