#include "host/cpu/engine.h"

#include "caviar/error.h"
#include "host/core/population_rules.h"
#include "host/cpu/kernels.h"
#include "host/cpu/peak.h"
#include "host/cpu/population.h"

#include <fstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace caviar::cpu {
namespace {

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        const size_t colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "processor";
}

class CpuEngine final : public Engine {
public:
    CpuEngine(int threads, const Kernels& kernels) : threads_(threads), kernels_(kernels) {}

    Capabilities capabilities() const override {
        return {"cpu", processor_name() + ", " + std::to_string(threads_) + (threads_ == 1 ? " thread, " : " threads, ") + kernels_.name,
                kernels_.name, threads_};
    }

    std::unique_ptr<Population> populate(const Dataset& data, const PopulationOptions& options) override {
        check_fit(data, options);
        return std::make_unique<CpuPopulation>(data, options, kernels_, threads_);
    }

    std::vector<float> forward(const Weights& weights, Activation activation, const Matrix& matrix) override {
        check_net(weights, matrix);
        Shape shape(weights.widths, kernels_.lanes);
        const AlignedFloats parameters = shape.pad(weights.values), scratch(kernels_.scratch);
        const mlp::Workspace workspace =
            mlp::lay_out_workspace(shape.layers.data(), shape.count(), shape.sizes, kernels_.chunk, false, false);
        const AlignedFloats memory(workspace.size);
        const mlp::NetView net{shape.layers.data(), shape.count(), shape.sizes.input_ld, activation, Loss::mean_squared_error, parameters.data()};
        std::vector<float> outputs(static_cast<size_t>(matrix.rows) * static_cast<size_t>(weights.widths.back()));
        predict({kernels_, net, workspace, memory.data(), scratch.data()}, matrix, nullptr, outputs.data());
        return outputs;
    }

    PeakRate peak() const override {
        constexpr double long_enough = 0.2;
        return {peak_gflops(kernels_.name, threads_, long_enough) * 1e9,
                std::string("measured: multiply-adds of ") + kernels_.name + " on " + std::to_string(threads_) + (threads_ == 1 ? " thread" : " threads")};
    }

private:
    int threads_;
    const Kernels& kernels_;
};

} // namespace

int usable_cores() {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
#endif
    const unsigned cores = std::thread::hardware_concurrency();
    return cores > 0 ? static_cast<int>(cores) : 1;
}

std::unique_ptr<Engine> make_cpu_engine(int threads, const std::string& instruction_set) {
    if (threads < 0 || threads > 4096) throw UsageError("threads " + std::to_string(threads) + ": allowed are 0 (one a core) to 4096");
    return std::make_unique<CpuEngine>(threads == 0 ? usable_cores() : threads, kernels_for(instruction_set));
}

} // namespace caviar::cpu
