#pragma once
/// An engine that computes nothing: curves and weights are a hash of the trial's own settings. It finishes trials in an order
/// that differs from run to run, as threads would, takes a little time for each, and stops when asked.

#include "caviar/preprocessing.h"
#include "host/core/wall_clock.h"
#include "support.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

namespace caviar::testing_study {

inline uint64_t mix(uint64_t h, uint64_t v) {
    h ^= v + 0x9e3779b97f4a7c15 + (h << 6) + (h >> 2);
    h *= 0xff51afd7ed558ccd;
    return h ^ (h >> 33);
}

inline uint64_t hash_of(const Hyperparameters& h) {
    uint64_t x = mix(h.seed, static_cast<uint64_t>(h.optimizer));
    for (const float f : {h.learning_rate, h.momentum}) {
        uint32_t bits;
        std::memcpy(&bits, &f, 4);
        x = mix(x, bits);
    }
    x = mix(x, static_cast<uint64_t>(h.batch_size));
    for (const int32_t units : h.hidden) x = mix(x, static_cast<uint64_t>(units));
    return x;
}

struct FakeBehaviour {
    std::chrono::microseconds pause{0};  ///< for each trial
    int64_t fail_after = -1;             ///< this many trials, an engine error
    int64_t full_after = -1;             ///< this many trials, no more memory
    int64_t trained = 0;                 ///< how many trials were trained to their end, by all populations
    size_t most_admitted = 0;            ///< at once
    uint64_t salt = 0;                   ///< another salt: another engine's bits
};

class FakePopulation final : public Population {
public:
    FakePopulation(FakeBehaviour& behaviour, int32_t inputs, const PopulationOptions& options)
        : behaviour_(behaviour), inputs_(inputs), options_(options) {}

    void admit(std::span<const Trial> trials) override {
        for (const Trial& t : trials) {
            Live live{t.hyperparameters, mix(mix(hash_of(t.hyperparameters), options_.study_seed), behaviour_.salt), {}, {}};
            live.result.id = t.id;
            if (!live_.emplace(t.id, live).second) throw UsageErrorForTests("trial is in already");
        }
        behaviour_.most_admitted = std::max(behaviour_.most_admitted, live_.size());
    }

    std::vector<TrialResult> train(int32_t epochs, std::span<const TrialId> ids, const TrainControl& control) override {
        std::vector<TrialId> order(ids.begin(), ids.end());
        std::shuffle(order.begin(), order.end(), std::mt19937_64(std::random_device{}()));
        int64_t done = 0;
        for (const TrialId id : order) {
            if (control.stop.stop_requested()) break;
            if (behaviour_.fail_after >= 0 && behaviour_.trained >= behaviour_.fail_after) throw std::runtime_error("the engine broke");
            if (behaviour_.full_after >= 0 && behaviour_.trained >= behaviour_.full_after) throw std::bad_alloc();
            const double began = wall_clock();
            std::this_thread::sleep_for(behaviour_.pause);
            Live& live = live_.at(id);
            train(live, epochs);
            live.result.worked_on(began, wall_clock());
            if (live.result.state != TrialState::waiting) ++behaviour_.trained;
            if (control.on_finished) control.on_finished(live.result);
            if (control.on_progress && ++done % 16 == 0) control.on_progress(done, done * 3);
        }
        std::vector<TrialResult> list;
        for (const TrialId id : ids) list.push_back(result(id));
        return list;
    }

    void retire(std::span<const TrialId> ids) override {
        for (const TrialId id : ids) live_.erase(id);
    }
    void adjust(TrialId id, const Hyperparameters& h) override { live_.at(id).settings = h; }
    void clone(TrialId from, TrialId to) override {
        live_.at(to).net = live_.at(from).net;
        live_.at(to).result.best_epoch = -1;
    }
    std::vector<std::byte> checkpoint(TrialId) const override { return {}; }
    void restore(TrialId, std::span<const std::byte>) override {}
    TrialResult result(TrialId id) const override { return live_.at(id).result; }

    /// A linear model whatever the trial's hidden layers.
    Weights weights(TrialId id) const override {
        Weights w{{inputs_, 2}, {}};
        uint64_t h = live_.at(id).best_net;
        for (int i = 0; i < (inputs_ + 1) * 2; ++i) w.values.push_back(static_cast<float>((h = mix(h, 1)) % 2001) / 1000 - 1);
        return w;
    }

private:
    struct UsageErrorForTests : std::logic_error {
        using std::logic_error::logic_error;
    };

