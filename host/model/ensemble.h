#pragma once
/// What several nets say together.

#include "caviar/model.h"

#include <span>
#include <vector>

namespace caviar::model {

/// Raw outputs (rows x width) that stand for the mean of several nets' answers: softmax makes the mean of their probabilities of them, and
/// so does the sigmoid; values are their mean. `outputs`: of each net, all of one size. Of one net they are its own, bit for bit. The logarithm of
/// a mean is taken as a log-sum-exp, so no probability underflows.
std::vector<float> joint_outputs(Loss, std::span<const std::vector<float>> outputs, size_t width);

} // namespace caviar::model
