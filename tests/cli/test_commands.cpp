// demo, inspect, doctor, bench.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::HasSubstr;

class Commands : public ProgramTest {};

TEST_F(Commands, DemoEndsBetterThanTheBaseline) {
    const auto document = json({"demo", "--trials", "8", "--json", "--quiet"});
    EXPECT_EQ(document["data"]["name"], "digits");
    EXPECT_EQ(document["trials"], 8);
    EXPECT_GT(document["test"]["valid"].get<double>(), document["test"]["valid_baseline"].get<double>());
    EXPECT_GT(document["test"]["test"].get<double>(), document["test"]["test_baseline"].get<double>());
    EXPECT_TRUE(std::filesystem::exists(path("caviar-demo.db")));
    const Outcome again = fine({"demo", "--trials", "8"});
    EXPECT_THAT(again.err, HasSubstr("run again"));
    EXPECT_THAT(again.err, HasSubstr("Next:"));
    // The file of other settings is the demo's own and makes way; one that is named is not touched.
    EXPECT_EQ(json({"demo", "--trials", "6", "--json", "--quiet"})["trials"], 6);
    const Outcome named = run({"demo", "--trials", "5", "--study", "caviar-demo.db"});
    EXPECT_EQ(named.code, 2);
    EXPECT_THAT(named.err, HasSubstr("other settings"));
}

TEST_F(Commands, InspectWithoutATargetShowsColumns) {
    write("table.csv", "a,b,c,d\n1,x,,7\n2,y,3.5,7\n3,x,1.5,7\n4,y,2,7\n");
    const Outcome outcome = fine({"inspect", "table.csv"});
    EXPECT_THAT(outcome.out, HasSubstr("4 rows, 4 columns"));
    EXPECT_THAT(outcome.out, testing::ContainsRegex("3 +c +numbers +3 +1 "));
    EXPECT_THAT(outcome.out, testing::ContainsRegex("2 +b +words +2 +0 +2 classes"));
    EXPECT_THAT(outcome.err, HasSubstr("Next:"));
}

TEST_F(Commands, InspectWithATargetShowsClassesSpaceAndCost) {
    write_flowers("flowers.csv");
    const Outcome outcome = fine({"inspect", "flowers.csv", "--target", "kind", "--set", "optimizer=adam"});
    for (const char* word : {"rose", "lily", "iris", "learning_rate", "log(", "TFLOP", "GFLOP/s", "Advice"}) {
        EXPECT_THAT(outcome.out, HasSubstr(word));
    }
}

TEST_F(Commands, InspectTakesBuiltInData) { EXPECT_THAT(fine({"inspect", "digits"}).out, HasSubstr("learning_rate")); }

TEST_F(Commands, DoctorKnowsThisMachine) {
    const auto document = json({"doctor", "--json"});
    EXPECT_EQ(document["version"], CAVIAR_VERSION);
    EXPECT_GE(document["cpu"]["usable"].get<int>(), 1);
    EXPECT_GT(document["memory"]["total"].get<int64_t>(), 0);
    EXPECT_EQ(document["cpu"]["instruction_sets"][0], "plain");
    EXPECT_EQ(document["engines"][0]["name"], "cpu");
    EXPECT_EQ(document["engines"][0]["usable"], true);
    EXPECT_THAT(fine({"doctor"}).out, HasSubstr("sqlite"));
}

TEST_F(Commands, BenchMeasuresEveryWorkload) {
    const auto document = json({"bench", "--quick", "--repeats", "1", "--threads", "1", "--trials", "2", "--epochs", "1", "--json"});
    ASSERT_EQ(document["results"].size(), 5u) << "W1, W3, W4 and the two nets of W7";
    EXPECT_THAT(document["build"].get<std::string>(), HasSubstr("sources ")) << "which program was measured";
    for (const auto& result : document["results"]) {
        EXPECT_GT(result["steps_per_second"].get<double>(), 0);
        EXPECT_GT(result["gflops"].get<double>(), 0);
        EXPECT_GT(result["peak_gflops"].get<double>(), 0);
        EXPECT_NEAR(result["share"].get<double>(), result["gflops"].get<double>() / result["peak_gflops"].get<double>(), 1e-9);
    }
    EXPECT_EQ(run({"bench", "--workload", "W9"}).code, 2);
}

} // namespace

} // namespace caviar::test
