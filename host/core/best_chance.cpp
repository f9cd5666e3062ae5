#include "host/core/best_chance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace caviar::core {
namespace {

constexpr double reach = 8; ///< standard deviations beyond which a normal's mass, 6e-16, does not count

double density(double z) { return std::exp(-0.5 * z * z) * std::numbers::inv_sqrtpi / std::numbers::sqrt2; }
double cumulative(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

/// Nodes in (-1, 1) and weights of the five-point Gauss-Legendre rule (Abramowitz & Stegun, table 25.4), exact to degree 9.
struct Rule {
    std::array<double, 5> node, weight;
};
Rule five_points() {
    const double inner = std::sqrt(5 - 2 * std::sqrt(10.0 / 7)) / 3, outer = std::sqrt(5 + 2 * std::sqrt(10.0 / 7)) / 3;
    const double heavy = (322 + 13 * std::sqrt(70.0)) / 900, light = (322 - 13 * std::sqrt(70.0)) / 900;
    return {{-outer, -inner, 0, inner, outer}, {light, heavy, 128.0 / 225, heavy, light}};
}

/// Adds the integral of phi_s * product of the others' Phi over [low, high] to the chances of the variables in `normals`.
void integrate(std::span<const Normal> all, const std::vector<size_t>& normals, double low, double high, std::vector<double>& chances) {
    double narrowest = std::numeric_limits<double>::infinity();
    for (const size_t s : normals) narrowest = std::min(narrowest, all[s].deviation);
    // Half a deviation a panel: the rule's error is then about 1e-10. The cap only bounds the time for absurd inputs.
    const auto panels = static_cast<int64_t>(std::clamp(std::ceil((high - low) / (narrowest / 2)), 1.0, 2e5));
    const double half = (high - low) / static_cast<double>(panels) / 2;
    const Rule rule = five_points();
    std::vector<double> logs(normals.size());
    for (int64_t panel = 0; panel < panels; ++panel) {
        const double middle = low + half * static_cast<double>(2 * panel + 1);
        for (size_t k = 0; k < rule.node.size(); ++k) {
            const double x = middle + half * rule.node[k];
            double sum = 0; // of logarithms: a product of thousands of small factors would vanish
            for (size_t i = 0; i < normals.size(); ++i) {
                const Normal& n = all[normals[i]];
                logs[i] = std::log(cumulative((x - n.mean) / n.deviation));
                sum += logs[i];
            }
            for (size_t i = 0; i < normals.size(); ++i) {
                const Normal& n = all[normals[i]];
                chances[normals[i]] += rule.weight[k] * half * density((x - n.mean) / n.deviation) / n.deviation * std::exp(sum - logs[i]);
            }
        }
    }
}

} // namespace

std::vector<double> best_chances(std::span<const Normal> all) {
    std::vector<double> chances(all.size(), 0.0);
    // The largest is certainly not below `floor`, so only what reaches above it takes part.
    double floor = -std::numeric_limits<double>::infinity(), point = floor, top = floor;
    for (const Normal& n : all) {
        floor = std::max(floor, n.mean - reach * n.deviation);
        if (n.deviation == 0) point = std::max(point, n.mean);
    }
    std::vector<size_t> normals, points;
    for (size_t s = 0; s < all.size(); ++s) {
        if (all[s].deviation == 0) {
            if (all[s].mean == point && point >= floor) points.push_back(s);
        } else if (all[s].mean + reach * all[s].deviation > floor) {
            normals.push_back(s);
            top = std::max(top, all[s].mean + reach * all[s].deviation);
        }
    }
    double below = points.empty() ? 0 : 1; // P(all normals are below the point)
    for (const size_t s : normals) below *= cumulative((point - all[s].mean) / all[s].deviation);
    for (const size_t s : points) chances[s] = below / static_cast<double>(points.size());
    if (!normals.empty()) integrate(all, normals, floor, top, chances);
    const double total = std::accumulate(chances.begin(), chances.end(), 0.0);
    for (double& chance : chances) chance /= total;
    return chances;
}

Normal mixture(std::span<const double> weights, std::span<const Normal> all) {
    Normal whole;
    for (size_t s = 0; s < all.size(); ++s) whole.mean += weights[s] * all[s].mean;
    double spread = 0; // the mean is taken out before the squares, so that digits are not lost
    for (size_t s = 0; s < all.size(); ++s) {
        const double off = all[s].mean - whole.mean;
        spread += weights[s] * (off * off + all[s].deviation * all[s].deviation);
    }
    whole.deviation = std::sqrt(spread);
    return whole;
}

} // namespace caviar::core
