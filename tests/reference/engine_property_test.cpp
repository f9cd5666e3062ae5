/// What must hold of the engine whatever the numbers: changes of the data that change nothing, or change everything by a known amount;
/// and that a curve's best epoch and end follow from the curve.
#include "engines.h"
#include "random_trials.h"
#include "trainer.h"

#include <cmath>

namespace caviar::reference {
namespace {

class Property : public EachEngine {};

struct Outcome {
    TrialResult result;
    Weights weights;
};

Outcome train_one(const std::string& instruction_set, const Dataset& data, Loss loss, const Hyperparameters& h) {
    const auto engine = cpu_engine(instruction_set);
    const auto population = engine->populate(data, {5, loss, default_metric(data.task)});
    const std::vector<Trial> trials = trials_of({h});
    population->admit(trials);
    Outcome o;
    o.result = population->train(h.epochs, ids_of(trials)).front();
    o.weights = population->weights(0);
    return o;
}

void expect_close(const TrialResult& a, const TrialResult& b, double share, double factor = 1) {
    ASSERT_EQ(a.curve.size(), b.curve.size());
    for (size_t e = 0; e < a.curve.size(); ++e) {
        EXPECT_NEAR(a.curve[e].train_loss, factor * b.curve[e].train_loss, share * factor * b.curve[e].train_loss);
        EXPECT_NEAR(a.curve[e].valid_loss, factor * b.curve[e].valid_loss, share * factor * b.curve[e].valid_loss);
    }
}

Hyperparameters linear(float rate) {
    Hyperparameters h;
    h.hidden = {};
    h.zero_output = true; // nothing random but the order
    h.optimizer = Optimizer::momentum;
    h.learning_rate = rate;
    h.batch_size = 8;
    h.epochs = 4;
    return h;
}

Dataset data_of(Task task, int classes = 3) {
    Random e(21);
    return random_dataset(e, {task, 17, classes, 50, 20, 3});
}

/// `columns` more columns of zeros on every part.
void widen(Matrix& m, int32_t columns) {
    Matrix wide{m.rows, m.columns + columns, {}};
    for (int64_t r = 0; r < m.rows; ++r) {
        wide.values.insert(wide.values.end(), m.row(r), m.row(r) + m.columns);
        wide.values.insert(wide.values.end(), static_cast<size_t>(columns), 0.0f);
    }
    m = wide;
}

// A feature that is always zero has no gradient and no say. He's width is 2 / n_in: with four times the inputs, twice the scale makes the same
// first weights. 1e-6: sums may be cut at other places.
TEST_P(Property, AFeatureThatIsAlwaysZeroChangesNothing) {
    const Dataset plain = data_of(Task::multiclass);
    Dataset wide = plain;
    for (FeatureSet& f : wide.features)
        for (Matrix* m : {&f.train, &f.valid, &f.test}) widen(*m, 3 * 17);
    Hyperparameters h = linear(0.05f);
    h.zero_output = false;
    h.init = Init::he_normal;
    const Outcome one = train_one(GetParam(), plain, Loss::softmax_cross_entropy, h);
    h.init_scale = 2;
    const Outcome other = train_one(GetParam(), wide, Loss::softmax_cross_entropy, h);
    expect_close(other.result, one.result, 1e-6);
}

// pca: columns beyond the variance asked for are as if they were not there. The same bits.
TEST_P(Property, ColumnsBeyondTheVarianceKeptDoNotCount) {
    const Dataset plain = data_of(Task::multiclass);
    Hyperparameters h;
    h.scaling = Scaling::pca;
    h.variance_kept = 0.5f;
    h.hidden = {9, 5};
    h.epochs = 3;
    h.batch_size = 7;
    const int32_t kept = plain.inputs(h);
    ASSERT_LT(kept, 17);
    Dataset cut = plain;
    for (FeatureSet& f : cut.features)
        for (Matrix* m : {&f.train, &f.valid, &f.test}) {
            Matrix narrow{m->rows, kept, {}};
            for (int64_t r = 0; r < m->rows; ++r) narrow.values.insert(narrow.values.end(), m->row(r), m->row(r) + kept);
            *m = narrow;
        }
    const Outcome one = train_one(GetParam(), plain, Loss::softmax_cross_entropy, h);
    h.variance_kept = 1;
    const Outcome other = train_one(GetParam(), cut, Loss::softmax_cross_entropy, h);
    EXPECT_EQ(one.weights.widths, other.weights.widths);
    EXPECT_EQ(one.weights.values, other.weights.values);
}

// Doubling is exact in binary floats: a linear model of doubled targets has weights doubled to the bit and losses times four.
TEST_P(Property, DoubledTargetsDoubleTheLinearModel) {
    const Dataset plain = data_of(Task::regression);
    Dataset doubled = plain;
    for (auto* targets : {&doubled.train_targets, &doubled.valid_targets, &doubled.test_targets})
        for (float& t : *targets) t *= 2;
    const Outcome one = train_one(GetParam(), plain, Loss::mean_squared_error, linear(0.02f));
    const Outcome two = train_one(GetParam(), doubled, Loss::mean_squared_error, linear(0.02f));
    ASSERT_EQ(one.weights.values.size(), two.weights.values.size());
    for (size_t k = 0; k < one.weights.values.size(); ++k) EXPECT_EQ(2 * one.weights.values[k], two.weights.values[k]);
    expect_close(two.result, one.result, 1e-6, 4);
}

// Renaming the classes renames the columns of a linear model. 1e-6: softmax sums in another order.
TEST_P(Property, RenamedClassesRenameTheOutputs) {
    const Dataset plain = data_of(Task::multiclass);
    Dataset renamed = plain;
    for (auto* targets : {&renamed.train_targets, &renamed.valid_targets, &renamed.test_targets})
        for (float& t : *targets) t = t == 2 ? 0.0f : t + 1;
    const Outcome one = train_one(GetParam(), plain, Loss::softmax_cross_entropy, linear(0.02f));
    const Outcome other = train_one(GetParam(), renamed, Loss::softmax_cross_entropy, linear(0.02f));
    expect_close(other.result, one.result, 1e-6);
    EXPECT_EQ(other.result.best_epoch, one.result.best_epoch);
    const Net<double> a = net_of(one.weights), b = net_of(other.weights);
    for (int i = 0; i < 17; ++i)
        for (int o = 0; o < 3; ++o)
            EXPECT_NEAR(a[0].weights[static_cast<size_t>(i * 3 + o)], b[0].weights[static_cast<size_t>(i * 3 + (o + 1) % 3)], 1e-6);
}

// Under gradient descent from zero, the two outputs of a softmax move in opposite directions by the same amount: their difference is a logit that
// learns twice as fast.
TEST_P(Property, OneLogitIsASoftmaxOfTwoAtTwiceTheRate) {
    const Dataset data = data_of(Task::binary, 2);
    const Outcome two = train_one(GetParam(), data, Loss::softmax_cross_entropy, linear(0.01f));
    const Outcome one = train_one(GetParam(), data, Loss::binary_cross_entropy, linear(0.02f));
    expect_close(one.result, two.result, 1e-5);
}

// The mean over a full batch does not change when every row comes twice. 1e-5: twice as many terms, in another order.
TEST_P(Property, EveryRowTwiceIsTheSameFullBatch) {
    const Dataset plain = data_of(Task::regression);
    Dataset twice = plain;
    for (FeatureSet& f : twice.features) {
        f.train.rows *= 2;
        f.train.values.insert(f.train.values.end(), f.train.values.begin(), f.train.values.end());
    }
    twice.train_targets.insert(twice.train_targets.end(), plain.train_targets.begin(), plain.train_targets.end());
    Hyperparameters h;
    h.optimizer = Optimizer::nesterov;
    h.activation = Activation::tanh;
    h.hidden = {5};
    h.batch_size = 0;
    h.learning_rate = 0.05f;
    h.epochs = 4;
    expect_close(train_one(GetParam(), twice, Loss::mean_squared_error, h).result, train_one(GetParam(), plain, Loss::mean_squared_error, h).result, 1e-5);
}

// From zero first weights and with no hidden layer, the seed decides only the order of the rows, which a full batch does not see but for rounding.
TEST_P(Property, TheSeedOfALinearModelWithAFullBatchHasNoSay) {
    const Dataset data = data_of(Task::multiclass);
    Hyperparameters h = linear(0.1f);
    h.batch_size = 0;
    const Outcome one = train_one(GetParam(), data, Loss::softmax_cross_entropy, h);
    h.seed = 99;
    expect_close(train_one(GetParam(), data, Loss::softmax_cross_entropy, h).result, one.result, 1e-5);
}

// Whatever rounding does to the scores: the best epoch is the first with the best score of the curve, and the curve ends where the rule says.
TEST_P(Property, BestEpochAndEarlyStopFollowFromTheCurve) {
    int stopped = 0;
    for (Metric metric : {Metric::accuracy, Metric::log_loss, Metric::auc}) {
        const Dataset data = data_of(Task::multiclass);
        std::vector<Hyperparameters> settings;
        for (int k = 0; k < 24; ++k) {
            Random e(static_cast<uint32_t>(k) + 77);
            Hyperparameters h = random_hyperparameters(e, k, 50);
            h.epochs = 25;
            h.patience = k % 4;
            h.patience_from = k % 3 * 4;
            h.patience_factor = k % 5 == 0 ? 0.5f : 0.0f;
            settings.push_back(h);
        }
        const auto trials = trials_of(settings);
        const auto engine = cpu_engine(GetParam());
        const auto population = engine->populate(data, {5, Loss::softmax_cross_entropy, metric});
        population->admit(trials);
        for (const TrialResult& r : population->train(25, ids_of(trials))) {
            const Hyperparameters& h = settings[static_cast<size_t>(r.id)];
            SCOPED_TRACE(to_string(metric) + ", trial " + std::to_string(r.id));
            ASSERT_EQ(r.state, TrialState::complete);
            int best = -1;
            for (int e = 0; e < static_cast<int>(r.curve.size()); ++e) {
                const auto &now = r.curve[static_cast<size_t>(e)], &then = r.curve[static_cast<size_t>(std::max(best, 0))];
                if (best < 0 || better(metric, then.valid_metric, then.valid_loss, now.valid_metric, now.valid_loss)) best = e;
                const bool last = e + 1 == static_cast<int>(r.curve.size());
                EXPECT_EQ(stops_early(h, e + 1, best) || e + 1 == h.epochs, last) << "epoch " << e;
            }
            EXPECT_EQ(r.best_epoch, best);
            stopped += r.curve.size() < 25;

            // the weights kept are those of the best epoch: the same score comes out of them
            const Matrix& valid = data.with(h.scaling).valid;
            const Weights weights = population->weights(r.id);
            const std::vector<float> outputs = engine->forward(weights, h.activation, valid);
            const EpochLosses& at = r.curve[static_cast<size_t>(best)];
            EXPECT_NEAR(mean_loss(Loss::softmax_cross_entropy, outputs, 3, data.valid_targets), at.valid_loss, 1e-5 * at.valid_loss);
            EXPECT_NEAR(evaluate(metric, Loss::softmax_cross_entropy, outputs, 3, data.valid_targets, 1), at.valid_metric, 1e-5);
        }
    }
    EXPECT_GT(stopped, 10);
}

// Raw outputs of the engine's own forward pass against the oracle's, over matrices wider than the net and of any number of rows. 1e-5 of the
// largest output: sums of at most 100 terms in float.
TEST_P(Property, ForwardIsTheOracles) {
    const auto engine = cpu_engine(GetParam());
    Random e(4);
    for (Activation activation : activations)
        for (const std::vector<int>& shape : std::vector<std::vector<int>>{{1, 1}, {17, 3}, {3, 100, 10}, {17, 1, 17, 3}, {100, 33, 17, 5, 2}})
            for (int rows : {1, 7, 65}) {
                Weights w;
                w.widths.assign(shape.begin(), shape.end());
                for (size_t l = 0; l + 1 < shape.size(); ++l)
                    for (int k = 0; k < (shape[l] + 1) * shape[l + 1]; ++k) w.values.push_back(static_cast<float>(gauss(e) / std::sqrt(shape[l])));
                const Matrix x = random_matrix(e, rows, shape.front() + 2);
                const std::vector<float> got = engine->forward(w, activation, x);
                ASSERT_EQ(got.size(), static_cast<size_t>(rows * shape.back()));
                const Net<double> net = net_of(w);
                double largest = 0;
                for (float y : got) largest = std::max(largest, std::fabs(double{y}));
                for (int r = 0; r < rows; ++r) {
                    const auto want = forward(net, activation, x.row(r)).sums.back();
                    for (int o = 0; o < shape.back(); ++o)
                        ASSERT_NEAR(got[static_cast<size_t>(r * shape.back() + o)], want[static_cast<size_t>(o)], 1e-5 * largest + 1e-7);
                }
            }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Property, testing::ValuesIn(instruction_sets()), name_of);

} // namespace
} // namespace caviar::reference
