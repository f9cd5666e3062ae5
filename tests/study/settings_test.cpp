// Settings as JSON: everything comes back to the same bits, and nothing else is accepted.

#include "support.h"

#include "caviar/error.h"
#include "host/study/settings.h"

#include <gmock/gmock.h>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;

float any_float(std::mt19937_64& random) {
    for (;;) {
        const auto bits = static_cast<uint32_t>(random());
        float value;
        std::memcpy(&value, &bits, sizeof value);
        if (std::isfinite(value)) return value;
    }
}

TEST(Settings, RoundTrip) {
    SweepSettings s = some_settings("grid", 123'456'789'012);
    s.data = "a \"quoted\" path\\with\nlines and \xc3\xa9";
    s.valid_file = "caf\xe9.csv"; // Latin-1: no UTF-8, but a fine name of a file
    s.test_file = "t";
    s.test_labels = "t-labels";
    s.read.header = false;
    s.read.delimiter = '\t';
    s.read.labels = "labels.gz";
    s.read.as_text = "-1";
    s.read.missing = {"", "\xff\xfe", "none"};
    s.prepare.task = Task::regression;
    s.prepare.valid_share = 0.1;
    s.prepare.seed = std::numeric_limits<uint64_t>::max();
    s.prepare.drop = {"a", "b,c"};
    s.prepare.scalings = {Scaling::pca, Scaling::none};
    s.loss = Loss::mean_squared_error;
    s.metric = Metric::r2;
    s.space.vary("dropout", parse_distribution("uniform(0,0.1)"));
    s.space.fix("schedule", std::string("cosine"));
    s.space.vary("patience", parse_distribution("choice(0,5,5)"), Condition{"batch_size", {int64_t{8}, int64_t{16}}});
    s.defaults.hidden = {3, 17, 100};
    s.defaults.zero_output = true;
    s.defaults.init = Init::glorot_bound_normal;
    s.sampler.seed = 0xfedcba9876543210;
    s.sampler.explore = 1.0 / 3;
    s.sampler.round_size = 7;

    const std::string text = to_json(s);
    const SweepSettings back = settings_from_json(text);
    EXPECT_EQ(to_json(back), text);
    EXPECT_EQ(back.space, s.space);
    EXPECT_EQ(back.defaults, s.defaults);
    EXPECT_EQ(back.valid_file, s.valid_file);
    EXPECT_EQ(back.test_labels, s.test_labels);
    EXPECT_EQ(back.valid_labels, "");
    EXPECT_EQ(text.find("valid_labels"), std::string::npos) << "settings without them read as those of older studies";
    EXPECT_EQ(back.read.missing, s.read.missing);
    EXPECT_EQ(back.prepare.seed, s.prepare.seed);
    EXPECT_EQ(back.sampler.seed, s.sampler.seed);
    EXPECT_EQ(back.sampler.explore, s.sampler.explore);
    EXPECT_EQ(back.sampler.round_size, 7);
    EXPECT_EQ(to_json(SweepSettings{}).find("round_size"), std::string::npos) << "nor is a round's size, where none was asked for";
    EXPECT_EQ(back.loss, s.loss);
    EXPECT_EQ(back.read.header, s.read.header);
    EXPECT_EQ(study::differences(s, back), "");
}

TEST(Settings, WhatOlderStudiesDoNotSayKeepsItsOldMeaning) {
    SweepSettings s = some_settings("coarse-to-fine");
    s.sampler.draw = "sobol";
    s.sampler.plan = "staged";
    EXPECT_EQ(settings_from_json(to_json(s)).sampler.draw, "sobol");
    EXPECT_EQ(settings_from_json(to_json(s)).sampler.plan, "staged");
    auto json = study::Json::parse(to_json(s));
    json["sampler"].erase("draw");
    json["sampler"].erase("plan");
    const SweepSettings old = settings_from_json(json.dump());
    EXPECT_EQ(old.sampler.draw, "random") << "there was no other";
    EXPECT_EQ(old.sampler.plan, "");
    EXPECT_EQ(to_json(old), json.dump());
}

TEST(Settings, EveryFloatAndDoubleComesBackToTheSameBits) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 300; ++i) {
        SweepSettings s = some_settings();
        float* floats[] = {&s.defaults.learning_rate, &s.defaults.epsilon, &s.defaults.floor, &s.defaults.patience_factor};
        for (float* f : floats) *f = any_float(random);
        const double low = std::ldexp(1 + static_cast<double>(random() >> 12) / 4503599627370496.0, -static_cast<int>(random() % 12) - 1);
        Distribution d = parse_distribution("uniform(0,1)");
        d.low = low / 2, d.high = low;
        s.space.vary("dropout", d);
        const SweepSettings back = settings_from_json(to_json(s));
        ASSERT_EQ(std::memcmp(&back.defaults.learning_rate, &s.defaults.learning_rate, 4), 0) << s.defaults.learning_rate;
        ASSERT_EQ(back.defaults, s.defaults);
        ASSERT_EQ(back.space, s.space);
    }
}

