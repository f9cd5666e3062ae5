#pragma once
/// Jobs on the heap, as a population would lay them out in device memory, and the training kernel played over them.

#include "caviar/dataset.h"
#include "caviar/engine.h"
#include "cuda/plan.h"
#include "cuda/series.h"
#include "tests/cuda/played.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

namespace caviar::cuda {

/// 16-byte aligned floats on the heap; what nobody has written is not a number, and packs may not read it (tests/simt/harness/written.h).
class Floats {
public:
    Floats() = default;
    explicit Floats(int64_t n) : size_(n), data_(static_cast<float*>(::operator new(static_cast<size_t>(n) * 4, std::align_val_t{64}))) {
        std::fill(data_.get(), data_.get() + n, __uint_as_float(simt::SharedMemory::pattern));
    }
    float* data() const { return data_.get(); }
    int64_t size() const { return size_; }

private:
    struct Free {
        void operator()(float* p) const { ::operator delete(p, std::align_val_t{64}); }
    };
    int64_t size_ = 0;
    std::unique_ptr<float[], Free> data_;
};

struct FleetOptions {
    PopulationOptions population;
    int64_t shared_bytes = 232448; ///< of a block: an H200's
    Tier tier = Tier::automatic;
    Precision precision = Precision::fp32;
    bool watched = false; ///< another block reads the trained nets as soon as they are said to have ended, as the host may; not in the grouped tier
};

class Fleet {
public:
    Fleet(const Dataset& data, const FleetOptions& options, const std::vector<Hyperparameters>& trials) : options_(options) {
        for (const FeatureSet& f : data.features) sets_.push_back({f.scaling, rows_of(f.train, data.train_targets), rows_of(f.valid, data.valid_targets)});
        for (const Hyperparameters& h : trials) add(data, h);
    }

    /// Trains all for so many epochs at most; `order` names the trials as they stand in their queues, nothing: as they came.
    void train(int32_t epochs, const simt::Schedule& schedule = {}, unsigned blocks = 1, std::vector<uint32_t> order = {}) {
        if (order.empty())
            for (uint32_t i = 0; i < jobs.size(); ++i) order.push_back(i);
        std::vector<uint32_t> queue[class_count], grouped;
        Launch launch{};
        for (uint32_t i : order) {
            jobs[i].epochs = epochs;
            jobs[i].progress.trained = 0;
            const bool lives = !jobs[i].progress.ended && !jobs[i].progress.diverged;
            if (plans[i].tier == Tier::grouped) {
                if (lives) grouped.push_back(i);
                continue;
            }
            if (lives) queue[plans[i].team].push_back(i);
            launch.scratch_floats = std::max(launch.scratch_floats, jobs[i].workspace.size);
        }
        uint32_t next[class_count] = {};
        for (int c = 0; c < class_count; ++c) {
            launch.queue[c] = queue[c].data();
            launch.queued[c] = static_cast<uint32_t>(queue[c].size());
        }
        int32_t stop = 0, done = 0;
        launch.jobs = jobs.data();
        launch.next = next;
        launch.shared_bytes = options_.shared_bytes;
        const Floats scratch(launch.scratch_floats * blocks);
        launch.scratch = scratch.data();
        launch.score_floats = score_floats_;
        launch.score_teams = block_threads / warp;
        const Floats scores(score_floats_ * blocks * launch.score_teams);
        launch.scores = scores.data();
        launch.stop = &stop;
        launch.epochs_done = &done;
        std::vector<uint32_t> ended(jobs.size() + 1);
        if (options_.watched) launch.ended = ended.data();
        simt::Schedule s = schedule;
        s.resident_blocks = blocks;
        const bool matrix = options_.precision != Precision::fp32;
        if (grouped.size() < order.size()) {
            options_.watched ? play_watched(s, matrix, launch) : play(s, blocks, matrix, launch);
            met();
        }
        for (uint32_t i : grouped) train_grouped(s, launch, i);
        for (uint32_t i : order) {
            Job& job = jobs[i];
            job.fresh = false;
            curves[i].insert(curves[i].end(), job.curve, job.curve + job.progress.trained);
        }
    }

    /// A trial's weights (the best ones where it validates), unpadded.
    std::vector<float> weights(size_t i, bool best = true) const {
        const Job& job = jobs[i];
        std::vector<float> all;
        const float* from = best && job.progress.best_epoch >= 0 && job.valid.rows > 0 ? job.best : job.parameters;
        for (int32_t l = 0; l < job.layers; ++l)
            for (int32_t r = 0; r <= job.layer[l].in; ++r)
                all.insert(all.end(), from + job.layer[l].weights + int64_t{r} * job.layer[l].ld, from + job.layer[l].weights + int64_t{r} * job.layer[l].ld + job.layer[l].out);
        return all;
    }

    std::vector<Job> jobs;
    std::vector<Plan> plans;
    std::vector<std::vector<EpochRecord>> curves;
    std::vector<simt::Site> sites; ///< barriers met so far, each once

private:
    void met() {
        for (const simt::Site& s : simt::sites())
            if (std::find(sites.begin(), sites.end(), s) == sites.end()) sites.push_back(s);
    }

