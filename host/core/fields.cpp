#include "host/core/fields.h"

#include "caviar/error.h"
#include "host/core/names.h"

#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace caviar {
namespace {

using core::Entry;
using core::H;
using core::Shape;

// What an exclusive bound allows is the next float.
constexpr double above_zero = std::numeric_limits<float>::denorm_min();
constexpr double float_below_one = 1 - 0x1p-24;
constexpr double many = 1'000'000; // epochs: far more than anybody waits for
constexpr double widest = 8192;    // units: two such layers already hold 67 million weights

std::vector<std::string_view> words(std::span<const std::string_view> names) { return {names.begin(), names.end()}; }

Entry real(std::string_view name, float H::*member, double low, double high, std::string_view help, std::string_view when = {}) {
    return {{name, "real", low, high, {}, help, when}, member};
}
template <class T>
Entry whole(std::string_view name, T H::*member, double low, double high, std::string_view help, std::string_view when = {}) {
    return {{name, "integer", low, high, {}, help, when}, member};
}
template <class E>
Entry word(std::string_view name, E H::*member, std::string_view help, std::string_view when = {}) {
    return {{name, "choice", 0, 0, words(core::names(E{})), help, when}, member};
}

constexpr std::array<std::string_view, max_layers> layer_names = {
    "units_1", "units_2",  "units_3",  "units_4",  "units_5",  "units_6",  "units_7",  "units_8",
    "units_9", "units_10", "units_11", "units_12", "units_13", "units_14", "units_15", "units_16"};
constexpr std::array<std::string_view, max_layers> layer_conditions = {
    "layers >= 1", "layers >= 2",  "layers >= 3",  "layers >= 4",  "layers >= 5",  "layers >= 6",  "layers >= 7",  "layers >= 8",
    "layers >= 9", "layers >= 10", "layers >= 11", "layers >= 12", "layers >= 13", "layers >= 14", "layers >= 15", "layers >= 16"};

std::vector<Entry> make_entries() {
    constexpr std::string_view has_layer = "layers >= 1";
    std::vector<Entry> table = {
        real("learning_rate", &H::learning_rate, above_zero, 1000, "step size at the start of the schedule"),
        word("optimizer", &H::optimizer, "how a gradient becomes a step"),
        real("momentum", &H::momentum, 0, float_below_one, "share of the last step kept; beta1 of adam and adamw",
             "optimizer in momentum,nesterov,adam,adamw"),
        {{"units", "integer", 1, widest, {}, "width of every hidden layer that has no units_N of its own", has_layer}, Shape::units},
        whole("batch_size", &H::batch_size, 0, 1 << 30, "rows a step; `full` (or 0) takes all the training rows"),
        {{"layers", "integer", 0, max_layers, {}, "hidden layers; 0 is a linear model", {}}, Shape::layers},
        word("schedule", &H::schedule, "how the learning rate changes while training"),
        real("decay", &H::decay, 0, many, "rate = learning_rate / (1 + decay * epoch)", "schedule in inverse_time"),
        real("decay_factor", &H::decay_factor, above_zero, 1, "what the rate is multiplied by at each drop",
             "schedule in exponential,step"),
        whole("decay_epochs", &H::decay_epochs, 1, many, "epochs between two drops", "schedule in step"),
        whole("cycle_epochs", &H::cycle_epochs, 1, many, "epochs of one whole cycle, up and down", "schedule in cyclical"),
        real("floor", &H::floor, 0, 1, "lowest rate, as a share of learning_rate", "schedule in cosine,cyclical"),
        whole("t0", &H::t0, 1, 1 << 30, "minibatches before the rate falls as t0 / step", "schedule in bergstra"),
        real("warmup", &H::warmup, 0, 1, "share of all steps before the rate peaks", "schedule in one_cycle"),
        real("momentum_low", &H::momentum_low, 0, float_below_one, "momentum where the rate peaks", "schedule in one_cycle"),
        word("activation", &H::activation, "what a hidden unit makes of its sum", has_layer),
        real("weight_decay", &H::weight_decay, 0, 100, "pull of the weights towards zero (L2; adamw: decoupled)"),
        real("dropout", &H::dropout, 0, float_below_one, "share of hidden units left out of each training step", has_layer),
        real("beta2", &H::beta2, 0, float_below_one, "share of the squared gradient's average kept", "optimizer in rmsprop,adam,adamw"),
        real("epsilon", &H::epsilon, above_zero, 1, "keeps the division by the squared gradient's root safe",
             "optimizer in rmsprop,adam,adamw"),
        word("init", &H::init, "how the first weights are drawn"),
        real("init_scale", &H::init_scale, above_zero, 1000, "what every first weight is multiplied by"),
        word("zero_output", &H::zero_output, "start with output weights of zero"),
        word("scaling", &H::scaling, "what is done to the features first"),
        real("variance_kept", &H::variance_kept, above_zero, 1, "share of the variance the kept components hold", "scaling in pca"),
        whole("epochs", &H::epochs, 1, many, "most passes over the training rows"),
        whole("patience", &H::patience, 0, many, "epochs without a better validation score before stopping; 0: never"),
        whole("patience_from", &H::patience_from, 0, many, "no early stop before this epoch"),
        real("patience_factor", &H::patience_factor, 0, 1000,
             "above 0: also stop once epoch * patience_factor > best epoch + 1"),
        whole("seed", &H::seed, 0, 9007199254740991.0, "with the study's seed, keys all the trial's randomness"),
    };
    for (int32_t layer = 1; layer <= max_layers; ++layer) {
        const auto i = static_cast<size_t>(layer - 1);
        table.push_back({{layer_names[i], "integer", 1, widest, {}, "width of this one layer, instead of units", layer_conditions[i]},
                         Shape::layer_units, layer});
    }
    return table;
}

/// Names from other programs and papers, and what they are called here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> other_names = {{{"lr", "learning_rate"},
                                                                                        {"alpha", "learning_rate"},
                                                                                        {"beta1", "momentum"},
                                                                                        {"eps", "epsilon"},
                                                                                        {"l2", "weight_decay"},
                                                                                        {"hidden", "units"},
                                                                                        {"width", "units"},
                                                                                        {"depth", "layers"},
                                                                                        {"batch", "batch_size"},
                                                                                        {"lr_schedule", "schedule"}}};

} // namespace

