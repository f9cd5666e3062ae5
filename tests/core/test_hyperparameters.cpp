#include "caviar/error.h"
#include "caviar/engine.h"
#include "caviar/hyperparameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

namespace caviar {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view name, const Value& value) {
    Hyperparameters h;
    try {
        set(h, name, value);
    } catch (const UsageError& e) {
        EXPECT_EQ(h, Hyperparameters{}) << "a refused value must change nothing";
        return e.what();
    }
    return {};
}

TEST(Fields, NamesAreUniqueAndEachIsExplained) {
    std::set<std::string_view> names;
    for (const Field& f : fields()) {
        EXPECT_TRUE(names.insert(f.name).second) << f.name;
        EXPECT_FALSE(f.help.empty()) << f.name;
        if (f.kind == "choice") EXPECT_GE(f.choices.size(), 2u) << f.name;
        else EXPECT_LT(f.low, f.high) << f.name;
    }
    EXPECT_EQ(fields().front().name, "learning_rate");
    EXPECT_TRUE(names.contains("layers") && names.contains("units") && names.contains("units_16"));
}

TEST(Fields, ConditionsNameFieldsAndTheirWords) {
    for (const Field& f : fields()) {
        if (f.when.empty() || f.when.find(" in ") == std::string_view::npos) continue;
        const Field& parent = field(f.when.substr(0, f.when.find(" in ")));
        std::string words(f.when.substr(f.when.find(" in ") + 4));
        for (size_t comma; !words.empty(); words.erase(0, comma == std::string::npos ? comma : comma + 1)) {
            comma = words.find(',');
            EXPECT_THAT(parent.choices, testing::Contains(words.substr(0, comma))) << f.name;
        }
    }
}

TEST(Fields, DefaultsAreInRangeAndReadBack) {
    const Hyperparameters defaults;
    EXPECT_NO_THROW(check(defaults));
    for (const Field& f : fields()) {
        if (f.name.starts_with("units_") && f.name != "units_1") continue; // layers the default does not have
        Hyperparameters h;
        ASSERT_NO_THROW(set(h, f.name, get(defaults, f.name))) << f.name;
        EXPECT_EQ(h, defaults) << f.name;
    }
    EXPECT_EQ(to_string(get(defaults, "learning_rate")), "0.001");
    EXPECT_EQ(to_string(get(defaults, "momentum")), "0.9");
    EXPECT_EQ(to_string(get(defaults, "beta2")), "0.999");
    EXPECT_EQ(to_string(get(defaults, "epsilon")), "1e-08");
}

TEST(Fields, EveryFloatReadsBackToItsBits) {
    std::mt19937 random(5);
    for (int i = 0; i < 20000; ++i) {
        Hyperparameters h, back;
        h.learning_rate = std::exp(std::uniform_real_distribution<float>(-80, 6)(random));
        set(back, "learning_rate", get(h, "learning_rate"));
        ASSERT_EQ(back.learning_rate, h.learning_rate);
        set(back, "learning_rate", to_string(get(h, "learning_rate"))); // and through text
        ASSERT_EQ(back.learning_rate, h.learning_rate);
    }
}

TEST(Fields, ChoicesTakeEveryWordTheyList) {
    for (const Field& f : fields())
        for (const auto word : f.choices) {
            Hyperparameters h;
            set(h, f.name, std::string(word));
            EXPECT_EQ(to_string(get(h, f.name)), word);
        }
}

TEST(Fields, BoundsAreAllowedAndTheNextFloatBeyondIsNot) {
    for (const Field& f : fields()) {
        if (f.kind == "choice") continue;
        Hyperparameters h;
        h.hidden.assign(max_layers, 1);
        EXPECT_NO_THROW(set(h, f.name, f.low)) << f.name;
        h.hidden.assign(max_layers, 1);
        EXPECT_NO_THROW(set(h, f.name, f.high)) << f.name;
        const float below = std::nextafter(static_cast<float>(f.low), -1e9f), above = std::nextafter(static_cast<float>(f.high), 1e18f);
        EXPECT_THROW(set(h, f.name, double{below}), UsageError) << f.name;
        EXPECT_THROW(set(h, f.name, double{above}), UsageError) << f.name;
        EXPECT_THROW(set(h, f.name, std::nan("")), UsageError) << f.name;
        EXPECT_THROW(set(h, f.name, std::numeric_limits<double>::infinity()), UsageError) << f.name;
        EXPECT_THROW(set(h, f.name, -1e300), UsageError) << f.name;
    }
}

