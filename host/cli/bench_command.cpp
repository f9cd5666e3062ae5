/// bench --json:
///   {"version": .., "build": ..,                          the build names its sources: equal builds measured the same program
///    "compiler": .., "machine": {"processor": .., "cores": 2, "usable": 2, "system": ..},
///    "repeats": 7, "results": [
///     {"workload": "W1", "description": .., "engine": "cpu", "instruction_set": "avx512", "threads": 2,
///      "trials": 256, "epochs": 10, "steps": 43520,       minibatch steps of all trials in one repeat
///      "seconds": ..,                                     median over the repeats
///      "steps_per_second": .., "microseconds_per_step": ..,   of one thread
///      "gflops": .., "peak_gflops": .., "share": ..}]}    multiply-adds count as two; the peak was measured between the repeats

#include "host/cli/command.h"

#include "host/cli/documents.h"
#include "host/cli/machine.h"
#include "host/cli/spelling.h"
#include "host/cli/workloads.h"
#include "host/cpu/cost.h"
#include "host/cpu/peak.h"
#include "host/report/json_lines.h"
#include "host/report/numbers.h"
#include "host/report/text_table.h"
#include "host/study/net_memory.h"

#include <algorithm>
#include <chrono>
#include <memory>

namespace caviar::cli {

namespace {

constexpr double peak_seconds = 0.2;

struct BenchFlags {
    std::vector<std::string> names;
    EngineOptions engine;
    int repeats = 0;
    WorkloadSize size;
    bool json = false;
};

struct Measurement {
    double seconds = 0, peak = 0; ///< medians; peak in GFLOP/s
    double steps = 0, flops = 0;  ///< of one repeat
    double gflops() const { return flops / seconds / 1e9; }
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Trains all of it once; returns seconds. Making the population is part of it: a sweep does that, too.
double run_once(Engine& engine, const Workload& workload, const Dataset& data, Measurement& result) {
    std::vector<TrialId> ids;
    for (const Trial& trial : workload.trials) ids.push_back(trial.id);
    PopulationOptions options;
    options.study_seed = 1;
    const auto start = std::chrono::steady_clock::now();
    const auto population = engine.populate(data, options);
    population->admit(workload.trials);
    const std::vector<TrialResult> results = population->train(workload.epochs, ids);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.steps = result.flops = 0;
    const int64_t rows = data.rows(Part::train);
    for (size_t i = 0; i < results.size(); ++i) {
        const Hyperparameters& h = workload.trials[i].hyperparameters;
        const auto epochs = static_cast<double>(results[i].curve.size()); // fewer where a trial diverged
        const int64_t batch = h.batch_size <= 0 ? rows : std::min<int64_t>(h.batch_size, rows);
        result.steps += epochs * static_cast<double>((rows + batch - 1) / batch);
        result.flops += epochs * static_cast<double>(rows) * cpu::training_flops(study::net_widths(data, h, options.loss));
    }
    return seconds;
}

Measurement measure(const EngineOptions& options, const Workload& workload, int repeats) {
    const auto engine = make_engine(options).engine;
    const Capabilities c = engine->capabilities();
    const auto data = without_validation(*workload.data);
    Measurement result;
    run_once(*engine, workload, *data, result); // warm up
    std::vector<double> seconds, peaks;
    for (int i = 0; i < repeats; ++i) {
        if (c.engine == "cpu") peaks.push_back(cpu::peak_gflops(c.instruction_set, c.threads, peak_seconds));
        seconds.push_back(run_once(*engine, workload, *data, result));
    }
    result.seconds = median(seconds);
    result.peak = peaks.empty() ? 0 : median(peaks);
    return result;
}

bool wanted(const BenchFlags& flags, const std::string& name) {
    return flags.names.empty() || std::find(flags.names.begin(), flags.names.end(), name) != flags.names.end();
}

void check_names(const BenchFlags& flags) {
    for (const std::string& name : flags.names) {
        const auto& known = workload_names();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw UsageError("--workload: there is no workload '" + name + "'" + suggestion(name, known) + " Known: W1, W3, W4, W7");
        }
    }
}

void bench(Context& context, const BenchFlags& flags) {
    check_names(flags);
    const int repeats = flags.repeats > 0 ? flags.repeats : flags.size.quick ? 3 : 7;
    const auto engine = engine_for(context, flags.engine);
    const Capabilities all = engine->capabilities();
    std::vector<int> threads{all.threads};
    if (flags.engine.threads == 0 && all.engine == "cpu" && all.threads > 1) threads.insert(threads.begin(), 1);

    report::TextTable table({"workload", "threads", "trials", "steps/s", "us/step", "GFLOP/s", "peak", "share"});
    Document results = Document::array();
    for (const int count : threads) {
        EngineOptions options = flags.engine;
        options.name = all.engine;
        options.threads = count;
        for (const Workload& workload : workloads(count, flags.size)) {
            if (!wanted(flags, workload.name)) continue;
            note(context, workload.name + " " + workload.description + ", " + std::to_string(count) + (count == 1 ? " thread ..." : " threads ..."));
            const Measurement m = measure(options, workload, repeats);
            const double rate = m.steps / m.seconds, microseconds = 1e6 * count / rate;
            table.add({workload.name + " " + workload.description, std::to_string(count), std::to_string(workload.trials.size()),
                       report::significant(rate, 4), report::significant(microseconds, 3), report::significant(m.gflops(), 4),
                       m.peak > 0 ? report::significant(m.peak, 4) : "", m.peak > 0 ? report::percent(m.gflops() / m.peak) : ""});
            results.push_back({{"workload", workload.name},
                               {"description", workload.description},
                               {"engine", all.engine},
                               {"instruction_set", all.instruction_set},
                               {"threads", count},
                               {"trials", workload.trials.size()},
                               {"epochs", workload.epochs},
                               {"steps", m.steps},
                               {"seconds", m.seconds},
                               {"steps_per_second", rate},
                               {"microseconds_per_step", microseconds},
                               {"gflops", m.gflops()},
                               {"peak_gflops", m.peak > 0 ? Document(m.peak) : Document()},
                               {"share", m.peak > 0 ? Document(m.gflops() / m.peak) : Document()}});
        }
    }
    if (flags.json) {
        const Machine machine = this_machine();
        context.out << report::dump({{"version", CAVIAR_VERSION},
                                     {"build", build_name(*engine)},
                                     {"compiler", machine.compiler},
                                     {"machine",
                                      {{"processor", machine.processor}, {"cores", machine.cores}, {"usable", machine.usable}, {"system", machine.system}}},
                                     {"repeats", repeats},
                                     {"results", results}},
                                    2)
                    << '\n';
        return;
    }
    context.out << table.str(context.out_is_terminal ? context.width : 0, context.out_color)
                << "Medians of " << repeats << ". A multiply-add counts as two. The peak was measured between the repeats, "
                << all.instruction_set << ".\n";
    context.out.flush();
    next(context, {{"caviar sweep YOURS.csv --target COLUMN", "put it to use"}});
}

} // namespace

void add_bench(CLI::App& app, Context& context) {
    auto flags = std::make_shared<BenchFlags>();
    CLI::App* sub = command(app, "bench", "Measure training speed against this machine's multiply-add peak, measured in the same run",
                            "caviar bench --quick\n"
                            "caviar bench --workload W1 --threads 1 --repeats 11\n"
                            "caviar bench --json > bench.json");
    sub->add_option("--workload,-w", flags->names, "W1, W3, W4 or W7; all if not given")
        ->type_name("NAME")->check(offers({"W1", "W3", "W4", "W7"}))->delimiter(',')->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option("--repeats", flags->repeats, "Repeats to take the median of (7; quick: 3)")->type_name("N")->check(CLI::Range(1, 1000));
    sub->add_flag("--quick", flags->size.quick, "Fewer trials and repeats");
    sub->add_option("--trials,-n", flags->size.trials, "Trials of each workload but W4")->type_name("N")->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
    sub->add_option("--epochs,-e", flags->size.epochs, "Epochs of each workload")->type_name("N")->check(CLI::Range(1, 100000));
    add_engine_flags(*sub, flags->engine);
    sub->add_flag("--json", flags->json, "One JSON document on stdout");
    sub->callback([flags, &context] { bench(context, *flags); });
}

} // namespace caviar::cli
