#include "host/cli/command.h"

#include "host/cli/documents.h"
#include "host/cli/sweep_run.h"
#include "host/report/json_lines.h"
#include "host/study/no_best.h"

#include <charconv>
#include <memory>

namespace caviar::cli {

namespace {

struct VerifyFlags {
    std::string study, data, trial = "best";
    int64_t sample = 0;
    EngineOptions engine;
    bool json = false, quiet = false;
};

std::vector<TrialId> ids_from(const std::string& text) {
    std::vector<TrialId> ids;
    const char *at = text.data(), *const end = at + text.size();
    while (true) {
        TrialId id = 0;
        const auto [stop, error] = std::from_chars(at, end, id);
        if (error != std::errc() || id < 0 || (stop != end && *stop != ',')) {
            throw UsageError("--trial: 'best' or ids such as 3 or 3,7,12 are wanted, not '" + text + "'");
        }
        ids.push_back(id);
        if (stop == end) return ids;
        at = stop + 1;
    }
}

/// `count` finished trials spread evenly over all of them.
std::vector<TrialId> spread(const Study& study, int64_t count) {
    TrialQuery query;
    query.sort = "id";
    std::vector<TrialId> finished, ids;
    for (const TrialRow& row : study.trials(query)) {
        if (row.result.state != TrialState::waiting) finished.push_back(row.trial.id);
    }
    const auto all = static_cast<int64_t>(finished.size());
    count = std::min(count, all);
    for (int64_t i = 0; i < count; ++i) ids.push_back(finished[static_cast<size_t>(i * all / count)]);
    return ids;
}

std::vector<TrialId> chosen(const Study& study, const VerifyFlags& flags) {
    if (flags.sample > 0) return spread(study, flags.sample);
    if (flags.trial != "best") return ids_from(flags.trial);
    const auto best = study.best();
    return best ? std::vector<TrialId>{best->trial.id} : std::vector<TrialId>{};
}

void verify_study(Context& context, const VerifyFlags& flags) {
    context.quiet = flags.quiet;
    const auto study = Study::read(flags.study);
    SweepSettings settings = settings_from_json(study->header().settings);
    const std::vector<TrialId> ids = chosen(*study, flags);
    if (ids.empty()) throw RuntimeFailure(study::why_no_best(*study, shell_word(flags.study)) + "; --sample N verifies trials of any end");
    const Prepared prepared = load_again(*study, settings, flags.data, &context);
    const auto engine = engine_for(context, flags.engine);
    std::vector<TrialId> differ;
    for (const TrialId id : ids) {
        const bool same = verify(settings, prepared, *engine, *study, std::span(&id, 1)).empty();
        if (!same) differ.push_back(id);
        if (!flags.json) context.out << "trial " << id << ": " << (same ? "equal, bit for bit" : "DIFFERENT") << std::endl;
    }
    if (flags.json) {
        context.out << report::dump({{"study", flags.study}, {"checked", ids}, {"differ", differ}, {"equal", differ.empty()}}, 2) << std::endl;
    }
    const std::string file = shell_word(flags.study);
    if (!differ.empty()) {
        throw RuntimeFailure(std::to_string(differ.size()) + " of " + std::to_string(ids.size()) +
                             " trials did not train to the same bits; 'caviar doctor' shows this machine, please report it");
    }
    next(context, {{"caviar export " + file + " -o model.json", "the best network, ready to predict"}});
}

} // namespace

void add_verify(CLI::App& app, Context& context) {
    auto flags = std::make_shared<VerifyFlags>();
    CLI::App* sub = command(app, "verify", "Train chosen trials again, alone, and compare curves and weights bit for bit",
                            "caviar verify adult.db                 # the best trial\n"
                            "caviar verify adult.db --trial 3,7,12\n"
                            "caviar verify adult.db --sample 20     # spread over all trials");
    sub->add_option("STUDY", flags->study, "The study's file")->required();
    CLI::Option* trial = sub->add_option("--trial", flags->trial, "best (default), or ids separated by commas")->type_name("IDS");
    sub->add_option("--sample", flags->sample, "This many trials, spread evenly over the finished ones")
        ->type_name("N")->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))->excludes(trial);
    sub->add_option("--data", flags->data, "Where the data are now")->type_name("FILE");
    add_engine_flags(*sub, flags->engine);
    sub->add_flag("--json", flags->json, "One JSON document on stdout");
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { verify_study(context, *flags); });
}

} // namespace caviar::cli
