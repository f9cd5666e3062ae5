// ONNX files taken apart again, field by field: what every reader of them relies on. export_test.cpp runs them.

#include "host/model/onnx.h"
#include "host/core/wire.h"
#include "tests/model/exported.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

namespace caviar::model {
namespace {

using core::Message;
using namespace test;
using ::testing::Contains;
using ::testing::ElementsAre;

/// A message's fields by number: numbers as they are, the rest as bytes.
struct Fields {
    std::multimap<uint32_t, uint64_t> numbers;
    std::multimap<uint32_t, std::string_view> bytes;

    explicit Fields(std::string_view message) {
        while (!message.empty()) {
            const uint64_t tag = varint(message), field = tag >> 3;
            if ((tag & 7) == 0) {
                numbers.emplace(field, varint(message));
            } else {
                const uint64_t size = (tag & 7) == 5 ? 4 : varint(message);
                if (((tag & 7) != 5 && (tag & 7) != 2) || size > message.size()) throw std::runtime_error("not a message");
                bytes.emplace(field, message.substr(0, size));
                message.remove_prefix(size);
            }
        }
    }
    std::vector<std::string> texts(uint32_t field) const {
        std::vector<std::string> list;
        for (auto [at, end] = bytes.equal_range(field); at != end; ++at) list.emplace_back(at->second);
        return list;
    }
    std::string text(uint32_t field) const { return texts(field).at(0); }
    std::vector<Fields> messages(uint32_t field) const {
        std::vector<Fields> list;
        for (auto [at, end] = bytes.equal_range(field); at != end; ++at) list.emplace_back(at->second);
        return list;
    }
    uint64_t number(uint32_t field) const { return numbers.find(field)->second; }

private:
    static uint64_t varint(std::string_view& message) {
        uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            if (message.empty() || shift > 63) throw std::runtime_error("a number is cut off");
            const auto byte = static_cast<unsigned char>(message[0]);
            message.remove_prefix(1);
            value |= uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
    }
};

/// The examples of the encoding's description.
TEST(Wire, WritesTheDocumentedBytes) {
    EXPECT_EQ(Message().number(1, 150).bytes(), "\x08\x96\x01");
    EXPECT_EQ(Message().text(2, "testing").bytes(), "\x12\x07testing");
    EXPECT_EQ(Message().message(3, Message().number(1, 150)).bytes(), "\x1a\x03\x08\x96\x01");
    EXPECT_EQ(Message().number(1, -2).bytes(), "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    EXPECT_EQ(Message().fixed(5, 1.0f).bytes(), std::string("\x2d\0\0\x80\x3f", 5));
    EXPECT_EQ(Fields(Message().text(2048, std::string(300, 'x')).bytes()).text(2048), std::string(300, 'x'));
}

TEST(Onnx, EveryValueIsMadeOnceAndBeforeItsUse) {
    for (const ExportCase& c : export_cases()) {
        const std::string bytes = encode_onnx(c.model);
        const Fields model(bytes), graph(model.bytes.find(7)->second);
        EXPECT_EQ(model.number(1), 7u);
        std::map<std::string, uint64_t> opsets;
        for (const Fields& set : model.messages(8)) opsets[set.text(1)] = set.number(2);
        EXPECT_EQ(opsets, (std::map<std::string, uint64_t>{{"", 13}, {"ai.onnx.ml", 2}}));
        std::set<std::string> made;
        for (const Fields& input : graph.messages(11)) EXPECT_TRUE(made.insert(input.text(1)).second) << c.name;
        for (const Fields& tensor : graph.messages(5)) {
            EXPECT_TRUE(made.insert(tensor.text(8)).second) << c.name;
            size_t size = tensor.number(2) == 1 ? 4 : 8; // float; double and int64
            for (auto [at, end] = tensor.numbers.equal_range(1); at != end; ++at) size *= at->second;
            EXPECT_EQ(tensor.text(9).size(), size) << c.name << ' ' << tensor.text(8);
        }
        for (const Fields& node : graph.messages(1)) {
            for (const std::string& input : node.texts(1)) EXPECT_THAT(made, Contains(input)) << c.name << ' ' << node.text(4);
            EXPECT_TRUE(made.insert(node.text(2)).second) << c.name;
        }
        for (const Fields& output : graph.messages(12)) EXPECT_THAT(made, Contains(output.text(1))) << c.name;
    }
}

TEST(Onnx, InputsAreTheColumnsByTheirNames) {
    std::map<std::string, std::vector<std::string>> inputs, outputs;
    for (const ExportCase& c : export_cases()) {
        const std::string bytes = encode_onnx(c.model);
        const Fields model(bytes), graph(model.bytes.find(7)->second);
        for (const Fields& input : graph.messages(11)) inputs[c.name].push_back(input.text(1));
        for (const Fields& output : graph.messages(12)) outputs[c.name].push_back(output.text(1));
    }
    EXPECT_THAT(inputs["relu_none"], ElementsAre("width", "colour", "size, in \"inches\""));
    EXPECT_THAT(outputs["relu_none"], ElementsAre("label", "probabilities"));
    EXPECT_THAT(inputs["matrix"], ElementsAre("table"));
    EXPECT_THAT(outputs["regression"], ElementsAre("value"));
    EXPECT_THAT(outputs["large_numbers"], ElementsAre("value_")); // a column has the name
    EXPECT_THAT(outputs["awkward_names"], ElementsAre("label_", "probabilities_"));
}

} // namespace
} // namespace caviar::model
