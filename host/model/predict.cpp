#include "caviar/error.h"
#include "caviar/model.h"
#include "host/data/encode.h"
#include "host/model/ensemble.h"
#include "host/model/metadata.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace caviar {
namespace {

/// exp(z - max) / sum: no overflow whatever the outputs, and the largest term is 1.
void softmax(std::span<const float> outputs, std::span<float> probabilities) {
    const double largest = *std::max_element(outputs.begin(), outputs.end());
    double sum = 0;
    for (const float z : outputs) sum += std::exp(z - largest);
    for (size_t i = 0; i < outputs.size(); ++i) probabilities[i] = static_cast<float>(std::exp(outputs[i] - largest) / sum);
}

/// Both classes' probabilities from the logit of class 1, each by its own sign: 1 - p would lose the small one's digits.
void sigmoid(double z, std::span<float> probabilities) {
    const double small = std::exp(-std::abs(z)) / (1 + std::exp(-std::abs(z))), large = 1 / (1 + std::exp(-std::abs(z)));
    probabilities[0] = static_cast<float>(z > 0 ? small : large);
    probabilities[1] = static_cast<float>(z > 0 ? large : small);
}

/// The index of the likeliest class, by the outputs: probabilities may round to a tie. The first of equals.
size_t likeliest(std::span<const float> outputs) {
    if (outputs.size() == 1) return outputs[0] > 0 ? 1 : 0;
    return static_cast<size_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

/// To the last decimal place that is not below `step`, so that printing shows no digits that say nothing.
double rounded(double value, double step) {
    const double places = -std::floor(std::log10(step)), power = std::pow(10, std::abs(places));
    const double result = places > 0 ? std::round(value * power) / power : std::round(value / power) * power;
    return std::isfinite(result) ? result : value;
}

} // namespace

Predictions predict(const Model& m, const Table& table, Engine& engine) {
    if (const auto wrong = model::problem(m)) throw UsageError("this model cannot predict: " + *wrong);
    const Preprocessing& pre = m.preprocessing;
    const auto rows = static_cast<size_t>(table.rows()), width = static_cast<size_t>(m.weights.widths.back());
    std::vector<std::vector<float>> said; // raw outputs of each net
    for (const Net* net : nets(m)) {
        const Matrix inputs = pre.apply(table, net->scaling, net->scaling == Scaling::pca ? net->weights.widths.front() : 0);
        said.push_back(rows > 0 ? engine.forward(net->weights, net->activation, inputs) : std::vector<float>{});
    }
    const std::vector<float> outputs = model::joint_outputs(m.loss, said, width);
    for (size_t i = 0; i < outputs.size(); ++i)
        if (!std::isfinite(outputs[i])) throw DataError(table.name, data::file_row(table, static_cast<int64_t>(i / width)), 0, "the model's output is not a finite number; is a value out of all proportion?");

    Predictions result;
    result.classes = pre.classes;
    if (pre.task == Task::regression) {
        result.classes.clear();
        constexpr double spacing = 0x1p-24; // of floats from 0.5 to 1
        for (const float y : outputs) result.values.push_back(rounded(pre.target_mean + pre.target_scale * y, pre.target_scale * spacing));
        return result;
    }
    const size_t classes = pre.classes.size();
    result.probabilities.resize(rows * classes);
    result.labels.reserve(rows);
    for (size_t r = 0; r < rows; ++r) {
        const auto row = std::span(outputs).subspan(r * width, width);
        const auto probabilities = std::span(result.probabilities).subspan(r * classes, classes);
        if (m.loss == Loss::binary_cross_entropy) sigmoid(row[0], probabilities);
        else softmax(row, probabilities);
        result.labels.push_back(pre.classes[likeliest(row)]);
    }
    return result;
}

} // namespace caviar
