#pragma once
/// How far a sweep is: what the person who watches is told, and whether time or target is reached.

#include "caviar/sweep.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace caviar::study {

/// Used on the thread of the sweep. The control must outlive it.
class Progress {
public:
    /// `means`: the target is for means over several trials (look_at_mean), not for a lucky one. Throws UsageError for a target that no network
    /// reaches, such as an accuracy of 98 that was meant as a percentage: it would never end the sweep.
    Progress(const SweepControl&, Metric, int64_t trials_in_all, bool means);

    /// Asked for by the control.
    std::stop_token asked() const { return control_.stop; }
    /// The same, or its time or target is reached.
    std::stop_token stop() const { return stop_.get_token(); }
    /// Why it stops; `all` where it does not.
    SweepOutcome::End end() const;

    /// What the study has already.
    void begin(const StudyCounts&, std::optional<TrialRow> best);
    /// Reports the message; what follows is of this round.
    void say(int32_t round, const std::string& message);
    /// Reports where the last report is long enough ago. `trials` and `epochs` are finished beside what was counted by `done`.
    void report_now_and_then(int64_t trials, int64_t epochs);
    /// Counts these, and reports.
    void done(int64_t trials, int64_t epochs);
    /// A result: is it the best so far? The study ranks for itself.
    void look_at(std::span<const Trial>, const TrialResult&);
    /// The best mean of a setting all of whose trials have come to their end.
    void look_at_mean(double metric);

    int32_t round() const { return round_; }
    const std::optional<TrialRow>& best() const { return best_; }
    double seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

private:
    using Clock = std::chrono::steady_clock;
    void report(int64_t trials, int64_t epochs, const std::string& message);
    void look_at_limits();

    const SweepControl& control_;
    const Metric metric_;
    const int64_t trials_in_all_;
    const bool means_;
    const Clock::time_point started_ = Clock::now();
    std::stop_source stop_;
    std::stop_callback<std::function<void()>> passed_on_{control_.stop, [this] { stop_.request_stop(); }};
    SweepOutcome::End limit_ = SweepOutcome::End::all; ///< the limit that was reached
    int32_t round_ = 0;
    int64_t trials_done_ = 0, epochs_done_ = 0;
    std::optional<TrialRow> best_;
    std::optional<double> best_mean_;
    double reported_ = 0; ///< when the last report was made
};

} // namespace caviar::study
