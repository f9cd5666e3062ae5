#pragma once
/// Ranks the results of a launch and brings them together, by Thrust. `policy` says where it runs: on a stream of a device, or, for tests, on
/// the host.

#include "cuda/results.h"

#include <thrust/binary_search.h>
#include <thrust/execution_policy.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/functional.h>
#include <thrust/sort.h>
#include <thrust/transform.h>
#include <thrust/transform_scan.h>

#include <cmath>

namespace caviar::cuda {

struct IndexOf {
    CAVIAR_HD uint32_t operator()(uint32_t plus_one) const { return plus_one - 1; }
};

struct LastLoss {
    const Job* jobs;
    CAVIAR_HD float operator()(uint32_t job) const {
        const Progress& p = jobs[job].progress;
        if (p.diverged || p.trained == 0) return HUGE_VALF;
        const EpochRecord& last = jobs[job].curve[p.trained - 1];
        const float loss = jobs[job].valid.rows > 0 ? last.valid_loss : last.train_loss;
        return loss < HUGE_VALF ? loss : HUGE_VALF; // not a number, too: nothing is less than that
    }
};

struct ProgressOf {
    const Job* jobs;
    CAVIAR_HD Progress operator()(uint32_t job) const { return jobs[job].progress; }
};

struct Trained {
    CAVIAR_HD int64_t operator()(const Progress& p) const { return p.trained; }
};

/// The i-th of all records, if curves lie end to end.
struct RecordAt {
    Results results;
    CAVIAR_HD EpochRecord operator()(int64_t i) const {
        const int64_t* const ends = results.curve_end;
        const int64_t place = thrust::upper_bound(thrust::seq, ends, ends + results.count, i) - ends;
        return results.jobs[results.rank[place]].curve[i - (place > 0 ? ends[place - 1] : 0)];
    }
};

/// Fills all but what is given.
template <class Policy> void rank_results(const Policy& policy, const Results& r) {
    thrust::transform(policy, r.ended, r.ended + r.count, r.rank, IndexOf{});
    thrust::sort(policy, r.rank, r.rank + r.count); // which ended first is chance
    thrust::transform(policy, r.rank, r.rank + r.count, r.losses, LastLoss{r.jobs});
    thrust::stable_sort_by_key(policy, r.losses, r.losses + r.count, r.rank);
    thrust::transform(policy, r.rank, r.rank + r.count, r.progress, ProgressOf{r.jobs});
    thrust::transform_inclusive_scan(policy, r.progress, r.progress + r.count, r.curve_end, Trained{}, thrust::plus<int64_t>());
}

/// Records [first, first + count) of ranked results' curves, into device memory.
template <class Policy> void gather_curves(const Policy& policy, const Results& r, int64_t first, int64_t count, EpochRecord* to) {
    const auto begin = thrust::make_counting_iterator(first);
    thrust::transform(policy, begin, begin + count, to, RecordAt{r});
}

} // namespace caviar::cuda
