#pragma once
/// Searches over functions whose answer is known.

#include "caviar/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

namespace caviar::testing_search {

inline SearchSpace space_of(std::initializer_list<std::pair<const char*, const char*>> parameters) {
    SearchSpace space;
    for (const auto& [name, text] : parameters) space.vary(name, parse_distribution(text));
    return space;
}

inline const Value* find(const Configuration& c, std::string_view name) {
    const auto found = std::find_if(c.begin(), c.end(), [&](const auto& s) { return s.first == name; });
    return found == c.end() ? nullptr : &found->second;
}

inline double number(const Configuration& c, std::string_view name) {
    const Value* v = find(c, name);
    if (!v) return std::nan("");
    return std::holds_alternative<double>(*v) ? std::get<double>(*v) : static_cast<double>(std::get<int64_t>(*v));
}

inline std::string word(const Configuration& c, std::string_view name) {
    const Value* v = find(c, name);
    return v ? to_string(*v) : "";
}

using Objective = std::function<double(const Configuration&)>;

/// Asks, scores and tells, at most `chunk` trials at a time, until the sampler has no more; all trials in order.
inline std::vector<Observation> run(Sampler& sampler, const Objective& f, int64_t chunk = 1 << 20) {
    std::vector<Observation> all;
    for (int32_t round = 0;; ++round) {
        const auto asked = sampler.ask(chunk);
        EXPECT_LE(static_cast<int64_t>(asked.size()), chunk);
        if (asked.empty()) return all;
        const size_t begin = all.size();
        for (const auto& c : asked) {
            const double badness = f(c);
            all.push_back({static_cast<TrialId>(all.size()), round, c, {badness, badness}});
        }
        sampler.tell(std::span(all).subspan(begin));
    }
}

inline double least(const std::vector<Observation>& trials) {
    double best = trials.front().score.badness;
    for (const auto& t : trials) best = std::min(best, t.score.badness);
    return best;
}

inline std::vector<Configuration> configurations(const std::vector<Observation>& trials) {
    std::vector<Configuration> result;
    for (const auto& t : trials) result.push_back(t.configuration);
    return result;
}

/// Branin's function on [-5,10] x [0,15] (Dixon and Szego 1978); three minima of 0.397887.
inline double branin(double x, double y) {
    constexpr double pi = std::numbers::pi;
    const double a = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    return a * a + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
}

/// Hartman's function of six numbers in [0,1] (Dixon and Szego 1978); its minimum is -3.32237.
inline double hartmann6(const std::vector<double>& x) {
    constexpr double height[4] = {1.0, 1.2, 3.0, 3.2};
    constexpr double steep[4][6] = {{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}};
    constexpr double centre[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886}, {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                     {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650}, {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
        double distance = 0;
        for (size_t j = 0; j < 6; ++j) distance += steep[i][j] * (x[j] - centre[i][j]) * (x[j] - centre[i][j]);
        sum -= height[i] * std::exp(-distance);
    }
    return sum;
}

/// Two hyperparameters that always count and range over [0,1], as the unit square.
inline SearchSpace square() { return space_of({{"weight_decay", "uniform(0,1)"}, {"patience_factor", "uniform(0,1)"}}); }
inline double branin_of(const Configuration& c) { return branin(15 * number(c, "weight_decay") - 5, 15 * number(c, "patience_factor")); }

} // namespace caviar::testing_search
