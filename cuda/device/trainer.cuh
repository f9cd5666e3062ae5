#pragma once
/// Trains one trial for some epochs: what host/cpu/trainer.cpp and LiveTrial::record do, by a team.

#include "caviar/mlp/train_step.h"
#include "cuda/device/block.cuh"
#include "cuda/device/first_weights.cuh"
#include "cuda/device/metric.cuh"

namespace caviar::cuda {

inline constexpr float not_a_number = __builtin_nanf("");

template <bool Resident, bool Matrix> class DeviceTrainer {
public:
    /// head: shared. memory: the workspace. parameters, m and v: where they live while the trial trains.
    __device__ DeviceTrainer(const Team& team, TeamHead& head, float* stage, float* memory, float* parameters, float* m, float* v, float* scores)
        : block_(team, head.job.precision, stage), head_(head), job_(head.job), parameters_(parameters), scores_(scores) {
        if (team.lane == 0) {
            head.step = {net(), m, v, {}, job_.train.features, job_.train.stride, job_.train.targets, {}, 0, 0, job_.workspace.rows,
                         job_.dropout, job_.study_seed, job_.trial_seed, 0, memory, job_.workspace};
        }
    }

    /// Until the epochs asked for are trained, the trial has ended or a stop is asked for.
    __device__ void train(const volatile int32_t* stop, int32_t* epochs_done) {
        const Team& team = block_.team;
        for (int32_t e = 0; e < job_.epochs && !job_.progress.ended && !job_.progress.diverged; ++e) {
            // Of the first time: whatever was prepared for the trial is there, for all.
            if (team.tell(team.lane == 0 ? *stop : 0, &head_.stop)) break;
            const double loss = train_epoch();
            EpochRecord now{static_cast<float>(loss / static_cast<double>(job_.train.rows)), not_a_number, not_a_number};
            if (isfinite(now.train_loss) && job_.valid.rows > 0) validate(now);
            record(now);
            if (team.lane == 0) atomicAdd(epochs_done, 1);
        }
    }

private:
    __device__ mlp::NetView net() const {
        return {job_.layer, job_.layers, job_.input_ld, job_.activation, job_.loss, parameters_};
    }

    /// The update rules of the next steps, a lane each: powers and square roots in double are slow.
    __device__ void make_rules(int64_t first, int64_t batches) {
        const int64_t mine = first + block_.team.lane;
        if (block_.team.lane >= rules_together || mine >= batches) return;
        const Progress& p = job_.progress;
        const mlp::Rates rates = mlp::rates(job_.schedule, p.epochs, p.steps + mine, job_.schedule.epochs * batches);
        head_.rules[block_.team.lane] = mlp::update_rule(job_.optimizer, rates, p.updates + mine + 1);
    }

    __device__ double train_epoch() {
        const Team& team = block_.team;
        const int64_t rows = job_.train.rows, batches = (rows + job_.batch - 1) / job_.batch;
        if (team.lane == 0)
            head_.step.shuffle = mlp::make_shuffle(job_.study_seed, job_.trial_seed, static_cast<uint32_t>(job_.progress.epochs), static_cast<uint32_t>(rows));
        double loss = 0;
        int64_t done = 0;
        while (done < batches) {
            const int32_t place = static_cast<int32_t>(done % rules_together);
            if (place == 0) make_rules(done, batches); // lane 0's own comes first, so it need not wait for the others
            if (team.lane == 0) {
                mlp::StepView& s = head_.step;
                const int64_t first = done * job_.batch;
                s.first = static_cast<uint32_t>(first);
                s.rows = static_cast<int32_t>(rows - first < job_.batch ? rows - first : job_.batch);
                s.step = static_cast<uint64_t>(job_.progress.steps + done);
                s.rule = head_.rules[place];
            }
            team.sync(); // the step's view is complete
            const double part = mlp::train_step(block_, head_.step);
            ++done;
            loss += part;
            if (!isfinite(part)) break; // no use going on
        }
        if (team.lane == 0) { // a step ends with a barrier: nobody reads the counters any more
            job_.progress.updates += done;
            job_.progress.steps += done;
        }
        return loss;
    }

    __device__ void validate(EpochRecord& now) {
        const Team& team = block_.team;
        const DeviceRows& valid = job_.valid;
        const mlp::StepView& s = head_.step;
        const mlp::Layer& last = job_.layer[job_.layers - 1];
        const int32_t chunk = job_.workspace.rows;
        double loss = 0, total = 0;
        for (int64_t first = 0; first < valid.rows; first += chunk) {
            const int32_t rows = static_cast<int32_t>(valid.rows - first < chunk ? valid.rows - first : chunk);
            const float* targets = valid.targets + first;
            loss += mlp::predict(block_, mlp::ForwardView{s.net, valid.features + first * valid.stride, valid.stride, rows, s.memory, s.workspace, nullptr, targets});
            const Said said{s.memory + s.workspace.outputs, targets, rows, last.out, last.ld, job_.loss};
            if (keeps_scores(job_.metric))
                keep_scores(team, job_.metric, said, first, valid.rows, scores_);
            else
                total += chunk_sum(team, job_.metric, said);
        }
        if (keeps_scores(job_.metric)) team.sync(); // all scores are there
        now.valid_loss = static_cast<float>(loss / static_cast<double>(valid.rows));
        if (isfinite(now.valid_loss)) now.valid_metric = finish_metric(team, job_, total, scores_, last.out);
    }

    __device__ bool better_than_best(const EpochRecord& now) const {
        const Progress& p = job_.progress;
        if (p.best_epoch < 0) return true;
        const auto badness = [&](float metric) {
            if (isnan(metric)) return INFINITY;
            const bool low = job_.metric == Metric::log_loss || job_.metric == Metric::rmse || job_.metric == Metric::mae;
            return low ? metric : -metric;
        };
        const float a = badness(now.valid_metric), b = badness(p.best_metric);
        return a < b || (a == b && now.valid_loss < p.best_loss);
    }

    __device__ bool stops_early(int32_t epochs, int32_t best_epoch) const {
        if (job_.valid.rows == 0 || epochs < job_.patience_from) return false;
        if (job_.patience > 0 && epochs - 1 - best_epoch >= job_.patience) return true;
        return job_.patience_factor > 0 && static_cast<double>(epochs) * static_cast<double>(job_.patience_factor) > best_epoch + 1;
    }

    /// Enters an epoch: the curve, the best epoch and its weights, and whether the trial has ended.
    __device__ void record(const EpochRecord& now) {
        const Team& team = block_.team;
        const bool validates = job_.valid.rows > 0;
        const bool finite = isfinite(now.train_loss) && (!validates || isfinite(now.valid_loss));
        const bool better = finite && (!validates || better_than_best(now));
        team.sync(); // all have compared: the best may be replaced
        if (team.lane == 0) {
            Progress& p = job_.progress;
            job_.curve[p.trained++] = now;
            ++p.epochs;
            if (better) {
                p.best_epoch = p.epochs - 1;
                p.best_metric = now.valid_metric;
                p.best_loss = now.valid_loss;
            }
            p.diverged = !finite;
            p.ended = finite && (p.epochs >= job_.schedule.epochs || stops_early(p.epochs, p.best_epoch));
        }
        if (better && validates)
            for (int64_t i = 4 * team.lane; i < job_.parameter_floats; i += 4 * team.lanes) Lanes::load(parameters_ + i).store(job_.best + i);
        team.sync(); // the trial's progress is written, its weights are read
    }

    DeviceBlock<Resident, Matrix> block_;
    TeamHead& head_;
    Job& job_;
    float *parameters_, *scores_;
};

} // namespace caviar::cuda
