#pragma once
/// The kernels of the grouped tier. One trial's run in order on one lane of the device, with the library's products between them, so a
/// kernel's end is a barrier. The host submits ahead of what it knows: a kernel for a trial that is over changes nothing.

#include "cuda/device/epoch.cuh"
#include "cuda/device/first_weights.cuh"
#include "cuda/device/grid_block.cuh"

namespace caviar::cuda {

/// Shared memory of a block of any stage: the sums of its warps.
inline constexpr int64_t stage_shared_bytes = block_threads / warp * static_cast<int64_t>(sizeof(double));

__device__ inline Team stage_team() {
    return {static_cast<int32_t>(threadIdx.x), static_cast<int32_t>(blockDim.x), 1, reinterpret_cast<double*>(shared_memory())};
}

__device__ inline bool is_over(const GroupedTrial& t) { return t.news.over != 0; }

/// The next epoch, where there is one and no stop is asked for; otherwise the trial is over. By lane 0 alone.
__device__ inline void begin_epoch(GroupedTrial& t) {
    const Job& job = t.head.job;
    const Progress& p = job.progress;
    if (p.trained >= job.epochs || p.ended || p.diverged || *t.launch.stop) {
        report_end(t.launch, job, t.launch.jobs[t.index]);
        t.news.over = 1;
        return;
    }
    t.head.step.shuffle = epoch_shuffle(job);
    t.head.step.first = 0;
    t.head.step.step = static_cast<uint64_t>(p.steps);
    t.loss = t.part = t.valid_loss = t.valid_metric = 0;
    t.batches = t.valid_first = 0;
    t.halted = false;
}

__global__ void __launch_bounds__(block_threads) grouped_open(GroupedTrial* trial, const Opening start) {
    GroupedTrial& t = *trial;
    const Team team = stage_team();
    const auto* from = reinterpret_cast<const uint64_t*>(start.launch.jobs + start.index);
    auto* to = reinterpret_cast<uint64_t*>(&t.head.job);
    for (int32_t i = team.lane; i < static_cast<int32_t>(sizeof(Job) / 8); i += team.lanes) to[i] = from[i];
    team.sync(); // the job is there
    const Job& job = t.head.job;
    if (job.fresh) draw_home(team, job);
    if (team.lane > 0) return;
    t.launch = start.launch;
    t.index = start.index;
    t.scores = start.scores;
    t.gradient = start.gradient;
    t.delta = start.delta;
    t.head.step = first_view(job, start.memory, job.parameters, job.m, job.v);
    begin_epoch(t);
}

__global__ void __launch_bounds__(sheet_threads) grouped_gather(GroupedTrial* trial, const Stage stage) {
    GroupedTrial& t = *trial;
    if (is_over(t)) return;
    const mlp::StepView& s = t.head.step;
    DeviceBlock<false, false> block(stage_team(), Precision::fp32, nullptr);
    const int32_t each = divide_up(stage.rows, static_cast<int32_t>(gridDim.x)), at = static_cast<int32_t>(blockIdx.x) * each;
    const int32_t rows = stage.rows - at < each ? stage.rows - at : each;
    if (rows <= 0) return;
    if (stage.minibatch > 0) return mlp::take_rows(block, s, stage.first, at, rows);
    const DeviceRows& valid = t.head.job.valid;
    const int64_t first = t.valid_first + at;
    block.gather(rows, s.net.layer[0].in, nullptr, valid.features + first * valid.stride, valid.stride,
                 s.memory + s.workspace.inputs + int64_t{at} * s.net.input_ld, s.net.input_ld);
    block.for_each(rows, [&](int32_t r) { s.memory[s.workspace.targets + at + r] = valid.targets[first + r]; });
}

/// Over a hidden layer's product, or the last one's, which lies where the result is to be.
__global__ void __launch_bounds__(sheet_threads) grouped_activate(GroupedTrial* trial, const Stage stage) {
    GroupedTrial& t = *trial;
    if (is_over(t)) return;
    const mlp::StepView& s = t.head.step;
    const mlp::Layer& layer = s.net.layer[stage.layer];
    const bool output = stage.layer + 1 == s.net.layers;
    float* const product = s.memory + (output ? s.workspace.outputs : layer.activation);
    GridBlock block(product, layer.ld);
    if (output) return mlp::output_layer(block, s.net, stage.rows, nullptr, 0, product);
    if (stage.minibatch == 0) return mlp::hidden_layer<mlp::Pass::predict>(block, s.net, stage.layer, stage.rows, nullptr, 0, s.memory);
    if (s.dropout <= 0) return mlp::hidden_layer<mlp::Pass::train>(block, s.net, stage.layer, stage.rows, nullptr, 0, s.memory);
    const mlp::Dropout dropout = mlp::make_dropout(s.study_seed, s.trial_seed, s.dropout);
    block.for_each_quad(stage.rows, layer.out, [&](int32_t r, int32_t c) {
        Lanes factor;
        for (int32_t j = 0; j < 4; ++j)
            factor.v[j] = mlp::dropout_factor(dropout, s.step, static_cast<uint32_t>(stage.layer), static_cast<uint32_t>(stage.first + r),
                                              static_cast<uint32_t>(c + j));
        factor.store(s.memory + layer.slope + int64_t{r} * layer.ld + c);
    });
    // Each lane reads the factors that it has written itself.
    mlp::hidden_layer<mlp::Pass::drop>(block, s.net, stage.layer, stage.rows, nullptr, 0, s.memory);
}

/// How the update of the minibatch that begins will be. For lane 0 to read in this kernel, for all in the next.
__device__ inline void make_rule(const Team& team, GroupedTrial& t, int32_t rows) {
    const int32_t place = static_cast<int32_t>(t.batches % rules_together);
    if (place == 0) make_rules(team, t.head, t.batches);
    if (team.lane > 0) return;
    t.head.step.rows = rows;
    t.head.step.rule = t.head.rules[place]; // computed by this lane, or by an earlier kernel
}

__global__ void __launch_bounds__(block_threads) grouped_judge(GroupedTrial* trial, const Stage stage) {
    GroupedTrial& t = *trial;
    const Team team = stage_team();
    const bool begins = stage.minibatch > 0 && stage.first == 0;
    const bool idle = is_over(t) || (begins ? !isfinite(t.part) : t.halted); // after a loss that was not finite there is no use going on
    if (team.lane == 0) {
        if (stage.counts) ++t.news.steps;
        if (begins) t.halted = idle;
    }
    if (idle) return;
    mlp::StepView& s = t.head.step;
    const Job& job = t.head.job;
    DeviceBlock<false, false> block(team, Precision::fp32, nullptr);
    if (stage.minibatch == 0) {
        const int64_t first = t.valid_first; // all have read these when the loss is there
        ValidSums sums{t.valid_loss, t.valid_metric};
        const double loss = mlp::chunk_loss(block, s.net, s.memory, s.workspace, stage.rows, 0.0f, false);
        add_chunk(team, job, s.memory + s.workspace.outputs, first, stage.rows, loss, t.scores, sums);
        if (team.lane > 0) return;
        t.valid_loss = sums.loss;
        t.valid_metric = sums.metric;
        t.valid_first = first + stage.rows;
        return;
    }
    if (begins) make_rule(team, t, stage.minibatch);
    const double part = mlp::chunk_loss(block, s.net, s.memory, s.workspace, stage.rows, 1.0f / static_cast<float>(stage.minibatch), true);
    if (team.lane > 0) return;
    t.part = stage.first == 0 ? part : t.part + part;
    if (stage.first + stage.rows < stage.minibatch) return;
    // The gather of the next minibatch reads these; what is left of this one does not.
    t.loss += t.part;
    ++t.batches;
    s.first += static_cast<uint32_t>(stage.minibatch);
    ++s.step;
}

__global__ void __launch_bounds__(sheet_threads) grouped_learn(GroupedTrial* trial, const Stage stage) {
    GroupedTrial& t = *trial;
    if (is_over(t) || t.halted) return;
    const mlp::StepView& s = t.head.step;
    const int32_t l = stage.layer;
    const mlp::Layer& layer = s.net.layer[l];
    const float* delta = s.memory + (l + 1 == s.net.layers ? s.workspace.outputs : layer.activation);
    GridBlock gradient(t.gradient, layer.ld);
    mlp::learn_layer(gradient, s, l, stage.rows, nullptr, 0, delta, {stage.first == 0, stage.first + stage.rows == stage.minibatch});
    if (l == 0) return;
    // The products above this kernel have read the weights and the activations that it replaces.
    GridBlock below(t.delta, s.net.layer[l - 1].ld);
    mlp::send_back(below, s, l, stage.rows, delta, nullptr);
}

__global__ void __launch_bounds__(block_threads) grouped_end(GroupedTrial* trial, const Stage stage) {
    GroupedTrial& t = *trial;
    const Team team = stage_team();
    const bool over = is_over(t); // changes behind the barriers of record_epoch
    Job& job = t.head.job;
    if (team.lane == 0) {
        if (stage.counts) ++t.news.steps;
        if (!over) job.progress.updates += t.batches, job.progress.steps += t.batches;
    }
    if (over) return;
    EpochRecord now{static_cast<float>(t.loss / static_cast<double>(job.train.rows)), not_a_number, not_a_number};
    if (isfinite(now.train_loss) && job.valid.rows > 0) finish_validation(team, job, {t.valid_loss, t.valid_metric}, t.scores, now);
    record_epoch(team, job, job.parameters, now);
    if (team.lane > 0) return;
    atomicAdd(t.launch.epochs_done, 1);
    begin_epoch(t);
}

} // namespace caviar::cuda
