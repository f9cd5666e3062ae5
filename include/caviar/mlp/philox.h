#pragma once
/// Counter-based randomness: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). A block is a pure function of a counter and a key, so nothing is stored and any lane may compute any number.
/// The same bits as Random123's philox4x32; on a device it is cuRAND's.

#include "caviar/mlp/config.h"
#include "caviar/mlp/exact.h"

#include <cstdint>

#ifdef __CUDACC__
#include <curand_philox4x32_x.h>
#endif

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

struct Key {
    uint32_t word[2];
};

struct Block4 {
    uint32_t word[4];
};

/// What a stream of numbers is for. Part of the key, so that no two uses share numbers. Values are fixed for ever.
enum class Purpose : uint32_t { init = 1, shuffle = 2, dropout = 3, search = 4 };

/// The ten rounds: two 32x32 -> 64 bit products a round, key words bumped by the golden ratio and sqrt(3) - 1.
CAVIAR_HD inline Block4 philox(Block4 counter, Key key) {
#ifdef __CUDA_ARCH__
    const uint4 block = curand_Philox4x32_10(make_uint4(counter.word[0], counter.word[1], counter.word[2], counter.word[3]), make_uint2(key.word[0], key.word[1]));
    return {{block.x, block.y, block.z, block.w}};
#else
    uint32_t c0 = counter.word[0], c1 = counter.word[1], c2 = counter.word[2], c3 = counter.word[3];
    uint32_t k0 = key.word[0], k1 = key.word[1];
    for (int round = 0; round < 10; ++round) {
        const uint64_t p0 = uint64_t{0xD2511F53u} * c0, p1 = uint64_t{0xCD9E8D57u} * c2;
        c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
        c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
        c1 = static_cast<uint32_t>(p1);
        c3 = static_cast<uint32_t>(p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
#endif
}

/// The key of a trial for a purpose: the first two words of philox(counter = {trial seed low, high, purpose, "cavi"}, key =
/// {study seed low, high}). Philox serves as the hash, so that neighbouring seeds give unrelated keys.
CAVIAR_HD inline Key make_key(uint64_t study_seed, uint64_t trial_seed, Purpose purpose) {
    const Block4 b = philox({{static_cast<uint32_t>(trial_seed), static_cast<uint32_t>(trial_seed >> 32),
                              static_cast<uint32_t>(purpose), 0x63617669u}},
                            {{static_cast<uint32_t>(study_seed), static_cast<uint32_t>(study_seed >> 32)}});
    return {{b.word[0], b.word[1]}};
}

/// Uniform on [0, 1): multiples of 2^-24.
CAVIAR_HD inline float uniform(uint32_t bits) { return mul(static_cast<float>(bits >> 8), 0x1p-24f); }

/// Uniform on (0, 1]: multiples of 2^-24, fit for a logarithm.
CAVIAR_HD inline float uniform_positive(uint32_t bits) { return mul(static_cast<float>((bits >> 8) + 1u), 0x1p-24f); }

/// Uniform on (-1, 1), symmetric about zero: odd multiples of 2^-24.
CAVIAR_HD inline float uniform_signed(uint32_t bits) {
    return mul(static_cast<float>(static_cast<int32_t>(2u * (bits >> 8)) + 1 - (1 << 24)), 0x1p-24f);
}

struct NormalPair {
    float first, second;
};

/// Two independent standard normals (Box and Muller 1958), at most 5.77 in magnitude; the same bits on every machine.
CAVIAR_HD inline NormalPair normal_pair(uint32_t radius_bits, uint32_t angle_bits) {
    const float radius = square_root(mul(-2.0f, exact_log(uniform_positive(radius_bits))));
    const SinCos direction = exact_sincos(angle_bits >> 8);
    return {mul(radius, direction.cos), mul(radius, direction.sin)};
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
