#include "host/search/parzen.h"

#include "host/search/choices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace caviar::search {
namespace {

constexpr double narrow_cell = 0.2; // widths of the kernel: below it the density times the cell is its mass to 0.2%
constexpr double least_mass = 1e-300; // so that its logarithm is a number
constexpr int most_tries = 64;      // a kernel has at least a third of its mass on the scale, so that this many never fail

/// The mass of the standard normal between two places.
double normal_mass(double a, double b) {
    constexpr double root = std::numbers::sqrt2;
    // On the side where the two tails are small, so that nothing cancels.
    return a > 0 ? 0.5 * (std::erfc(a / root) - std::erfc(b / root)) : 0.5 * (std::erfc(-b / root) - std::erfc(-a / root));
}

/// A standard normal (Box and Muller 1958).
double normal(Stream& stream) {
    const double radius = std::sqrt(-2 * std::log(1 - stream.uniform()));
    return radius * std::cos(2 * std::numbers::pi * stream.uniform());
}

/// The share of a choice's mass that its kernel spreads over all values: with n trials as if each value had been seen 1/n times more.
double spread(size_t values, size_t kernels) {
    return static_cast<double>(values) / static_cast<double>(values + kernels);
}

} // namespace

void Parzen::add(std::span<const double> point, std::span<const double> widths) {
    centres_.insert(centres_.end(), point.begin(), point.end());
    widths_.insert(widths_.end(), widths.begin(), widths.end());
    for (size_t i = 0; i < point.size(); ++i) {
        const bool numeric = cube_->axes()[i].kind == AxisKind::continuous || cube_->axes()[i].kind == AxisKind::whole;
        log_masses_.push_back(numeric && !std::isnan(point[i]) ? std::log(normal_mass(-point[i] / widths[i], (1 - point[i]) / widths[i])) : 0);
    }
    ++count_;
}

double Parzen::log_kernel(size_t kernel, std::span<const double> point, const std::vector<Cell>& cells) const {
    const size_t row = kernel * cube_->size();
    double sum = 0;
    for (size_t i = 0; i < point.size(); ++i) {
        const Axis& axis = cube_->axes()[i];
        if (axis.kind == AxisKind::fixed || std::isnan(point[i])) continue;
        const double centre = centres_[row + i], width = widths_[row + i];
        if (axis.kind == AxisKind::unordered) {
            const size_t value = slot(axis.distribution, point[i]);
            const double all = std::isnan(centre) ? 1 : spread(axis.weights.size(), count_);
            const bool same = !std::isnan(centre) && value == slot(axis.distribution, centre);
            sum += std::log((same ? 1 - all : 0) + all * axis.weights[value]);
            continue;
        }
        // A density over the scale; for a whole number the mean one of its cell, whose width is left to `log_density`.
        if (std::isnan(centre)) continue;
        const double extent = cells[i].high - cells[i].low;
        if (axis.kind == AxisKind::continuous || extent < narrow_cell * width) {
            const double z = (point[i] - centre) / width;
            sum -= 0.5 * z * z + std::log(width * std::sqrt(2 * std::numbers::pi));
        } else {
            sum += std::log(std::max(normal_mass((cells[i].low - centre) / width, (cells[i].high - centre) / width), least_mass) / extent);
        }
        sum -= log_masses_[row + i];
    }
    return sum;
}

double Parzen::log_density(std::span<const double> point) const {
    std::vector<Cell> cells(point.size());
    double log_cells = 0, prior = 0;
    for (size_t i = 0; i < point.size(); ++i) {
        const Axis& axis = cube_->axes()[i];
        if (std::isnan(point[i])) continue;
        if (axis.kind == AxisKind::unordered) prior += std::log(axis.weights[slot(axis.distribution, point[i])]);
        if (axis.kind != AxisKind::whole) continue;
        cells[i] = axis.cell(point[i]);
        log_cells += std::log(cells[i].high - cells[i].low);
    }
    std::vector<double> terms = {prior};
    for (size_t kernel = 0; kernel < count_; ++kernel) terms.push_back(log_kernel(kernel, point, cells));
    const double most = *std::max_element(terms.begin(), terms.end());
    double sum = 0;
    for (const double term : terms) sum += std::exp(term - most);
    return log_cells + most + std::log(sum / static_cast<double>(count_ + 1));
}

void Parzen::draw(Stream& stream, std::span<double> point) const {
    const auto kernel = static_cast<size_t>(stream.below(static_cast<int64_t>(count_ + 1)));
    for (size_t i = 0; i < point.size(); ++i) {
        const Axis& axis = cube_->axes()[i];
        const double centre = kernel < count_ ? centres_[kernel * cube_->size() + i] : std::numeric_limits<double>::quiet_NaN();
        point[i] = stream.uniform();
        if (axis.kind == AxisKind::fixed || std::isnan(centre)) continue;
        if (axis.kind == AxisKind::unordered) {
            if (stream.uniform() >= spread(axis.weights.size(), count_)) point[i] = centre;
            continue;
        }
        for (int tries = 0; tries < most_tries; ++tries) {
            const double u = centre + widths_[kernel * cube_->size() + i] * normal(stream);
            if (u < 0 || u >= 1) continue;
            point[i] = u;
            break;
        }
    }
    cube_->settle(point);
}

} // namespace caviar::search