    struct Live {
        Hyperparameters settings;
        uint64_t net; ///< stands for the weights: all that what comes next hangs on
        TrialResult result;
        uint64_t best_net = 0;
    };

    static void train(Live& live, int32_t epochs) {
        TrialResult& r = live.result;
        const auto most = static_cast<size_t>(live.settings.epochs);
        for (int32_t e = 0; e < epochs && r.state == TrialState::waiting; ++e) {
            live.net = mix(mix(live.net, hash_of(live.settings)), r.curve.size());
            const uint64_t h = live.net;
            r.curve.push_back({static_cast<float>(h % 977) / 977, static_cast<float>(h % 13) / 13, static_cast<float>(h % 21) / 21});
            if (r.best_epoch < 0 || r.curve.back().valid_metric > r.curve[static_cast<size_t>(r.best_epoch)].valid_metric) {
                r.best_epoch = static_cast<int32_t>(r.curve.size()) - 1;
                live.best_net = h;
            }
            if (r.curve.size() < most) continue;
            r.state = TrialState::complete;
            if (h / 21 % 10 == 0) {
                r.state = TrialState::diverged;
                r.curve.back().train_loss = std::numeric_limits<float>::quiet_NaN();
                r.best_epoch = -1;
            }
        }
        r.seconds = static_cast<double>(std::random_device{}() % 1000) / 1e6; // differs from run to run: must not be compared
    }

    FakeBehaviour& behaviour_;
    int32_t inputs_;
    PopulationOptions options_;
    std::map<TrialId, Live> live_;
};

class FakeEngine final : public Engine {
public:
    Capabilities capabilities() const override { return {"fake", "none", set, 1}; }
    std::unique_ptr<Population> populate(const Dataset& data, const PopulationOptions& options) override {
        return std::make_unique<FakePopulation>(behaviour, data.inputs(Hyperparameters{}), options);
    }
    std::vector<float> forward(const Weights& w, Activation, const Matrix& m) override {
        ++forwards;
        const int32_t outputs = w.widths.back();
        std::vector<float> out;
        for (int64_t r = 0; r < m.rows; ++r)
            for (int32_t o = 0; o < outputs; ++o) {
                float sum = w.values[static_cast<size_t>(m.columns * outputs + o)];
                for (int32_t c = 0; c < m.columns; ++c) sum += m.row(r)[c] * w.values[static_cast<size_t>(c * outputs + o)];
                out.push_back(sum);
            }
        return out;
    }
    FakeBehaviour behaviour;
    std::string set = "plain";
    int forwards = 0;
};

/// A small table of two classes, made here: no file, no preprocessing.
inline Prepared small_data(const std::string& fingerprint = "aaaa") {
    Prepared p;
    Dataset& d = p.dataset;
    d.name = "small";
    d.task = Task::binary;
    d.classes = {"no", "yes"};
    d.fingerprint = fingerprint;
    FeatureSet f;
    std::mt19937_64 random(1);
    const auto part = [&](Matrix& m, std::vector<float>& targets, int64_t rows) {
        m.rows = rows;
        m.columns = 3;
        for (int64_t i = 0; i < rows * 3; ++i) m.values.push_back(static_cast<float>(random() % 200) / 100 - 1);
        for (int64_t i = 0; i < rows; ++i) targets.push_back(m.row(i)[0] + m.row(i)[1] > 0 ? 1.0f : 0.0f);
    };
    part(f.train, d.train_targets, 40);
    part(f.valid, d.valid_targets, 20);
    part(f.test, d.test_targets, 20);
    d.features.push_back(std::move(f));
    return p;
}

inline SweepSettings sweep_settings(const std::string& sampler, int64_t trials) {
    SweepSettings s = some_settings(sampler, trials);
    s.loss = Loss::softmax_cross_entropy; // the fake's nets have two outputs
    return s;
}

/// A study of the fake engine in a folder of its own.
struct Bench {
    Folder folder;
    Prepared data = small_data();
    FakeEngine engine;
    SweepSettings settings;
    std::string path = folder.file("s");
    std::unique_ptr<Study> study;

    explicit Bench(const std::string& sampler = "random", int64_t trials = 60) : Bench(sweep_settings(sampler, trials)) {}
    explicit Bench(SweepSettings s) : settings(std::move(s)) { study = Study::create(path, make_header(settings, data, engine)); }

    SweepOutcome sweep(const SweepControl& control = {}) { return run_sweep(settings, data, engine, *study, control); }
    /// As another process finds it.
    void open_again() {
        study.reset();
        study = Study::open(path);
    }
};

} // namespace caviar::testing_study
