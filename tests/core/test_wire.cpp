#include "host/core/wire.h"

#include <gtest/gtest.h>

namespace caviar::core {
namespace {

using namespace std::string_literals;

// The first three are the examples of protobuf.dev/programming-guides/encoding.
TEST(Wire, WritesTheBytesOfTheSpecification) {
    EXPECT_EQ(Message().number(1, 150).bytes(), "\x08\x96\x01"s);
    EXPECT_EQ(Message().text(2, "testing").bytes(), "\x12\x07testing"s);
    EXPECT_EQ(Message().message(3, Message().number(1, 150)).bytes(), "\x1a\x03\x08\x96\x01"s);
    EXPECT_EQ(Message().number(1, -2).bytes(), "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
    EXPECT_EQ(Message().fixed(1, 1.0f).bytes(), "\x0d\x00\x00\x80\x3f"s);
    EXPECT_EQ(Message().fixed(1, 1.0).bytes(), "\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"s);
    EXPECT_EQ(Message().text(16, "").bytes(), "\x82\x01\x00"s); // a field number above 15 takes a second byte
}

} // namespace
} // namespace caviar::core
