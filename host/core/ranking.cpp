#include "host/core/metric_detail.h"

#include <algorithm>
#include <numeric>

namespace caviar::core {

double auc(std::span<const double> scores, const std::vector<bool>& positive) {
    std::vector<size_t> order(scores.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });

    // Each positive beats the negatives ranked below it and half of those it ties with. Counted in halves, so it is exact.
    int64_t half_wins = 0, negatives_below = 0, positives = 0;
    for (size_t begin = 0; begin < order.size();) {
        size_t end = begin;
        int64_t tied_positives = 0;
        while (end < order.size() && scores[order[end]] == scores[order[begin]]) tied_positives += positive[order[end++]];
        const int64_t tied_negatives = static_cast<int64_t>(end - begin) - tied_positives;
        half_wins += tied_positives * (2 * negatives_below + tied_negatives);
        negatives_below += tied_negatives;
        positives += tied_positives;
        begin = end;
    }
    if (positives == 0 || negatives_below == 0) return 0.5;
    return static_cast<double>(half_wins) / (2.0 * static_cast<double>(positives) * static_cast<double>(negatives_below));
}

void ConfusionCounts::add(int32_t truth, int32_t predicted) {
    if (truth >= 0 && static_cast<size_t>(truth) < true_.size()) ++true_[static_cast<size_t>(truth)];
    ++predicted_[static_cast<size_t>(predicted)];
    if (truth == predicted) ++hit_[static_cast<size_t>(truth)];
}

double ConfusionCounts::f1(int32_t cls) const {
    const auto c = static_cast<size_t>(cls);
    const int64_t both = true_[c] + predicted_[c];
    return both == 0 ? 0.0 : 2.0 * static_cast<double>(hit_[c]) / static_cast<double>(both);
}

double ConfusionCounts::macro_f1() const {
    double sum = 0;
    int64_t classes = 0;
    for (size_t c = 0; c < true_.size(); ++c) {
        if (true_[c] + predicted_[c] == 0) continue;
        sum += f1(static_cast<int32_t>(c));
        ++classes;
    }
    return classes ? sum / static_cast<double>(classes) : 0.0;
}

} // namespace caviar::core