TEST(Settings, ReadingIsStrict) {
    const std::string good = to_json(some_settings());
    const auto refused = [](std::string text, const std::string& from, const std::string& to) {
        const size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
        return message<RuntimeFailure>([&] { (void)settings_from_json(text); });
    };
    EXPECT_THAT(refused(good, "\"caviar_settings\":1", "\"caviar_settings\":2"), HasSubstr("another version"));
    EXPECT_THAT(refused(good, "\"keep_weights\":4", "\"keep_weights\":4,\"more\":1"), HasSubstr("does not know"));
    EXPECT_THAT(refused(good, "\"keep_weights\":4", "\"keep\":4"), HasSubstr("\"keep_weights\" is missing"));
    EXPECT_THAT(refused(good, "\"keep_weights\":4", "\"keep_weights\":4000000000"), HasSubstr("keep_weights: the number is too large"));
    EXPECT_THAT(refused(good, "\"keep_weights\":4", "\"keep_weights\":4.0"), HasSubstr("whole number"));
    EXPECT_THAT(refused(good, "\"epochs\":5", "\"epochs\":\"5\""), HasSubstr("settings.defaults.epochs"));
    EXPECT_THAT(refused(good, "\"kind\":\"log\"", "\"kind\":\"lug\""), HasSubstr("lug"));
    EXPECT_THAT(refused(good, "\"activation\":\"relu\"", "\"activation\":\"rely\""), HasSubstr("relu"));
    for (const char* text : {"", "{", "[]", "null", "{}", "\"x\"", "1e999", "{\"caviar_settings\":1}"})
        EXPECT_NE(message<RuntimeFailure>([&] { (void)settings_from_json(text); }), "") << text;
    EXPECT_NE(message<RuntimeFailure>([&] { (void)settings_from_json(std::string(100'000, '[')); }), "");
}

TEST(Settings, DifferencesAreNamed) {
    const SweepSettings a = some_settings();
    SweepSettings b = a;
    b.data = "elsewhere.csv";
    b.sampler.trials = 999;
    EXPECT_EQ(study::differences(a, b), "");
    b.defaults.epochs = 6;
    b.sampler.seed = 8;
    b.space.vary("learning_rate", parse_distribution("log(1e-3,1)"));
    const std::string names = study::differences(a, b);
    EXPECT_THAT(names, HasSubstr("defaults.epochs"));
    EXPECT_THAT(names, HasSubstr("sampler.seed"));
    EXPECT_THAT(names, HasSubstr("space"));
}

TEST(Settings, TrialSeedIsItsIdUnlessTheSpaceSetsIt) {
    SweepSettings s = some_settings();
    std::mt19937_64 random(1);
    EXPECT_EQ(some_trials(s, 41, 1, 0, random)[0].hyperparameters.seed, 41u);
    s.space.fix("seed", int64_t{5});
    EXPECT_EQ(some_trials(s, 41, 1, 0, random)[0].hyperparameters.seed, 5u);
}

TEST(TestReports, RoundTrip) {
    TestReport r{12, Metric::f1, 0.1, 1.0 / 3, 0.5, 0.25, {{Metric::accuracy, 0.7}, {Metric::log_loss, 1e-300}}};
    EXPECT_EQ(test_report_from_json(to_json(r)), r);
    r.test = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(std::isnan(test_report_from_json(to_json(r)).test));
    for (const char* text : {"", "{}", "[]", "{\"trial\":1}"})
        EXPECT_NE(message<RuntimeFailure>([&] { (void)test_report_from_json(text); }), "") << text;
}

} // namespace
} // namespace caviar::testing_study
