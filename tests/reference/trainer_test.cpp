/// The oracle's training loop: what a trial is made of beyond one step.
#include "random_trials.h"
#include "trainer.h"

#include <gtest/gtest.h>

namespace caviar::reference {
namespace {

Dataset small_data(int train = 11) {
    Random e(1);
    return random_dataset(e, {Task::multiclass, 3, 3, train, 6, 2});
}

// One weight, one row: x = 2, target 1, w0 known; loss (2 w + b - 1)^2, gradient by w 4 (2 w + b - 1), by b half of it.
TEST(OracleTrainer, OneWeightByHand) {
    Dataset d;
    d.task = Task::regression;
    FeatureSet f;
    f.train = f.valid = f.test = Matrix{1, 1, {2.0f}};
    d.features = {f};
    d.train_targets = d.valid_targets = d.test_targets = {1.0f};
    Hyperparameters h;
    h.hidden = {};
    h.optimizer = Optimizer::sgd;
    h.learning_rate = 0.125f;
    h.epochs = 2;
    const auto t = train<double>(d, {3, Loss::mean_squared_error, Metric::rmse}, h, 2);
    const double w0 = t.nets[0][0].weights[0], miss = 2 * w0 - 1, w1 = w0 - 0.125 * 4 * miss, b1 = -0.125 * 2 * miss;
    EXPECT_NE(w0, 0);
    EXPECT_NEAR(t.train_loss[0], miss * miss, 1e-12);
    EXPECT_NEAR(t.nets[1][0].weights[0], w1, 1e-12);
    EXPECT_NEAR(t.nets[1][0].biases[0], b1, 1e-12);
    EXPECT_NEAR(t.valid_loss[0], (2 * w1 + b1 - 1) * (2 * w1 + b1 - 1), 1e-12);
    EXPECT_NEAR(t.train_loss[1], t.valid_loss[0], 1e-12);
}

// With a rate of nearly nothing, the epoch's loss is the loss at the first weights, whatever the batches: the last, smaller one counts by its rows.
TEST(OracleTrainer, EveryRowCountsOnceInAnEpoch) {
    const Dataset d = small_data();
    Hyperparameters h;
    h.learning_rate = 1e-30f;
    h.optimizer = Optimizer::sgd;
    h.epochs = 1;
    const PopulationOptions options{5, Loss::softmax_cross_entropy, Metric::accuracy};
    for (int32_t batch : {0, 1, 2, 4, 10, 11, 12}) {
        h.batch_size = batch;
        const auto t = train<double>(d, options, h, 1);
        EXPECT_NEAR(t.train_loss[0], mean_loss(t.nets[0], h.activation, options.loss, d.features[0].train, d.train_targets), 1e-12) << batch;
    }
}

// Averaged over many masks, the inverted scaling leaves a linear path's expectation as it was. The mean of N steps has standard deviation s / sqrt(N).
TEST(OracleTrainer, DropoutKeepsTheExpectation) {
    const Dataset d = small_data();
    Hyperparameters h;
    h.hidden = {40};
    h.dropout = 0.5f;
    const Net<double> net = first_net<double>({3, 40, 3}, h, 1);
    const auto dropout = mlp::make_dropout(1, 2, h.dropout);
    const float* row = d.features[0].train.row(0);
    const double plain = forward(net, h.activation, row).sums.back()[0];
    double sum = 0, squares = 0;
    constexpr int steps = 2000;
    for (uint64_t s = 0; s < steps; ++s) {
        const Mask<double> mask = [&](int layer, int unit) {
            return double{mlp::dropout_factor(dropout, s, static_cast<uint32_t>(layer), 0, static_cast<uint32_t>(unit))};
        };
        const double y = forward(net, h.activation, row, mask).sums.back()[0];
        sum += y, squares += y * y;
    }
    const double mean = sum / steps, deviation = std::sqrt(squares / steps - mean * mean);
    EXPECT_GT(deviation, 0);
    EXPECT_NEAR(mean, plain, 5 * deviation / std::sqrt(steps));
}

TEST(OracleTrainer, EarlyStopping) {
    Hyperparameters h;
    h.patience = 3;
    EXPECT_FALSE(stops_early(h, 5, 2)); // epochs 3 and 4 were no better
    EXPECT_TRUE(stops_early(h, 6, 2));
    h.patience_from = 7;
    EXPECT_FALSE(stops_early(h, 6, 2));
    EXPECT_TRUE(stops_early(h, 7, 2));
    h = {};
    h.patience_factor = 0.5f; // Bergstra & Bengio 2012: stop once the best epoch is below half of those trained
    EXPECT_FALSE(stops_early(h, 10, 4));
    EXPECT_TRUE(stops_early(h, 11, 4));
    h = {};
    EXPECT_FALSE(stops_early(h, 1000, 0));
}

TEST(OracleTrainer, LearnsAndKeepsTheBestEpoch) {
    const Dataset d = small_data(60);
    Hyperparameters h;
    h.learning_rate = 0.01f;
    h.epochs = 60;
    h.batch_size = 7;
    h.patience = 4;
    const auto t = train<double>(d, {5, Loss::softmax_cross_entropy, Metric::log_loss}, h, 60);
    EXPECT_LT(t.train_loss.back(), t.train_loss.front() / 2);
    const size_t best = static_cast<size_t>(t.best_epoch);
    for (double m : t.valid_metric) EXPECT_GE(m, t.valid_metric[best]);
    EXPECT_TRUE(t.train_loss.size() == 60 || t.train_loss.size() == best + 5);
}

TEST(OracleTrainer, AHugeRateDiverges) {
    Hyperparameters h;
    h.optimizer = Optimizer::sgd;
    h.learning_rate = 1e30f;
    h.hidden = {8, 8};
    h.batch_size = 2;
    Random e(2);
    const Dataset d = random_dataset(e, {Task::regression, 3, 0, 20, 6, 2});
    const auto t = train<double>(d, {5, Loss::mean_squared_error, Metric::rmse}, h, 20);
    EXPECT_EQ(t.state, TrialState::diverged);
}

} // namespace
} // namespace caviar::reference
