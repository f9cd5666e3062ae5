#include "cuda/launch_results.h"

#include "host/core/phase.h"

#include <algorithm>

namespace caviar::cuda {
namespace {

constexpr size_t most_apart = 128; ///< that `some` reads
constexpr int64_t most_gathered = int64_t{1} << 18; ///< records that are put end to end at a time: 3 MB

} // namespace

void LaunchResults::reserve(int64_t trials, int64_t records) {
    make_room(ended_, device_, trials + 1);
    make_room(rank_, device_, trials);
    make_room(losses_, device_, trials);
    make_room(progress_, device_, trials);
    make_room(curve_end_, device_, trials);
    make_room(curves_, device_, records);
    make_room(gathered_, device_, std::min(records, most_gathered));
}

void LaunchResults::release() { *this = LaunchResults(device_); }

void LaunchResults::clear(size_t trials) {
    ended_.upload(std::vector<uint32_t>(trials + 1));
    read_ = 0;
    behind_ = false;
}

uint32_t LaunchResults::count_ended() const {
    uint32_t count = 0;
    device_->download(&count, ended_.data(), sizeof count);
    return count;
}

std::vector<LaunchResults::One> LaunchResults::some(const Job* jobs, std::span<const int64_t> curve_at) {
    std::vector<One> results;
    const uint32_t ended = count_ended();
    behind_ = false;
    if (ended == read_) return results;
    const Phase phase("read-back");
    std::vector<uint32_t> which(std::min<size_t>(ended - read_, most_apart));
    device_->download(which.data(), ended_.data() + 1 + read_, static_cast<int64_t>(which.size() * sizeof(uint32_t)));
    for (const uint32_t plus_one : which) {
        if (plus_one == 0) break; // counted, and not yet named
        One& one = results.emplace_back(One{plus_one - 1, {}, {}});
        device_->download(&one.progress, &jobs[one.job].progress, sizeof one.progress);
        one.curve.resize(static_cast<size_t>(one.progress.trained));
        if (!one.curve.empty())
            device_->download(one.curve.data(), curves_.data() + curve_at[one.job], static_cast<int64_t>(one.curve.size() * sizeof(EpochRecord)));
        ++read_;
    }
    behind_ = read_ < ended;
    return results;
}

std::vector<LaunchResults::One> LaunchResults::rest(const Job* jobs) {
    std::vector<One> results;
    const int64_t count = count_ended() - read_;
    if (count == 0) return results;
    const Phase phase("read-back");
    const Results ranked{jobs, ended_.data() + 1 + read_, count, losses_.data(), rank_.data(), progress_.data(), curve_end_.data()};
    device_->rank(ranked);
    std::vector<uint32_t> rank(static_cast<size_t>(count));
    std::vector<Progress> progress(rank.size());
    rank_.download(rank);
    progress_.download(progress);
    int64_t records = 0;
    for (const Progress& p : progress) records += p.trained;
    std::vector<EpochRecord> curves(static_cast<size_t>(records));
    for (int64_t first = 0; first < records; first += gathered_.size()) {
        const auto piece = std::span(curves).subspan(static_cast<size_t>(first), static_cast<size_t>(std::min(gathered_.size(), records - first)));
        device_->gather_curves(ranked, first, static_cast<int64_t>(piece.size()), gathered_.data());
        gathered_.download(piece);
    }
    auto at = curves.begin();
    for (size_t i = 0; i < rank.size(); ++i) {
        const auto end = at + progress[i].trained;
        results.push_back({rank[i], progress[i], {at, end}});
        at = end;
    }
    read_ += static_cast<uint32_t>(count);
    return results;
}

} // namespace caviar::cuda
