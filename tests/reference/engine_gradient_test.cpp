/// The engine's gradient against finite differences of the oracle's loss: one step of plain gradient descent with rate 1 over the full
/// batch moves the weights by the gradient.
#include "engines.h"
#include "random_trials.h"
#include "trainer.h"

#include <cmath>

namespace caviar::reference {
namespace {

class Gradient : public EachEngine {};

struct Fixture {
    Dataset data;
    PopulationOptions options;
    std::vector<Hyperparameters> settings;
};

/// Every activation over nets of ragged widths.
Fixture fixture(Loss loss, int features) {
    Random e(static_cast<uint32_t>(features) * 3 + static_cast<uint32_t>(loss));
    const Task task = loss == Loss::softmax_cross_entropy ? Task::multiclass : loss == Loss::binary_cross_entropy ? Task::binary : Task::regression;
    Fixture f{random_dataset(e, {task, features, task == Task::multiclass ? 10 : 2, 23, 5, 2}), {7, loss, default_metric(task)}, {}};
    for (const std::vector<int32_t>& hidden : std::vector<std::vector<int32_t>>{{}, {1}, {3}, {17}, {100}, {17, 3}, {3, 1, 17, 100}})
        for (Activation activation : activations) {
            Hyperparameters h;
            h.optimizer = Optimizer::sgd;
            h.learning_rate = 1;
            h.batch_size = 0;
            h.epochs = 1;
            h.hidden = hidden;
            h.activation = activation;
            h.init = Init::glorot_normal;
            h.weight_decay = f.settings.size() % 2 ? 0.25f : 0.0f;
            h.dropout = f.settings.size() % 3 == 0 ? 0.4f : 0.0f;
            h.seed = f.settings.size();
            f.settings.push_back(h);
        }
    return f;
}

/// What the step minimises: the mean loss under this step's masks, and the decay's term.
double objective(const Fixture& f, const Hyperparameters& h, const Net<double>& net) {
    const Matrix& x = f.data.with(h.scaling).train;
    const auto order = mlp::make_shuffle(f.options.study_seed, h.seed, 0, static_cast<uint32_t>(x.rows));
    const auto dropout = mlp::make_dropout(f.options.study_seed, h.seed, h.dropout);
    double sum = 0, squares = 0;
    for (int64_t p = 0; p < x.rows; ++p) {
        const uint32_t row = mlp::row_at(order, static_cast<uint32_t>(p));
        const Mask<double> mask = [&](int layer, int unit) {
            return double{mlp::dropout_factor(dropout, 0, static_cast<uint32_t>(layer), static_cast<uint32_t>(p), static_cast<uint32_t>(unit))};
        };
        sum += row_loss(f.options.loss, forward(net, h.activation, x.row(row), h.dropout > 0 ? mask : Mask<double>{}).sums.back(), f.data.train_targets[row]).value;
    }
    for (const auto& layer : net)
        for (double w : layer.weights) squares += w * w;
    return sum / static_cast<double>(x.rows) + double{h.weight_decay} / 2 * squares;
}

struct Slopes {
    double below, above; ///< the derivative is between them
};

/// Of smooth activations the central difference: with a step of 1e-5, 1e-10 of truncation and 1e-11 of rounding. Where there are kinks, one may
/// lie within the step: the two one-sided differences over 1e-7 then enclose the derivative, and elsewhere are within 1e-7 of it.
Slopes difference(const Fixture& f, const Hyperparameters& h, Net<double>& net, double& parameter) {
    const bool kinks = h.activation == Activation::relu || h.activation == Activation::leaky_relu;
    const double kept = parameter, step = kinks ? 1e-7 : 1e-5;
    parameter = kept + step;
    const double up = objective(f, h, net);
    parameter = kept - step;
    const double down = objective(f, h, net);
    parameter = kept;
    if (!kinks) return {(up - down) / (2 * step), (up - down) / (2 * step)};
    const double here = objective(f, h, net), left = (here - down) / step, right = (up - here) / step;
    return {std::min(left, right), std::max(left, right)};
}

/// Of each layer a few parameters, drawn at random. Tolerance: w0 - g is rounded to float (2^-24 of the larger), and g, a sum of 23 rows over
/// at most 100 units and five layers with random signs, to some 1e-6 of the layer's largest gradient; finite differences add 1e-7.
void expect_gradient(const Fixture& f, const Hyperparameters& h, const Weights& after) {
    Net<double> first = first_net<double>(std::vector<int>(after.widths.begin(), after.widths.end()), h, f.options.study_seed);
    const Net<double> last = net_of(after);
    Random e(3);
    for (size_t l = 0; l < first.size(); ++l)
        for (bool bias : {false, true}) {
            auto& parameters = bias ? first[l].biases : first[l].weights;
            const auto& stepped = bias ? last[l].biases : last[l].weights;
            double largest = 0;
            for (size_t k = 0; k < parameters.size(); ++k) largest = std::max(largest, std::fabs(parameters[k] - stepped[k]));
            for (int draw = 0; draw < 3; ++draw) {
                const size_t k = e() % parameters.size();
                const double tolerance = 3e-6 * largest + 0x1p-23 * std::fabs(parameters[k]) + 2e-7;
                const double got = parameters[k] - stepped[k];
                const Slopes want = difference(f, h, first, parameters[k]);
                EXPECT_GE(got, want.below - tolerance) << to_string(h.activation) << ", layer " << l << (bias ? ", bias " : ", weight ") << k;
                EXPECT_LE(got, want.above + tolerance) << to_string(h.activation) << ", layer " << l << (bias ? ", bias " : ", weight ") << k;
            }
        }
}

TEST_P(Gradient, GradientEqualsFiniteDifferences) {
    const auto engine = cpu_engine(GetParam());
    for (Loss loss : losses)
        for (int features : {1, 3, 17, 100}) {
            const Fixture f = fixture(loss, features);
            const auto population = engine->populate(f.data, f.options);
            const std::vector<Trial> trials = trials_of(f.settings);
            population->admit(trials);
            population->train(1, ids_of(trials));
            for (const Trial& t : trials) {
                SCOPED_TRACE(to_string(loss) + ", " + std::to_string(features) + " features, " + std::to_string(t.hyperparameters.hidden.size()) +
                             " hidden layers, dropout " + std::to_string(t.hyperparameters.dropout));
                expect_gradient(f, t.hyperparameters, population->weights(t.id));
            }
        }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Gradient, testing::ValuesIn(instruction_sets()), name_of);

} // namespace
} // namespace caviar::reference
