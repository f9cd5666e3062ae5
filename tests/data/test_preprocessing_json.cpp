#include "caviar/preprocessing.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace caviar {
namespace {

using namespace test;
using nlohmann::json;

Preprocessing example(bool regression) {
    PrepareOptions options;
    options.target = "y";
    options.scalings = {Scaling::standardize, Scaling::pca};
    return prepare(mixed_table(80, regression), options).preprocessing;
}

TEST(PreprocessingJson, RoundTripsEveryBit) {
    for (const bool regression : {false, true}) {
        Preprocessing p = example(regression);
        EXPECT_EQ(preprocessing_from_json(to_json(p)), p);
        p.columns[0].name = "caf\xC3\xA9 \"quoted\" \n";
        p.mean[0] = std::numeric_limits<float>::denorm_min();
        p.scale[0] = std::numeric_limits<float>::max();
        p.mean[1] = -0.1f;
        p.target_mean = 0.1 + 0.2;
        p.label_type = "bool";
        EXPECT_EQ(preprocessing_from_json(to_json(p)), p);
    }
}

TEST(PreprocessingJson, EveryMissingOrWrongMemberIsADataError) {
    const json good = json::parse(to_json(example(false)));
    for (const auto& [name, value] : good.items()) {
        json without = good;
        without.erase(name);
        EXPECT_ERROR(preprocessing_from_json(without.dump()), DataError, name);
        json wrong = good;
        wrong[name] = json::object();
        EXPECT_ERROR(preprocessing_from_json(wrong.dump()), DataError, name);
    }
    for (const auto& [name, value] : good["columns"][0].items()) {
        json without = good;
        without["columns"][0].erase(name);
        EXPECT_ERROR(preprocessing_from_json(without.dump()), DataError, name);
    }
}

TEST(PreprocessingJson, WhatDoesNotFitTogetherIsADataError) {
    const json good = json::parse(to_json(example(false)));
    const auto fails = [&](const char* pointer, const json& value, const char* part) {
        json changed = good;
        changed[json::json_pointer(pointer)] = value;
        EXPECT_ERROR(preprocessing_from_json(changed.dump()), DataError, part);
    };
    fails("/mean", json::array({1.0}), "one value for each of the");
    fails("/mean/0", 1e60, "32-bit floats only");
    fails("/mean/0", "1", "32-bit floats only");
    fails("/scale/0", 0, "'scale' must be above 0");
    fails("/scale/0", -1, "'scale' must be above 0");
    fails("/kept", 1000000, "features x kept");
    fails("/kept", 1e30, "whole number");
    fails("/kept", -1, "whole number");
    fails("/components", json::array(), "features x kept");
    fails("/task", "multiclas", "multiclas");
    fails("/classes", json::array({"one"}), "'classes' does not fit");
    fails("/task", "regression", "'classes' does not fit");
    fails("/columns", json::array(), "no columns");
    fails("/target_scale", 0, "'target_scale'");
    fails("/label_type", 3, "'label_type' has the wrong type");
    for (const char* text : {"", "null", "[]", "{", "{\"columns\":", "\xFF", "1e999"}) EXPECT_THROW(preprocessing_from_json(text), DataError) << text;
    EXPECT_THROW(preprocessing_from_json(std::string(200000, '[')), DataError); // nested too deep for a recursive reader
}

} // namespace
} // namespace caviar
