/// What a team ranks, played on the CPU, against the host's metric.

#include "cuda/device/metric.cuh"
#include "host/core/metric_detail.h"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace caviar::cuda {
namespace {

__global__ void auc_kernel(float* scores, const float* targets, int64_t rows, int32_t width, double* answer) {
    const Team team{static_cast<int32_t>(threadIdx.x), static_cast<int32_t>(blockDim.x), 1, reinterpret_cast<double*>(shared_memory())};
    const double share = auc(team, scores, targets, rows, width);
    if (team.lane == 0) *answer = share;
}

double on_the_host(const std::vector<float>& scores, const std::vector<float>& targets, int32_t width) {
    const size_t rows = targets.size();
    double total = 0;
    int32_t classes = 0;
    for (int32_t c = width <= 2 ? 1 : 0; c < std::max(2, width); ++c) {
        const size_t column = width <= 2 ? 0 : static_cast<size_t>(c);
        std::vector<bool> positive(rows);
        for (size_t r = 0; r < rows; ++r) positive[r] = static_cast<int32_t>(targets[r]) == c;
        if (width > 2 && std::count(positive.begin(), positive.end(), true) == 0) continue;
        const auto from = scores.begin() + static_cast<std::ptrdiff_t>(column * rows);
        total += core::auc(std::vector<double>(from, from + static_cast<std::ptrdiff_t>(rows)), positive);
        ++classes;
    }
    return width > 2 && classes < 2 ? 0.5 : total / classes;
}

/// Few values, so that ties are many; infinite ones, which a net's raw outputs may be.
TEST(DeviceMetric, AucIsTheHosts) {
    std::mt19937 random(4);
    const float values[] = {-INFINITY, -2, -0.0f, 0, 0.5f, 1, 7, INFINITY};
    for (const unsigned threads : {32u, 64u, 512u})
        for (const int32_t width : {1, 2, 4})
            for (const int64_t rows : {1, 2, 3, 33, 150, 1100}) {
                const auto columns = static_cast<size_t>(score_columns(Metric::auc, width)), count = static_cast<size_t>(rows);
                std::vector<float> scores(columns * count, NAN), targets(count);
                for (size_t i = 0; i < (columns - 2) * count; ++i)
                    scores[i] = i % 3 == 0 ? values[random() % std::size(values)] : std::uniform_real_distribution<float>(-1, 1)(random);
                for (float& t : targets) t = static_cast<float>(random() % static_cast<unsigned>(std::max(2, width))); // a class may be absent
                const double wanted = on_the_host(scores, targets, width);
                double answer = -1;
                simt::launch(1, threads, block_threads / warp * sizeof(double), auc_kernel, scores.data(), targets.data(), rows, width, &answer);
                EXPECT_DOUBLE_EQ(answer, wanted) << rows << " rows, " << width << " outputs, " << threads << " lanes";
            }
}

} // namespace
} // namespace caviar::cuda