TEST(Fields, ErrorsNameTheFieldTheValueAndWhatIsAllowed) {
    EXPECT_THAT(error_of("learning_rate", 0.0), HasSubstr("learning_rate: 0 is not allowed; allowed: a number above 0 and at most 1000"));
    EXPECT_THAT(error_of("momentum", 0.99999999), HasSubstr("a number from 0 and below 1"));
    // Below 1 it is, but the float that training sees is not.
    EXPECT_THAT(error_of("momentum", 0.99999999999), HasSubstr("0.99999999999 is not allowed (rounded to a 32-bit float it is 1); allowed"));
    EXPECT_THAT(error_of("dropout", 0.999999999), HasSubstr("(rounded to a 32-bit float it is 1)"));
    EXPECT_THAT(error_of("learning_rate", 1e-60), HasSubstr("(rounded to a 32-bit float it is 0)"));
    EXPECT_THAT(error_of("momentum", 1.0), HasSubstr("momentum: 1 is not allowed; allowed"));
    EXPECT_THAT(error_of("batch_size", 1.5), HasSubstr("(not a whole number)"));
    EXPECT_THAT(error_of("batch_size", "fill"), HasSubstr("or the word full"));
    EXPECT_THAT(error_of("optimizer", "adm"), HasSubstr("did you mean \"adam\"? Allowed: sgd, momentum, nesterov, rmsprop, adam, adamw"));
    EXPECT_THAT(error_of("learning_rat", 1.0), HasSubstr("did you mean \"learning_rate\"?"));
    EXPECT_THAT(error_of("lr", 1.0), HasSubstr("did you mean \"learning_rate\"?"));
    EXPECT_THAT(error_of("beta1", 0.9), HasSubstr("did you mean \"momentum\"?"));
    EXPECT_THAT(error_of("units_2", int64_t{8}), HasSubstr("only 1 hidden layers; set layers to 2"));
    EXPECT_THAT(error_of("nonsense", 1.0), HasSubstr("Known: learning_rate, optimizer"));
}

TEST(Fields, BatchSizeKnowsTheWordFull) {
    Hyperparameters h;
    set(h, "batch_size", "full");
    EXPECT_EQ(h.batch_size, 0);
    EXPECT_EQ(to_string(get(h, "batch_size")), "full");
    set(h, "batch_size", "32");
    EXPECT_EQ(h.batch_size, 32);
}

TEST(Fields, LayersKeepTheWidthUnitsSetsItUnitsNOverrides) {
    Hyperparameters h;
    h.hidden = {10, 20};
    set(h, "layers", int64_t{4});
    EXPECT_EQ(h.hidden, (std::vector<int32_t>{10, 20, 20, 20}));
    set(h, "units", int64_t{7});
    set(h, "units_3", int64_t{9});
    EXPECT_EQ(h.hidden, (std::vector<int32_t>{7, 7, 9, 7}));
    EXPECT_EQ(std::get<int64_t>(get(h, "units_3")), 9);
    EXPECT_EQ(std::get<int64_t>(get(h, "units_5")), 0);
    set(h, "layers", int64_t{0});
    EXPECT_TRUE(h.hidden.empty());
    EXPECT_EQ(std::get<int64_t>(get(h, "units")), 0);
    EXPECT_NO_THROW(check(h));
}

TEST(Fields, CheckFindsWhatTheMembersHold) {
    const auto bad = [](auto change) {
        Hyperparameters h;
        change(h);
        EXPECT_THROW(check(h), UsageError);
    };
    bad([](auto& h) { h.learning_rate = 0; });
    bad([](auto& h) { h.learning_rate = std::nanf(""); });
    bad([](auto& h) { h.momentum = 1; });
    bad([](auto& h) { h.batch_size = -1; });
    bad([](auto& h) { h.hidden = {4, 0}; });
    bad([](auto& h) { h.hidden.assign(17, 4); });
    bad([](auto& h) { h.epochs = 0; });
    bad([](auto& h) { h.optimizer = static_cast<Optimizer>(77); });
}

TEST(DidYouMean, ForgivesAThirdOfTheLettersAndNoMore) {
    const std::vector<std::string_view> known = {"momentum", "dropout", "relu"};
    EXPECT_EQ(did_you_mean("momentmu", known), "momentum"); // a swap
    EXPECT_EQ(did_you_mean("Drop-out", known), "dropout");
    EXPECT_EQ(did_you_mean("rlu", known), "relu");
    EXPECT_EQ(did_you_mean("xyz", known), "");
    EXPECT_EQ(did_you_mean("", known), "");
    EXPECT_EQ(did_you_mean(std::string(100000, 'm'), known), "");
}

TEST(Values, ShortestTextThatReadsBack) {
    EXPECT_EQ(to_string(Value{0.1}), "0.1");
    EXPECT_EQ(to_string(Value{1e-5}), "1e-05");
    EXPECT_EQ(to_string(Value{int64_t{-3}}), "-3");
    EXPECT_EQ(to_string(Value{"adam"}), "adam");
}

TEST(WeightCount, SumsWeightsAndBiases) {
    EXPECT_EQ(weight_count(std::vector<int32_t>{64, 64, 64, 10}), 8970); // the figure of workload W1
    EXPECT_EQ(weight_count(std::vector<int32_t>{5, 1}), 6);
    EXPECT_EQ(weight_count(std::vector<int32_t>{5}), 0);
    EXPECT_EQ(weight_count({}), 0);
    const int32_t huge = std::numeric_limits<int32_t>::max();
    EXPECT_EQ(weight_count(std::vector<int32_t>{huge, huge, huge, huge}), std::numeric_limits<int64_t>::max());
}

TEST(Names, EveryEnumerationHasItsWords) {
    EXPECT_EQ(to_string(TrialState::diverged), "diverged");
    EXPECT_EQ(to_string(Init::glorot_bound_normal), "glorot_bound_normal");
    EXPECT_EQ(to_string(Schedule::bergstra), "bergstra");
    EXPECT_EQ(task_from("binary"), Task::binary);
    EXPECT_EQ(loss_from("mean_squared_error"), Loss::mean_squared_error);
    EXPECT_EQ(metric_from("r2"), Metric::r2);
    EXPECT_THROW(metric_from("acuracy"), UsageError);
}

} // namespace
} // namespace caviar
