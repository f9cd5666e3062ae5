#include "host/study/progress.h"

#include "caviar/error.h"

#include <algorithm>
#include <cstdio>
#include <limits>

namespace caviar::study {

namespace {

void require_reachable(double target, Metric metric) {
    const bool high = higher_is_better(metric);
    const double best = high ? 1 : 0; // of accuracy, AUC, F1 and R2, and of losses and errors
    if (high ? target <= best : target >= best) return; // not a number: neither
    char shown[32];
    std::snprintf(shown, sizeof shown, "%.4g", target);
    throw UsageError(std::string("the target metric ") + shown + ": no network reaches that; the best possible " + to_string(metric) + " is " + (high ? "1" : "0"));
}

} // namespace

Progress::Progress(const SweepControl& control, Metric metric, int64_t trials_in_all, bool means)
    : control_(control), metric_(metric), trials_in_all_(trials_in_all), means_(means) {
    if (control.target) require_reachable(*control.target, metric);
}

void Progress::begin(const StudyCounts& counts, std::optional<TrialRow> best) {
    trials_done_ = counts.finished();
    epochs_done_ = counts.epochs;
    best_ = std::move(best);
    look_at_limits();
}

SweepOutcome::End Progress::end() const {
    using End = SweepOutcome::End;
    return limit_ != End::all ? limit_ : control_.stop.stop_requested() ? End::interrupted : End::all;
}

void Progress::look_at_limits() {
    if (limit_ != SweepOutcome::End::all || control_.stop.stop_requested()) return;
    const std::optional<double> best = means_ ? best_mean_ : best_ ? std::optional(best_->metric) : std::nullopt;
    const auto reached = [&] { return higher_is_better(metric_) ? *best >= *control_.target : *best <= *control_.target; };
    if (control_.target && best && reached()) limit_ = SweepOutcome::End::target;
    else if (control_.most_seconds > 0 && seconds() >= control_.most_seconds) limit_ = SweepOutcome::End::time;
    else return;
    stop_.request_stop();
}

void Progress::say(int32_t round, const std::string& message) {
    round_ = round;
    report(0, 0, message);
}

void Progress::report_now_and_then(int64_t trials, int64_t epochs) {
    look_at_limits();
    if (seconds() - reported_ >= control_.report_every) report(trials, epochs, {});
}

void Progress::done(int64_t trials, int64_t epochs) {
    trials_done_ += trials;
    epochs_done_ += epochs;
    look_at_limits();
    report(0, 0, {});
}

void Progress::look_at(std::span<const Trial> trials, const TrialResult& result) {
    const Score its_score = score(result, metric_);
    if (result.state != TrialState::complete || its_score.badness == std::numeric_limits<double>::infinity()) return;
    if (best_ && std::pair(best_->score, best_->trial.id) < std::pair(its_score, result.id)) return;
    const auto trial = std::find_if(trials.begin(), trials.end(), [&](const Trial& t) { return t.id == result.id; });
    if (trial == trials.end()) return;
    const double value = result.curve[static_cast<size_t>(result.best_epoch)].valid_metric;
    best_ = TrialRow{*trial, result, its_score, static_cast<int32_t>(result.curve.size()), value};
    look_at_limits();
}

void Progress::look_at_mean(double metric) {
    best_mean_ = metric;
    look_at_limits();
}

void Progress::report(int64_t trials, int64_t epochs, const std::string& message) {
    if (!control_.on_progress) return;
    SweepProgress progress;
    progress.round = round_;
    progress.trials_done = trials_done_ + trials;
    progress.trials_in_all = trials_in_all_;
    progress.epochs_done = epochs_done_ + epochs;
    progress.best = best_;
    progress.seconds = reported_ = seconds();
    progress.message = message;
    control_.on_progress(progress);
}

} // namespace caviar::study
