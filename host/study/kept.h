#pragma once
/// Which trials' weights a study keeps: the best `limit` by (score, id). A trial that is among the best at the end was among
/// the best of those finished before it too, so what is left does not depend on the order in which trials finish.

#include "caviar/trial.h"

#include <cmath>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace caviar::study {

class Kept {
public:
    explicit Kept(size_t limit) : limit_(limit) {}

    bool would_keep(const Score& score, TrialId id) const {
        return std::isfinite(score.badness) && (ranked_.size() < limit_ || std::pair(score, id) < *ranked_.rbegin());
    }
    void insert(const Score& score, TrialId id) { ranked_.emplace(score, id); }
    /// Where it is among them.
    void erase(TrialId id) {
        std::erase_if(ranked_, [id](const auto& entry) { return entry.second == id; });
    }
    /// Takes out what is beyond the limit and returns it.
    std::vector<TrialId> evict() {
        std::vector<TrialId> out;
        for (; ranked_.size() > limit_; ranked_.erase(std::prev(ranked_.end()))) out.push_back(ranked_.rbegin()->second);
        return out;
    }

private:
    size_t limit_;
    std::set<std::pair<Score, TrialId>> ranked_;
};

} // namespace caviar::study
