#pragma once
/// The branches of a babysat model: which came from which, and how they compare.

#include "caviar/study.h"

#include <optional>
#include <string>

namespace caviar::report {

/// A tree with a line for each branch and for each change, lines ending in '\n'; branches in the order of their ids below the one
/// that they left. Empty for a study that is no panda's.
///
///     branch 0  30 epochs, best accuracy 0.951 at epoch 28
///     |  after 12: learning_rate 0.01
///     +- branch 1  after 20; 25 epochs, best accuracy 0.958 at epoch 24
///        |  after 20: momentum 0.95
std::string branch_tree(const Study&);

/// The same branches side by side: epochs, the best metric and when, the last losses, and the settings in which they now differ,
/// the best first. A star marks `in_hand`. What does not fit in `width` (0: any) continues below, branch by branch again. Empty for a study that is no panda's.
std::string branch_table(const Study&, std::optional<TrialId> in_hand = {}, int width = 0, bool colour = false);

} // namespace caviar::report
