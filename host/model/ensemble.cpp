#include "host/model/ensemble.h"

#include <algorithm>
#include <cmath>

namespace caviar::model {
namespace {

/// log(mean(exp(x))).
double log_mean_exp(std::span<const double> x) {
    const double largest = *std::max_element(x.begin(), x.end());
    double sum = 0;
    for (const double value : x) sum += std::exp(value - largest);
    return largest + std::log(sum / static_cast<double>(x.size()));
}

/// log(sum(exp(z))), which is what a softmax takes off its outputs to make logarithms of probabilities.
double log_sum_exp(std::span<const float> z) {
    const double largest = *std::max_element(z.begin(), z.end());
    double sum = 0;
    for (const float value : z) sum += std::exp(value - largest);
    return largest + std::log(sum);
}

/// log(sigmoid(z)), exact in both tails.
double log_sigmoid(double z) { return std::min(z, 0.0) - std::log1p(std::exp(-std::abs(z))); }

} // namespace

std::vector<float> joint_outputs(Loss loss, std::span<const std::vector<float>> outputs, size_t width) {
    if (outputs.size() == 1) return outputs[0];
    std::vector<float> joint(outputs[0].size());
    std::vector<double> yes(outputs.size()), no(outputs.size());
    for (size_t row = 0; row < joint.size(); row += width) {
        if (loss == Loss::softmax_cross_entropy)
            for (size_t n = 0; n < outputs.size(); ++n) no[n] = log_sum_exp(std::span(outputs[n]).subspan(row, width));
        for (size_t c = row; c < row + width; ++c) {
            double sum = 0;
            for (size_t n = 0; n < outputs.size(); ++n) {
                const double z = outputs[n][c];
                sum += z;
                yes[n] = loss == Loss::softmax_cross_entropy ? z - no[n] : log_sigmoid(z);
                if (loss == Loss::binary_cross_entropy) no[n] = log_sigmoid(-z);
            }
            switch (loss) {
            case Loss::softmax_cross_entropy: joint[c] = static_cast<float>(log_mean_exp(yes)); break;
            case Loss::binary_cross_entropy: joint[c] = static_cast<float>(log_mean_exp(yes) - log_mean_exp(no)); break;
            case Loss::mean_squared_error: joint[c] = static_cast<float>(sum / static_cast<double>(outputs.size())); break;
            }
        }
    }
    return joint;
}

} // namespace caviar::model
