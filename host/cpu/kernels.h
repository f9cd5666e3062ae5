#pragma once
/// What each instruction set offers the engine: one table of functions, from one source compiled with different flags.

#include "caviar/mlp/step.h"

#include <cstdint>
#include <string>
#include <vector>

namespace caviar::cpu {

struct Kernels {
    const char* name;     ///< "plain", "avx2", "avx512"
    int32_t lanes;        ///< floats in a vector register
    int32_t chunk;        ///< rows that go through a step at a time; a multiple of 16
    int64_t scratch;      ///< floats the two functions below need as `scratch`, 64-byte aligned
    double (*train_step)(const mlp::StepView&, float* scratch);   ///< see mlp/train_step.h
    double (*predict)(const mlp::ForwardView&, float* scratch);
    /// First weights of a layer, in x out without padding (mlp/init.h).
    void (*first_weights)(uint64_t study_seed, uint64_t trial_seed, uint32_t layer, uint32_t in, uint32_t out, bool output,
                          const Hyperparameters&, float* weights);
    /// Runs `rounds` rounds of independent fused multiply-adds in registers; returns the floating-point operations done.
    double (*burn)(int64_t rounds);
};

/// nullptr where this build has none of that name.
const Kernels* plain_kernels();
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();

/// Those that this machine can run, the best first.
std::vector<const Kernels*> usable_kernels();

/// The named ones, or the best for an empty name. Throws UsageError for an unknown name, DeviceError where the machine lacks them.
const Kernels& kernels_for(const std::string& name);

} // namespace caviar::cpu