std::span<const Entry> core::entries() {
    static const std::vector<Entry> table = make_entries();
    return table;
}

std::span<const Field> fields() {
    static const std::vector<Field> table = [] {
        std::vector<Field> result;
        for (const auto& e : core::entries()) result.push_back(e.field);
        return result;
    }();
    return table;
}

const Entry& core::entry(std::string_view name) {
    static const auto by_name = [] {
        std::unordered_map<std::string_view, const Entry*> all;
        for (const auto& e : entries()) all.emplace(e.field.name, &e);
        return all;
    }();
    if (const auto found = by_name.find(name); found != by_name.end()) return *found->second;
    std::vector<std::string_view> known;
    for (const auto& e : entries()) known.push_back(e.field.name);
    std::string hint = suggestion(name, known);
    for (const auto& [other, ours] : other_names)
        if (other == name) hint = ", did you mean \"" + std::string(ours) + "\"?";
    known.resize(known.size() - max_layers);
    throw UsageError("unknown hyperparameter \"" + std::string(name.substr(0, 100)) + "\"" + hint + " Known: " + listed(known) +
                     ", units_1 to units_" + std::to_string(max_layers));
}

const Field& field(std::string_view name) { return core::entry(name).field; }

std::string allowed(const Field& f) {
    if (f.kind == "choice") return "one of " + core::listed(f.choices);
    const bool open_low = f.low == above_zero, open_high = f.high == float_below_one;
    const auto number = [](double bound) {
        return std::abs(bound) < 1e16 && bound == std::floor(bound) ? to_string(Value{static_cast<int64_t>(bound)}) : to_string(Value{bound});
    };
    return std::string(f.kind == "integer" ? "a whole number " : "a number ") + (open_low ? "above 0" : "from " + number(f.low)) +
           (open_high ? " and below 1" : (open_low ? " and at most " : " to ") + number(f.high));
}

} // namespace caviar
