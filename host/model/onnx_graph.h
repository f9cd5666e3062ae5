#pragma once
/// An ONNX graph in the making (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): values by name, nodes in the order of computing.

#include "host/core/wire.h"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace caviar::model {

using core::Message;

class OnnxGraph {
public:
    enum class Type : int32_t { float32 = 1, int64 = 7, string = 8, float64 = 11 }; ///< TensorProto.DataType
    using Attribute = std::pair<std::string, std::variant<int64_t, float, std::vector<int64_t>, std::vector<std::string>>>;

    /// Its rows are any number, "N". Inputs first: no name that the graph gives is then one of theirs.
    std::string input(const std::string& name, Type, int64_t columns);
    std::string floats(std::span<const float>, const std::vector<int64_t>& shape);
    std::string doubles(std::span<const double>, const std::vector<int64_t>& shape);
    std::string integers(std::span<const int64_t>); ///< one dimension

    /// Adds a node with one output, and returns the output's name. `domain`: empty for ONNX's own operators.
    std::string node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<Attribute>& attributes = {}, const std::string& domain = {});
    std::string cast(const std::string& value, Type to) { return node("Cast", {value}, {{"to", static_cast<int64_t>(to)}}); }

    /// Makes a value an output, called `name`, or NAME_ where something has that name; `columns` 0: one dimension.
    void output(const std::string& value, const std::string& name, Type, int64_t columns);

    /// GraphProto.
    Message finish(const std::string& name);

private:
    std::string fresh(const std::string& wanted);
    std::string tensor(Type, const std::vector<int64_t>& shape, std::string_view raw);

    Message graph_;
    std::set<std::string> taken_;
    size_t made_ = 0;
};

} // namespace caviar::model
