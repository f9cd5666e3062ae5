#include "host/cpu/live_trial.h"

#include "host/core/population_rules.h"
#include "host/core/saved_trial.h"

#include <cmath>

namespace caviar::cpu {

LiveTrial::LiveTrial(const Trial& trial, const Dataset& data, const PopulationOptions& options, const Kernels& kernels)
    : settings_(trial.hyperparameters), options_(options), kernels_(&kernels), validates_(data.rows(Part::valid) > 0) {
    check_settings(settings_);
    data.with(settings_.scaling);
    result.id = trial.id;
    shape = Shape(widths_of(settings_, data, options.loss), kernels.lanes);
    check_initial(trial.id, shape.widths, options.initial);
}

void LiveTrial::start() {
    if (!parameters.empty()) return;
    parameters = shape.pad(options_.initial ? options_.initial->values : first_weights());
    clear_optimizer();
}

std::vector<float> LiveTrial::first_weights() const {
    std::vector<float> values;
    values.reserve(static_cast<size_t>(weight_count(shape.widths)));
    for (int32_t l = 0; l < shape.count(); ++l) {
        const uint32_t in = static_cast<uint32_t>(shape.widths[static_cast<size_t>(l)]);
        const uint32_t out = static_cast<uint32_t>(shape.widths[static_cast<size_t>(l) + 1]);
        const size_t at = values.size();
        values.resize(at + size_t{in + 1} * out); // the biases stay zero
        kernels_->first_weights(options_.study_seed, settings_.seed, static_cast<uint32_t>(l), in, out, l + 1 == shape.count(), settings_,
                                values.data() + at);
    }
    return values;
}

void LiveTrial::clear_optimizer() {
    const mlp::StateUse use = mlp::state_use(settings_.optimizer);
    m = AlignedFloats(use.first ? shape.sizes.parameters : 0);
    v = AlignedFloats(use.second ? shape.sizes.parameters : 0);
    updates = 0;
}

void LiveTrial::adjust(const Hyperparameters& h) {
    check_settings(h);
    if (h == settings_) return;
    check_adjustable(result.id, settings_, h);
    const bool another_state = !same_state(settings_.optimizer, h.optimizer);
    settings_ = h;
    if (another_state && !parameters.empty()) clear_optimizer();
    if (result.state != TrialState::diverged) result.state = epochs() < h.epochs ? TrialState::waiting : TrialState::complete;
}

void LiveTrial::clone_from(LiveTrial& other) {
    if (shape.widths != other.shape.widths || settings_.activation != other.settings_.activation) fail_to_clone(other.result.id, result.id);
    other.start();
    start();
    parameters.copy_from(other.parameters);
    if (same_state(settings_.optimizer, other.settings_.optimizer)) {
        m.copy_from(other.m);
        v.copy_from(other.v);
        updates = other.updates;
    } else {
        clear_optimizer();
    }
    steps = other.steps; // schedules by steps go on from where that net was
    best_ = {}; // the best so far was another net's
    result.best_epoch = -1;
    // A diverged trial may live again with another's weights.
    if (result.state == TrialState::diverged && epochs() < settings_.epochs) result.state = TrialState::waiting;
}

Weights LiveTrial::weights() {
    start();
    return {shape.widths, shape.unpad(best_.empty() ? parameters : best_)};
}

bool LiveTrial::better_than_best(const EpochLosses& now) const {
    return result.best_epoch < 0 || better_epoch(options_.metric, now, result.curve[static_cast<size_t>(result.best_epoch)]);
}

bool LiveTrial::stops_early() const {
    if (!validates_ || epochs() < settings_.patience_from) return false;
    if (settings_.patience > 0 && epochs() - 1 - result.best_epoch >= settings_.patience) return true;
    return settings_.patience_factor > 0 &&
           static_cast<double>(epochs()) * static_cast<double>(settings_.patience_factor) > result.best_epoch + 1;
}

void LiveTrial::record(const EpochLosses& losses) {
    const bool finite = std::isfinite(losses.train_loss) && (!validates_ || std::isfinite(losses.valid_loss));
    const bool better = finite && (!validates_ || better_than_best(losses));
    result.curve.push_back(losses);
    if (better) {
        result.best_epoch = epochs() - 1;
        if (validates_) best_.copy_from(parameters);
    }
    if (!finite)
        result.state = TrialState::diverged;
    else if (epochs() >= settings_.epochs || stops_early())
        result.state = TrialState::complete;
}

void LiveTrial::save(Snapshot& s) const {
    s.parameters.copy_from(parameters);
    s.m.copy_from(m);
    s.v.copy_from(v);
    s.updates = updates;
    s.steps = steps;
}

void LiveTrial::go_back(const Snapshot& s) {
    parameters.copy_from(s.parameters);
    m.copy_from(s.m);
    v.copy_from(s.v);
    updates = s.updates;
    steps = s.steps;
}

std::vector<std::byte> LiveTrial::checkpoint() {
    start();
    const auto part = [&](const AlignedFloats& floats) { return floats.empty() ? std::vector<float>{} : shape.unpad(floats); };
    return encode({shape.widths, settings_.optimizer, updates, steps, result, part(parameters), part(m), part(v), part(best_)});
}

void LiveTrial::restore(std::span<const std::byte> bytes) {
    SavedTrial saved = decode_trial(bytes, shape.widths, settings_.optimizer);
    const auto part = [&](const std::vector<float>& values) { return values.empty() ? AlignedFloats() : shape.pad(values); };
    AlignedFloats new_parameters = part(saved.parameters), new_m = part(saved.m), new_v = part(saved.v), new_best = part(saved.best);
    parameters = std::move(new_parameters); // from here on nothing throws
    m = std::move(new_m);
    v = std::move(new_v);
    best_ = std::move(new_best);
    updates = saved.updates;
    steps = saved.steps;
    saved.result.id = result.id;
    result = std::move(saved.result);
}

} // namespace caviar::cpu
