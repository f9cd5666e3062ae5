#include "host/importance/tree.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace caviar::importance {
namespace {

/// What the rows of one cell come to.
struct Sums {
    double weight = 0, value = 0; ///< value: the weighted sum
    size_t rows = 0;
    void add(const Sums& s) { weight += s.weight, value += s.value, rows += s.rows; }
    double mean() const { return value / weight; }
};

struct Cut {
    size_t axis = 0;
    Cells left = 0;
    double gain = 0; ///< by how much the weighted sum of squared errors falls; 0: no cut
};

class Cutter {
public:
    Cutter(const std::vector<Axis>& axes, const Sample& sample, size_t least) : axes_(axes), sample_(sample), least_(least) {}

    void try_axis(size_t axis, std::span<const uint32_t> rows, const Sums& all, Cut& best) const {
        std::array<Sums, most_cells> sums{};
        for (const uint32_t r : rows) sums[sample_.cells[r * axes_.size() + axis]].add({sample_.weights[r], sample_.weights[r] * sample_.values[r], 1});
        std::array<uint8_t, most_cells> order{};
        size_t taken = 0; // cells that have rows
        for (size_t c = 0; c < axes_[axis].size(); ++c)
            if (sums[c].rows > 0) order[taken++] = static_cast<uint8_t>(c);
        const bool ordered = axes_[axis].ordered;
        if (!ordered)
            std::stable_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(taken), [&](uint8_t a, uint8_t b) { return sums[a].mean() < sums[b].mean(); });
        Sums left;
        Cells left_cells = 0;
        for (size_t k = 0; k + 1 < taken; ++k) {
            left.add(sums[order[k]]);
            left_cells |= Cells{1} << order[k];
            const Sums right{all.weight - left.weight, all.value - left.value, all.rows - left.rows};
            if (left.rows < least_ || right.rows < least_) continue;
            const double gain = left.value * left.value / left.weight + right.value * right.value / right.weight - all.value * all.value / all.weight;
            if (gain <= best.gain) continue;
            best = {axis, left_cells, gain};
            if (ordered) best.left = (Cells{1} << (order[k] + order[k + 1] + 1) / 2) - 1; // in the middle between them
            else if (left.rows > right.rows) best.left |= axes_[axis].all() & ~cells_of(order, taken); // nobody was there: with the many
        }
    }

private:
    static Cells cells_of(const std::array<uint8_t, most_cells>& order, size_t count) {
        Cells cells = 0;
        for (size_t k = 0; k < count; ++k) cells |= Cells{1} << order[k];
        return cells;
    }

    const std::vector<Axis>& axes_;
    const Sample& sample_;
    size_t least_;
};

} // namespace

Tree::Tree(const std::vector<Axis>& axes, const Sample& sample, size_t least, search::Stream& random) : axes_(axes) {
    constexpr double tiny = 1e-12; // of the whole sum of squares: below it a gain is rounding
    const Cutter cutter(axes, sample, least);
    std::vector<uint32_t> rows(sample.rows());
    std::iota(rows.begin(), rows.end(), 0u);
    std::vector<size_t> candidates(axes.size());
    std::iota(candidates.begin(), candidates.end(), size_t{0});
    const size_t tried = (2 * axes.size() + 2) / 3;
    double squares = 0;
    for (size_t r = 0; r < sample.rows(); ++r) squares += sample.weights[r] * sample.values[r] * sample.values[r];

    struct Open {
        uint32_t node;
        size_t begin, end;
    };
    nodes_.emplace_back();
    for (std::vector<Open> open{{0, 0, rows.size()}}; !open.empty();) {
        const Open now = open.back();
        open.pop_back();
        const std::span<uint32_t> mine(rows.data() + now.begin, now.end - now.begin);
        Sums all;
        for (const uint32_t r : mine) all.add({sample.weights[r], sample.weights[r] * sample.values[r], 1});
        if (all.rows > 0) nodes_[now.node].value = all.mean();
        if (all.rows < 2 * least) continue;
        Cut best;
        best.gain = tiny * squares;
        for (size_t k = 0; k < tried; ++k) {
            std::swap(candidates[k], candidates[k + static_cast<size_t>(random.below(static_cast<int64_t>(axes.size() - k)))]);
            cutter.try_axis(candidates[k], mine, all, best);
        }
        if (best.left == 0) continue;
        const auto middle = std::partition(mine.begin(), mine.end(), [&](uint32_t r) { return best.left >> sample.cells[r * axes.size() + best.axis] & 1; });
        const auto left = static_cast<uint32_t>(nodes_.size());
        nodes_.resize(nodes_.size() + 2);
        nodes_[now.node] = {nodes_[now.node].value, best.axis, best.left, left, left + 1};
        const size_t split = now.begin + static_cast<size_t>(middle - mine.begin());
        open.push_back({left, now.begin, split});
        open.push_back({left + 1, split, now.end});
    }
}

double Tree::predict(std::span<const uint8_t> cells) const {
    const Node* node = nodes_.data();
    while (node->left != 0) node = &nodes_[node->left_cells >> cells[node->axis] & 1 ? node->left : node->right];
    return node->value;
}

void Tree::leaves(const std::function<void(double, std::span<const Cells>)>& visit) const {
    struct Open {
        uint32_t node;
        std::vector<Cells> box;
    };
    std::vector<Cells> whole;
    for (const Axis& axis : axes_) whole.push_back(axis.all());
    for (std::vector<Open> open{{0, std::move(whole)}}; !open.empty();) {
        Open now = std::move(open.back());
        open.pop_back();
        const Node& node = nodes_[now.node];
        if (node.left == 0) {
            visit(node.value, now.box);
            continue;
        }
        Open right{node.right, now.box};
        right.box[node.axis] &= ~node.left_cells;
        now.box[node.axis] &= node.left_cells;
        now.node = node.left;
        open.push_back(std::move(now));
        open.push_back(std::move(right));
    }
}

} // namespace caviar::importance
