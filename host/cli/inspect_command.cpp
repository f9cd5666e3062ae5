#include "host/cli/command.h"

#include "host/cli/config.h"
#include "host/cli/data_columns.h"
#include "host/cli/estimate.h"
#include "host/cli/settings.h"
#include "host/cli/sweep_run.h"
#include "host/report/numbers.h"
#include "host/report/text.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace caviar::cli {

namespace {

struct InspectFlags {
    std::string data, config;
    double seconds = 0;
    SettingFlags settings;
};

std::string str(const Context& context, const report::TextTable& table) {
    return table.str(context.out_is_terminal ? context.width : 0, context.out_color);
}

void chapter(Context& context, const std::string& text) {
    context.out << '\n' << report::coloured(text, report::Colour::bold, context.out_color) << '\n';
}

void show_classes(Context& context, const Dataset& data) {
    if (data.classes.empty()) {
        context.out << "target: mean " << report::significant(data.target_mean) << ", standard deviation "
                    << report::significant(data.target_scale) << " over the training rows\n";
        return;
    }
    report::TextTable table({"class", "training", "share", "validation", "test"});
    for (size_t c = 0; c < data.classes.size(); ++c) {
        const auto count = [&](Part part) {
            const auto& targets = data.targets(part);
            return std::count(targets.begin(), targets.end(), static_cast<float>(c));
        };
        const double share = static_cast<double>(count(Part::train)) / static_cast<double>(std::max<int64_t>(1, data.rows(Part::train)));
        table.add({report::truncate(data.classes[c], 32), std::to_string(count(Part::train)), report::percent(share),
                   std::to_string(count(Part::valid)), std::to_string(count(Part::test))});
    }
    context.out << str(context, table);
}

void show_space(Context& context, const SearchSpace& space) {
    report::TextTable table({"hyperparameter", "how", "only where"});
    for (const Parameter& parameter : space.parameters()) {
        table.add({parameter.name, caviar::to_string(parameter.distribution), parameter.when ? to_string(*parameter.when) : ""});
    }
    context.out << str(context, table);
}

constexpr double hour = 3600;

void show_cost(Context& context, const CostEstimate& cost, const Capabilities& engine) {
    const Calibration& c = cost.calibration;
    std::string text = report::count(cost.trials) + " trials of " + report::count(std::llround(cost.median_weights)) + " weights (median; at most " +
                       report::count(std::llround(cost.most_weights)) + "): at most " +
                       report::significant(cost.flops * static_cast<double>(cost.trials) / 1e12, 3) + " TFLOP";
    if (cost.trained < 1) text += ", of which the scheduler lets about " + report::percent(cost.trained, 0) + " be trained";
    context.out << text << ".\nMeasured just now on " << engine.engine << " (" << engine.device << "): ";
    if (c.rate() == 0) {
        context.out << "nothing, as no trial came through an epoch; lower learning rates may.\n";
        return;
    }
    context.out << c.trials << (c.trials == 1 ? " trial" : " trials") << " from this space, " << c.epochs << (c.epochs == 1 ? " epoch" : " epochs") << " of "
                << report::count(c.rows) << " rows each, at " << report::significant(c.rate() / 1e9, 3) << " GFLOP/s.\nSo the sweep takes at most about "
                << report::duration(cost.seconds()) << ", less where trials stop early; a trial takes " << report::duration(cost.trial_seconds() * engine.threads)
                << (engine.threads > 1 ? ", " + std::to_string(engine.threads) + " at a time" : "") << ".\n";
}

/// How many trials fit the time that there is, and what that asks for.
void show_fit(Context& context, const CostEstimate& cost, double seconds) {
    if (cost.calibration.rate() == 0) return;
    chapter(context, "What fits");
    report::TextTable table({"time", "trials"});
    for (const double time : seconds > 0 ? std::vector<double>{seconds} : std::vector<double>{60, 600, hour})
        table.add({report::duration(time), report::count(cost.trials_within(time))});
    context.out << str(context, table);
    context.out << way_text(cost, seconds > 0 ? seconds : hour) << '\n';
}

std::vector<std::string> advice(const Dataset& data, const SweepSettings& settings, const CostEstimate& cost) {
    std::vector<std::string> list;
    const int64_t train = data.rows(Part::train), test = data.rows(Part::test);
    if (train < 500) list.push_back("few rows: results will hang on the split; try other values of --split-seed, and keep networks small");
    if (train < 5 * int64_t{data.features.front().train.columns}) list.emplace_back("few rows for so many inputs: let weight_decay and dropout vary, or try --scaling pca");
    if (!data.classes.empty()) {
        // Standard error of a share p over n rows is sqrt(p (1-p) / n); at p = 0.9 two of them are the noise to expect.
        const double noise = 2 * std::sqrt(0.9 * 0.1 / static_cast<double>(std::max<int64_t>(1, test)));
        list.push_back("with " + std::to_string(test) + " test rows, an accuracy near 90 % is known to about +-" + report::percent(noise));
        const auto& targets = data.targets(Part::train);
        int64_t most = 0;
        for (size_t c = 0; c < data.classes.size(); ++c) most = std::max<int64_t>(most, std::count(targets.begin(), targets.end(), static_cast<float>(c)));
        if (most * 10 > 8 * train && *settings.metric == Metric::accuracy) {
            list.push_back("one class holds " + report::percent(static_cast<double>(most) / static_cast<double>(train)) +
                           " of the rows: accuracy says little; consider --metric " + (data.task == Task::binary ? "auc" : "f1"));
        }
    }
    if (cost.seconds() > hour) list.emplace_back("that is long: begin with fewer --trials or --epochs; Ctrl-C and resume lose nothing");
    return list;
}

void inspect(Context& context, const InspectFlags& flags) {
    Request request;
    if (!flags.config.empty()) read_config_file(flags.config, request);
    apply(flags.settings, request);
    if (!flags.data.empty()) request.settings.data = flags.data;
    default_target(request);
    const SweepSettings& asked = request.settings;
    if (asked.data.empty()) throw UsageError("which data? Name a file, or one of digits, rectangles, convex");
    require_data(asked.data);
    const std::string file = shell_word(asked.data);

    if (!is_builtin(asked.data)) {
        const Table table = read_table(asked.data, asked.read);
        context.out << report::printable(table.name) << ": " << table.rows() << " rows, " << table.columns.size() << " columns, "
                    << (table.named ? "named by the first line" : "without names") << "\n\n"
                    << str(context, columns_table(table));
        if (asked.prepare.target.empty()) {
            context.out.flush();
            const std::string last = table.named ? table.columns.back().name : std::string("-1");
            next(context, {{"caviar inspect " + file + " --target " + shell_word(last), "classes, space and cost for a target"},
                           {"caviar sweep " + file + " --target " + shell_word(last), "search"}});
            return;
        }
    }
    const Resolved resolved = resolve(request);
    const Dataset& data = resolved.prepared.dataset;
    describe_data(context, resolved.settings, resolved.prepared);
    chapter(context, data.task == Task::regression ? "Target" : "Classes");
    show_classes(context, data);
    chapter(context, "Space");
    show_space(context, resolved.settings.space);
    chapter(context, "Cost");
    const auto engine = engine_for(context, resolved.engine);
    const CostEstimate cost = estimate_cost(resolved, *engine);
    show_cost(context, cost, engine->capabilities());
    show_fit(context, cost, flags.seconds);
    const auto list = advice(data, resolved.settings, cost);
    if (!list.empty()) chapter(context, "Advice");
    for (const std::string& line : list) context.out << "- " << line << '\n';
    context.out.flush();
    std::string words = file;
    if (!asked.prepare.target.empty()) words += " --target " + shell_word(asked.prepare.target);
    if (!flags.config.empty()) words += " --config " + shell_word(flags.config);
    const std::string sweep = "caviar sweep " + words;
    Suggestions suggestions{{sweep, "search this space (with the same flags)"}, {sweep + " --print-config > settings.toml", "change it first"}};
    if (way(cost, flags.seconds > 0 ? flags.seconds : hour) == Way::panda) suggestions.insert(suggestions.begin(), {"caviar panda " + words, "train one model, and watch it"});
    next(context, suggestions);
}

} // namespace

void add_inspect(CLI::App& app, Context& context) {
    auto flags = std::make_shared<InspectFlags>();
    CLI::App* sub = command(app, "inspect", "Show columns, classes, the space a sweep would search, what it would cost and what fits a given time",
                            "caviar inspect data.csv                   # its columns\n"
                            "caviar inspect data.csv --target price    # and what a sweep for this target would do\n"
                            "caviar inspect digits --trials 1000 --epochs 100\n"
                            "caviar inspect digits --time 10m          # how many trials fit");
    sub->add_option("DATA", flags->data, "A file, or one of digits, rectangles, convex");
    add_setting_flags(*sub, flags->settings);
    add_time_flag(*sub, flags->seconds, "How many trials fit so long: 90s, 10m, 2h");
    sub->add_option("--config,-c", flags->config, "Settings from a TOML file; flags win")->type_name("FILE");
    sub->callback([flags, &context] { inspect(context, *flags); });
}

} // namespace caviar::cli
