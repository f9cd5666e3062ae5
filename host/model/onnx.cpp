#include "host/model/onnx.h"

#include "caviar/error.h"
#include "host/model/layers.h"
#include "host/model/missing_numbers.h"
#include "host/model/onnx_graph.h"
#include "host/model/row_layout.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace caviar::model {
namespace {

using Type = OnnxGraph::Type;
constexpr const char* ml = "ai.onnx.ml";
constexpr int64_t ir_version = 7, opset = 13, ml_opset = 2; // of 2020: every runtime since has them

class ModelGraph {
public:
    explicit ModelGraph(const Model& m) : m_(m), p_(m.preprocessing) {}

    Message build() {
        const std::string x = features();
        std::vector<std::string> outputs, answers;
        for (const Net* net : nets(m_)) {
            outputs.push_back(forward(*net, scaled(x, *net)));
            answers.push_back(answer(outputs.back()));
        }
        const std::string mean = answers.size() == 1 ? answers[0] : graph_.node("Mean", answers);
        if (p_.task == Task::regression) {
            const std::string wide = graph_.node("Mul", {graph_.cast(mean, Type::float64), graph_.doubles(std::span(&p_.target_scale, 1), {1})});
            graph_.output(graph_.node("Add", {wide, graph_.doubles(std::span(&p_.target_mean, 1), {1})}), "value", Type::float64, 1);
        } else {
            graph_.output(label(outputs.size() == 1 ? outputs[0] : mean), "label", Type::string, 0);
            graph_.output(mean, "probabilities", Type::float32, static_cast<int64_t>(p_.classes.size()));
        }
        return graph_.finish("caviar");
    }

private:
    std::string joined(const std::vector<std::string>& parts) { return parts.size() == 1 ? parts[0] : graph_.node("Concat", parts, {{"axis", int64_t{1}}}); }

    /// The named columns of a matrix.
    std::string picked(const std::string& x, const std::vector<int64_t>& columns, int64_t of) {
        std::vector<int64_t> all(static_cast<size_t>(of));
        std::iota(all.begin(), all.end(), int64_t{0});
        return columns == all ? x : graph_.node("Gather", {x, graph_.integers(columns)}, {{"axis", int64_t{1}}});
    }

    /// NaN for the numbers that stand for a missing value.
    std::string marked(std::string x, Type type) {
        if (missing_.empty()) return x;
        auto& marks = marks_[type];
        if (marks.empty()) {
            std::vector<double> values = missing_;
            if (type == Type::float32) {
                for (double& value : values) value = static_cast<float>(value);
                values.erase(std::unique(values.begin(), values.end()), values.end());
            }
            values.push_back(std::numeric_limits<double>::quiet_NaN());
            for (const double value : values) marks.push_back(type == Type::float32 ? constant(static_cast<float>(value)) : graph_.doubles(std::span(&value, 1), {1}));
        }
        for (size_t i = 0; i + 1 < marks.size(); ++i) x = graph_.node("Where", {graph_.node("Equal", {x, marks[i]}), marks.back(), x});
        return x;
    }

    /// Numbers less their offset, NaN where missing: N x numeric columns.
    std::string numbers() {
        std::vector<double> offsets;
        for (const ColumnEncoding& c : p_.columns)
            if (!c.categorical) offsets.push_back(c.offset);
        const auto count = static_cast<int64_t>(offsets.size());
        const bool shifted = std::any_of(offsets.begin(), offsets.end(), [](double o) { return o != 0; });
        if (row_.matrix) {
            const std::vector<int64_t> columns(row_.index.begin(), row_.index.end());
            const Type type = shifted ? Type::float64 : Type::float32;
            const std::string x = marked(picked(graph_.input("table", type, row_.numbers), columns, row_.numbers), type);
            return shifted ? graph_.cast(graph_.node("Sub", {x, graph_.doubles(offsets, {count})}), Type::float32) : x;
        }
        std::vector<std::string> columns;
        for (size_t i = 0; i < p_.columns.size(); ++i) {
            const ColumnEncoding& c = p_.columns[i];
            if (c.categorical) continue;
            std::string x = marked(inputs_[i], c.offset != 0 ? Type::float64 : Type::float32);
            if (c.offset != 0) x = graph_.cast(graph_.node("Sub", {x, graph_.doubles(std::span(&c.offset, 1), {1})}), Type::float32);
            columns.push_back(x);
        }
        return joined(columns);
    }

