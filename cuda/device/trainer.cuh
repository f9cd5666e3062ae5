#pragma once
/// Trains one trial for some epochs, by a team that has it to itself.

#include "cuda/device/block.cuh"
#include "cuda/device/epoch.cuh"
#include "cuda/device/first_weights.cuh"

namespace caviar::cuda {

template <bool Resident, bool Matrix> class DeviceTrainer {
public:
    /// head: shared. memory: the workspace. parameters, m and v: where they live while the trial trains.
    __device__ DeviceTrainer(const Team& team, TeamHead& head, float* stage, float* memory, float* parameters, float* m, float* v, float* scores)
        : block_(team, head.job.precision, stage), head_(head), job_(head.job), parameters_(parameters), scores_(scores) {
        if (team.lane == 0) head.step = first_view(job_, memory, parameters, m, v);
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
            record_epoch(team, job_, parameters_, now);
            if (team.lane == 0) atomicAdd(epochs_done, 1);
        }
    }

private:
    __device__ double train_epoch() {
        const Team& team = block_.team;
        const int64_t rows = job_.train.rows, batches = minibatches(job_);
        if (team.lane == 0) head_.step.shuffle = epoch_shuffle(job_);
        double loss = 0;
        int64_t done = 0;
        while (done < batches) {
            const int32_t place = static_cast<int32_t>(done % rules_together);
            if (place == 0) make_rules(team, head_, done); // lane 0's own comes first, so it need not wait for the others
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
        const DeviceRows& valid = job_.valid;
        const mlp::StepView& s = head_.step;
        const int32_t chunk = job_.workspace.rows;
        ValidSums sums{};
        for (int64_t first = 0; first < valid.rows; first += chunk) {
            const int32_t rows = static_cast<int32_t>(valid.rows - first < chunk ? valid.rows - first : chunk);
            const double loss = mlp::predict(block_, mlp::ForwardView{s.net, valid.features + first * valid.stride, valid.stride, rows, s.memory,
                                                                      s.workspace, nullptr, valid.targets + first});
            add_chunk(block_.team, job_, s.memory + s.workspace.outputs, first, rows, loss, scores_, sums);
        }
        if (keeps_scores(job_.metric)) block_.team.sync(); // all scores are there
        finish_validation(block_.team, job_, sums, scores_, now);
    }

    DeviceBlock<Resident, Matrix> block_;
    TeamHead& head_;
    Job& job_;
    float *parameters_, *scores_;
};

} // namespace caviar::cuda
