#pragma once
/// Functions over the unit cube, sampled.

#include "host/importance/decomposition.h"

#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace caviar::importance::test {

using Function = std::function<double(const std::vector<double>&)>;

inline std::vector<Axis> plain_axes(size_t count) {
    SearchSpace space;
    const char* names[] = {"learning_rate", "momentum", "dropout", "weight_decay", "init_scale", "floor", "decay", "warmup"};
    for (size_t i = 0; i < count; ++i) space.vary(names[i], parse_distribution("uniform(0.1,0.9)"));
    return axes_of(space);
}

/// `warp` moves the uniform coordinates: where samples gather.
inline Decomposition of_function(size_t axes, size_t samples, double noise, const Function& f, uint64_t seed = 1,
                                 const std::function<double(double)>& warp = [](double u) { return u; }) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform;
    std::normal_distribution<double> normal;
    const std::vector<Axis> list = plain_axes(axes);
    std::vector<uint8_t> cells;
    std::vector<double> values;
    for (size_t i = 0; i < samples; ++i) {
        std::vector<double> x;
        for (size_t a = 0; a < axes; ++a) {
            x.push_back(warp(uniform(random)));
            cells.push_back(static_cast<uint8_t>(x.back() * most_cells));
        }
        values.push_back(f(x) + noise * normal(random));
    }
    return decompose(list, cells, values);
}

} // namespace caviar::importance::test