    /// N x (levels + 1): 1 in the column of the level, the last one for all other texts.
    std::string one_hot(const ColumnEncoding& c, const std::string& x) {
        std::vector<int64_t> codes(c.levels.size() + 1);
        std::iota(codes.begin(), codes.end(), int64_t{0});
        const std::string all = graph_.integers(codes);
        codes.pop_back();
        const auto unknown = static_cast<int64_t>(c.levels.size());
        std::vector<std::string> keys = c.levels;
        if (keys.empty()) { // a list of nothing is no attribute
            keys = {""};
            codes = {unknown};
        }
        const std::string code =
            graph_.node("LabelEncoder", {x}, {{"keys_strings", keys}, {"values_int64s", codes}, {"default_int64", unknown}}, ml);
        return graph_.cast(graph_.node("Equal", {code, all}), Type::float32);
    }

    /// Encoded as the nets know them, unscaled: N x features.
    std::string features() {
        if (!row_.matrix)
            for (const ColumnEncoding& c : p_.columns)
                inputs_.push_back(graph_.input(c.name, c.categorical ? Type::string : c.offset != 0 ? Type::float64 : Type::float32, 1));
        // The numbers, whether each was missing, then the categories; put in the features' order at the end.
        std::vector<float> fill;
        bool indicators = false;
        for (const ColumnEncoding& c : p_.columns) {
            if (!c.categorical) fill.push_back(c.fill);
            indicators |= c.missing_indicator;
        }
        const auto numeric = static_cast<int64_t>(fill.size());
        std::vector<std::string> parts;
        if (numeric > 0) {
            const std::string x = numbers(), missing = graph_.node("IsNaN", {x});
            parts.push_back(graph_.node("Where", {missing, graph_.floats(fill, {numeric}), x}));
            if (indicators) parts.push_back(graph_.cast(missing, Type::float32));
        }
        std::vector<int64_t> order;
        int64_t number = 0, next = indicators ? 2 * numeric : numeric;
        for (size_t i = 0; i < p_.columns.size(); ++i) {
            const ColumnEncoding& c = p_.columns[i];
            if (c.categorical) {
                parts.push_back(one_hot(c, inputs_[i]));
                for (int32_t k = 0; k < c.width(); ++k) order.push_back(next++);
            } else {
                order.push_back(number);
                if (c.missing_indicator) order.push_back(numeric + number);
                ++number;
            }
        }
        return picked(joined(parts), order, next);
    }

    std::string scaled(const std::string& x, const Net& net) {
        if (net.scaling == Scaling::none) return x;
        const auto width = static_cast<int64_t>(p_.mean.size());
        if (centred_.empty()) centred_ = graph_.node("Sub", {x, graph_.floats(p_.mean, {width})});
        if (net.scaling == Scaling::standardize) {
            if (standard_.empty()) standard_ = graph_.node("Div", {centred_, graph_.floats(p_.scale, {width})});
            return standard_;
        }
        const int64_t inputs = net.weights.widths.front();
        std::vector<float> components;
        for (int64_t f = 0; f < width; ++f) {
            const auto row = p_.components.begin() + f * p_.kept;
            components.insert(components.end(), row, row + inputs);
        }
        return graph_.node("MatMul", {centred_, graph_.floats(components, {width, inputs})});
    }

    std::string constant(float value) { return graph_.floats(std::span(&value, 1), {1}); }

