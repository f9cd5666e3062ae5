#pragma once
/// Small models of every kind, a folder that goes away, and an engine that is a plain loop.

#include "caviar/model.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <stdlib.h>

namespace caviar::test {

/// Forward pass in double, straight from the definition. It trains nothing.
class PlainEngine : public Engine {
public:
    Capabilities capabilities() const override { return {"plain", "a loop", "plain", 1}; }
    std::unique_ptr<Population> populate(const Dataset&, const PopulationOptions&) override { return nullptr; }
    std::vector<float> forward(const Weights& w, Activation activation, const Matrix& inputs) override {
        std::vector<float> outputs;
        for (int64_t r = 0; r < inputs.rows; ++r) {
            std::vector<double> x(inputs.row(r), inputs.row(r) + w.widths[0]);
            const float* at = w.values.data();
            for (size_t layer = 0; layer + 1 < w.widths.size(); ++layer) {
                const auto in = static_cast<size_t>(w.widths[layer]), out = static_cast<size_t>(w.widths[layer + 1]);
                std::vector<double> y(out);
                for (size_t o = 0; o < out; ++o) {
                    y[o] = at[in * out + o];
                    for (size_t i = 0; i < in; ++i) y[o] += x[i] * at[i * out + o];
                    if (layer + 2 < w.widths.size()) y[o] = apply(activation, y[o]);
                }
                at += (in + 1) * out;
                x = y;
            }
            for (const double y : x) outputs.push_back(static_cast<float>(y));
        }
        return outputs;
    }

private:
    static double apply(Activation activation, double z) {
        switch (activation) {
        case Activation::relu: return z > 0 ? z : 0;
        case Activation::leaky_relu: return z > 0 ? z : 0.01 * z;
        case Activation::tanh: return std::tanh(z);
        case Activation::sigmoid: return 1 / (1 + std::exp(-z));
        case Activation::gelu: return 0.5 * z * (1 + std::erf(z / std::sqrt(2.0)));
        case Activation::silu: return z / (1 + std::exp(-z));
        }
        return z;
    }
};

inline ColumnEncoding numeric(const std::string& name, float fill = 0, bool indicator = false) {
    ColumnEncoding column;
    column.name = name;
    column.fill = fill;
    column.missing_indicator = indicator;
    return column;
}

inline ColumnEncoding category(const std::string& name, std::vector<std::string> levels) {
    ColumnEncoding column;
    column.name = name;
    column.categorical = true;
    column.levels = std::move(levels);
    return column;
}

/// Awkward values first (both zeros, the smallest floats, long fractions), then random ones.
inline std::vector<float> awkward_weights(size_t n, uint32_t seed) {
    std::vector<float> values = {0.0f, -0.0f, std::numeric_limits<float>::denorm_min(), -std::numeric_limits<float>::min(), 0.1f, 1.0f / 3, -12.345678f, 1e-10f};
    std::mt19937 random(seed);
    while (values.size() < n) values.push_back(std::uniform_real_distribution<float>(-2, 2)(random));
    values.resize(n);
    return values;
}

inline Weights weights_of(std::vector<int32_t> widths, uint32_t seed) {
    size_t n = 0;
    for (size_t i = 0; i + 1 < widths.size(); ++i) n += static_cast<size_t>((widths[i] + 1) * widths[i + 1]);
    return {std::move(widths), awkward_weights(n, seed)};
}

/// As if trained on a table with a header and the target as its last column.
inline Model& from_table(Model& m) {
    Preprocessing& p = m.preprocessing;
    for (size_t i = 0; i < p.columns.size(); ++i) p.columns[i].position = static_cast<int32_t>(i);
    p.target_position = static_cast<int32_t>(p.columns.size());
    p.table_columns = p.target_position + 1;
    p.named = true;
    return m;
}

/// Three classes, a category and a missing value's indicator, two hidden layers.
inline Model softmax_model() {
    Model m;
    m.preprocessing.columns = {numeric("width", 1.5f, true), category("colour", {"red", "green, light", "\"blue\""})};
    m.preprocessing.mean = {0.1f, 0.2f, 0.25f, 0.25f, 0.25f, 0};
    m.preprocessing.scale = {1.0f / 3, 2, 0.5f, 0.5f, 0.5f, 1};
    m.preprocessing.target = "kind";
    m.preprocessing.task = Task::multiclass;
    m.preprocessing.classes = {"a", "naïve", "c\nd"};
    m.weights = weights_of({6, 5, 4, 3}, 1);
    m.activation = Activation::gelu;
    m.note = "study \"x\", trial 7";
    m.missing = {"", "-999", "n/é"};
    return from_table(m);
}

inline Model binary_model() {
    Model m;
    m.preprocessing.columns = {numeric("x"), numeric("y")};
    m.preprocessing.target = "answer";
    m.preprocessing.task = Task::binary;
    m.preprocessing.classes = {"no", "yes"};
    m.preprocessing.mean = {0, 0};
    m.preprocessing.scale = {1, 1};
    m.loss = Loss::binary_cross_entropy;
    m.scaling = Scaling::none;
    m.weights = weights_of({2, 7, 1}, 2);
    m.activation = Activation::tanh;
    return from_table(m);
}

/// A linear model on two of three components.
inline Model regression_model() {
    Model m;
    m.preprocessing.columns = {numeric("a"), numeric("b"), numeric("c")};
    m.preprocessing.target = "price";
    m.preprocessing.task = Task::regression;
    m.preprocessing.mean = {0.1f, 0.2f, 0.3f};
    m.preprocessing.scale = {1, 2, 3};
    m.preprocessing.components = {1, 0, 0.5f, 0, 1, 0.25f, 0.125f, 0, 1};
    m.preprocessing.kept = 3;
    m.preprocessing.target_mean = 1.0 / 3;
    m.preprocessing.target_scale = 1e-3;
    m.loss = Loss::mean_squared_error;
    m.scaling = Scaling::pca;
    m.weights = weights_of({2, 1}, 3);
    return from_table(m);
}

/// Two nets of other shapes, activations and scalings.
inline Model ensemble_model() {
    Model m = binary_model();
    Net other;
    other.weights = weights_of({2, 3, 3, 1}, 4);
    other.activation = Activation::silu;
    other.scaling = Scaling::standardize;
    m.others = {other};
    return m;
}

inline std::vector<Model> all_models() { return {softmax_model(), binary_model(), regression_model()}; }

inline std::vector<uint32_t> bits(const std::vector<float>& values) {
    std::vector<uint32_t> result;
    for (const float v : values) result.push_back(std::bit_cast<uint32_t>(v));
    return result;
}

/// A new empty folder; removed with all in it at the end.
class Folder {
public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "caviar-model-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    size_t files() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_), {})); }

private:
    std::filesystem::path path_;
};

inline std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void spit(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

} // namespace caviar::test
