#pragma once
/// Draws a net's first weights where it will live: the same bits as on the host. They are there for all after a sync.

#include "caviar/mlp/init.h"
#include "caviar/mlp/pack.h"
#include "cuda/device/team.cuh"

namespace caviar::cuda {

__device__ inline void draw_first_weights(const Team& team, const Job& job, float* parameters) {
    for (int64_t i = team.lane; i < job.parameter_floats; i += team.lanes) parameters[i] = 0;
    team.sync(); // the zeros are there before weights replace some of them
    for (int32_t l = 0; l < job.layers; ++l) {
        const mlp::Layer& layer = job.layer[l];
        const auto in = static_cast<uint32_t>(layer.in), out = static_cast<uint32_t>(layer.out);
        const mlp::LayerInit init =
            mlp::layer_init(job.study_seed, job.trial_seed, static_cast<uint32_t>(l), in, out, l + 1 == job.layers, job.init, job.init_scale, job.zero_output);
        const uint64_t count = uint64_t{in} * out;
        for (uint64_t quad = static_cast<uint64_t>(team.lane); 4 * quad < count; quad += static_cast<uint64_t>(team.lanes)) {
            const mlp::Weights4 w = mlp::first_weights(init, quad);
            for (uint64_t i = 0; i < 4 && 4 * quad + i < count; ++i) {
                const uint64_t index = 4 * quad + i;
                parameters[layer.weights + static_cast<int64_t>(index / out) * layer.ld + static_cast<int64_t>(index % out)] = w.weight[i];
            }
        }
    }
}

/// All of a fresh trial's home but the parameters themselves: a cleared optimizer, no best weights yet, and what pads the parts, which nobody
/// else ever writes. By a call: in line it costs the training kernel registers that it does not have, and a team by reference would be put
/// on the stack for it.
__device__ inline CAVIAR_APART void clear_home(int32_t lane, int32_t lanes, const Job& job) {
    const int64_t end = part_floats(job.parameter_floats);
    const auto clear = [&](float* part, int64_t first) {
        for (int64_t i = first + lane; part && i < end; i += lanes) part[i] = 0;
    };
    clear(job.parameters, job.parameter_floats);
    clear(job.m, 0);
    clear(job.v, 0);
    clear(job.best, 0);
}

/// First weights into the trial's home, and a cleared optimizer. They are there for all after a sync.
__device__ inline void draw_home(const Team& team, const Job& job) {
    draw_first_weights(team, job, job.parameters);
    clear_home(team.lane, team.lanes, job);
}

} // namespace caviar::cuda
