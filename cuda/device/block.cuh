#pragma once
/// The device's block: a team of lanes, and how it computes each of the collectives of caviar/mlp/block.h.

#include "cuda/device/product.cuh"
#include "cuda/device/row_part.cuh"
#include "cuda/device/staged_product.cuh"

namespace caviar::cuda {

/// Lanes side by side on a row of so many quads, a power of two up to a warp.
__device__ inline int32_t lanes_a_row(int32_t quads) {
    int32_t lanes = 1;
    while (lanes < quads && lanes < warp) lanes *= 2;
    return lanes;
}

/// Resident: parameters and workspace are in shared memory. Otherwise they are in device memory and products go through `stage`.
/// Matrix: products on the matrix units, in `precision`; otherwise on the fp32 units.
template <bool Resident, bool Matrix> class DeviceBlock {
public:
    static constexpr int32_t rows_at_once = 1;
    static constexpr bool reads_anywhere = false;
    static constexpr bool asks_late = true;

    __device__ DeviceBlock(const Team& members, Precision precision, float* stage) : team(members), stage_(stage), precision_(precision) {}

    const Team team;

    __device__ void sync(Site site = Site::here()) { team.sync(site); }

    template <class F> __device__ __forceinline__ void for_each(int32_t n, const F& f) {
        for (int32_t i = team.lane; i < n; i += team.lanes) f(i);
    }

    /// The lanes of a row sum its parts up in a tree; a lane its rows in order, then all lanes theirs.
    template <class F> __device__ __forceinline__ float sum_rows(const mlp::LossView& v, const F& f) {
        const int32_t bits = lanes_of_a_row_log2(v.rows, v.width, team.lanes), step = 1 << bits, first = team.lane & (step - 1);
        float total = 0;
        for (int32_t r = team.lane >> bits, begin = 0; begin < v.rows; r += team.lanes >> bits, begin += team.lanes >> bits) {
            const bool inside = r < v.rows; // whole warps take part
            float* const row = v.outputs + (inside ? int64_t{r} * v.ld : 0);
            const float loss = f(RowPart{{inside ? v.targets[r] : 0.0f}, row, first, step, inside ? v.width : 0}).v;
            if (inside && first == 0) total += loss;
            if (inside && v.gradient)
                for (int32_t c = v.width + first; c < divide_up(v.width, 4) * 4; c += step) row[c] = 0;
        }
        return team.sum(total);
    }

    __device__ void gather(int32_t rows, int32_t columns, const uint32_t* order, const float* in, int64_t stride, float* out, int32_t ld) {
        const int32_t quads = divide_up(columns, 4), across = lanes_a_row(quads), down = team.lanes / across;
        for (int32_t r = team.lane / across; r < rows; r += down) {
            const float* from = in + (order ? order[r] : static_cast<uint32_t>(r)) * stride;
            for (int32_t q = team.lane % across; q < quads; q += across) Lanes::load(from + 4 * q).store(out + r * ld + 4 * q);
        }
    }

    /// By squares of 4 x 4, each turned in a lane's registers. Eight lanes take 2 x 4 squares: their 16-byte stores meet all banks.
    __device__ void transpose(int32_t rows, int32_t columns, const float* in, int32_t ld_in, float* out, int32_t ld_out) {
        const int32_t pairs = divide_up(rows, 8), fours = divide_up(columns, 16);
        for (int32_t i = team.lane; i < 8 * pairs * fours; i += team.lanes) {
            const int32_t eight = i / 8, row = 8 * (eight % pairs) + 4 * (i % 2), column = 16 * (eight / pairs) + 4 * (i % 8 / 2);
            if (row >= rows || column >= columns) continue;
            Lanes turned[4];
            CAVIAR_UNROLL
            for (int q = 0; q < 4; ++q) {
                const Lanes line = column + q < columns ? Lanes::load(in + (column + q) * ld_in + row) : Lanes::all(0.0f);
                CAVIAR_UNROLL
                for (int j = 0; j < 4; ++j) turned[j].v[q] = line.v[j];
            }
            CAVIAR_UNROLL
            for (int j = 0; j < 4; ++j)
                if (row + j < rows) turned[j].store(out + (row + j) * ld_out + column);
        }
    }

    /// A warp takes four quads of columns, eight lanes each; these sum every eighth row, then each other in a tree.
    template <class E> __device__ __forceinline__ void column_sums(int32_t rows, int32_t columns, const float* in, int32_t ld, const E& epilogue) {
        const int32_t quads = divide_up(columns, 4);
        for (int32_t first = 4 * team.warp_index(); first < quads; first += 4 * team.warps()) {
            const int32_t lane = team.lane_in_warp(), quad = first + lane % 4;
            Lanes total = Lanes::all(0.0f);
            if (quad < quads)
                for (int32_t r = lane / 4; r < rows; r += 8) total = total + Lanes::load(in + r * ld + 4 * quad);
            CAVIAR_UNROLL
            for (int distance = 16; distance >= 4; distance /= 2) {
                CAVIAR_UNROLL
                for (int j = 0; j < 4; ++j) total.v[j] += __shfl_xor_sync(0xffffffffu, total.v[j], distance);
            }
            if (lane < 4 && quad < quads) epilogue(0, 4 * quad, total);
        }
    }

    /// By a call: the products' tiles then have all the registers to themselves.
    template <bool Transposed, class E>
    __device__ CAVIAR_APART void gemm(int32_t rows, int32_t columns, int32_t depth, const float* a, int32_t lda, const float* b, int32_t ldb,
                                         const float* init, int32_t ld_init, const E& epilogue) {
        if constexpr (Resident) {
            const Operands o{as_shared(a), as_shared(b), init, lda, ldb, ld_init, rows, columns, depth};
            if constexpr (Matrix)
                matrix_product<Transposed>(team, precision_, o, epilogue);
            else
                product<Transposed>(team, o, epilogue);
        } else {
            const Operands o{a, b, init, lda, ldb, ld_init, rows, columns, depth};
            if constexpr (Matrix)
                staged_matrix_product<Transposed>(team, precision_, o, stage_, epilogue);
            else
                staged_product<Transposed>(team, o, stage_, epilogue);
        }
    }

private:
    float* stage_;
    Precision precision_;
};

static_assert(mlp::Block<DeviceBlock<true, false>> && mlp::Block<DeviceBlock<false, true>>);

} // namespace caviar::cuda
