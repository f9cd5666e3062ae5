#include "cuda/device/grouped_stages.cuh"
#include "tests/cuda/played.h"

#include <vector>

namespace caviar::cuda {

void play(const simt::Schedule& schedule, GroupedTrial* trial, const Opening& opening) {
    simt::launch(schedule, 1, block_threads, stage_shared_bytes, grouped_open, trial, opening);
}

void play(const simt::Schedule& given, GroupedTrial* trial, const Stage& stage) {
    simt::Schedule schedule = given;
    schedule.resident_blocks = 2; // blocks do not wait for each other, and all lanes at once would be too many fibers
    const auto run = [&](auto* kernel, int32_t threads) {
        simt::launch(schedule, static_cast<unsigned>(stage.blocks), static_cast<unsigned>(threads), stage_shared_bytes, kernel, trial, stage);
    };
    switch (stage.kind) {
    case Stage::Kind::gather: return run(grouped_gather, sheet_threads);
    case Stage::Kind::activate: return run(grouped_activate, sheet_threads);
    case Stage::Kind::judge: return run(grouped_judge, block_threads);
    case Stage::Kind::learn: return run(grouped_learn, sheet_threads);
    case Stage::Kind::end: return run(grouped_end, block_threads);
    }
}

void play(const Product& p) {
    std::vector<float> sums(static_cast<size_t>(p.columns));
    for (int64_t r = 0; r < p.rows; ++r) {
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int64_t k = 0; k < p.depth; ++k) {
            const float a = p.transposed_a ? p.a[k * p.lda + r] : p.a[r * p.lda + k];
            for (int64_t c = 0; c < p.columns; ++c) sums[static_cast<size_t>(c)] += a * (p.transposed_b ? p.b[c * p.ldb + k] : p.b[k * p.ldb + c]);
        }
        for (int64_t c = 0; c < p.columns; ++c) p.c[r * p.ldc + c] = sums[static_cast<size_t>(c)];
    }
}

} // namespace caviar::cuda
