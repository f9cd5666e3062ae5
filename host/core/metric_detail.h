#pragma once
/// What the metrics are made of.

#include <cstdint>
#include <span>
#include <vector>

namespace caviar::core {

/// Area under the ROC curve of scores for rows of class 1 (`positive`) against the rest, by rank, ties at half:
/// the Mann-Whitney U over the number of pairs (Hanley and McNeil 1982). 0.5 where a class is missing. O(n log n).
double auc(std::span<const double> scores, const std::vector<bool>& positive);

/// Counts for the F score of every class.
class ConfusionCounts {
public:
    explicit ConfusionCounts(int32_t classes) : true_(size(classes)), predicted_(size(classes)), hit_(size(classes)) {}
    void add(int32_t truth, int32_t predicted);
    /// 2 TP / (2 TP + FP + FN); 0 where the class is neither present nor predicted.
    double f1(int32_t cls) const;
    /// Mean f1 over the classes that are present or predicted.
    double macro_f1() const;

private:
    static size_t size(int32_t classes) { return static_cast<size_t>(classes > 0 ? classes : 0); }
    std::vector<int64_t> true_, predicted_, hit_;
};

} // namespace caviar::core
