#include "host/exchange/parameter_names.h"

#include "caviar/error.h"
#include "host/core/value.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace caviar::exchange {

namespace {

using std::string_view;

constexpr std::array<std::pair<string_view, string_view>, 37> known = {{
    {"lr", "learning_rate"}, {"learning_rate_init", "learning_rate"}, {"init_lr", "learning_rate"}, {"step_size", "learning_rate"},
    {"opt", "optimizer"}, {"optim", "optimizer"}, {"optimizer_name", "optimizer"}, {"solver", "optimizer"},
    {"beta1", "momentum"}, {"beta_1", "momentum"}, {"adam_beta1", "momentum"}, {"beta_2", "beta2"}, {"adam_beta2", "beta2"}, {"eps", "epsilon"},
    {"wd", "weight_decay"}, {"l2", "weight_decay"}, {"dropout_rate", "dropout"}, {"p_dropout", "dropout"},
    {"bs", "batch_size"}, {"batch", "batch_size"}, {"batchsize", "batch_size"}, {"minibatch_size", "batch_size"},
    {"n_layers", "layers"}, {"num_layers", "layers"}, {"hidden_layers", "layers"}, {"depth", "layers"},
    {"n_units", "units"}, {"num_units", "units"}, {"hidden_units", "units"}, {"hidden_size", "units"}, {"hidden_dim", "units"}, {"width", "units"},
    {"act", "activation"}, {"activation_function", "activation"}, {"lr_schedule", "schedule"}, {"n_epochs", "epochs"}, {"num_epochs", "epochs"},
}};

bool is_ours(string_view name) {
    return std::any_of(fields().begin(), fields().end(), [&](const Field& f) { return f.name == name; });
}

/// `n_units_l0`, as Optuna's own examples call the first layer's width.
std::string width_of_layer(string_view theirs) {
    constexpr string_view begin = "n_units_l";
    if (!theirs.starts_with(begin)) return {};
    const string_view digits = theirs.substr(begin.size());
    int layer = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layer);
    if (error != std::errc() || end != digits.data() + digits.size() || layer < 0 || layer >= max_layers) return {};
    return "units_" + std::to_string(layer + 1);
}

std::string letters(string_view word) {
    std::string text;
    for (const char c : word)
        if (std::isalnum(static_cast<unsigned char>(c))) text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

} // namespace

std::span<const std::pair<string_view, string_view>> aliases() { return known; }

ParameterNames::ParameterNames(const std::vector<std::string>& map) {
    for (const std::string& text : map) {
        const size_t at = text.find('=');
        if (at == 0 || at == std::string::npos || at + 1 == text.size())
            throw UsageError("'" + text + "' does not say THEIRS=OURS, such as kernel=units, or kernel=none to leave it out");
        std::string ours = text.substr(at + 1);
        if (ours == "none") ours.clear();
        else (void)field(ours); // refuses what is none of ours
        map_.emplace_back(text.substr(0, at), std::move(ours));
    }
}

std::optional<NamedElsewhere> ParameterNames::find(string_view theirs) const {
    for (const auto& [name, ours] : map_)
        if (name == theirs) return NamedElsewhere{ours, false};
    if (is_ours(theirs)) return NamedElsewhere{std::string(theirs), false};
    for (const auto& [name, ours] : known)
        if (name == theirs) return NamedElsewhere{std::string(ours), false};
    if (std::string width = width_of_layer(theirs); !width.empty()) return NamedElsewhere{std::move(width), false};
    constexpr string_view one_minus = "one_minus_";
    if (!theirs.starts_with(one_minus)) return {};
    auto found = find(theirs.substr(one_minus.size()));
    if (found) found->complement = !found->complement;
    return found;
}

std::vector<std::string> ParameterNames::mapped() const {
    std::vector<std::string> names;
    for (const auto& [name, ours] : map_) names.push_back(name);
    return names;
}

Value value_from_elsewhere(const Field& f, const Value& value) {
    const auto* word = std::get_if<std::string>(&value);
    if (!word || f.choices.empty()) return value;
    for (const string_view choice : f.choices)
        if (letters(choice) == letters(*word)) return std::string(choice);
    return value;
}

} // namespace caviar::exchange
