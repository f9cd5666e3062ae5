/// The oracle itself, against finite differences and hand-worked losses.
#include "net.h"
#include "random_trials.h"

#include <gtest/gtest.h>

namespace caviar::reference {
namespace {

/// A random net; biases too, so that every path is exercised.
Net<double> random_net(Random& e, const std::vector<int>& widths) {
    Net<double> net = zeros<double>(widths);
    for (auto& layer : net) {
        for (double& w : layer.weights) w = gauss(e) / std::sqrt(layer.in);
        for (double& b : layer.biases) b = 0.3 * gauss(e);
    }
    return net;
}

double total_loss(const Net<double>& net, Activation activation, Loss loss, const Matrix& x, const std::vector<float>& t, const Mask<double>& mask) {
    double sum = 0;
    for (int64_t r = 0; r < x.rows; ++r)
        sum += row_loss(loss, forward(net, activation, x.row(r), mask).sums.back(), t[static_cast<size_t>(r)]).value;
    return sum;
}

// Central differences with h = 1e-6 have an error of about h^2 = 1e-12 from the third derivative and 1e-16 / h = 1e-10 of the loss from
// rounding; 1e-7 leaves room for a handful of rows and steep places. Kinks within h of a sum are unlikely (1e-6 each).
void expect_gradient(const std::vector<int>& widths, Activation activation, Loss loss, const Mask<double>& mask) {
    Random e(static_cast<uint32_t>(widths.size()) * 100 + static_cast<uint32_t>(activation) * 10 + static_cast<uint32_t>(loss));
    Net<double> net = random_net(e, widths);
    const Matrix x = random_matrix(e, 4, widths.front());
    std::vector<float> targets;
    for (int r = 0; r < 4; ++r)
        targets.push_back(loss == Loss::mean_squared_error ? static_cast<float>(gauss(e))
                                                           : static_cast<float>(e() % static_cast<uint32_t>(std::max(2, widths.back()))));
    if (loss == Loss::softmax_cross_entropy && widths.back() == 1) targets.assign(4, 0.0f);

    Net<double> gradient = zeros<double>(widths);
    double sum = 0;
    for (int r = 0; r < 4; ++r) sum += backward(net, activation, loss, x.row(r), targets[static_cast<size_t>(r)], gradient, mask);
    EXPECT_NEAR(sum, total_loss(net, activation, loss, x, targets, mask), 1e-12 * std::fabs(sum));
    const auto check = [&](double& parameter, double analytic) {
        const double h = 1e-6, kept = parameter;
        parameter = kept + h;
        const double up = total_loss(net, activation, loss, x, targets, mask);
        parameter = kept - h;
        const double down = total_loss(net, activation, loss, x, targets, mask);
        parameter = kept;
        ASSERT_NEAR(analytic, (up - down) / (2 * h), 1e-7 * (1 + std::fabs(analytic))) << int(activation) << " " << int(loss);
    };
    for (size_t l = 0; l < net.size(); ++l) {
        for (size_t k = 0; k < net[l].weights.size(); ++k) check(net[l].weights[k], gradient[l].weights[k]);
        for (size_t k = 0; k < net[l].biases.size(); ++k) check(net[l].biases[k], gradient[l].biases[k]);
    }
}

TEST(Oracle, GradientsEqualFiniteDifferences) {
    const Mask<double> none, half = [](int layer, int unit) { return (layer + unit) % 3 == 0 ? 0.0 : 1.5; };
    for (Activation activation : activations)
        for (Loss loss : losses) {
            const int outputs = loss == Loss::softmax_cross_entropy ? 3 : 1;
            for (const std::vector<int>& hidden : std::vector<std::vector<int>>{{}, {1}, {17}, {3, 1}, {17, 3, 5}, {3, 3, 3, 3}})
                for (const Mask<double>& mask : {none, half}) {
                    std::vector<int> shape{3};
                    shape.insert(shape.end(), hidden.begin(), hidden.end());
                    shape.push_back(outputs);
                    expect_gradient(shape, activation, loss, mask);
                }
        }
    expect_gradient({1, 1}, Activation::relu, Loss::softmax_cross_entropy, none);
    expect_gradient({2, 100, 10}, Activation::gelu, Loss::softmax_cross_entropy, half);
}

TEST(Oracle, LossesByHand) {
    const double ln2 = 0.693147180559945309;
    EXPECT_NEAR(row_loss<double>(Loss::softmax_cross_entropy, {0, 0, 0, 0}, 2).value, 2 * ln2, 1e-15); // ln 4
    EXPECT_NEAR(row_loss<double>(Loss::softmax_cross_entropy, {ln2, 0}, 0).value, std::log(1.5), 1e-15);
    EXPECT_NEAR(row_loss<double>(Loss::softmax_cross_entropy, {1000, 0}, 1).value, 1000, 1e-12);
    EXPECT_NEAR(row_loss<double>(Loss::binary_cross_entropy, {0}, 1).value, ln2, 1e-15);
    EXPECT_NEAR(row_loss<double>(Loss::binary_cross_entropy, {ln2}, 0).value, std::log(3.0), 1e-15); // ln(1 + 2)
    EXPECT_NEAR(row_loss<double>(Loss::binary_cross_entropy, {-800}, 1).value, 800, 1e-12);
    EXPECT_NEAR(row_loss<double>(Loss::mean_squared_error, {3}, 1).value, 4, 0);
}

// Two outputs under softmax say the same as one logit, their difference.
TEST(Oracle, BinaryIsSoftmaxOfTwo) {
    for (double y : {-3.0, -0.2, 0.0, 1.7})
        for (float t : {0.0f, 1.0f}) {
            const auto one = row_loss<double>(Loss::binary_cross_entropy, {y}, t);
            const auto two = row_loss<double>(Loss::softmax_cross_entropy, {0.5, y + 0.5}, t);
            EXPECT_NEAR(one.value, two.value, 1e-14);
            EXPECT_NEAR(one.gradient[0], two.gradient[1], 1e-14);
        }
}

// GELU at 1 is Phi(1) = 0.8413447460685429; SiLU at 1 is 1 / (1 + 1/e) = 0.7310585786300049.
TEST(Oracle, ActivationsByTheirTables) {
    EXPECT_NEAR(activate(Activation::gelu, 1.0), 0.8413447460685429, 1e-15);
    EXPECT_NEAR(activate(Activation::gelu, -1.0), 0.8413447460685429 - 1, 1e-15);
    EXPECT_NEAR(activate(Activation::silu, 1.0), 0.7310585786300049, 1e-15);
    EXPECT_EQ(activate(Activation::leaky_relu, -2.0), -0.02);
    EXPECT_EQ(activate(Activation::relu, -2.0), 0.0);
    EXPECT_NEAR(activate(Activation::tanh, 0.5), 0.46211715726000975, 1e-15);
    EXPECT_NEAR(activate(Activation::sigmoid, -1.0), 0.2689414213699951, 1e-15);
}

} // namespace
} // namespace caviar::reference
