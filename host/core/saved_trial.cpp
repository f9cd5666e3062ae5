#include "host/core/saved_trial.h"

#include "caviar/mlp/optimizer.h"
#include "host/core/checkpoint.h"
#include "host/core/population_rules.h"

namespace caviar {

std::vector<std::byte> encode(const SavedTrial& t) {
    CheckpointWriter out;
    out.numbers<int32_t>(t.widths);
    out.number(static_cast<uint8_t>(t.optimizer));
    out.number(static_cast<uint8_t>(t.result.state));
    out.number(t.updates);
    out.number(t.steps);
    out.number(t.result.best_epoch);
    out.number(t.result.seconds);
    std::vector<float> curve;
    for (const EpochLosses& e : t.result.curve) curve.insert(curve.end(), {e.train_loss, e.valid_loss, e.valid_metric});
    out.numbers<float>(curve);
    for (const std::vector<float>* part : {&t.parameters, &t.m, &t.v, &t.best}) out.numbers<float>(*part);
    return out.finish();
}

SavedTrial decode_trial(std::span<const std::byte> bytes, const std::vector<int32_t>& widths, Optimizer optimizer) {
    SavedTrial t;
    CheckpointReader in(bytes);
    t.widths = in.numbers<int32_t>();
    if (t.widths != widths) in.fail("it is of a net of another shape");
    const auto its_optimizer = in.number<uint8_t>();
    if (its_optimizer > static_cast<uint8_t>(Optimizer::adamw) || !same_state(static_cast<Optimizer>(its_optimizer), optimizer))
        in.fail("it is of another optimizer");
    t.optimizer = static_cast<Optimizer>(its_optimizer);
    const auto state = in.number<uint8_t>();
    if (state > static_cast<uint8_t>(TrialState::stopped)) in.fail("its state is unknown");
    t.result.state = static_cast<TrialState>(state);
    t.updates = in.number<int64_t>();
    t.steps = in.number<int64_t>();
    t.result.best_epoch = in.number<int32_t>();
    t.result.seconds = in.number<double>();
    const std::vector<float> curve = in.numbers<float>();
    if (t.updates < 0 || t.steps < 0 || curve.size() % 3 != 0 || t.result.best_epoch < -1 ||
        t.result.best_epoch >= static_cast<int64_t>(curve.size() / 3))
        in.fail("its counters contradict each other");
    for (size_t i = 0; i < curve.size(); i += 3) t.result.curve.push_back({curve[i], curve[i + 1], curve[i + 2]});
    const mlp::StateUse use = mlp::state_use(optimizer);
    const size_t count = static_cast<size_t>(weight_count(widths));
    const auto part = [&](bool wanted, bool optional) {
        std::vector<float> values = in.numbers<float>();
        if (values.empty() && (!wanted || optional)) return values;
        if (!wanted || values.size() != count) in.fail("a part of it has the wrong size");
        return values;
    };
    t.parameters = part(true, false);
    t.m = part(use.first, false);
    t.v = part(use.second, false);
    t.best = part(t.result.best_epoch >= 0, true);
    in.end();
    return t;
}

} // namespace caviar
