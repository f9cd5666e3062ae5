#pragma once
/// The engines that a test holds against the oracle: the CPU engine under every instruction set of this machine.

#include "caviar/engine.h"
#include "net.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace caviar::reference {

/// A machine that lacks an instruction set leaves it out; one that has it must offer it.
inline std::vector<std::string> instruction_sets() {
    std::vector<std::string> sets{"plain"};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back("avx2");
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        sets.push_back("avx512");
#endif
    return sets;
}

inline std::unique_ptr<Engine> cpu_engine(const std::string& instruction_set, int threads = 2) {
    EngineOptions options;
    options.name = "cpu";
    options.threads = threads;
    options.instruction_set = instruction_set;
    auto engine = make_engine(options).engine;
    EXPECT_EQ(engine->capabilities().instruction_set, instruction_set);
    return engine;
}

/// A test that runs once for each instruction set, its parameter.
class EachEngine : public testing::TestWithParam<std::string> {};
inline std::string name_of(const testing::TestParamInfo<std::string>& info) { return info.param; }

inline std::vector<Trial> trials_of(const std::vector<Hyperparameters>& settings) {
    std::vector<Trial> trials;
    for (const Hyperparameters& h : settings) {
        Trial t;
        t.id = static_cast<TrialId>(trials.size());
        t.hyperparameters = h;
        trials.push_back(t);
    }
    return trials;
}

inline std::vector<TrialId> ids_of(const std::vector<Trial>& trials) {
    std::vector<TrialId> ids;
    for (const Trial& t : trials) ids.push_back(t.id);
    return ids;
}

/// The engine's weights in the oracle's form.
inline Net<double> net_of(const Weights& w) {
    Net<double> net = zeros<double>(std::vector<int>(w.widths.begin(), w.widths.end()));
    const float* next = w.values.data();
    for (auto& layer : net) {
        for (double& x : layer.weights) x = *next++;
        for (double& x : layer.biases) x = *next++;
    }
    EXPECT_EQ(next, w.values.data() + w.values.size());
    return net;
}

} // namespace caviar::reference
