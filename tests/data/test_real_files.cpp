// Real tables, where they are at hand: in the folder CAVIAR_SHARED_DATA, or in shared/data beside the project.

#include "caviar/preprocessing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>

namespace caviar {
namespace {

using testing::ElementsAre;

std::string folder() {
    const char* given = std::getenv("CAVIAR_SHARED_DATA");
    return given ? given : CAVIAR_SOURCE_DIR "/../shared/data";
}

struct RealFile : testing::Test {
    static Table load(const std::string& name, const ReadOptions& options = {}) { return read_table(folder() + "/" + name, options); }
    static bool present(const std::string& name) { return std::filesystem::exists(folder() + "/" + name); }
    static Prepared prepared(const Table& table, std::vector<Scaling> scalings = {Scaling::standardize}) {
        PrepareOptions options;
        options.target = "-1";
        options.scalings = std::move(scalings);
        return prepare(table, options);
    }
};
#define NEEDS(name) \
    if (!present(name)) GTEST_SKIP() << folder() << "/" name " is not here; set CAVIAR_SHARED_DATA"

TEST_F(RealFile, Adult) {
    NEEDS("adult-train.csv");
    const Table table = load("adult-train.csv");
    EXPECT_FALSE(table.named);
    EXPECT_EQ(table.rows(), 32561); // as adult.names of UCI says
    ASSERT_EQ(table.columns.size(), 15u);
    std::string kinds;
    int64_t missing = 0;
    for (const Column& column : table.columns) {
        kinds += column.categorical ? 't' : 'n';
        missing += std::count(column.codes.begin(), column.codes.end(), -1);
    }
    EXPECT_EQ(kinds, "ntntnttttt" "nnntt");
    EXPECT_EQ(missing, 1836 + 1843 + 583); // workclass, occupation, native-country
    const Dataset d = prepared(table).dataset;
    EXPECT_EQ(d.task, Task::binary);
    EXPECT_THAT(d.classes, ElementsAre("<=50K", ">50K"));
    const auto rich = [&](Part part) { return std::accumulate(d.targets(part).begin(), d.targets(part).end(), 0.0); };
    EXPECT_EQ(rich(Part::train) + rich(Part::valid) + rich(Part::test), 7841);
    EXPECT_NEAR(rich(Part::valid), 7841 * 0.2, 1); // stratified
}

TEST_F(RealFile, BreastCancerIsInSingleQuotes) {
    NEEDS("breast-cancer.csv");
    const Table table = load("breast-cancer.csv");
    EXPECT_FALSE(table.named);
    EXPECT_EQ(table.rows(), 286);
    ASSERT_EQ(table.columns.size(), 10u);
    EXPECT_FALSE(table.columns[5].categorical); // the degree, 1 to 3
    EXPECT_THAT(prepared(table).dataset.classes, ElementsAre("no-recurrence-events", "recurrence-events"));
}

TEST_F(RealFile, NumericTables) {
    NEEDS("phoneme.csv");
    struct Expected {
        const char* name;
        int64_t rows;
        size_t columns;
        Task task;
    };
    for (const Expected& e : {Expected{"phoneme.csv", 5404, 6, Task::binary}, {"pima-indians-diabetes.csv", 768, 9, Task::binary},
                              {"housing.csv", 506, 14, Task::regression}, {"winequality-red.csv", 1599, 12, Task::regression}}) {
        if (!present(e.name)) continue;
        const Table table = load(e.name);
        EXPECT_EQ(table.rows(), e.rows) << e.name;
        EXPECT_EQ(table.columns.size(), e.columns) << e.name;
        EXPECT_EQ(prepared(table, {Scaling::none, Scaling::standardize, Scaling::pca}).dataset.task, e.task) << e.name;
    }
}

TEST_F(RealFile, Mnist) {
    NEEDS("t10k-images-idx3-ubyte.gz");
    const Table table = load("t10k-images-idx3-ubyte.gz", {.labels = folder() + "/t10k-labels-idx1-ubyte.gz"});
    EXPECT_EQ(table.rows(), 10000);
    ASSERT_EQ(table.columns.size(), 785u);
    EXPECT_EQ(table.columns.back().numbers[0], 7); // the first test digit is a 7
    double sum = 0;
    for (size_t c = 0; c < 784; ++c) sum = std::accumulate(table.columns[c].numbers.begin(), table.columns[c].numbers.end(), sum);
    EXPECT_NEAR(sum / (784.0 * 10000) / 255, 0.1325, 5e-5); // the known mean of MNIST's test images
    const Dataset d = prepared(table).dataset;
    EXPECT_EQ(d.task, Task::multiclass);
    EXPECT_EQ(d.classes.size(), 10u);
    EXPECT_EQ(d.rows(Part::train), 6000);
}

} // namespace
} // namespace caviar
