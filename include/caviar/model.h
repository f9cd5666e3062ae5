#pragma once
/// A trained net with its preprocessing: save, load, predict.

#include "caviar/engine.h"
#include "caviar/preprocessing.h"

#include <string>
#include <vector>

namespace caviar {

struct Model {
    Weights weights;
    Activation activation = Activation::relu;
    Loss loss = Loss::softmax_cross_entropy;
    Scaling scaling = Scaling::standardize;
    Preprocessing preprocessing;
    std::vector<std::string> missing = ReadOptions{}.missing; ///< words that stood for a missing value in the training table
    std::string note; ///< where it came from: study, trial, metric; free text
};

/// Writes by extension: .safetensors (weights as tensors, the rest in the metadata), .npz, .json. Writes a temporary file
/// first and renames it. Throws UsageError for another extension, RuntimeFailure where it cannot be written.
void save_model(const Model&, const std::string& path);
/// Reads what save_model wrote, by content. Throws DataError; never allocates more than the file's size warrants.
Model load_model(const std::string& path);

struct Predictions {
    std::vector<std::string> classes;     ///< empty for regression
    std::vector<std::string> labels;      ///< classification: the likeliest class of each row
    std::vector<float> probabilities;     ///< rows x classes, row-major
    std::vector<double> values;           ///< regression: in the target's unit, to the digits that the net's float32 outputs tell apart
    int64_t rows() const { return static_cast<int64_t>(classes.empty() ? values.size() : labels.size()); }
};
Predictions predict(const Model&, const Table&, Engine&);

} // namespace caviar
