#pragma once
/// The words of every enumeration that users write, in the order of its values.

#include "caviar/error.h"
#include "caviar/hyperparameters.h"
#include "caviar/metric.h"
#include "caviar/trial.h"

#include <array>
#include <span>
#include <cstddef>
#include <string>
#include <string_view>

namespace caviar::core {

using std::string_view;

inline constexpr std::array<string_view, 6> optimizer_names = {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"};
inline constexpr std::array<string_view, 6> activation_names = {"relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu"};
inline constexpr std::array<string_view, 8> schedule_names = {"constant", "inverse_time", "exponential", "step",
                                                              "cosine",   "cyclical",     "one_cycle",   "bergstra"};
inline constexpr std::array<string_view, 9> init_names = {"he_uniform",     "he_normal",      "glorot_uniform",
                                                          "glorot_normal",  "lecun_uniform",  "lecun_normal",
                                                          "fan_in_uniform", "fan_in_normal",  "glorot_bound_normal"};
inline constexpr std::array<string_view, 3> scaling_names = {"none", "standardize", "pca"};
inline constexpr std::array<string_view, 2> bool_names = {"false", "true"};
inline constexpr std::array<string_view, 3> task_names = {"regression", "binary", "multiclass"};
inline constexpr std::array<string_view, 3> loss_names = {"softmax_cross_entropy", "binary_cross_entropy", "mean_squared_error"};
inline constexpr std::array<string_view, 7> metric_names = {"accuracy", "log_loss", "auc", "f1", "rmse", "mae", "r2"};
inline constexpr std::array<string_view, 4> state_names = {"waiting", "complete", "diverged", "stopped"};

/// The table of an enumeration, chosen by its type.
inline constexpr const auto& names(Optimizer) { return optimizer_names; }
inline constexpr const auto& names(Activation) { return activation_names; }
inline constexpr const auto& names(Schedule) { return schedule_names; }
inline constexpr const auto& names(Init) { return init_names; }
inline constexpr const auto& names(Scaling) { return scaling_names; }
inline constexpr const auto& names(bool) { return bool_names; }
inline constexpr const auto& names(Task) { return task_names; }
inline constexpr const auto& names(Loss) { return loss_names; }
inline constexpr const auto& names(Metric) { return metric_names; }
inline constexpr const auto& names(TrialState) { return state_names; }

/// The word of a value; "?" for a number that is no value of the enumeration (read from a damaged file).
template <class E>
std::string name_of(E value) {
    const auto& table = names(E{});
    const auto index = static_cast<size_t>(value);
    return std::string(index < table.size() ? table[index] : "?");
}

/// "a, b, c"
std::string listed(std::span<const string_view> words);
/// ", did you mean \"x\"?" or nothing.
std::string suggestion(string_view word, std::span<const string_view> known);

/// The value of a word; throws UsageError: "WHAT: unknown value "adm", did you mean "adam"? Allowed: ...".
template <class E>
E value_of(string_view what, string_view word) {
    const auto& table = names(E{});
    for (size_t i = 0; i < table.size(); ++i)
        if (table[i] == word) return static_cast<E>(i);
    throw UsageError(std::string(what) + ": unknown value \"" + std::string(word) + "\"" + suggestion(word, table) +
                     " Allowed: " + listed(table));
}

} // namespace caviar::core
