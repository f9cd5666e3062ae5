#include "host/search/rungs.h"

#include <algorithm>
#include <cmath>

namespace caviar::search {

namespace {
constexpr double rounding = 1e-9; // 81 / 3 / 3 is not below 9 for the lack of a bit
}

std::vector<int32_t> rungs(int32_t least, int32_t most, double eta) {
    std::vector<int32_t> list;
    for (double epochs = most; epochs >= least - rounding && epochs >= 1 - rounding; epochs /= eta) {
        const auto whole = static_cast<int32_t>(epochs + rounding);
        if (list.empty() || whole < list.back()) list.push_back(whole);
    }
    std::reverse(list.begin(), list.end());
    return list;
}

Score best_within(const Standing& s, int32_t epochs) {
    Score best;
    const bool diverged = s.ended && s.epochs() <= epochs && s.epochs() > 0 && s.scores.back().badness == best.badness;
    if (diverged) return best;
    for (const Score& score : s.scores.first(std::min(s.scores.size(), static_cast<size_t>(epochs)))) best = std::min(best, score, std::less<>());
    return best;
}

std::vector<size_t> ranked(std::span<const Standing> all, std::vector<size_t> which, int32_t epochs) {
    std::vector<std::pair<Score, size_t>> order;
    for (const size_t i : which) order.emplace_back(best_within(all[i], epochs), i);
    std::sort(order.begin(), order.end());
    for (size_t k = 0; k < which.size(); ++k) which[k] = order[k].second;
    return which;
}

void halve(std::span<const Standing> all, std::vector<size_t> cohort, std::span<const int32_t> rungs, double eta, Decision& decision) {
    const auto began = static_cast<double>(cohort.size());
    double share = 1;
    for (size_t k = 0; k < rungs.size(); ++k) {
        bool waits = false;
        for (const size_t i : cohort)
            if (!reached(all[i], rungs[k])) {
                decision.steps.push_back({i, std::min(rungs[k], all[i].most)});
                waits = true;
            }
        if (waits || k + 1 == rungs.size()) return;
        share /= eta;
        const auto go_on = std::max<size_t>(1, static_cast<size_t>(began * share + rounding));
        cohort = ranked(all, std::move(cohort), rungs[k]);
        for (size_t place = go_on; place < cohort.size(); ++place) decision.stopped.push_back(cohort[place]);
        cohort.resize(std::min(go_on, cohort.size()));
        std::sort(cohort.begin(), cohort.end());
    }
}

} // namespace caviar::search
