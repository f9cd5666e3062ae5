#include "cuda/feeder.h"

#include <set>
#include <tuple>
#include <utility>

namespace caviar::cuda {
namespace {

/// Series that wait on a lane, at most: enough for the time between two looks at it, few enough that little is done for nothing where a
/// trial stops early.
constexpr uint32_t most_ahead = 32;
/// And as long as none of them has moved: the training kernel may have the multiprocessors, and a submission to a full queue blocks.
constexpr uint32_t few_ahead = 2;

/// Products that are made ready together only to have their kernels loaded.
constexpr size_t most_loaded = 256;

/// What the library picks a product's kernel by: where operands lie within 256 bytes is the same on every lane.
auto shape(const Product& p) { return std::tuple(p.rows, p.columns, p.depth, p.lda, p.ldb, p.ldc, p.transposed_a, p.transposed_b, p.precision); }

int32_t rows(int64_t count) { return static_cast<int32_t>(count); }

} // namespace

Feeder::Feeder(std::shared_ptr<Device> device, const Launch& launch, std::vector<Trial> trials, std::vector<LaneMemory> lanes)
    : device_(std::move(device)), launch_(launch), trials_(std::move(trials)) {
    for (const LaneMemory& memory : lanes) lanes_.push_back({.memory = memory});
}

Feeder::~Feeder() {
    for (size_t i = 0; i < lanes_.size(); ++i) try {
            if (lanes_[i].busy) device_->forget(static_cast<int32_t>(i));
        } catch (...) { // a lost device: what is thrown already says so
        }
}

void Feeder::load_products() try {
    if (trials_.empty()) return;
    const LaneMemory& memory = lanes_.front().memory;
    std::set<decltype(shape({}))> seen;
    Series fresh{memory.trial, memory.workspace, {}};
    const auto load = [&] {
        if (fresh.operations.empty()) return;
        device_->prepare(0, fresh);
        device_->forget(0);
        fresh.operations.clear();
    };
    const auto look_at = [&](const Series& series) {
        for (const Operation& operation : series.operations)
            if (const auto* p = std::get_if<Product>(&operation); p && seen.insert(shape(*p)).second) fresh.operations.push_back(*p);
        if (fresh.operations.size() >= most_loaded) load();
    };
    for (const auto& [job, index] : trials_) {
        const int32_t batch = job.batch, chunk = job.workspace.rows;
        look_at(minibatch_series(job, memory, batch));
        if (job.train.rows % batch > 0) look_at(minibatch_series(job, memory, rows(job.train.rows % batch)));
        if (job.valid.rows >= chunk) look_at(validation_series(job, memory, chunk));
        if (job.valid.rows % chunk > 0) look_at(validation_series(job, memory, rows(job.valid.rows % chunk)));
    }
    load();
} catch (const OutOfDeviceMemory&) { // a trial that does not fit says so in its turn
    device_->forget(0);
}

bool Feeder::feed() {
    bool busy = false;
    for (size_t i = 0; i < lanes_.size(); ++i) {
        Lane& lane = lanes_[i];
        const auto number = static_cast<int32_t>(i);
        GroupedNews news{};
        if (lane.busy) {
            device_->download(&news, &lane.memory.trial->news, sizeof news);
            if (news.over != 0) {
                // Series submitted ahead still read the net and the lane's memory, though they change no trial any more: they end
                // before either goes to another.
                device_->forget(number);
                lane.busy = false;
                news = {};
            }
        }
        if (!lane.busy) {
            begin_next(number, lane);
            if (!lane.busy) continue;
        }
        busy = true;
        const uint32_t ahead = news.steps > 0 ? most_ahead : few_ahead;
        for (; lane.epochs > 0 && lane.ahead - news.steps < ahead; ++lane.ahead) device_->submit(number, next_series(lane));
    }
    return busy;
}

/// On an idle lane, where a trial is left. Where there is no memory to make its series ready nothing has been done to it yet.
void Feeder::begin_next(int32_t number, Lane& lane) {
    if (closed_ || begun_ == trials_.size()) return;
    try {
        open(number, lane, trials_[begun_]);
        ++begun_;
    } catch (const OutOfDeviceMemory&) {
        lane.busy = false;
        device_->forget(number);
        refused_ = std::current_exception();
        closed_ = true;
    }
}

void Feeder::open(int32_t number, Lane& lane, const Trial& trial) {
    const Job& job = trial.job;
    const LaneMemory memory = lane.memory;
    const GroupedTrial none{}; // all of it: what pads its parts is copied with them
    device_->upload(memory.trial, &none, sizeof none); // the lane is idle: nobody else writes it
    lane = {.memory = memory, .busy = true, .steps = job.train.rows / job.batch, .chunks = job.valid.rows / job.workspace.rows, .epochs = job.epochs};
    const int32_t short_batch = rows(job.train.rows % job.batch), short_chunk = rows(job.valid.rows % job.workspace.rows);
    lane.ends_short = short_batch > 0;
    lane.validates_short = short_chunk > 0;
    lane.step = device_->prepare(number, minibatch_series(job, memory, job.batch));
    if (short_batch > 0) lane.short_step = device_->prepare(number, minibatch_series(job, memory, short_batch));
    if (lane.chunks > 0) lane.chunk = device_->prepare(number, validation_series(job, memory, job.workspace.rows));
    if (short_chunk > 0) lane.short_chunk = device_->prepare(number, validation_series(job, memory, short_chunk));
    lane.end = device_->prepare(number, end_series(memory));
    device_->submit(number, device_->prepare(number, opening_series(job, memory, launch_, trial.index)));
}

int32_t Feeder::next_series(Lane& lane) const {
    int64_t place = lane.next++;
    if (place < lane.steps) return lane.step;
    place -= lane.steps;
    if (lane.ends_short && place-- == 0) return lane.short_step;
    if (place < lane.chunks) return lane.chunk;
    place -= lane.chunks;
    if (lane.validates_short && place-- == 0) return lane.short_chunk;
    lane.next = 0;
    --lane.epochs;
    return lane.end;
}

} // namespace caviar::cuda
