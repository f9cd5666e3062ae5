#include "host/importance/marginals.h"

#include <bit>

namespace caviar::importance {
namespace {

template <class Run> void runs_of(Cells cells, std::vector<Run>& runs) {
    runs.clear();
    for (uint64_t left = cells; left != 0;) { // 64 bits, so that a shift by all 32 is one
        const auto begin = static_cast<size_t>(std::countr_zero(left));
        const auto end = begin + static_cast<size_t>(std::countr_one(left >> begin));
        runs.push_back({begin, end});
        left &= ~uint64_t{0} << end;
    }
}

} // namespace

Marginals::Marginals(const std::vector<Axis>& axes) : axes_(axes), runs_(axes.size()), weights_(axes.size()) {
    for (size_t a = 0; a < axes.size(); ++a) {
        one_.emplace_back(axes[a].size() + 1, 0.0);
        for (size_t b = a + 1; b < axes.size(); ++b) {
            pairs_.emplace_back(a, b);
            both_.emplace_back((axes[a].size() + 1) * (axes[b].size() + 1), 0.0);
        }
    }
}

void Marginals::add(double value, std::span<const Cells> box) {
    double mass = value;
    for (size_t a = 0; a < axes_.size(); ++a) {
        runs_of(box[a], runs_[a]);
        weights_[a] = axes_[a].weight(box[a]);
        mass *= weights_[a];
    }
    mean_ += mass;
    // Where a cell lies in the box, the mean over the other axes is the mass without this axis's part.
    for (size_t a = 0; a < axes_.size(); ++a)
        for (const Run& r : runs_[a]) {
            one_[a][r.begin] += mass / weights_[a];
            one_[a][r.end] -= mass / weights_[a];
        }
    for (size_t pair = 0; pair < pairs_.size(); ++pair) {
        const auto [a, b] = pairs_[pair];
        const double part = mass / (weights_[a] * weights_[b]);
        const size_t width = axes_[b].size() + 1;
        for (const Run& r : runs_[a])
            for (const Run& s : runs_[b]) {
                both_[pair][r.begin * width + s.begin] += part;
                both_[pair][r.begin * width + s.end] -= part;
                both_[pair][r.end * width + s.begin] -= part;
                both_[pair][r.end * width + s.end] += part;
            }
    }
}

void Marginals::finish(double factor) {
    mean_ *= factor;
    for (size_t a = 0; a < axes_.size(); ++a) {
        double sum = 0;
        for (double& cell : one_[a]) cell = (sum += cell);
        one_[a].pop_back();
        for (double& cell : one_[a]) cell *= factor;
    }
    for (size_t pair = 0; pair < pairs_.size(); ++pair) {
        const size_t rows = axes_[pairs_[pair].first].size(), columns = axes_[pairs_[pair].second].size();
        const std::vector<double>& change = both_[pair];
        std::vector<double> sums(rows * columns);
        for (size_t r = 0; r < rows; ++r) {
            double along = 0;
            for (size_t c = 0; c < columns; ++c) {
                along += change[r * (columns + 1) + c];
                sums[r * columns + c] = along + (r > 0 ? sums[(r - 1) * columns + c] : 0);
            }
        }
        for (double& cell : sums) cell *= factor;
        both_[pair] = std::move(sums);
    }
}

Components product(const std::vector<Axis>& axes, const Marginals& f, const Marginals& g) {
    // The components are orthogonal, so that the integral of two marginals' product is the sum over all components within them.
    Components result;
    const double means = f.mean() * g.mean();
    for (size_t a = 0; a < axes.size(); ++a) {
        double sum = 0;
        for (size_t c = 0; c < axes[a].size(); ++c) sum += axes[a].weights[c] * f.one(a)[c] * g.one(a)[c];
        result.one.push_back(sum - means);
    }
    for (size_t pair = 0; pair < f.pairs(); ++pair) {
        const auto [a, b] = f.axes_of(pair);
        const size_t columns = axes[b].size();
        double sum = 0;
        for (size_t r = 0; r < axes[a].size(); ++r)
            for (size_t c = 0; c < columns; ++c)
                sum += axes[a].weights[r] * axes[b].weights[c] * f.both(pair)[r * columns + c] * g.both(pair)[r * columns + c];
        result.both.push_back(sum - means - result.one[a] - result.one[b]);
    }
    return result;
}

} // namespace caviar::importance
