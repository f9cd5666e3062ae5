#include "cuda/series.h"

#include "caviar/mlp/train_step.h"

#include <algorithm>

namespace caviar::cuda {
namespace {

/// The products that become gradients, behind the workspace: those of the largest layer.
int64_t gradient_floats(const Job& job) {
    int64_t most = 0;
    for (int32_t l = 0; l < job.layers; ++l) most = std::max(most, int64_t{job.layer[l].in} * job.layer[l].ld);
    return (most + 63) / 64 * 64;
}

int64_t delta_floats(const Job& job) {
    int64_t most = 0;
    for (int32_t l = 0; l + 1 < job.layers; ++l) most = std::max(most, int64_t{job.workspace.rows} * job.layer[l].ld);
    return (most + 63) / 64 * 64;
}

/// Every product's operands lie at the same distance from multiples of 256 bytes whatever the lane: the library may look at that when it
/// picks its algorithm.
int64_t workspace_floats(const Job& job) { return (job.workspace.size + 63) / 64 * 64; }

/// Writes a series down, operation by operation. minibatch: its rows, 0 for validation.
class Writer {
public:
    Writer(const Job& job, const LaneMemory& lane, int32_t minibatch)
        : series{lane.trial, lane.workspace, {}}, job_(job), lane_(lane), minibatch_(minibatch), gradient_(lane.memory + workspace_floats(job)),
          delta_(gradient_ + gradient_floats(job)) {}

    Series series;

    void forward(int32_t first, int32_t rows) {
        stage(Stage::Kind::gather, 0, first, rows, int64_t{rows} * warp);
        for (int32_t l = 0; l < job_.layers; ++l) {
            const mlp::Layer& layer = job_.layer[l];
            product({inputs(l), job_.parameters + layer.weights, delta(l), inputs_ld(l), layer.ld, layer.ld, rows, layer.out, layer.in, false, false,
                     job_.precision});
            stage(Stage::Kind::activate, l, first, rows, int64_t{rows} * (layer.ld / 4));
        }
    }

    void judge(int32_t first, int32_t rows) {
        const bool last = minibatch_ == 0 || first + rows == minibatch_;
        series.operations.push_back(Stage{Stage::Kind::judge, last, 1, 0, rows, first, minibatch_});
    }

    /// A layer's weights change once the product with them is done.
    void backward(int32_t first, int32_t rows) {
        for (int32_t l = job_.layers - 1; l >= 0; --l) {
            const mlp::Layer& layer = job_.layer[l];
            product({inputs(l), delta(l), gradient_, inputs_ld(l), layer.ld, layer.ld, layer.in, layer.out, rows, true, false, job_.precision});
            if (l > 0)
                product({delta(l), job_.parameters + layer.weights, delta_, layer.ld, layer.ld, inputs_ld(l), rows, layer.in, layer.out, false, true,
                         job_.precision});
            const int64_t quads = std::max(int64_t{layer.in} * (layer.ld / 4), l > 0 ? int64_t{rows} * (inputs_ld(l) / 4) : 0);
            stage(Stage::Kind::learn, l, first, rows, quads);
        }
    }

private:
    /// A layer's product, then its activations, then its delta.
    float* delta(int32_t l) const { return lane_.memory + (l + 1 == job_.layers ? job_.workspace.outputs : job_.layer[l].activation); }
    const float* inputs(int32_t l) const { return lane_.memory + (l == 0 ? job_.workspace.inputs : job_.layer[l - 1].activation); }
    int32_t inputs_ld(int32_t l) const { return l == 0 ? job_.input_ld : job_.layer[l - 1].ld; }

    void product(const Product& p) { series.operations.push_back(p); }

    /// `lanes`: so many have work.
    void stage(Stage::Kind kind, int32_t layer, int32_t first, int32_t rows, int64_t lanes) {
        constexpr int64_t most = 1024;
        const auto blocks = static_cast<int32_t>(std::clamp<int64_t>((lanes + sheet_threads - 1) / sheet_threads, 1, most));
        series.operations.push_back(Stage{kind, false, blocks, layer, rows, first, minibatch_});
    }

    const Job& job_;
    const LaneMemory& lane_;
    int32_t minibatch_;
    float *gradient_, *delta_;
};

} // namespace

int64_t grouped_floats(const Job& job) { return workspace_floats(job) + gradient_floats(job) + delta_floats(job); }

Series opening_series(const Job& job, const LaneMemory& lane, const Launch& launch, uint32_t index) {
    const float* gradient = lane.memory + workspace_floats(job);
    return {lane.trial, lane.workspace, {Opening{launch, index, lane.memory, lane.scores, gradient, gradient + gradient_floats(job)}}};
}

Series minibatch_series(const Job& job, const LaneMemory& lane, int32_t rows) {
    Writer writer(job, lane, rows);
    const int32_t even = mlp::chunk_rows(rows, job.workspace.rows);
    for (int32_t first = 0; first < rows; first += even) {
        const int32_t chunk = std::min(even, rows - first);
        writer.forward(first, chunk);
        writer.judge(first, chunk);
        writer.backward(first, chunk);
    }
    return std::move(writer.series);
}

Series validation_series(const Job& job, const LaneMemory& lane, int32_t rows) {
    Writer writer(job, lane, 0);
    writer.forward(0, rows);
    writer.judge(0, rows);
    return std::move(writer.series);
}

Series end_series(const LaneMemory& lane) {
    return {lane.trial, lane.workspace, {Stage{Stage::Kind::end, true, 1, 0, 0, 0, 0}}};
}

} // namespace caviar::cuda
