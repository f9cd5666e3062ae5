#pragma once
/// A trained net with its preprocessing: save, load, predict.

#include "caviar/engine.h"
#include "caviar/preprocessing.h"

#include <string>
#include <vector>

namespace caviar {

/// A trained net, and how its inputs are scaled.
struct Net {
    Weights weights;
    Activation activation = Activation::relu;
    Scaling scaling = Scaling::standardize;
};

/// One net, or an ensemble: nets of the same preprocessing and loss, of any shape, activation and scaling each. An ensemble says the mean of
/// its nets' probabilities or values.
struct Model : Net {
    std::vector<Net> others; ///< of an ensemble, all nets but the first
    Loss loss = Loss::softmax_cross_entropy;
    Preprocessing preprocessing;
    std::vector<std::string> missing = ReadOptions{}.missing; ///< words that stood for a missing value in the training table
    std::string note; ///< where it came from: study, trial, metric; free text
};

/// All nets of a model: itself first. They live as long as the model.
inline std::vector<const Net*> nets(const Model& m) {
    std::vector<const Net*> all{&m};
    for (const Net& net : m.others) all.push_back(&net);
    return all;
}

/// Writes by extension. To be read again: .safetensors (weights as tensors, the rest in the metadata), .npz, .json. For other programs,
/// with the preprocessing in them: .onnx, .py (PyTorch), .h (C99). Writes a temporary file first and renames it. Throws UsageError for
/// another extension or where the format cannot hold the model, RuntimeFailure where it cannot be written.
void save_model(const Model&, const std::string& path);
/// Reads what save_model wrote to be read again, by content. Throws DataError; never allocates more than the file's size warrants.
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
