#pragma once
/// Small data sets and trials for the tests of this folder.

#include "caviar/engine.h"

#include <random>

namespace caviar::cpu {

/// Three clouds; `valid` rows may be none.
inline Dataset clouds(int64_t train, int64_t valid, int32_t features = 5) {
    std::mt19937 e(11);
    std::normal_distribution<float> normal;
    Dataset d;
    d.name = "clouds";
    d.task = Task::multiclass;
    d.classes = {"a", "b", "c"};
    FeatureSet f;
    const auto fill = [&](Matrix& m, std::vector<float>& targets, int64_t rows) {
        m.rows = rows;
        m.columns = features;
        for (int64_t r = 0; r < rows; ++r) {
            const uint32_t c = e() % 3;
            targets.push_back(static_cast<float>(c));
            for (int32_t k = 0; k < features; ++k) m.values.push_back(normal(e) + (k % 3 == static_cast<int32_t>(c) ? 2.0f : 0.0f));
        }
    };
    fill(f.train, d.train_targets, train);
    fill(f.valid, d.valid_targets, valid);
    d.features.push_back(std::move(f));
    return d;
}

inline Trial trial(TrialId id, std::vector<int32_t> hidden = {7}, int32_t epochs = 4) {
    Trial t;
    t.id = id;
    t.hyperparameters.hidden = std::move(hidden);
    t.hyperparameters.epochs = epochs;
    t.hyperparameters.batch_size = 16;
    t.hyperparameters.learning_rate = 0.01f;
    t.hyperparameters.seed = static_cast<uint64_t>(id);
    return t;
}

} // namespace caviar::cpu
