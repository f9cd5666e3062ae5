#include "host/cli/command.h"

#include "host/cli/documents.h"
#include "host/cli/initial_model.h"
#include "host/cli/interrupt.h"
#include "host/cli/live.h"
#include "host/cli/sweep_run.h"
#include "host/cli/trial_table.h"
#include "host/report/json_lines.h"
#include "host/report/numbers.h"
#include "host/report/text_table.h"
#include "host/study/candidate.h"
#include "host/study/json_archive.h"
#include "host/study/no_best.h"
#include "host/study/retune.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

namespace caviar::cli {

namespace {

using report::json_number;

using study::retune_note;

constexpr int64_t usual_trials = 64;

struct RetuneFlags {
    std::string study, data, target, labels, old_data, model, output;
    std::optional<int64_t> trials; ///< 64
    std::optional<int32_t> seeds;  ///< as RetunePlan
    EngineOptions engine;
    bool json = false, quiet = false;
};

/// What is known before anything trains; a note of the study.
struct Before {
    std::string study;           ///< the old one
    TrialId trial = 0;           ///< its winner
    double valid = 0;            ///< its metric then
    std::optional<double> test;
    std::optional<double> as_is; ///< of its net on the new validation rows
    std::string why;             ///< it is not known
    study::RetunePlan plan;
};

std::string to_text(const Before& b) {
    const auto number = [](const std::optional<double>& x) { return x ? Document(*x) : Document(); };
    return Document{{"study", study::encode_text(b.study)}, {"trial", b.trial}, {"valid", b.valid}, {"test", number(b.test)}, {"as_is", number(b.as_is)},
                    {"why", b.why}, {"seeds", b.plan.seeds}, {"tops", b.plan.tops}}.dump(-1, ' ', false, Document::error_handler_t::replace);
}

Before from_text(const std::string& text) {
    const Document json = Document::parse(text);
    const auto number = [&](const char* key) { return json.at(key).is_null() ? std::nullopt : std::optional(json.at(key).get<double>()); };
    Before b;
    study::decode_text(json.at("study"), b.study, "study");
    b.trial = json.at("trial");
    b.valid = json.at("valid");
    b.test = number("test");
    b.as_is = number("as_is");
    b.why = json.at("why");
    b.plan = {json.at("seeds"), json.at("tops")};
    return b;
}

std::string default_output(const std::string& study) { return std::filesystem::path(study).stem().string() + "-retuned.db"; }

/// The old net, as it is, on the validation rows of the new data.
void measure_as_is(Before& before, const RetuneFlags& flags, const Study& old, SweepSettings settings, Engine& engine) {
    try {
        const auto model = std::make_shared<const Model>(flags.model.empty() ? best_model(old, flags.old_data) : load_model(flags.model));
        if (!model->others.empty()) throw UsageError(flags.model + ": is an ensemble, and the study's net is wanted");
        settings.initial = {old.path(), hash_of(*model), model};
        settings.prepare.task = model->preprocessing.task;
        const Prepared prepared = load(settings);
        const Dataset& data = prepared.dataset;
        const auto outputs = engine.forward(model->weights, model->activation, data.features.front().valid);
        before.as_is = evaluate(*settings.metric, model->loss, outputs, model->weights.widths.back(), data.valid_targets, data.target_scale);
        if (!std::isfinite(*before.as_is)) {
            before.as_is.reset();
            before.why = "its outputs are not finite";
        }
    } catch (const Error& error) {
        before.why = error.what();
        if (flags.model.empty()) before.why += "; where the old data are gone, --model names a file that `caviar export` wrote";
    }
}

/// The data asked for: a file with what the old study says of reading and splitting.
SweepSettings asked_data(const RetuneFlags& flags, const SweepSettings& old) {
    SweepSettings data = old;
    data.data = flags.data;
    data.read.labels = flags.labels;
    if (!flags.target.empty()) data.prepare.target = flags.target;
    if (is_builtin(old.data)) data.prepare.task.reset();
    require_data(flags.data);
    if (data.prepare.target.empty() && !flags.labels.empty()) data.prepare.target = "label";
    if (data.prepare.target.empty() && !is_builtin(flags.data))
        throw UsageError("which column of " + flags.data + " is to be predicted? Name it with --target; the data of " + flags.study + " were built in");
    return data;
}

std::string plus_minus(double mean, double deviation) { return report::significant(mean) + " +- " + report::significant(deviation, 2); }

std::string kind_of(const study::RetunePlan& plan, TrialId id) {
    return id < plan.seeds ? "its settings" : id < plan.seeds + plan.tops ? "next best of the old study" : "fresh";
}

std::string in_words(const study::RetuneReport& r, const Before& before, const SweepOutcome& outcome) {
    const int32_t diverged = before.plan.seeds - r.seeds;
    const std::string caution = diverged > 0 ? " But with " + std::to_string(diverged) + " of " + std::to_string(before.plan.seeds) +
                                                   " seeds these settings diverged: they are not to be relied on; a lower learning rate is safer."
                                             : "";
    const std::string noise = "the noise (" + report::significant(r.margin, 2) + " for the best of " + std::to_string(r.others) + ")";
    switch (r.verdict) {
    case study::Verdict::model_holds:
        return "The model still holds: as it is it keeps up with what was trained on the new data, to within the noise (" + report::significant(r.model_margin, 2) +
               "). Nothing needs to be done." + caution;
    case study::Verdict::settings_hold:
        return "The settings still hold, only the weights need training again: no other setting is better by more than " + noise +
               (before.as_is ? ", but the net as it is is worse than the same settings trained afresh by more than " + report::significant(r.model_margin, 2) : "") + "." + caution;
    default: break;
    }
    std::string text = r.seeds == 0 ? "The settings no longer hold: none of the nets trained with them converged."
                       : r.best_other ? "The settings no longer hold: trial " + std::to_string(r.best_other->trial.id) + " (" + kind_of(before.plan, r.best_other->trial.id) +
                                            ") is better by more than " + noise + "."
                                      : "Nothing converged.";
    text += " The search went on " + std::string(outcome.end == SweepOutcome::End::enough ? "until a round brought nothing beyond the noise" : "until the trials were spent") +
            ", " + std::to_string(outcome.trials) + " trials in all";
    return text + (outcome.best ? "; the best is trial " + std::to_string(outcome.best->trial.id) + "." : ".");
}

Document document_of(const Study& study, const Before& before, const study::RetuneReport& r, const SweepOutcome& outcome) {
    static constexpr const char* verdicts[] = {"model holds", "settings hold", "settings fail"};
    const auto number = [](const std::optional<double>& x) { return x ? json_number(*x) : Document(); };
    return {{"study", study.path()},
            {"metric", to_string(study.header().metric)},
            {"higher_is_better", higher_is_better(study.header().metric)},
            {"old", {{"study", before.study}, {"trial", before.trial}, {"valid", json_number(before.valid)}, {"test", number(before.test)}}},
            {"as_is", {{"valid", number(before.as_is)}, {"why", before.why.empty() ? Document() : Document(before.why)}}},
            {"incumbent", {{"seeds", r.seeds}, {"diverged", before.plan.seeds - r.seeds}, {"mean", json_number(r.mean)}, {"deviation", json_number(r.deviation)}}},
            {"others", {{"trials", r.others}, {"best", r.best_other ? trial_document(*r.best_other, false) : Document()}}},
            {"margin", json_number(r.margin)},
            {"model_margin", json_number(r.model_margin)},
            {"verdict", verdicts[static_cast<size_t>(r.verdict)]},
            {"trials", outcome.trials},
            {"best", outcome.best ? trial_document(*outcome.best, false) : Document()},
            {"test", outcome.test ? Document::parse(to_json(*outcome.test)) : Document()},
            {"warnings", outcome.warnings}};
}

void show(Context& context, const Study& study, const Before& before, const study::RetuneReport& r, const SweepOutcome& outcome) {
    const std::string metric = to_string(study.header().metric);
    report::TextTable table({"", metric, "measured on"});
    table.add({"trial " + std::to_string(before.trial) + " then", report::significant(before.valid), "its own validation rows"});
    if (before.test) table.add({"", report::significant(*before.test), "its own test rows"});
    table.add({"the same net, as it is", before.as_is ? report::significant(*before.as_is) : "-", "the new validation rows"});
    table.add({"its settings, " + (r.seeds < before.plan.seeds ? std::to_string(r.seeds) + " of " : "") + std::to_string(before.plan.seeds) + " seeds", r.seeds > 0 ? plus_minus(r.mean, r.deviation) : "-", "the new validation rows"});
    if (r.best_other)
        table.add({"the best of " + std::to_string(r.others) + " others, trial " + std::to_string(r.best_other->trial.id), report::significant(r.best_other->metric), "the new validation rows"});
    if (r.verdict == study::Verdict::settings_fail && outcome.best)
        table.add({"the best of all, trial " + std::to_string(outcome.best->trial.id), report::significant(outcome.best->metric), "the new validation rows"});
    if (outcome.test)
        table.add({"trial " + std::to_string(outcome.test->trial), report::significant(outcome.test->test), "the new test rows (trivial " + report::significant(outcome.test->test_baseline) + ")"});
    context.out << table.str(context.out_is_terminal ? context.width : 0, context.out_color) << '\n' << in_words(r, before, outcome) << std::endl;
}

/// Throws UsageError where a study that is there was begun otherwise than is said now: its rounds are planned, and its noise is measured.
void refuse_other(const std::string& path, const RetuneFlags& flags, const SweepSettings& theirs) {
    const auto& first = theirs.sampler.warm_start.first;
    const auto seeds = std::count(first.begin(), first.end(), first.front());
    std::string list;
    const auto compare = [&](const std::string& flag, bool same, const std::string& has, const std::string& said) {
        if (!same) list += "\n  " + flag + ": the study has " + has + ", this command " + said;
    };
    compare("trials", !flags.trials || *flags.trials == theirs.sampler.trials, std::to_string(theirs.sampler.trials), std::to_string(flags.trials.value_or(0)));
    compare("seeds", !flags.seeds || *flags.seeds == seeds, std::to_string(seeds), std::to_string(flags.seeds.value_or(0)));
    compare("target", flags.target.empty() || flags.target == theirs.prepare.target, theirs.prepare.target, flags.target);
    if (!list.empty())
        throw UsageError(path + " is a study with other settings:" + list + "\nTo go on with it: the same command without these\nTo begin another: the same command with -o OTHER.db");
}

/// The study that retunes: made, or the one that is there. `settings` become its own.
std::unique_ptr<Study> open_or_create(const std::string& path, const RetuneFlags& flags, const Study& old, SweepSettings& settings, Before& before, Prepared& prepared, Engine& engine) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        const int64_t trials = flags.trials.value_or(usual_trials);
        settings = study::retune_settings(old, asked_data(flags, settings), before.plan, trials);
        // The first round must hold fresh settings, too: without them there is no comparison.
        if (const int64_t known = before.plan.seeds + before.plan.tops; 5 * known > 2 * trials)
            throw UsageError("--trials " + std::to_string(trials) + ": two fifths of them are the comparison, which must hold more than the " + std::to_string(known) +
                             " trials with known settings; allow " + std::to_string(5 * known / 2 + 1) + " or more, or fewer --seeds");
        prepared = load(settings);
        (void)engine.populate(prepared.dataset, {settings.sampler.seed, settings.loss.value_or(default_loss(prepared.dataset.task)), *settings.metric}); // what it refuses must leave no study behind
        return Study::create(path, make_header(settings, prepared, engine));
    }
    auto study = Study::open(path);
    settings = settings_from_json(study->header().settings);
    if (settings.sampler.warm_start.from != std::vector{old.path()})
        throw UsageError(path + " is a study that does not retune " + old.path() + "; name another file with -o");
    if (!study->note(retune_note) && study->size() > 0) throw UsageError(path + " is a sweep's study, warmly started from " + old.path() + "; name another file with -o");
    refuse_other(path, flags, settings);
    if (!flags.labels.empty()) settings.read.labels = flags.labels;
    prepared = load_again(*study, settings, flags.data);
    return study;
}

