#include "host/cpu/live_trial.h"

#include "caviar/error.h"
#include "host/cpu/checkpoint.h"

#include <cmath>
#include <limits>

namespace caviar::cpu {
namespace {

std::vector<int32_t> widths_of(const Hyperparameters& h, const Dataset& data, Loss loss) {
    std::vector<int32_t> widths{data.inputs(h)};
    widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
    widths.push_back(data.outputs(loss));
    return widths;
}

/// The first thing that differs and may not, by name; nullptr: none.
const char* fixed_difference(const Hyperparameters& a, const Hyperparameters& b) {
    if (a.hidden != b.hidden) return "units";
    if (a.activation != b.activation) return "activation";
    if (a.init != b.init) return "init";
    if (a.init_scale != b.init_scale) return "init_scale";
    if (a.zero_output != b.zero_output) return "zero_output";
    if (a.scaling != b.scaling) return "scaling";
    if (a.variance_kept != b.variance_kept) return "variance_kept";
    if (a.seed != b.seed) return "seed";
    return nullptr;
}

/// People write seeds as whole numbers that a double holds; an engine takes all 64 bits.
void check_settings(Hyperparameters h) {
    h.seed = 0;
    check(h);
}

bool same_state(Optimizer a, Optimizer b) {
    const mlp::StateUse x = mlp::state_use(a), y = mlp::state_use(b);
    return x.first == y.first && x.second == y.second;
}

} // namespace

LiveTrial::LiveTrial(const Trial& trial, const Dataset& data, const PopulationOptions& options, const Kernels& kernels)
    : settings_(trial.hyperparameters), options_(options), kernels_(&kernels), validates_(data.rows(Part::valid) > 0) {
    check_settings(settings_);
    data.with(settings_.scaling);
    result.id = trial.id;
    shape = Shape(widths_of(settings_, data, options.loss), kernels.lanes);
}

void LiveTrial::start() {
    if (!parameters.empty()) return;
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
    parameters = shape.pad(values);
    clear_optimizer();
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
    if (const char* name = fixed_difference(settings_, h))
        throw UsageError("trial " + std::to_string(result.id) + ": " + name +
                         " cannot change once a trial is admitted; start a new trial for another net, data or seed");
    const bool another_state = !same_state(settings_.optimizer, h.optimizer);
    settings_ = h;
    if (another_state && !parameters.empty()) clear_optimizer();
    if (result.state != TrialState::diverged) result.state = epochs() < h.epochs ? TrialState::waiting : TrialState::complete;
}

void LiveTrial::clone_from(LiveTrial& other) {
    if (shape.widths != other.shape.widths || settings_.activation != other.settings_.activation)
        throw UsageError("trials " + std::to_string(other.result.id) + " and " + std::to_string(result.id) +
                         " have nets of different shape or activation: one cannot be cloned into the other");
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
    if (result.best_epoch < 0) return true;
    const EpochLosses& best = result.curve[static_cast<size_t>(result.best_epoch)];
    const auto badness = [this](float metric) {
        if (std::isnan(metric)) return std::numeric_limits<float>::infinity();
        return higher_is_better(options_.metric) ? -metric : metric;
    };
    const float a = badness(now.valid_metric), b = badness(best.valid_metric);
    return a < b || (a == b && now.valid_loss < best.valid_loss);
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
    CheckpointWriter out;
    out.numbers<int32_t>(shape.widths);
    out.number(static_cast<uint8_t>(settings_.optimizer));
    out.number(static_cast<uint8_t>(result.state));
    out.number(updates);
    out.number(steps);
    out.number(result.best_epoch);
    out.number(result.seconds);
    std::vector<float> curve;
    for (const EpochLosses& e : result.curve) curve.insert(curve.end(), {e.train_loss, e.valid_loss, e.valid_metric});
    out.numbers<float>(curve);
    for (const AlignedFloats* part : {&parameters, &m, &v, &best_})
        out.numbers<float>(part->empty() ? std::vector<float>{} : shape.unpad(*part));
    return out.finish();
}

void LiveTrial::restore(std::span<const std::byte> bytes) {
    CheckpointReader in(bytes);
    if (in.numbers<int32_t>() != shape.widths) in.fail("it is of a net of another shape");
    const auto optimizer = in.number<uint8_t>();
    if (optimizer > static_cast<uint8_t>(Optimizer::adamw) || !same_state(static_cast<Optimizer>(optimizer), settings_.optimizer))
        in.fail("it is of another optimizer");
    const auto state = in.number<uint8_t>();
    if (state > static_cast<uint8_t>(TrialState::stopped)) in.fail("its state is unknown");
    const auto new_updates = in.number<int64_t>(), new_steps = in.number<int64_t>();
    const auto best_epoch = in.number<int32_t>();
    const auto seconds = in.number<double>();
    const std::vector<float> curve = in.numbers<float>();
    if (new_updates < 0 || new_steps < 0 || curve.size() % 3 != 0 || best_epoch < -1 || best_epoch >= static_cast<int64_t>(curve.size() / 3))
        in.fail("its counters contradict each other");
    const mlp::StateUse use = mlp::state_use(settings_.optimizer);
    const size_t count = static_cast<size_t>(weight_count(shape.widths));
    const auto part = [&](bool wanted, bool optional) {
        const std::vector<float> values = in.numbers<float>();
        if (values.empty() && (!wanted || optional)) return AlignedFloats();
        if (!wanted || values.size() != count) in.fail("a part of it has the wrong size");
        return shape.pad(values);
    };
    AlignedFloats new_parameters = part(true, false), new_m = part(use.first, false), new_v = part(use.second, false);
    AlignedFloats new_best = part(best_epoch >= 0, true);
    in.end();

    parameters = std::move(new_parameters);
    m = std::move(new_m);
    v = std::move(new_v);
    best_ = std::move(new_best);
    updates = new_updates;
    steps = new_steps;
    result.state = static_cast<TrialState>(state);
    result.best_epoch = best_epoch;
    result.seconds = seconds;
    result.curve.clear();
    for (size_t i = 0; i < curve.size(); i += 3) result.curve.push_back({curve[i], curve[i + 1], curve[i + 2]});
}

} // namespace caviar::cpu