    std::string activated(Activation a, const std::string& z) {
        switch (a) {
        case Activation::relu: return graph_.node("Relu", {z});
        case Activation::leaky_relu: return graph_.node("LeakyRelu", {z}, {{"alpha", 0.01f}});
        case Activation::tanh: return graph_.node("Tanh", {z});
        case Activation::sigmoid: return graph_.node("Sigmoid", {z});
        case Activation::gelu: { // an operator of its own since opset 20 only
            const std::string erf = graph_.node("Erf", {graph_.node("Mul", {z, constant(0.70710678f)})});
            return graph_.node("Mul", {graph_.node("Mul", {z, constant(0.5f)}), graph_.node("Add", {erf, constant(1)})});
        }
        case Activation::silu: return graph_.node("Mul", {z, graph_.node("Sigmoid", {z})});
        }
        return z;
    }

    std::string forward(const Net& net, std::string x) {
        const auto layers = layers_of(net.weights);
        for (size_t i = 0; i < layers.size(); ++i) {
            const LayerView& layer = layers[i];
            x = graph_.node("Gemm", {x, graph_.floats(layer.weight, {layer.in, layer.out}), graph_.floats(layer.bias, {layer.out})});
            if (i + 1 < layers.size()) x = activated(net.activation, x);
        }
        return x;
    }

    /// Probabilities of all classes, or the standardised value.
    std::string answer(const std::string& z) {
        switch (m_.loss) {
        case Loss::softmax_cross_entropy: return graph_.node("Softmax", {z}, {{"axis", int64_t{1}}});
        case Loss::binary_cross_entropy: return joined({graph_.node("Sigmoid", {graph_.node("Neg", {z})}), graph_.node("Sigmoid", {z})});
        case Loss::mean_squared_error: return z;
        }
        return z;
    }

    /// Of outputs, not of their probabilities, which may round to a tie; of an ensemble of the means.
    std::string label(const std::string& scores) {
        std::string code;
        if (m_.others.empty() && m_.loss == Loss::binary_cross_entropy) {
            const std::string positive = graph_.cast(graph_.node("Greater", {scores, constant(0)}), Type::int64);
            code = graph_.node("Reshape", {positive, graph_.integers(std::vector<int64_t>{-1})});
        } else {
            code = graph_.node("ArgMax", {scores}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
        }
        std::vector<int64_t> codes(p_.classes.size());
        std::iota(codes.begin(), codes.end(), int64_t{0});
        return graph_.node("LabelEncoder", {code}, {{"keys_int64s", codes}, {"values_strings", p_.classes}}, ml);
    }

    const Model& m_;
    const Preprocessing& p_;
    const RowLayout row_ = row_layout(p_);
    OnnxGraph graph_;
    std::vector<std::string> inputs_; ///< of each column, where they are not one matrix
    const std::vector<double> missing_ = missing_numbers(m_);
    std::map<Type, std::vector<std::string>> marks_; ///< constants: missing_, and NaN as the last
    std::string centred_, standard_;
};

std::string listed(const std::vector<std::string>& words) {
    return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::string encode_onnx(const Model& m) {
    const auto operators = [](const char* domain, int64_t version) { return Message().text(1, domain).number(2, version); };
    const auto fact = [](const char* key, const std::string& value) { return Message().text(1, key).text(2, value); };
    Message model;
    model.number(1, ir_version).text(2, "caviar").text(3, CAVIAR_VERSION).text(6, m.note).message(7, ModelGraph(m).build());
    model.message(8, operators("", opset)).message(8, operators(ml, ml_opset));
    model.message(14, fact("classes", listed(m.preprocessing.classes)));
    model.message(14, fact("target", m.preprocessing.target)).message(14, fact("missing", listed(m.missing)));
    if (model.bytes().size() > std::numeric_limits<int32_t>::max()) throw UsageError("an ONNX file holds at most 2 GB, and this model is larger; write .safetensors");
    return model.bytes();
}

} // namespace caviar::model