void retune(Context& context, const RetuneFlags& flags) {
    context.quiet = flags.quiet;
    const auto old = Study::read(flags.study);
    const auto best = old->best();
    if (!best) throw RuntimeFailure(study::why_no_best(*old, shell_word(flags.study)));
    const std::string path = flags.output.empty() ? default_output(flags.study) : flags.output;
    SweepSettings settings = settings_from_json(old->header().settings);
    Interrupt interrupt(context);
    const auto engine = engine_for(context, flags.engine);
    Before before;
    before.study = flags.study;
    before.trial = best->trial.id;
    before.valid = settings.cross_validates() ? study::ranking(*old, settings, 1).at(0).metric : best->metric;
    if (const auto test = old->note("test")) before.test = test_report_from_json(*test).test;
    before.plan.seeds = flags.seeds.value_or(before.plan.seeds);
    Prepared prepared;
    const auto study = open_or_create(path, flags, *old, settings, before, prepared, *engine);
    describe_data(context, settings, prepared);
    if (prepared.dataset.fingerprint == old->header().fingerprint)
        warn(context, flags.data + " are the very data of " + flags.study + ", split alike: its winner was chosen on these validation rows, which flatter it");
    if (const auto note = study->note(retune_note)) {
        before = from_text(*note);
    } else {
        const auto& first = settings.sampler.warm_start.first;
        before.plan.seeds = static_cast<int32_t>(std::count(first.begin(), first.end(), first.front()));
        before.plan.tops = static_cast<int32_t>(first.size()) - before.plan.seeds;
        measure_as_is(before, flags, *old, settings, *engine);
        study->note(retune_note, to_text(before));
    }
    if (!before.as_is) warn(context, "the old net cannot be measured on the new data: " + before.why);
    note(context, "Study  " + path + ": trial " + std::to_string(before.trial) + " of " + before.study + " with " + std::to_string(before.plan.seeds) + " seeds, " +
                      std::to_string(before.plan.tops) + " more of its best, then fresh settings");
    SweepOutcome outcome;
    {
        Live live(context, study->header().metric, study->counts().finished());
        SweepControl control;
        control.stop = context.interrupt.get_token();
        control.on_progress = [&](const SweepProgress& progress) { live.show(progress); };
        control.enough = [&](int32_t round) { return study::retuned_enough(*study, before.plan, before.as_is, round); };
        outcome = run_sweep(settings, prepared, *engine, *study, control);
    }
    if (outcome.interrupted())
        throw Error(ExitCode::interrupted, "Interrupted; everything finished is saved in " + path + ". The same command goes on.");
    const study::RetuneReport report = study::judge(*study, before.plan, before.as_is);
    if (flags.json) context.out << report::dump(document_of(*study, before, report, outcome), 2) << std::endl;
    else show(context, *study, before, report, outcome);
    for (const std::string& warning : outcome.warnings) warn(context, warning);
    const std::string file = shell_word(path);
    if (!outcome.best) {
        next(context, {{"caviar report " + file, "what to try"}});
        throw RuntimeFailure("no network came to an end that counts on " + flags.data + ", so there is none to use");
    }
    if (report.verdict == study::Verdict::model_holds) return next(context, {{"caviar trials " + file, "what was compared"}});
    next(context, {{"caviar export " + file + " -o model.json", "the best network trained on the new data"},
                   {"caviar trials " + file + " --top 20", "what was compared"},
                   {"caviar resume " + file, "search on, with what is left of the trials"}});
}

} // namespace

