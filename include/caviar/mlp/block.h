#pragma once
/// A block: a team of lanes that trains one trial. The training step is written in terms of these collectives alone; every
/// lane of the team calls each of them with the same arguments. On the CPU a block is one thread and `Lanes` a vector
/// register; on the device it is a group of threads and `Lanes` one float.

#include "caviar/mlp/pack.h"

#include <concepts>
#include <cstdint>

namespace caviar::mlp {
inline namespace CAVIAR_ISA {

/// Takes the results of a matrix product: epilogue(row, column, pack of columns column .. column + lanes - 1), once for each.
/// `heavy` ones are called in a loop over a small tile kept in the first cache, the others straight from registers.
struct AnyEpilogue {
    static constexpr bool heavy = false;
    CAVIAR_HD void operator()(int32_t, int32_t, Lanes) const {}
};

struct AnyLoop {
    CAVIAR_HD void operator()(int32_t) const {}
};

/// What a loss reads and writes. `outputs`: rows x ld, and where `gradient` is set the loss's derivative replaces them, times
/// `scale` (one over the rows of the minibatch), with zeros in the padding. `columns`: width x room floats of scratch, for a block that
/// turns the outputs. room and the room of `targets` are whole packs.
struct LossView {
    float* outputs;
    const float* targets;
    float* columns;
    int32_t rows, width, ld, room;
    float scale;
    bool gradient;
};

/// f(part) of `sum_rows`: the losses of a pack of rows, of each of which `part` has the outputs c = part.first, + part.step, ... below
/// part.end. part.target: the rows' targets. part.load(c), part.store(c, pack): an output of each row. part.largest(pack),
/// part.total(pack): over all parts of a row, the same for each; all lanes come to them. What is returned counts once for each row.
struct AnyRow {
    template <class Part> CAVIAR_HD auto operator()(const Part& part) const { return part.total(part.target); }
};

template <class B>
concept Block = requires(B block, int32_t n, const float* in, float* out, const uint32_t* order, int64_t stride, AnyLoop loop,
                         AnyEpilogue epilogue, const LossView& rows, AnyRow row) {
    /// Everything written before is seen by all lanes after.
    block.sync();
    /// f(i) for i in [0, n), in any order and by any lane.
    block.for_each(n, loop);
    /// Sum of f over rows of outputs, and what else `rows` says, in an order fixed by the shapes and the team's size; every lane gets it,
    /// and sees what the others stored.
    { block.sum_rows(rows, row) } -> std::same_as<float>;
    /// Positions of the shuffled order that one lane computes in a row.
    { B::rows_at_once } -> std::convertible_to<int32_t>;
    /// Products take operands from anywhere; otherwise only from what `gather` and the products themselves have written.
    { B::reads_anywhere } -> std::convertible_to<bool>;
    /// Which activation or optimizer it is, is asked inside the epilogue (less code), not around the product (faster on a CPU).
    { B::asks_late } -> std::convertible_to<bool>;
    /// out[i * ld + c] = in[order[i] * stride + c] for i < n, c < columns; without an order, in[i * stride + c].
    block.gather(n, n, order, in, stride, out, n);
    /// out (n x m, ld_out, columns beyond m up to a whole pack zero) = transpose of in (m x n, ld_in).
    block.transpose(n, n, in, n, out, n);
    /// epilogue(0, c, sum over rows of in[r * ld + c]) for whole packs of columns.
    block.column_sums(n, n, in, n, epilogue);
    /// C (M x N) = init + A B; A is M x K, or K x M where it is to be read transposed; B is K x N, rows of whole packs. init: rows of
    /// whole packs `ld` apart (0: the same row for all), nullptr for zero. Sums over K run in an order fixed by the shapes.
    block.template gemm<false>(n, n, n, in, n, in, n, in, n, epilogue);
    block.template gemm<true>(n, n, n, in, n, in, n, in, n, epilogue);
};

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
