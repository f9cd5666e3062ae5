// Trees and their marginals against brute force over all cells.

#include "host/importance/marginals.h"
#include "host/importance/tree.h"
#include "tests/importance/support.h"

#include <gtest/gtest.h>

#include <array>

namespace caviar::importance {
namespace {

/// A number of 5 values, a choice of 4 with one twice as likely, a number of 3.
std::vector<Axis> small_axes() {
    SearchSpace space;
    space.vary("layers", parse_distribution("int(1,5)"));
    space.vary("activation", parse_distribution("choice(relu,tanh,relu,gelu,silu)"));
    space.vary("batch_size", parse_distribution("pow2(8,32)"));
    return axes_of(space);
}

struct Grown {
    std::vector<Axis> axes = small_axes();
    Tree tree;
    explicit Grown(uint64_t seed) : tree(axes, sample(axes, seed), 2, random_) {}

private:
    search::Stream random_{1, 0, search::Use::importance};
    static Sample sample(const std::vector<Axis>& axes, uint64_t seed) {
        std::mt19937_64 random(seed);
        Sample s;
        for (int i = 0; i < 60; ++i) {
            for (const Axis& axis : axes) s.cells.push_back(static_cast<uint8_t>(random() % axis.size()));
            s.values.push_back(static_cast<double>(random() % 100));
            s.weights.push_back(1 + static_cast<double>(random() % 3));
        }
        return s;
    }
};

/// Sums the tree over all cells, weighted, where `keep` allows.
double brute_mean(const Grown& g, const std::function<bool(const std::array<uint8_t, 3>&)>& keep) {
    double sum = 0, weight = 0;
    std::array<uint8_t, 3> c{};
    for (c[0] = 0; c[0] < g.axes[0].size(); ++c[0])
        for (c[1] = 0; c[1] < g.axes[1].size(); ++c[1])
            for (c[2] = 0; c[2] < g.axes[2].size(); ++c[2]) {
                if (!keep(c)) continue;
                const double w = g.axes[0].weights[c[0]] * g.axes[1].weights[c[1]] * g.axes[2].weights[c[2]];
                sum += w * g.tree.predict(c);
                weight += w;
            }
    return sum / weight;
}

TEST(Axes, CutScalesIntoCellsThatAddUpToOne) {
    const auto axes = small_axes();
    ASSERT_EQ(axes.size(), 3u);
    EXPECT_EQ(axes[0].size(), 5u);
    EXPECT_EQ(axes[1].size(), 4u) << "a value given twice is one cell";
    EXPECT_DOUBLE_EQ(axes[1].weights[0], 0.4);
    EXPECT_FALSE(axes[1].ordered);
    for (const Axis& axis : axes) EXPECT_NEAR(axis.weight(axis.all()), 1, 1e-15);
    const Distribution layers = parse_distribution("int(1,5)");
    for (int64_t v = 1; v <= 5; ++v) EXPECT_EQ(axes[0].cell(layers.unit(v), layers), static_cast<size_t>(v - 1));
    EXPECT_EQ(axes[1].draw(0.39), 0u);
    EXPECT_EQ(axes[1].draw(0.41), 1u);
    EXPECT_EQ(axes[1].draw(0.999), 3u);
    EXPECT_EQ(test::plain_axes(1)[0].size(), most_cells);
}

TEST(Axes, LongChoicesShareCells) {
    SearchSpace space;
    std::string text = "choice(";
    for (int i = 1; i <= 100; ++i) text += (i > 1 ? "," : "") + std::to_string(i);
    space.vary("units", parse_distribution(text + ")"));
    const Axis axis = axes_of(space).front();
    EXPECT_EQ(axis.size(), most_cells);
    EXPECT_NEAR(axis.weight(axis.all()), 1, 1e-12);
    for (const double w : axis.weights) EXPECT_GT(w, 0);
}

TEST(Tree, LeavesPartTheSpace) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        const Grown g(seed);
        double mass = 0;
        size_t leaves = 0;
        g.tree.leaves([&](double, std::span<const Cells> box) {
            double volume = 1;
            for (size_t a = 0; a < g.axes.size(); ++a) volume *= g.axes[a].weight(box[a]);
            EXPECT_GT(volume, 0);
            mass += volume;
            ++leaves;
        });
        EXPECT_NEAR(mass, 1, 1e-12);
        EXPECT_GT(leaves, 4u);
    }
}

TEST(Tree, FindsTheCutThatSeparates) {
    const auto axes = small_axes();
    Sample s;
    for (int i = 0; i < 40; ++i) { // tanh (cell 1) and silu (cell 3) are 5, the others 0
        const auto activation = static_cast<uint8_t>(i % 4);
        s.cells.insert(s.cells.end(), {static_cast<uint8_t>(i % 5), activation, static_cast<uint8_t>(i % 3)});
        s.values.push_back(activation % 2 == 1 ? 5 : 0);
        s.weights.push_back(1);
    }
    search::Stream random(3, 0, search::Use::importance);
    const Tree tree(axes, s, 2, random);
    for (uint8_t activation = 0; activation < 4; ++activation)
        EXPECT_EQ(tree.predict(std::array<uint8_t, 3>{2, activation, 1}), activation % 2 == 1 ? 5 : 0);
}

TEST(Marginals, EqualBruteForceOverAllCells) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        const Grown g(seed);
        Marginals m(g.axes);
        g.tree.leaves([&](double value, std::span<const Cells> box) { m.add(value, box); });
        m.finish(1);
        EXPECT_NEAR(m.mean(), brute_mean(g, [](auto&) { return true; }), 1e-10);
        for (size_t a = 0; a < 3; ++a)
            for (size_t c = 0; c < g.axes[a].size(); ++c)
                EXPECT_NEAR(m.one(a)[c], brute_mean(g, [&](auto& at) { return at[a] == c; }), 1e-10);
        for (size_t pair = 0; pair < m.pairs(); ++pair) {
            const auto [a, b] = m.axes_of(pair);
            for (size_t c = 0; c < g.axes[a].size(); ++c)
                for (size_t d = 0; d < g.axes[b].size(); ++d)
                    EXPECT_NEAR(m.both(pair)[c * g.axes[b].size() + d], brute_mean(g, [&](auto& at) { return at[a] == c && at[b] == d; }), 1e-10);
        }
    }
}

TEST(Marginals, ComponentsOfATreeWithItselfAddUpToItsVariance) {
    const Grown g(7);
    Marginals m(g.axes);
    g.tree.leaves([&](double value, std::span<const Cells> box) { m.add(value, box); });
    m.finish(1);
    const Components v = product(g.axes, m, m);
    double sum = 0;
    for (const double part : v.one) sum += part;
    for (const double part : v.both) sum += part;
    double variance = 0;
    g.tree.leaves([&](double value, std::span<const Cells> box) {
        double volume = 1;
        for (size_t a = 0; a < 3; ++a) volume *= g.axes[a].weight(box[a]);
        variance += volume * (value - m.mean()) * (value - m.mean());
    });
    for (const double part : v.one) EXPECT_GE(part, -1e-12);
    for (const double part : v.both) EXPECT_GE(part, -1e-12);
    EXPECT_LE(sum, variance + 1e-9);      // the rest is what all three do together
    EXPECT_GT(sum, 0.5 * variance);
}

} // namespace
} // namespace caviar::importance
