#include "host/model/onnx_graph.h"

namespace caviar::model {
namespace {

// The fields' numbers are those of onnx.proto.
Message value_info(const std::string& name, OnnxGraph::Type type, int64_t columns) {
    Message shape;
    shape.message(1, Message().text(2, "N"));
    if (columns > 0) shape.message(1, Message().number(1, columns));
    const Message tensor = Message().number(1, static_cast<int64_t>(type)).message(2, shape);
    return Message().text(1, name).message(2, Message().message(1, tensor));
}

Message attribute_message(const OnnxGraph::Attribute& attribute) {
    struct Writer {
        Message& to;
        void operator()(int64_t i) { to.number(3, i).number(20, 2); }
        void operator()(float f) { to.fixed(2, f).number(20, 1); }
        void operator()(const std::vector<int64_t>& list) {
            for (const int64_t i : list) to.number(8, i);
            to.number(20, 7);
        }
        void operator()(const std::vector<std::string>& list) {
            for (const std::string& s : list) to.text(9, s);
            to.number(20, 8);
        }
    };
    Message message;
    message.text(1, attribute.first);
    std::visit(Writer{message}, attribute.second);
    return message;
}

template <class T> std::string_view raw_bytes(std::span<const T> values) { return {reinterpret_cast<const char*>(values.data()), values.size_bytes()}; }

} // namespace

std::string OnnxGraph::fresh(const std::string& wanted) {
    std::string name = wanted;
    while (!taken_.insert(name).second) name += "_";
    return name;
}

std::string OnnxGraph::input(const std::string& name, Type type, int64_t columns) {
    const std::string own = fresh(name);
    graph_.message(11, value_info(own, type, columns));
    return own;
}

std::string OnnxGraph::tensor(Type type, const std::vector<int64_t>& shape, std::string_view raw) {
    Message tensor;
    for (const int64_t size : shape) tensor.number(1, size);
    const std::string name = fresh("constant " + std::to_string(++made_));
    graph_.message(5, tensor.number(2, static_cast<int64_t>(type)).text(8, name).text(9, raw));
    return name;
}

std::string OnnxGraph::floats(std::span<const float> values, const std::vector<int64_t>& shape) { return tensor(Type::float32, shape, raw_bytes(values)); }
std::string OnnxGraph::doubles(std::span<const double> values, const std::vector<int64_t>& shape) { return tensor(Type::float64, shape, raw_bytes(values)); }
std::string OnnxGraph::integers(std::span<const int64_t> values) { return tensor(Type::int64, {static_cast<int64_t>(values.size())}, raw_bytes(values)); }

std::string OnnxGraph::node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<Attribute>& attributes, const std::string& domain) {
    const std::string name = fresh(op + " " + std::to_string(++made_));
    Message node;
    for (const std::string& input : inputs) node.text(1, input);
    node.text(2, name).text(3, name).text(4, op);
    for (const Attribute& attribute : attributes) node.message(5, attribute_message(attribute));
    if (!domain.empty()) node.text(7, domain);
    graph_.message(1, node);
    return name;
}

void OnnxGraph::output(const std::string& value, const std::string& name, Type type, int64_t columns) {
    const std::string own = fresh(name);
    graph_.message(1, Message().text(1, value).text(2, own).text(3, own).text(4, "Identity"));
    graph_.message(12, value_info(own, type, columns));
}

Message OnnxGraph::finish(const std::string& name) {
    graph_.text(2, name);
    return graph_;
}

} // namespace caviar::model
