#include "host/report/efficiency.h"

#include "caviar/error.h"
#include "caviar/mlp/philox.h"
#include "host/core/best_chance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace caviar::report {
namespace {

double variance(double accuracy, int64_t rows) { return accuracy * (1 - accuracy) / static_cast<double>(rows - 1); }

void check(std::span<const TrialAccuracy> trials, int64_t valid_rows, int64_t test_rows) {
    if (trials.empty()) throw UsageError("the winner's score needs at least one trial");
    if (valid_rows < 2 || test_rows < 2) throw UsageError("the winner's score needs at least 2 validation and 2 test rows");
    for (size_t s = 0; s < trials.size(); ++s)
        for (const double accuracy : {trials[s].valid, trials[s].test})
            if (!(accuracy >= 0 && accuracy <= 1)) throw UsageError("the winner's score needs accuracies between 0 and 1; trial " + std::to_string(s) + " has " + std::to_string(accuracy));
}

/// Quantile of sorted values, linear between ranks (type 7 of Hyndman & Fan 1996, NumPy's default).
double quantile(const std::vector<double>& sorted, double q) {
    const double at = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(at);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    const double part = at - static_cast<double>(below);
    if (part == 0 || !std::isfinite(sorted[below])) return sorted[below]; // infinities among them
    return sorted[below] + part * (sorted[above] - sorted[below]);
}

/// A random order of n things (Fisher and Yates), a pure function of seed and number.
std::vector<size_t> random_order(size_t n, uint64_t seed, uint32_t number) {
    std::vector<size_t> order(n);
    std::iota(order.begin(), order.end(), size_t{0});
    const mlp::Key key{{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}};
    for (size_t i = n; i > 1; --i) {
        const mlp::Block4 bits = mlp::philox({{static_cast<uint32_t>(i), number, 0, 0}}, key);
        const uint64_t random = uint64_t{bits.word[1]} << 32 | bits.word[0];
        std::swap(order[i - 1], order[random % i]); // the remainder's bias is below i / 2^64
    }
    return order;
}

/// Splits the trials into experiments of each size, in the order given or in random ones, and scores each by `score(members)`.
template <class Trial, class Score> std::vector<EfficiencyPoint> curve_of(std::span<const Trial> trials, const EfficiencyOptions& options, const Score& score) {
    const auto in_all = static_cast<int64_t>(trials.size());
    std::vector<int64_t> sizes = options.sizes;
    if (sizes.empty())
        for (int64_t size = 1; size <= in_all; size *= 2) sizes.push_back(size);
    std::vector<EfficiencyPoint> curve;
    for (const int64_t size : sizes) {
        if (size < 1 || size > in_all) throw UsageError("an experiment of " + std::to_string(size) + " trials; allowed are 1 to " + std::to_string(in_all));
        const auto members = static_cast<size_t>(size);
        std::vector<double> scores;
        const auto split = [&](std::span<const Trial> ordered) {
            for (size_t first = 0; first + members <= ordered.size(); first += members) scores.push_back(score(ordered.subspan(first, members)));
        };
        if (options.shuffles <= 0) split(trials);
        for (int32_t k = 0; k < options.shuffles; ++k) {
            std::vector<Trial> shuffled;
            for (const size_t i : random_order(trials.size(), options.seed, static_cast<uint32_t>(k))) shuffled.push_back(trials[i]);
            split(shuffled);
        }
        std::sort(scores.begin(), scores.end());
        curve.push_back({size, static_cast<int64_t>(scores.size()), scores.front(), quantile(scores, 0.25), quantile(scores, 0.5), quantile(scores, 0.75), scores.back()});
    }
    return curve;
}

} // namespace

WinnerScore winner_score(std::span<const TrialAccuracy> trials, int64_t valid_rows, int64_t test_rows) {
    check(trials, valid_rows, test_rows);
    std::vector<core::Normal> validation, test;
    for (const TrialAccuracy& t : trials) {
        validation.push_back({t.valid, std::sqrt(variance(t.valid, valid_rows))});
        test.push_back({t.test, std::sqrt(variance(t.test, test_rows))});
    }
    WinnerScore score;
    score.weights = core::best_chances(validation);
    const core::Normal all = core::mixture(score.weights, test);
    score.mean = all.mean;
    score.standard_error = all.deviation;
    return score;
}

std::vector<EfficiencyPoint> efficiency_curve(std::span<const TrialAccuracy> trials, int64_t valid_rows, int64_t test_rows, const EfficiencyOptions& options) {
    check(trials, valid_rows, test_rows);
    return curve_of(trials, options, [&](std::span<const TrialAccuracy> members) { return winner_score(members, valid_rows, test_rows).mean; });
}

std::vector<EfficiencyPoint> best_of_curve(std::span<const double> metrics, bool higher_is_better, const EfficiencyOptions& options) {
    const double sign = higher_is_better ? 1 : -1;
    return curve_of(metrics, options, [&](std::span<const double> members) {
        double best = -std::numeric_limits<double>::infinity();
        for (const double metric : members)
            if (std::isfinite(metric)) best = std::max(best, sign * metric);
        return sign * best;
    });
}

} // namespace caviar::report
