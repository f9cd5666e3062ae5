#include "cuda/trial.h"

#include "caviar/mlp/init.h"
#include "caviar/mlp/optimizer.h"
#include "cuda/series.h"
#include "host/core/padding.h"
#include "host/core/population_rules.h"

#include <algorithm>
#include <cmath>

namespace caviar::cuda {
namespace {

constexpr LiveTrial::Part all_parts[] = {LiveTrial::Part::parameters, LiveTrial::Part::m, LiveTrial::Part::v, LiveTrial::Part::best};

} // namespace

LiveTrial::LiveTrial(const Trial& trial, const Setting& setting)
    : setting_(setting), settings_(trial.hyperparameters), validates_(setting.data.rows(caviar::Part::valid) > 0) {
    check_settings(settings_);
    setting.data.with(settings_.scaling);
    result.id = trial.id;
    widths_ = widths_of(settings_, setting.data, setting.options.loss);
    check_initial(trial.id, widths_, setting.options.initial);
    layers_.resize(widths_.size() - 1);
    const mlp::Sizes sizes = mlp::lay_out(widths_.data(), static_cast<int32_t>(layers_.size()), row_length, layers_.data());
    part_floats_ = part_floats(sizes.parameters);
    plan_ = plan_for(settings_);
}

/// Within a matrix the kernels count in 32 bits.
Plan LiveTrial::plan_for(const Hyperparameters& h) const {
    const int64_t rows = setting_.data.rows(caviar::Part::train);
    if (setting_.options.metric == Metric::auc && setting_.data.rows(caviar::Part::valid) > most_ranked_rows)
        throw DeviceError("auc of more than 2^29 validation rows is not for the CUDA engine; validate on fewer, or take another metric");
    const Plan plan = make_plan(h, widths_, rows, setting_.shared_bytes, setting_.engine.tier, setting_.multiprocessors);
    for (const mlp::Layer& layer : layers_) {
        // Of a layer: its weights, them transposed, what it makes of the rows of a step.
        const int64_t across = row_length(layer.out), down = std::max(int64_t{layer.in} + 1, int64_t{plan.rows});
        if (std::max(across * down, int64_t{layer.out} * row_length(layer.in)) > INT32_MAX)
            throw DeviceError("trial " + std::to_string(result.id) + ": a layer of " + std::to_string(layer.in) + " by " + std::to_string(layer.out) +
                              ", trained on " + std::to_string(plan.rows) +
                              " rows at a time, has a matrix of more than 2^31 numbers, which the CUDA engine does not take; let it be narrower");
    }
    return plan;
}

double LiveTrial::epoch_clocks() const {
    const int64_t rows = setting_.data.rows(caviar::Part::train), batch = minibatch_rows(settings_, rows);
    return static_cast<double>((rows + batch - 1) / batch) * predict_clocks(plan_, settings_, widths_, rows, setting_.multiprocessors);
}

void LiveTrial::require_whole() const {
    if (taken_ && home_)
        throw DeviceError("the GPU failed while trial " + std::to_string(result.id) +
                          " was training: its network is not whole any more; what was recorded is safe and can be resumed");
}

bool LiveTrial::has(Part p) const {
    const mlp::StateUse use = mlp::state_use(settings_.optimizer);
    return p == Part::parameters || (p == Part::m && use.first) || (p == Part::v && use.second) || (p == Part::best && validates_);
}

int64_t LiveTrial::offset(Part p) const {
    int64_t parts = 0;
    for (Part before : all_parts)
        if (before < p) parts += has(before);
    return parts * part_floats_;
}

int64_t LiveTrial::floats() const {
    int64_t parts = 0;
    for (Part p : all_parts) parts += has(p);
    return parts * part_floats_;
}

int64_t LiveTrial::workspace_floats() const {
    Job job{};
    lay_out(plan_, settings_, widths_, setting_.data.rows(caviar::Part::train), job);
    return plan_.tier == Tier::grouped ? grouped_floats(job) : job.workspace.size;
}

bool LiveTrial::move_in(Device& device, Homes& homes) {
    if (home_) return true;
    home_ = homes.take(floats());
    if (!home_) return false;
    if (setting_.options.initial) start(); // else the device draws the first weights where they will live
    if (!image_.empty()) {
        device.upload(home_, image_.data(), floats() * static_cast<int64_t>(sizeof(float)));
        image_ = {};
        drawn_ = true;
    }
    return true;
}

void LiveTrial::move_out(Device& device, Homes& homes) {
    if (!home_) return;
    require_whole();
    if (drawn_) {
        image_.resize(static_cast<size_t>(floats()));
        device.download(image_.data(), home_, floats() * static_cast<int64_t>(sizeof(float)));
    }
    leave(homes);
}

void LiveTrial::leave(Homes& homes) noexcept {
    if (home_) homes.give_back(home_, floats());
    home_ = nullptr;
    drawn_ = taken_ = false;
}

Job LiveTrial::job(const DeviceData::Parts& data, float valid_spread) const {
    require_whole();
    Job job{};
    lay_out(plan_, settings_, widths_, data.train.rows, job);
    job.precision = setting_.engine.precision;
    job.activation = settings_.activation;
    job.loss = setting_.options.loss;
    job.metric = setting_.options.metric;
    job.schedule = mlp::schedule_settings(settings_);
    job.optimizer = mlp::optimizer_settings(settings_);
    job.init = settings_.init;
    job.init_scale = settings_.init_scale;
    job.zero_output = settings_.zero_output;
    job.dropout = settings_.dropout;
    job.study_seed = setting_.options.study_seed;
    job.trial_seed = settings_.seed;
    job.patience = settings_.patience;
    job.patience_from = settings_.patience_from;
    job.patience_factor = settings_.patience_factor;
    job.train = data.train;
    job.valid = data.valid;
    job.target_scale = static_cast<float>(setting_.data.target_scale);
    job.valid_spread = valid_spread;
    const auto home = [&](Part p) { return has(p) ? home_ + offset(p) : nullptr; };
    job.parameters = home(Part::parameters);
    job.m = home(Part::m);
    job.v = home(Part::v);
    job.best = home(Part::best);
    job.fresh = !drawn_;
    job.progress.updates = updates_;
    job.progress.steps = steps_;
    job.progress.epochs = epochs();
    job.progress.best_epoch = result.best_epoch;
    if (result.best_epoch >= 0) {
        const EpochLosses& best = result.curve[static_cast<size_t>(result.best_epoch)];
        job.progress.best_metric = best.valid_metric;
        job.progress.best_loss = best.valid_loss;
    }
    return job;
}

void LiveTrial::enter(const Progress& p, std::span<const EpochRecord> curve) {
    taken_ = false;
    drawn_ = true;
    updates_ = p.updates;
    steps_ = p.steps;
    if (validates_ && p.best_epoch >= epochs()) has_best_ = true;
    result.best_epoch = p.best_epoch;
    for (const EpochRecord& e : curve) result.curve.push_back({e.train_loss, e.valid_loss, e.valid_metric});
    if (p.diverged)
        result.state = TrialState::diverged;
    else if (p.ended)
        result.state = TrialState::complete;
}

std::vector<float> LiveTrial::first_image() const {
    std::vector<float> image(static_cast<size_t>(floats()));
    if (const Weights* initial = setting_.options.initial) {
        pad(layers_, initial->values.data(), image.data());
        return image;
    }
    for (size_t l = 0; l < layers_.size(); ++l) {
        const mlp::Layer& layer = layers_[l];
        const auto in = static_cast<uint32_t>(layer.in), out = static_cast<uint32_t>(layer.out);
        const mlp::LayerInit init = mlp::layer_init(setting_.options.study_seed, settings_.seed, static_cast<uint32_t>(l), in, out,
                                                    l + 1 == layers_.size(), settings_.init, settings_.init_scale, settings_.zero_output);
        for (uint32_t row = 0; row < in; ++row)
            for (uint32_t column = 0; column < out; ++column)
                image[static_cast<size_t>(layer.weights + int64_t{row} * layer.ld + column)] = mlp::first_weight(init, row, column);
    }
    return image;
}

void LiveTrial::start() {
    if (image_.empty()) image_ = first_image();
}

void LiveTrial::clear_optimizer() {
    for (Part p : {Part::m, Part::v})
        if (has(p)) std::fill_n(image_.begin() + offset(p), part_floats_, 0.0f);
    updates_ = 0;
}

void LiveTrial::adjust(const Hyperparameters& h) {
    check_settings(h);
    if (h == settings_) return;
    check_adjustable(result.id, settings_, h);
    const Plan plan = plan_for(h); // throws before anything changes
    const bool another_state = !same_state(settings_.optimizer, h.optimizer);
    if (another_state && !image_.empty()) {
        std::vector<float> parameters(image_.begin(), image_.begin() + part_floats_), best;
        if (validates_) best.assign(image_.end() - part_floats_, image_.end());
        settings_ = h;
        image_.assign(static_cast<size_t>(floats()), 0.0f);
        std::copy(parameters.begin(), parameters.end(), image_.begin());
        std::copy(best.begin(), best.end(), image_.end() - static_cast<std::ptrdiff_t>(best.size()));
        updates_ = 0;
    }
    settings_ = h;
    plan_ = plan;
    if (result.state != TrialState::diverged) result.state = epochs() < h.epochs ? TrialState::waiting : TrialState::complete;
}

void LiveTrial::require_same_shape(const LiveTrial& other) const {
    if (widths_ != other.widths_ || settings_.activation != other.settings_.activation) fail_to_clone(other.result.id, result.id);
}

/// Parameters and the optimizer's state: all but the best net.
int64_t LiveTrial::state_floats() const { return validates_ ? offset(Part::best) : floats(); }

bool LiveTrial::clone_there(const LiveTrial& other, Device& device) {
    require_same_shape(other);
    if (!home_ || !drawn_ || !other.home_ || !other.drawn_ || !same_state(settings_.optimizer, other.settings_.optimizer)) return false;
    require_whole();
    other.require_whole();
    device.copy(home_, other.home_, state_floats() * static_cast<int64_t>(sizeof(float)));
    updates_ = other.updates_;
    go_on_from(other);
    return true;
}

void LiveTrial::clone_from(LiveTrial& other) {
    require_same_shape(other);
    other.start();
    start();
    std::copy_n(other.image_.begin(), part_floats_, image_.begin());
    if (same_state(settings_.optimizer, other.settings_.optimizer)) {
        std::copy_n(other.image_.begin(), state_floats(), image_.begin());
        updates_ = other.updates_;
    } else {
        clear_optimizer();
    }
    go_on_from(other);
}

/// With the other's net.
void LiveTrial::go_on_from(const LiveTrial& other) {
    steps_ = other.steps_; // schedules by steps go on from where that net was
    has_best_ = false; // the best so far was another net's
    result.best_epoch = -1;
    // A diverged trial may live again with another's weights.
    if (result.state == TrialState::diverged && epochs() < settings_.epochs) result.state = TrialState::waiting;
}

std::vector<float> LiveTrial::unpadded(Device& device, Part p) const {
    if (!has(p) || (p == Part::best && !has_best_)) return {};
    require_whole();
    std::vector<float> image(static_cast<size_t>(part_floats_));
    if (home_ && drawn_)
        device.download(image.data(), home_ + offset(p), part_floats_ * static_cast<int64_t>(sizeof(float)));
    else if (!image_.empty())
        std::copy_n(image_.begin() + offset(p), part_floats_, image.begin());
    else if (p == Part::parameters)
        image = first_image();
    return unpad(layers_, image.data());
}

Weights LiveTrial::weights(Device& device) const { return {widths_, unpadded(device, has_best_ ? Part::best : Part::parameters)}; }

std::vector<std::byte> LiveTrial::checkpoint(Device& device) const {
    return encode({widths_, settings_.optimizer, updates_, steps_, result, unpadded(device, Part::parameters), unpadded(device, Part::m),
                   unpadded(device, Part::v), unpadded(device, Part::best)});
}

void LiveTrial::restore(std::span<const std::byte> bytes) {
    SavedTrial saved = decode_trial(bytes, widths_, settings_.optimizer);
    std::vector<float> image(static_cast<size_t>(floats()));
    const auto fill = [&](Part p, const std::vector<float>& values) {
        if (has(p) && !values.empty()) pad(layers_, values.data(), image.data() + offset(p));
    };
    fill(Part::parameters, saved.parameters);
    fill(Part::m, saved.m);
    fill(Part::v, saved.v);
    fill(Part::best, saved.best);
    image_ = std::move(image);
    has_best_ = validates_ && !saved.best.empty();
    updates_ = saved.updates;
    steps_ = saved.steps;
    saved.result.id = result.id;
    result = std::move(saved.result);
}

} // namespace caviar::cuda