void add_retune(CLI::App& app, Context& context) {
    auto flags = std::make_shared<RetuneFlags>();
    CLI::App* sub = command(app, "retune", "Does a study's winner hold on new data? Tune again only as far as needed",
                            "caviar retune houses.db houses-2027.csv\n"
                            "caviar retune houses.db houses-2027.csv --target price --trials 200   # more, should it be needed\n"
                            "caviar retune houses.db new.csv --model houses.json                   # the old data are gone");
    sub->add_option("STUDY", flags->study, "The study whose winner is in use")->required();
    sub->add_option("NEWDATA", flags->data, "The new rows, with the same columns; read and split as the study's own")->required();
    sub->add_option("--target,-t", flags->target, "What to predict, where the new data call it otherwise")->type_name("COLUMN");
    sub->add_option("--labels", flags->labels, "IDX and NPY data: the file with the labels")->type_name("FILE");
    sub->add_option("--data", flags->old_data, "Where the study's own data are now: the old net's preprocessing was fitted to them")->type_name("FILE");
    sub->add_option("--model", flags->model, "The old net, as `caviar export` wrote it; without it the study's best")->type_name("FILE");
    sub->add_option("--output,-o", flags->output, "The study of what is trained now; STUDY-retuned.db if not given. One that exists is gone on with")->type_name("FILE");
    sub->add_option("--trials,-n", flags->trials, "At most so many trials in all (64)")->type_name("N")->check(CLI::Range(int64_t{20}, int64_t{1'000'000}));
    sub->add_option("--seeds", flags->seeds, "Seeds of the old settings: their spread is the noise (5)")->type_name("N")->check(CLI::Range(2, 100));
    add_engine_flags(*sub, flags->engine);
    sub->add_flag("--json", flags->json, "One JSON document on stdout");
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { retune(context, *flags); });
}

} // namespace caviar::cli
