#pragma once
/// Models as .onnx (https://onnx.ai), with the preprocessing in them, for ONNX Runtime and others that have the operators of opset 13 and
/// LabelEncoder of ai.onnx.ml 2.
///
/// Inputs: one for each column of the table that the model reads, by its name, of shape [N, 1]: float (double where large numbers lie close
/// together), NaN where a value is missing, or string, where every text that is no level of training counts as unknown. Where the
/// training table had no names and only numbers, as with images: one input "table" of shape [N, its columns without the target].
/// Outputs: of classes "label" (string [N]) and "probabilities" (float [N, classes], in the order of metadata_props "classes");
/// of a regression "value" (double [N, 1]).

#include "caviar/model.h"

#include <string>

namespace caviar::model {

/// Throws UsageError where the model is beyond the 2 GB of a Protocol Buffers message.
std::string encode_onnx(const Model&);

} // namespace caviar::model
