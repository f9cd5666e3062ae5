#pragma once
/// The validation metrics on the device, as host/core/metric.cpp defines them, in float where that one has double. Rows come in
/// chunks; sums add up over them, and what f1 and auc need of each row waits in device memory until the last.

#include "caviar/mlp/functions.h"
#include "cuda/device/team.cuh"

namespace caviar::cuda {

/// What the net said about the rows of a chunk: raw outputs, rows x ld.
struct Said {
    const float* outputs;
    const float* targets;
    int32_t rows, width, ld;
    Loss loss;
};

using One = mlp::Pack<1>;

__device__ inline int32_t predicted_class(const Said& s, int32_t r) {
    const float* y = s.outputs + r * s.ld;
    if (s.loss == Loss::binary_cross_entropy) return y[0] > 0;
    int32_t best = 0;
    for (int32_t c = 1; c < s.width; ++c)
        if (y[c] > y[best]) best = c;
    return best;
}

/// log of the sum of the exponentials of a row's outputs.
__device__ inline float log_sum_exp(const float* y, int32_t width) {
    float top = y[0];
    for (int32_t c = 1; c < width; ++c) top = y[c] > top ? y[c] : top;
    float total = 0;
    for (int32_t c = 0; c < width; ++c) total += exp(One{y[c] - top}).v;
    return top + log(One{total}).v;
}

/// -log of the probability given to the true class, at most that of a probability of 1e-15.
__device__ inline float surprise(const Said& s, int32_t r) {
    const float* y = s.outputs + r * s.ld;
    const int32_t truth = static_cast<int32_t>(s.targets[r]);
    float loss;
    if (s.loss == Loss::binary_cross_entropy) {
        const float z = truth ? -y[0] : y[0], e = exp(One{z > 0 ? -z : z}).v;
        loss = (z > 0 ? z : 0) + (e < 0.01f ? e - e * e * 0.5f + e * e * e * (1.0f / 3) : log(One{1 + e}).v);
    } else {
        loss = log_sum_exp(y, s.width) - y[truth];
    }
    return loss < 34.5387764f ? loss : 34.5387764f;
}

/// A chunk's part of the sum that accuracy, log loss, rmse, mae and r2 are made of.
__device__ inline double chunk_sum(const Team& team, Metric metric, const Said& s) {
    double total = 0;
    for (int32_t r = team.lane; r < s.rows; r += team.lanes) {
        if (metric == Metric::accuracy) {
            total += predicted_class(s, r) == static_cast<int32_t>(s.targets[r]);
        } else if (metric == Metric::log_loss) {
            total += static_cast<double>(surprise(s, r));
        } else {
            const double miss = static_cast<double>(s.outputs[r * s.ld]) - static_cast<double>(s.targets[r]);
            total += metric == Metric::mae ? fabs(miss) : miss * miss;
        }
    }
    return team.sum(total);
}

inline __host__ __device__ bool keeps_scores(Metric m) { return m == Metric::f1 || m == Metric::auc; }

/// Fills rows first .. first + rows of the table (columns x all rows): the predicted class for f1, the log probability of each class that
/// auc ranks.
__device__ inline void keep_scores(const Team& team, Metric metric, const Said& s, int64_t first, int64_t all, float* scores) {
    for (int32_t r = team.lane; r < s.rows; r += team.lanes) {
        const float* y = s.outputs + r * s.ld;
        if (metric == Metric::f1) {
            scores[first + r] = static_cast<float>(predicted_class(s, r));
        } else if (s.width == 1) {
            scores[first + r] = y[0];
        } else {
            const float norm = log_sum_exp(y, s.width);
            if (s.width == 2) scores[first + r] = y[1] - norm;
            for (int32_t c = 0; s.width > 2 && c < s.width; ++c) scores[c * all + first + r] = y[c] - norm;
        }
    }
}

/// How many of `count` numbers in ascending order are less than x; with OrEqual those that equal it, too.
template <bool OrEqual> __device__ inline int32_t how_many(const float* sorted, int32_t count, float x) {
    int32_t from = 0;
    while (from < count) {
        const int32_t middle = (from + count) / 2;
        if (OrEqual ? sorted[middle] <= x : sorted[middle] < x)
            from = middle + 1;
        else
            count = middle;
    }
    return from;
}

/// Sorts by merging runs of one, two, four ...; in each pass every lane writes an equal share of the places, and finds where its share
/// begins in both runs as in Odeh, Green, Mwassi, Shmueli & Birk, "Merge Path" (2012). `numbers` and `room`: `count` each, at most
/// most_ranked_rows, and all that is in `numbers` must be there for all. Returns which of both holds the result, there for all.
__device__ inline const float* sort(const Team& team, float* numbers, float* room, int32_t count) {
    const int32_t share = (count + team.lanes - 1) / team.lanes, first = team.lane * share < count ? team.lane * share : count;
    const int32_t last = first + share < count ? first + share : count;
    for (int32_t run = 1; run < count; run *= 2) {
        for (int32_t place = first; place < last;) {
            const int32_t begin = place & -(2 * run); // runs are powers of two
            const int32_t middle = begin + run < count ? begin + run : count, end = middle + run < count ? middle + run : count;
            const int32_t before = place - begin; // of both runs' numbers, as many go to places before this one
            int32_t left = before > end - middle ? before - (end - middle) : 0;
            for (int32_t most = before < middle - begin ? before : middle - begin; left < most;) {
                const int32_t half = (left + most) / 2;
                if (numbers[middle + before - 1 - half] < numbers[begin + half])
                    most = half;
                else
                    left = half + 1;
            }
            int32_t i = begin + left, j = middle + before - left;
            for (const int32_t until = end < last ? end : last; place < until; ++place)
                room[place] = j == end || (i < middle && !(numbers[j] < numbers[i])) ? numbers[i++] : numbers[j++];
        }
        team.sync(); // the pass is written, and nobody reads what the next one writes over
        float* const written = room;
        room = numbers;
        numbers = written;
    }
    return numbers;
}

/// Mann and Whitney's: the share of pairs of a row of the class and one of another in which the first scores higher; ties count half.
/// Counts are whole numbers: exact, and in no order that could matter. `columns`: two to sort in.
__device__ inline double pair_share(const Team& team, const float* score, const float* targets, int64_t rows, int32_t which, float* columns) {
    double inside = 0;
    for (int64_t r = team.lane; r < rows; r += team.lanes) {
        const bool is = static_cast<int32_t>(targets[r]) == which;
        inside += is;
        columns[r] = is ? INFINITY : score[r]; // those of the class come last
    }
    inside = team.sum(inside); // and the column is there for all
    const auto outside = static_cast<int32_t>(rows - static_cast<int64_t>(inside));
    if (inside == 0) return -1; // a class that is not there
    if (outside == 0) return 0.5;
    const float* const others = sort(team, columns, columns + rows, static_cast<int32_t>(rows));
    double twice = 0;
    for (int64_t r = team.lane; r < rows; r += team.lanes)
        if (static_cast<int32_t>(targets[r]) == which)
            twice += static_cast<double>(how_many<false>(others, outside, score[r])) + static_cast<double>(how_many<true>(others, outside, score[r]));
    return 0.5 * team.sum(twice) / (inside * outside);
}

/// scores: the table, and behind it two columns more, which are written over.
__device__ inline double auc(const Team& team, float* scores, const float* targets, int64_t rows, int32_t width) {
    if (width <= 2) {
        const double share = pair_share(team, scores, targets, rows, 1, scores + rows);
        return share < 0 ? 0.5 : share;
    }
    double total = 0, classes = 0;
    for (int32_t c = 0; c < width; ++c) {
        const double share = pair_share(team, scores + c * rows, targets, rows, c, scores + width * rows);
        if (share < 0) continue;
        total += share;
        classes += 1;
    }
    return classes < 2 ? 0.5 : total / classes;
}

/// 2 tp / (2 tp + fp + fn) of class 1, or its mean over the classes that are there or were predicted.
__device__ inline double f1(const Team& team, const float* predicted, const float* targets, int64_t rows, int32_t classes) {
    double total = 0, present = 0;
    for (int32_t c = classes == 2 ? 1 : 0; c < classes; ++c) {
        double both = 0, either = 0;
        for (int64_t r = team.lane; r < rows; r += team.lanes) {
            const bool said = static_cast<int32_t>(predicted[r]) == c, is = static_cast<int32_t>(targets[r]) == c;
            both += said && is;
            either += static_cast<double>(said) + static_cast<double>(is);
        }
        both = team.sum(both);
        either = team.sum(either);
        if (classes == 2) return either > 0 ? 2 * both / either : 0.0;
        if (either == 0) continue;
        total += 2 * both / either;
        present += 1;
    }
    return present > 0 ? total / present : 0.0;
}

/// From the sums over all rows, or from the scores.
__device__ inline float finish_metric(const Team& team, const Job& job, double total, float* scores, int32_t width) {
    const double rows = static_cast<double>(job.valid.rows);
    switch (job.metric) {
    case Metric::accuracy:
    case Metric::log_loss: return static_cast<float>(total / rows);
    case Metric::rmse: return static_cast<float>(job.target_scale * sqrt(total / rows));
    case Metric::mae: return static_cast<float>(job.target_scale * (total / rows));
    case Metric::r2: return job.valid_spread > 0 ? static_cast<float>(1 - total / job.valid_spread) : total == 0 ? 1.0f : 0.0f;
    case Metric::auc: return static_cast<float>(auc(team, scores, job.valid.targets, job.valid.rows, width));
    case Metric::f1: return static_cast<float>(f1(team, scores, job.valid.targets, job.valid.rows, job.loss == Loss::binary_cross_entropy ? 2 : width));
    }
    return 0;
}

} // namespace caviar::cuda
