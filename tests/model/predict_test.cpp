#include "caviar/error.h"
#include "caviar/model.h"
#include "tests/model/samples.h"

#include <gmock/gmock.h>

#include <cmath>

namespace caviar {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Net without hidden layers; `values` is W (in x out), then b.
Model linear(Model m, std::vector<int32_t> widths, std::vector<float> values) {
    m.weights = {std::move(widths), std::move(values)};
    return m;
}

/// Two inputs x, y; class scores x, y and 0.
Model three_classes() {
    Model m = linear(binary_model(), {2, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 0});
    m.preprocessing.task = Task::multiclass;
    m.preprocessing.classes = {"left", "right", "none"};
    m.loss = Loss::softmax_cross_entropy;
    return m;
}

Predictions predict_csv(const Model& m, const std::string& csv) {
    PlainEngine engine;
    return predict(m, read_table_bytes(csv, "data.csv"), engine);
}

TEST(Predict, SoftmaxByHand) {
    const Predictions p = predict_csv(three_classes(), "x,y\n1,2\n-1,-2\n3,0\n");
    EXPECT_EQ(p.rows(), 3);
    EXPECT_THAT(p.classes, ElementsAre("left", "right", "none"));
    EXPECT_THAT(p.labels, ElementsAre("right", "none", "left"));
    const double sum = std::exp(1) + std::exp(2) + 1;
    EXPECT_FLOAT_EQ(p.probabilities[0], static_cast<float>(std::exp(1) / sum));
    EXPECT_FLOAT_EQ(p.probabilities[1], static_cast<float>(std::exp(2) / sum));
    EXPECT_FLOAT_EQ(p.probabilities[2], static_cast<float>(1 / sum));
    EXPECT_TRUE(p.values.empty());
}

TEST(Predict, SoftmaxOfHugeOutputsStaysFinite) {
    const Predictions p = predict_csv(three_classes(), "x,y\n10000,-10000\n3e38,2e38\n5,5\n");
    EXPECT_THAT(std::vector<float>(p.probabilities.begin(), p.probabilities.begin() + 6), ElementsAre(1, 0, 0, 1, 0, 0));
    EXPECT_EQ(p.labels[2], "left"); // a tie goes to the first class
}

TEST(Predict, SigmoidKeepsTheDigitsOfSmallProbabilities) {
    const Model m = linear(binary_model(), {2, 1}, {1, 0, 0});
    const Predictions p = predict_csv(m, "x,y\n50,0\n-50,0\n0,0\n1000,0\n-1000,0\n");
    EXPECT_THAT(p.labels, ElementsAre("yes", "no", "no", "yes", "no")); // one half counts as class 0, as in accuracy
    EXPECT_FLOAT_EQ(p.probabilities[0], std::exp(-50.0f));
    EXPECT_FLOAT_EQ(p.probabilities[1], 1);
    EXPECT_FLOAT_EQ(p.probabilities[3], std::exp(-50.0f));
    EXPECT_THAT(std::vector<float>(p.probabilities.begin() + 4, p.probabilities.end()), ElementsAre(0.5f, 0.5f, 0, 1, 1, 0));
}

TEST(Predict, RegressionInTheTargetsUnit) {
    Model m = binary_model();
    m.preprocessing.task = Task::regression;
    m.preprocessing.classes = {};
    m.preprocessing.target_mean = 100;
    m.preprocessing.target_scale = 8;
    m.loss = Loss::mean_squared_error;
    m = linear(m, {2, 1}, {1, 2, 0.5f});
    const Predictions p = predict_csv(m, "x,y\n1,1\n0,-0.25\n");
    EXPECT_THAT(p.values, ElementsAre(128, 100)); // 100 + 8 (1 + 2 + 0.5), 100 + 8 (-0.5 + 0.5)
    EXPECT_TRUE(p.labels.empty());
    EXPECT_EQ(p.rows(), 2);
    m.preprocessing.target_mean = 1e9; // floats are 64 apart here
    EXPECT_THAT(predict_csv(m, "x,y\n1,1\n0,-0.25\n").values, ElementsAre(1'000'000'028, 1'000'000'000));
    m.preprocessing.target_mean = 0.3;
    m.preprocessing.target_scale = 0.7; // steps of 4e-8: eight decimal places and no more
    EXPECT_THAT(predict_csv(m, "x,y\n0.1,0\n").values, ElementsAre(0.72000002)); // 0.3 + 0.7 (0.1f + 0.5), the sum a float
}

TEST(Predict, MatchesColumnsByNameAndIgnoresTheRest) {
    const Predictions plain = predict_csv(three_classes(), "x,y\n1,2\n");
    const Predictions turned = predict_csv(three_classes(), "answer,y,other,x\nyes,2,text,1\n");
    EXPECT_EQ(plain.probabilities, turned.probabilities);
}

TEST(Predict, StandardizesEncodesAndFills) {
    Model m = three_classes();
    // Inputs: width, width missing?, red, other colours. Scores: each of the first three alone.
    m.preprocessing.columns = {numeric("width", 4, true), category("colour", {"red"})};
    from_table(m);
    m.preprocessing.mean = {2, 0, 0, 0};
    m.preprocessing.scale = {2, 1, 1, 1};
    m.scaling = Scaling::standardize;
    m = linear(m, {4, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    const Predictions p = predict_csv(m, "width,colour\n8,red\n?,blue\n");
    const double first = std::exp(3) + 1 + std::exp(1), second = std::exp(1) + std::exp(1) + 1;
    EXPECT_FLOAT_EQ(p.probabilities[0], static_cast<float>(std::exp(3) / first));
    EXPECT_FLOAT_EQ(p.probabilities[2], static_cast<float>(std::exp(1) / first));
    EXPECT_FLOAT_EQ(p.probabilities[3], static_cast<float>(std::exp(1) / second)); // filled with 4: (4 - 2) / 2
    EXPECT_FLOAT_EQ(p.probabilities[4], static_cast<float>(std::exp(1) / second)); // and marked as missing
}

TEST(Predict, PcaUsesTheFirstComponents) {
    const Model m = linear(regression_model(), {2, 1}, {1, 1, 0});
    const Predictions p = predict_csv(m, "a,b,c\n1.1,2.2,3.3\n");
    // x - mean = 1, 2, 3; the rows of the components belong to a, b, c.
    const double z0 = 1 * 1 + 2 * 0 + 3 * 0.125, z1 = 1 * 0 + 2 * 1 + 3 * 0;
    EXPECT_NEAR(p.values[0], 1.0 / 3 + 1e-3 * (z0 + z1), 1e-7); // a float's rounding at 0.33
}

TEST(Predict, NamesTheRowWhoseOutputIsNotFinite) {
    try {
        predict_csv(linear(three_classes(), {2, 3}, {3e38f, 0, 0, 3e38f, 1, 0, 0, 0, 0}), "x,y\n0,0\n3,3\n");
        FAIL();
    } catch (const DataError& e) {
        EXPECT_THAT(e.what(), HasSubstr("data.csv: row 3: "));
    }
}

TEST(Predict, MatchesByPositionWithoutAHeader) {
    PlainEngine engine;
    ReadOptions plain;
    plain.header = false;
    const auto labels = [&](const std::string& csv) { return predict(three_classes(), read_table_bytes(csv, "data.csv", plain), engine).labels; };
    EXPECT_THAT(labels("1,2\n-1,-2\n"), ElementsAre("right", "none"));
    EXPECT_THAT(labels("1,2,left\n-1,-2,left\n"), ElementsAre("right", "none")); // the target, last as in training
}

TEST(Predict, RefusesDataWithoutAColumn) { EXPECT_THROW(predict_csv(three_classes(), "x,z\n1,2\n"), DataError); }

} // namespace
} // namespace caviar
