#include "host/search/batches.h"

#include "caviar/error.h"

#include <algorithm>
#include <limits>

namespace caviar::search {
namespace {

constexpr int64_t default_trials = 200; // what an endless search takes its batches from
constexpr int64_t least_batch = 8, most_batch = 256;
constexpr int64_t largest_batch = 4096; // of one that a user wishes: the last of a round are weighed against all the first
constexpr int64_t least_first = 10;

} // namespace

Batches::Batches(const SamplerOptions& options, size_t varying)
    : trials_(options.trials ? options.trials : std::numeric_limits<int64_t>::max()), size_(options.round_size) {
    if (size_ < 0 || size_ > largest_batch)
        throw UsageError("round_size must lie between 0 (the budget decides) and " + std::to_string(largest_batch) + ", got " + std::to_string(size_));
    if (size_ == 0) size_ = std::clamp((options.trials ? options.trials : default_trials) / 20, least_batch, most_batch);
    first_ = std::min(trials_, std::max({size_, least_first, 2 * static_cast<int64_t>(varying)}));
}

int64_t Batches::end(int64_t round) const {
    const int64_t begin = start(round), size = round == 0 ? first_ : size_;
    return size > trials_ - begin ? trials_ : begin + size;
}

} // namespace caviar::search
