#include "host/cli/study_export.h"

#include "caviar/study.h"
#include "caviar/sweep.h"
#include "host/exchange/optuna_export.h"
#include "host/exchange/tensorboard.h"
#include "host/report/numbers.h"
#include "host/study/in_memory.h"

#include <chrono>

namespace caviar::cli {

namespace {

using exchange::Selection;

// Unless said otherwise: Optuna takes half a minute to load so many, and its dashboard is not meant for more; TensorBoard draws each as a run.
constexpr int64_t optuna_trials = 10'000, tensorboard_trials = 20;

/// What --top and --sample say; else `otherwise`.
Selection selection(const StudyExport& flags, Selection otherwise) {
    if (flags.sample) return {Selection::Kind::sample, *flags.sample};
    if (flags.top) return *flags.top == 0 ? Selection{} : Selection{Selection::Kind::top, *flags.top};
    return otherwise;
}

std::string trials_of(int64_t count, int64_t all) { return report::count(count) + (count < all ? " of " + report::count(all) : "") + " finished trials"; }

void to_optuna(Context& context, const Study& study, const StudyExport& flags, int64_t finished) {
    const SweepSettings settings = settings_from_json(study.header().settings);
    const bool folds = settings.cross_validates();
    if (folds) finished /= settings.nets_for_each();
    const bool many = finished > optuna_trials;
    const int64_t count = export_optuna(study, selection(flags, many ? Selection{Selection::Kind::sample, optuna_trials} : Selection{}), flags.optuna);
    const bool chosen = flags.top || flags.sample;
    const std::string what = folds ? report::count(count) + (count < finished ? " of " + report::count(finished) : "") + " settings, a trial each with the mean of its " +
                                         report::count(settings.nets_for_each()) + " folds"
                                   : trials_of(count, finished);
    note(context, flags.optuna + ": " + what + (many && !chosen ? ", spread evenly, as Optuna is slow with more; --top 0 writes all" : "") + ".");
    const bool journal = flags.optuna.ends_with(".log") || flags.optuna.ends_with(".journal");
    const std::string file = shell_word(flags.optuna);
    next(context, {{"optuna-dashboard " + (journal ? file : shell_word("sqlite:///" + flags.optuna)), "look at it in the browser"}});
}

void to_tensorboard(Context& context, const Study& study, const StudyExport& flags, int64_t finished) {
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const int64_t count = export_tensorboard(study, selection(flags, {Selection::Kind::top, tensorboard_trials}), flags.tensorboard, now);
    note(context, flags.tensorboard + ": " + trials_of(count, finished) + (count < finished && !flags.top && !flags.sample ? ", the best; --top and --sample choose others" : "") + ".");
    next(context, {{"tensorboard --logdir " + shell_word(flags.tensorboard), "curves, and HParams"}});
}

} // namespace

void add_study_export_flags(CLI::App& sub, StudyExport& flags) {
    const auto count = CLI::Range(int64_t{0}, int64_t{1'000'000'000'000});
    sub.add_option("--optuna", flags.optuna, "The whole study for Optuna: NAME.db (SQLite) or NAME.log (journal). A file that exists is not touched")->type_name("FILE");
    sub.add_option("--tensorboard", flags.tensorboard, "Curves and hyperparameters for TensorBoard, a run a trial, in a new folder")->type_name("DIR");
    auto* top = sub.add_option("--top,-n", flags.top, "With these two: only the best N trials; 0: all (Optuna: all, but no more than 10,000, spread evenly; TensorBoard: 20)")->type_name("N")->check(count);
    sub.add_option("--sample", flags.sample, "N trials spread evenly over the study, the best among them")->type_name("N")->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000'000}))->excludes(top);
}

void export_study(Context& context, const std::string& path, const StudyExport& flags) {
    if (!flags.optuna.empty()) exchange::check_optuna_name(flags.optuna);
    const auto study = Study::read(path);
    const int64_t finished = study->counts().finished();
    if (finished == 0) throw RuntimeFailure(path + " has no finished trial yet; " + study::resume_call(*study, shell_word(path)) + " trains them");
    if (!flags.optuna.empty()) to_optuna(context, *study, flags, finished);
    if (!flags.tensorboard.empty()) to_tensorboard(context, *study, flags, finished);
}

} // namespace caviar::cli
