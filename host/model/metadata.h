#pragma once
/// What a model file says besides the weights, the same in every format: text by key.
///
///     caviar_model     version of this list: "1" of one net, "2" of an ensemble
///     caviar_version   the program that wrote it
///     activation       relu, leaky_relu, tanh, sigmoid, gelu, silu
///     loss             softmax_cross_entropy, binary_cross_entropy, mean_squared_error
///     scaling          none, standardize, pca
///     nets             of an ensemble, instead of these two: JSON, list of {"activation", "scaling"}
///     preprocessing    JSON, see preprocessing.h
///     missing          JSON, list of the words that stood for a missing value in the training table
///     note             where the model came from
///
/// .safetensors holds them as they are; .npz as a JSON object in the array `metadata`; .json as its first keys (in the last
/// two `nets`, `preprocessing` and `missing` are JSON themselves, not texts).

#include "caviar/model.h"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace caviar::model {

using Metadata = std::map<std::string, std::string>;

Metadata metadata_of(const Model&);

/// Fills everything but the weights. Throws DataError naming the file and the key: missing, unknown value, a newer version.
Model model_from(const Metadata&, const std::string& file);

/// All nets of a model in the making: its own first.
std::vector<Net*> mutable_nets(Model&);

/// What is wrong with a model as a whole, empty where nothing is: sizes that do not fit one another, a loss that does not fit
/// the task, a weight that is not finite.
std::optional<std::string> problem(const Model&);

/// Metadata as one JSON object with `nets`, `preprocessing` and `missing` inside it as JSON, and back.
std::string to_json_object(const Metadata&, int indent);
Metadata metadata_from_json(const nlohmann::json& object, const std::string& file);

} // namespace caviar::model
