#pragma once
/// The matrix unit: `mma.sync` by the fragments' layouts as the PTX ISA documents them (CUTLASS's cute/atom/mma_traits_sm80.hpp,
/// which runs on devices, agrees).

#include "tests/simt/harness/request.h"
#include "tests/simt/harness/site.h"

#include <cstdint>

namespace caviar::simt {

/// Of a warp's 32 requests: out = d + a b. Products are exact in fp32 or rounded to it once; sums are fp32, in ascending order
/// (the machine's own order is not documented).
void multiply_tf32(Request* const (&lanes)[32]);
void multiply_bf16(Request* const (&lanes)[32]);

/// To the nearest with 10 bits after the point, ties away from zero: cvt.rna.tf32.f32.
uint32_t to_tf32(float x);
/// To the nearest bf16 each, ties to even; `low` in the low half: cvt.rn.bf16x2.f32.
uint32_t pack_bf16x2(float low, float high);

void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site = Site::here());
void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site = Site::here());

} // namespace caviar::simt
