#include "tests/simt/harness/mma.h"

#include "tests/simt/harness/lane.h"

#include <bit>
#include <cmath>

namespace caviar::simt {

namespace {

/// A 16 x K, B K x 8 and D 16 x 8, gathered from the lanes.
template <int K> struct Tiles { float a[16][K], b[K][8], d[16][8]; };

template <int K> void multiply(Request* const (&lanes)[32], void (*gather)(const uint32_t*, int g, int t, Tiles<K>&)) {
    Tiles<K> tiles;
    const auto each_d = [&](const auto& f) {
        for (int lane = 0; lane < 32; ++lane)
            for (int i = 0; i < 4; ++i) f(*lanes[lane], i, tiles.d[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2]);
    };
    for (int lane = 0; lane < 32; ++lane) gather(lanes[lane]->in, lane / 4, lane % 4, tiles);
    each_d([](Request& r, int i, float& d) { d = std::bit_cast<float>(r.in[6 + i]); });
    for (int row = 0; row < 16; ++row)
        for (int column = 0; column < 8; ++column)
            for (int k = 0; k < K; ++k) tiles.d[row][column] += tiles.a[row][k] * tiles.b[k][column];
    each_d([](Request& r, int i, float& d) { r.out[i] = std::bit_cast<uint32_t>(d); });
}

/// The unit does not look at the bits that tf32 does not have.
float tf32(uint32_t bits) { return std::bit_cast<float>(bits & 0xffffe000u); }
float low_bf16(uint32_t pair) { return std::bit_cast<float>(pair << 16); }
float high_bf16(uint32_t pair) { return std::bit_cast<float>(pair & 0xffff0000u); }

uint32_t bf16(float x) {
    const uint32_t bits = std::bit_cast<uint32_t>(x);
    if (std::isnan(x)) return 0x7fff;
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

void mma(WarpCall call, float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    uint32_t in[Request::most_in] = {a[0], a[1], a[2], a[3], b[0], b[1]}, out[4] = {};
    for (int i = 0; i < 4; ++i) in[6 + i] = std::bit_cast<uint32_t>(d[i]);
    collective(call, ~0u, site, in, Request::most_in, out, 4);
    for (int i = 0; i < 4; ++i) d[i] = std::bit_cast<float>(out[i]);
}

} // namespace

void multiply_tf32(Request* const (&lanes)[32]) {
    multiply<8>(lanes, [](const uint32_t* in, int g, int t, Tiles<8>& tiles) {
        tiles.a[g][t] = tf32(in[0]);
        tiles.a[g + 8][t] = tf32(in[1]);
        tiles.a[g][t + 4] = tf32(in[2]);
        tiles.a[g + 8][t + 4] = tf32(in[3]);
        tiles.b[t][g] = tf32(in[4]);
        tiles.b[t + 4][g] = tf32(in[5]);
    });
}

void multiply_bf16(Request* const (&lanes)[32]) {
    multiply<16>(lanes, [](const uint32_t* in, int g, int t, Tiles<16>& tiles) {
        for (int i = 0; i < 4; ++i) {
            const int row = g + i % 2 * 8, column = 2 * t + i / 2 * 8;
            tiles.a[row][column] = low_bf16(in[i]);
            tiles.a[row][column + 1] = high_bf16(in[i]);
        }
        for (int i = 0; i < 2; ++i) {
            const int row = 2 * t + i * 8;
            tiles.b[row][g] = low_bf16(in[4 + i]);
            tiles.b[row + 1][g] = high_bf16(in[4 + i]);
        }
    });
}

uint32_t to_tf32(float x) {
    const uint32_t bits = std::bit_cast<uint32_t>(x);
    if (std::isnan(x)) return 0x7fffffff;
    if (std::isinf(x)) return bits;
    return (bits + 0x1000) & 0xffffe000u;
}

uint32_t pack_bf16x2(float low, float high) { return bf16(low) | bf16(high) << 16; }

void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    mma(WarpCall::mma_tf32, d, a, b, site);
}
void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], Site site) {
    mma(WarpCall::mma_bf16, d, a, b, site);
}

} // namespace caviar::simt
