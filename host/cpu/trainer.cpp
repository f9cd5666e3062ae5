#include "host/cpu/trainer.h"

#include "caviar/mlp/forward.h"
#include "caviar/mlp/update_rule.h"
#include "host/core/wall_clock.h"
#include "host/cpu/cost.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace caviar::cpu {
namespace {

/// An epoch of fewer operations than this ends sooner (about 20 ms) than anyone waits: it is finished, not undone, when a stop
/// is asked for, and needs no snapshot.
constexpr double short_epoch = 1e9;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

} // namespace

Trainer::Trainer(const Dataset& data, const PopulationOptions& options, const Kernels& kernels)
    : data_(data), options_(options), kernels_(kernels), scratch_(kernels.scratch) {}

mlp::NetView Trainer::view(LiveTrial& t) const {
    return {t.shape.layers.data(), t.shape.count(), t.shape.sizes.input_ld, t.settings().activation, options_.loss, t.parameters.data()};
}

bool Trainer::train(LiveTrial& t, int32_t epochs, const Orders& orders) {
    const double began = wall_clock();
    const auto begin = std::chrono::steady_clock::now();
    const int32_t before = t.epochs();
    t.start();
    const Hyperparameters& h = t.settings();
    const int64_t n = data_.rows(Part::train), batch = h.batch_size > 0 ? std::min<int64_t>(h.batch_size, n) : n;
    const int64_t rows = std::min<int64_t>(kernels_.chunk, std::max(batch, std::min(data_.rows(Part::valid), int64_t{kernels_.chunk})));
    workspace_ = mlp::lay_out_workspace(t.shape.layers.data(), t.shape.count(), t.shape.sizes, static_cast<int32_t>((rows + 15) / 16 * 16),
                                        mlp::keeps_slopes(h.activation, h.dropout), batch > kernels_.chunk);
    if (memory_.size() < workspace_.size) memory_ = AlignedFloats(workspace_.size);

    bool undisturbed = true;
    for (int32_t e = 0; e < epochs && !t.ended() && undisturbed; ++e) {
        EpochLosses losses{nan, nan, nan};
        undisturbed = train_epoch(t, orders, losses);
        if (!undisturbed) break;
        if (std::isfinite(losses.train_loss)) validate(t, losses);
        t.record(losses);
        if (orders.epoch_done) orders.epoch_done();
    }
    t.result.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (t.epochs() > before) t.result.worked_on(began, wall_clock());
    return undisturbed;
}

bool Trainer::train_epoch(LiveTrial& t, const Orders& orders, EpochLosses& losses) {
    if (orders.stop && orders.stop()) return false;
    const Hyperparameters& h = t.settings();
    const Matrix& features = data_.with(h.scaling).train;
    const int64_t n = features.rows, batch = h.batch_size > 0 ? std::min<int64_t>(h.batch_size, n) : n;
    const int64_t batches = (n + batch - 1) / batch;
    const mlp::ScheduleSettings schedule = mlp::schedule_settings(h);
    const mlp::OptimizerSettings settings = mlp::optimizer_settings(h);

    const bool can_stop = orders.stop && training_flops(t.shape.widths) * static_cast<double>(n) > short_epoch;
    if (can_stop) t.save(snapshot_);
    const mlp::Shuffle shuffle =
        mlp::make_shuffle(options_.study_seed, h.seed, static_cast<uint32_t>(t.epochs()), static_cast<uint32_t>(n));
    mlp::StepView step{view(t), t.m.data(), t.v.data(), {}, features.values.data(), features.columns, data_.train_targets.data(), shuffle,
                       0, 0, kernels_.chunk, h.dropout, options_.study_seed, h.seed, 0, memory_.data(), workspace_};
    double loss = 0;
    for (int64_t first = 0; first < n; first += batch) {
        if (can_stop && first > 0 && orders.stop()) {
            t.go_back(snapshot_);
            return false;
        }
        step.rule = mlp::update_rule(settings, mlp::rates(schedule, t.epochs(), t.steps, h.epochs * batches), t.updates + 1);
        step.first = static_cast<uint32_t>(first);
        step.rows = static_cast<int32_t>(std::min(batch, n - first));
        step.step = static_cast<uint64_t>(t.steps);
        const double part = kernels_.train_step(step, scratch_.data());
        ++t.updates;
        ++t.steps;
        loss += part;
        if (!std::isfinite(part)) break; // no use going on
    }
    losses.train_loss = static_cast<float>(loss / static_cast<double>(n));
    return true;
}

void Trainer::validate(LiveTrial& t, EpochLosses& losses) {
    const Matrix& features = data_.with(t.settings().scaling).valid;
    if (features.rows == 0) return;
    const int32_t width = t.shape.widths.back();
    outputs_.resize(static_cast<size_t>(features.rows) * static_cast<size_t>(width));
    const mlp::NetView net = view(t);
    const double loss = predict({kernels_, net, workspace_, memory_.data(), scratch_.data()}, features, data_.valid_targets.data(), outputs_.data());
    losses.valid_loss = static_cast<float>(loss / static_cast<double>(features.rows));
    if (std::isfinite(losses.valid_loss))
        losses.valid_metric = static_cast<float>(
            evaluate(options_.metric, options_.loss, outputs_, width, data_.valid_targets, data_.target_scale));
}

double predict(const Prediction& p, const Matrix& features, const float* targets, float* outputs) {
    const int32_t width = p.net.layer[p.net.layers - 1].out;
    double loss = 0;
    for (int64_t first = 0; first < features.rows; first += p.kernels.chunk) {
        const int32_t rows = static_cast<int32_t>(std::min<int64_t>(p.kernels.chunk, features.rows - first));
        loss += p.kernels.predict({p.net, features.row(first), features.columns, rows, p.memory, p.workspace, outputs + first * width,
                                   targets ? targets + first : nullptr},
                                  p.scratch);
    }
    return loss;
}

} // namespace caviar::cpu
