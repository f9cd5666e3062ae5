#pragma once
/// How good a random search is, by J. Bergstra and Y. Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012:
/// the score of a search's winner (section 2.1) and the efficiency curve (section 2.2).

#include <cstdint>
#include <span>
#include <vector>

namespace caviar::report {

/// A trial's share of right answers on the validation and on the test rows, in [0, 1]. A diverged trial counts as always wrong: 0, 0.
struct TrialAccuracy {
    double valid = 0, test = 0;
};

/// What a search's winner does on the test rows. With few validation rows the best trial is not known for sure, so every trial
/// counts by its chance of being the best.
struct WinnerScore {
    double mean = 0;             ///< sum of weight * test
    double standard_error = 0;   ///< sqrt(sum of weight * (test^2 + variance of test) - mean^2)
    std::vector<double> weights; ///< per trial: P(its validation accuracy is the highest); they add up to 1
};

/// A trial's accuracy psi measured on n rows is taken as normal with mean psi and variance psi (1 - psi) / (n - 1), on both
/// parts. The paper simulates the weights; here they are the integral
///     w_s = integral of phi_s(x) * product over t != s of Phi_t(x) dx
/// by Gauss-Legendre panels, to about 1e-9. A trial of variance 0 (all right or all wrong) is a point; equal points share.
/// Throws UsageError: no trial, fewer than 2 rows, an accuracy outside [0, 1].
WinnerScore winner_score(std::span<const TrialAccuracy>, int64_t valid_rows, int64_t test_rows);

/// The winners' mean scores over all experiments of one size.
struct EfficiencyPoint {
    int64_t size = 0;        ///< trials an experiment
    int64_t experiments = 0;
    double lowest = 0, lower_quartile = 0, median = 0, upper_quartile = 0, highest = 0; ///< interpolated between ranks
};

struct EfficiencyOptions {
    std::vector<int64_t> sizes; ///< empty: 1, 2, 4, ... up to the number of trials
    int32_t shuffles = 0;       ///< 0: trials are split in the order given, as the paper does; k: pooled over k random orders, smoother
    uint64_t seed = 0;          ///< of the orders (Philox)
};

/// Splits the S trials into S/size experiments of `size` trials each (a rest is left out) and scores each one's winner. Trials
/// must be independent draws: those of a random search, or the first round of a coarse-to-fine one.
/// Throws UsageError as above, or for a size below 1 or above S.
std::vector<EfficiencyPoint> efficiency_curve(std::span<const TrialAccuracy>, int64_t valid_rows, int64_t test_rows, const EfficiencyOptions& = {});

/// The same of any metric where the trials' scores on the test rows are not known, as in a study: an experiment's score is its best trial's
/// validation metric, which flatters. One that is not finite (diverged) is the worst; points may be infinite. Throws UsageError as above.
std::vector<EfficiencyPoint> best_of_curve(std::span<const double> metrics, bool higher_is_better, const EfficiencyOptions& = {});

} // namespace caviar::report
