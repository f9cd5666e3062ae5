#include "host/importance/decomposition.h"

#include "caviar/error.h"
#include "host/importance/marginals.h"
#include "host/importance/tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <string>

namespace caviar::importance {
namespace {

constexpr size_t points = 2048; // for the whole variance: its error, some 3 % of it, is the replicates' own and evens out over them

/// Trees on one half of the samples.
class Forest {
public:
    Forest(const std::vector<Axis>& axes, const DecompositionOptions& options) : axes_(axes), options_(options), marginals_(axes) {}

    /// `half`: cells may be absent.
    void grow(Sample half, search::Stream& random) {
        const std::vector<uint8_t> seen = half.cells;
        for (size_t t = 0; t < options_.trees; ++t) {
            fill(half.cells, seen, random);
            trees_.emplace_back(axes_, half, options_.least, random);
            trees_.back().leaves([&](double value, std::span<const Cells> box) { marginals_.add(value, box); });
        }
        marginals_.finish(1 / static_cast<double>(options_.trees));
    }

    double predict(std::span<const uint8_t> cells) const {
        double sum = 0;
        for (const Tree& tree : trees_) sum += tree.predict(cells);
        return sum / static_cast<double>(trees_.size());
    }

    const Marginals& marginals() const { return marginals_; }

private:
    /// Draws a place for what is absent in `seen`.
    void fill(std::vector<uint8_t>& cells, const std::vector<uint8_t>& seen, search::Stream& random) const {
        for (size_t i = 0; i < seen.size(); ++i)
            if (seen[i] == absent) cells[i] = static_cast<uint8_t>(axes_[i % axes_.size()].draw(random.uniform()));
    }

    const std::vector<Axis>& axes_;
    const DecompositionOptions& options_;
    std::deque<Tree> trees_;
    Marginals marginals_;
};

/// The two halves of the samples, dealt and weighted at random.
std::array<Sample, 2> deal(size_t axes, std::span<const uint8_t> cells, std::span<const double> values, search::Stream& random) {
    std::array<Sample, 2> halves;
    std::vector<uint32_t> order(values.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<uint32_t>(i);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
    for (size_t k = 0; k < order.size(); ++k) {
        Sample& half = halves[k % 2];
        const auto row = cells.subspan(order[k] * axes, axes);
        half.cells.insert(half.cells.end(), row.begin(), row.end());
        half.values.push_back(values[order[k]]);
        half.weights.push_back(-std::log1p(-random.uniform()) + 1e-9); // exponential: Dirichlet once they add up to 1
    }
    return halves;
}

double whole_variance(const std::vector<Axis>& axes, const Forest& f, const Forest& g, search::Stream& random) {
    double sum = 0;
    std::vector<uint8_t> point(axes.size());
    for (size_t i = 0; i < points; ++i) {
        for (size_t a = 0; a < axes.size(); ++a) point[a] = static_cast<uint8_t>(axes[a].draw(random.uniform()));
        sum += (f.predict(point) - f.marginals().mean()) * (g.predict(point) - g.marginals().mean());
    }
    return sum / points;
}

double quantile(const std::vector<double>& sorted, double q) {
    const double at = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(at);
    return sorted[below] + (at - static_cast<double>(below)) * (sorted[std::min(below + 1, sorted.size() - 1)] - sorted[below]);
}

Share share_of(std::vector<double> shares) {
    std::sort(shares.begin(), shares.end());
    return {quantile(shares, 0.5), quantile(shares, 0.05), quantile(shares, 0.95)};
}

void add(std::vector<double>& sum, const std::vector<double>& more, double factor) {
    sum.resize(more.size(), 0.0);
    for (size_t i = 0; i < more.size(); ++i) sum[i] += factor * more[i];
}

} // namespace

Decomposition decompose(const std::vector<Axis>& axes, std::span<const uint8_t> cells, std::span<const double> values, const DecompositionOptions& options) {
    if (axes.empty()) throw UsageError("importance: nothing varies");
    if (values.size() < 8) throw UsageError("importance needs at least 8 samples, not " + std::to_string(values.size()));
    const size_t pairs = axes.size() * (axes.size() - 1) / 2;
    std::vector<std::vector<double>> one(axes.size()), both(pairs);
    Decomposition result;
    result.curve.resize(axes.size());
    result.surface.resize(pairs);
    for (size_t r = 0; r < options.replicates; ++r) {
        search::Stream random(options.seed, r, search::Use::importance);
        std::array<Sample, 2> halves = deal(axes.size(), cells, values, random);
        Forest f(axes, options), g(axes, options);
        f.grow(std::move(halves[0]), random);
        g.grow(std::move(halves[1]), random);
        const Components parts = product(axes, f.marginals(), g.marginals());
        const double whole = whole_variance(axes, f, g, random);
        result.agreement += whole > 0 ? 1 / static_cast<double>(options.replicates) : 0;
        // Without anything in common there is nothing to share out.
        const auto share = [&](double part) { return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0.0; };
        const double factor = 0.5 / static_cast<double>(options.replicates);
        for (size_t a = 0; a < axes.size(); ++a) {
            one[a].push_back(share(parts.one[a]));
            for (const Forest* forest : {&f, &g}) add(result.curve[a], forest->marginals().one(a), factor);
        }
        for (size_t p = 0; p < pairs; ++p) {
            both[p].push_back(share(parts.both[p]));
            for (const Forest* forest : {&f, &g}) add(result.surface[p], forest->marginals().both(p), factor);
        }
    }
    for (auto& shares : one) result.one.push_back(share_of(std::move(shares)));
    for (auto& shares : both) result.both.push_back(share_of(std::move(shares)));
    return result;
}

} // namespace caviar::importance
