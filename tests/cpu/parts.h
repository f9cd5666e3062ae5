#pragma once
/// The engine's inner parts under each instruction set, behind plain functions that a test can call.

#include <cstdint>
#include <string>
#include <vector>

namespace caviar::cpu {

struct Product {
    bool transposed;
    int32_t rows, columns, depth;
    const float* a;
    int32_t lda;
    const float* b;
    int32_t ldb;
    const float* init; ///< nullptr: zero
    int32_t ld_init;
    float* c;
    int32_t ldc;
    bool heavy; ///< by way of an epilogue that is called over a tile in memory
};

enum class Function { exp, log, tanh, sigmoid, normal_cdf, normal_density, inverse_root };

struct Parts {
    const char* name;
    int32_t lanes;
    void (*product)(const Product&);
    void (*transpose)(int32_t rows, int32_t columns, const float* in, int32_t ld_in, float* out, int32_t ld_out);
    void (*column_sums)(int32_t rows, int32_t columns, const float* in, int32_t ld, float* out);
    /// count: a multiple of `lanes`
    void (*apply)(Function, const float* in, float* out, int32_t count);
};

const Parts* plain_parts();
const Parts* avx2_parts();   ///< nullptr where this build has none
const Parts* avx512_parts();

/// Of the instruction sets that this machine runs.
std::vector<const Parts*> usable_parts();

} // namespace caviar::cpu