    void train_grouped(const simt::Schedule& schedule, const Launch& launch, uint32_t i) {
        const Job& job = jobs[i];
        const Floats memory(grouped_floats(job)), scores(std::max<int64_t>(1, score_floats_));
        const auto trial = std::make_unique<GroupedTrial>();
        std::memset(static_cast<void*>(trial.get()), 0xff, sizeof(GroupedTrial)); // as memory may be
        trial->news = {};
        const LaneMemory lane{trial.get(), memory.data(), scores.data(), nullptr};
        const auto run = [&](const Series& series) {
            for (const Operation& operation : series.operations) {
                if (const auto* product = std::get_if<Product>(&operation)) play(*product);
                if (const auto* opening = std::get_if<Opening>(&operation)) play(schedule, trial.get(), *opening), met();
                if (const auto* stage = std::get_if<Stage>(&operation)) play(schedule, trial.get(), *stage), met();
            }
        };
        const auto part = [](int64_t most, int64_t left) { return static_cast<int32_t>(std::min(most, left)); };
        run(opening_series(job, lane, launch, i));
        for (int32_t e = 0; e < job.epochs && trial->news.over == 0; ++e) {
            for (int64_t first = 0; first < job.train.rows; first += job.batch) run(minibatch_series(job, lane, part(job.batch, job.train.rows - first)));
            for (int64_t first = 0; first < job.valid.rows; first += job.workspace.rows)
                run(validation_series(job, lane, part(job.workspace.rows, job.valid.rows - first)));
            run(end_series(lane));
        }
        if (trial->news.over == 0) throw std::logic_error("the grouped trial is not over after its epochs");
    }

    struct Rows {
        Floats features, targets;
        DeviceRows view;
    };
    struct Set {
        Scaling scaling;
        Rows train, valid;
    };

    static Rows rows_of(const Matrix& m, const std::vector<float>& targets) {
        const int32_t stride = data_row_length(m.columns);
        Rows rows{Floats(m.rows * stride), Floats(m.rows), {}};
        std::fill(rows.features.data(), rows.features.data() + m.rows * stride, 0.0f);
        for (int64_t r = 0; r < m.rows; ++r) std::copy_n(m.row(r), m.columns, rows.features.data() + r * stride);
        std::copy(targets.begin(), targets.end(), rows.targets.data());
        rows.view = {rows.features.data(), rows.targets.data(), m.rows, stride};
        return rows;
    }

    float* home(int64_t floats) { return homes_.emplace_back(floats).data(); }

    void add(const Dataset& data, const Hyperparameters& h) {
        std::vector<int32_t> widths{data.inputs(h)};
        widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
        widths.push_back(data.outputs(options_.population.loss));
        const Plan plan = make_plan(h, widths, data.rows(Part::train), options_.shared_bytes, options_.tier);
        Job job;
        std::memset(&job, 0, sizeof job);
        lay_out(plan, h, widths, data.rows(Part::train), job);
        job.precision = options_.precision;
        job.activation = h.activation;
        job.loss = options_.population.loss;
        job.metric = options_.population.metric;
        job.schedule = mlp::schedule_settings(h);
        job.optimizer = mlp::optimizer_settings(h);
        job.init = h.init;
        job.init_scale = h.init_scale;
        job.zero_output = h.zero_output;
        job.dropout = h.dropout;
        job.study_seed = options_.population.study_seed;
        job.trial_seed = h.seed;
        job.patience = h.patience;
        job.patience_from = h.patience_from;
        job.patience_factor = h.patience_factor;
        for (const Set& s : sets_)
            if (s.scaling == h.scaling) job.train = s.train.view, job.valid = s.valid.view;
        job.target_scale = static_cast<float>(data.target_scale);
        double mean = 0, spread = 0;
        for (float t : data.valid_targets) mean += t;
        mean /= static_cast<double>(std::max<size_t>(1, data.valid_targets.size()));
        for (float t : data.valid_targets) spread += (t - mean) * (t - mean);
        job.valid_spread = static_cast<float>(spread);
        const mlp::StateUse use = mlp::state_use(h.optimizer);
        job.parameters = home(part_floats(job.parameter_floats));
        job.m = use.first ? home(part_floats(job.parameter_floats)) : nullptr;
        job.v = use.second ? home(part_floats(job.parameter_floats)) : nullptr;
        job.best = home(part_floats(job.parameter_floats));
        job.curve = &curve_room_.emplace_back(std::vector<EpochRecord>(static_cast<size_t>(h.epochs)))[0];
        job.fresh = true;
        job.progress.best_epoch = -1;
        score_floats_ = std::max(score_floats_, data.rows(Part::valid) * score_columns(job.metric, widths.back()));
        jobs.push_back(job);
        plans.push_back(plan);
        curves.emplace_back();
    }

    FleetOptions options_;
    std::vector<Set> sets_;
    std::vector<Floats> homes_;
    std::vector<std::vector<EpochRecord>> curve_room_;
    int64_t score_floats_ = 0;
};

} // namespace caviar::cuda
