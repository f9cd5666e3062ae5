#pragma once
/// What surrounds the steps of an epoch, by a team: update rules, validation, and the trial's progress. What host/cpu/trainer.cpp and
/// LiveTrial::record do. The team's lanes share `job`; its progress is written by lane 0.

#include "caviar/mlp/train_step.h"
#include "cuda/device/metric.cuh"

namespace caviar::cuda {

inline constexpr float not_a_number = __builtin_nanf("");

__device__ inline mlp::NetView net_of(const Job& job, float* parameters) {
    return {job.layer, job.layers, job.input_ld, job.activation, job.loss, parameters};
}

/// All of a step's view but what changes from step to step. memory: the workspace.
__device__ inline mlp::StepView first_view(const Job& job, float* memory, float* parameters, float* m, float* v) {
    return {net_of(job, parameters), m, v, {}, job.train.features, job.train.stride, job.train.targets, {}, 0, 0, job.workspace.rows,
            job.dropout, job.study_seed, job.trial_seed, 0, memory, job.workspace};
}

__device__ inline int64_t minibatches(const Job& job) { return (job.train.rows + job.batch - 1) / job.batch; }

__device__ inline mlp::Shuffle epoch_shuffle(const Job& job) {
    return mlp::make_shuffle(job.study_seed, job.trial_seed, static_cast<uint32_t>(job.progress.epochs), static_cast<uint32_t>(job.train.rows));
}

/// The update rules of the epoch's steps from `first` on, a lane each: powers and square roots in double are slow.
__device__ inline void make_rules(const Team& team, TeamHead& head, int64_t first) {
    const Job& job = head.job;
    const int64_t mine = first + team.lane, batches = minibatches(job);
    if (team.lane >= rules_together || mine >= batches) return;
    const Progress& p = job.progress;
    const mlp::Rates rates = mlp::rates(job.schedule, p.epochs, p.steps + mine, job.schedule.epochs * batches);
    head.rules[team.lane] = mlp::update_rule(job.optimizer, rates, p.updates + mine + 1);
}

/// Sums over the validation rows seen so far.
struct ValidSums {
    double loss, metric;
};

/// Adds a chunk of validation rows, from `first` on; `outputs` are the net's raw ones, `loss` the sum of their losses. Also a sync
/// where the metric is a sum.
__device__ inline void add_chunk(const Team& team, const Job& job, const float* outputs, int64_t first, int32_t rows, double loss, float* scores,
                                 ValidSums& sums) {
    const mlp::Layer& last = job.layer[job.layers - 1];
    const Said said{outputs, job.valid.targets + first, rows, last.out, last.ld, job.loss};
    sums.loss += loss;
    if (keeps_scores(job.metric))
        keep_scores(team, job.metric, said, first, job.valid.rows, scores);
    else
        sums.metric += chunk_sum(team, job.metric, said);
}

/// Loss and metric of all validation rows; what was kept of them must be there for all.
__device__ inline void finish_validation(const Team& team, const Job& job, const ValidSums& sums, float* scores, EpochRecord& now) {
    now.valid_loss = static_cast<float>(sums.loss / static_cast<double>(job.valid.rows));
    if (isfinite(now.valid_loss)) now.valid_metric = finish_metric(team, job, sums.metric, scores, job.layer[job.layers - 1].out);
}

__device__ inline bool better_than_best(const Job& job, const EpochRecord& now) {
    const Progress& p = job.progress;
    if (p.best_epoch < 0) return true;
    const auto badness = [&](float metric) {
        if (isnan(metric)) return INFINITY;
        const bool low = job.metric == Metric::log_loss || job.metric == Metric::rmse || job.metric == Metric::mae;
        return low ? metric : -metric;
    };
    const float a = badness(now.valid_metric), b = badness(p.best_metric);
    return a < b || (a == b && now.valid_loss < p.best_loss);
}

__device__ inline bool stops_early(const Job& job, int32_t epochs, int32_t best_epoch) {
    if (job.valid.rows == 0 || epochs < job.patience_from) return false;
    if (job.patience > 0 && epochs - 1 - best_epoch >= job.patience) return true;
    return job.patience_factor > 0 && static_cast<double>(epochs) * static_cast<double>(job.patience_factor) > best_epoch + 1;
}

/// Enters an epoch: the curve, the best epoch and its weights, and whether the trial has ended.
__device__ inline void record_epoch(const Team& team, Job& job, const float* parameters, const EpochRecord& now) {
    const bool validates = job.valid.rows > 0;
    const bool finite = isfinite(now.train_loss) && (!validates || isfinite(now.valid_loss));
    const bool better = finite && (!validates || better_than_best(job, now));
    team.sync(); // all have compared: the best may be replaced
    if (team.lane == 0) {
        Progress& p = job.progress;
        job.curve[p.trained++] = now;
        ++p.epochs;
        if (better) {
            p.best_epoch = p.epochs - 1;
            p.best_metric = now.valid_metric;
            p.best_loss = now.valid_loss;
        }
        p.diverged = !finite;
        p.ended = finite && (p.epochs >= job.schedule.epochs || stops_early(job, p.epochs, p.best_epoch));
    }
    if (better && validates)
        for (int64_t i = 4 * team.lane; i < job.parameter_floats; i += 4 * team.lanes) mlp::Lanes::load(parameters + i).store(job.best + i);
    team.sync(); // the trial's progress is written, its weights are read
}

/// Says that the trial at `home` has ended in this launch, by lane 0. All lanes' parts of the net must be home.
__device__ inline void report_end(const Launch& launch, const Job& job, Job& home) {
    home.progress = job.progress;
    if (!launch.ended) return;
    __threadfence_system(); // the host, who finds the index, finds the rest
    launch.ended[1 + atomicAdd(launch.ended, 1u)] = static_cast<uint32_t>(&home - launch.jobs) + 1;
}

} // namespace caviar::cuda
