#include "host/cpu/peak.h"

#include "host/cpu/kernels.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

namespace caviar::cpu {

double peak_gflops(const std::string& isa, int threads, double seconds) {
    const Kernels& kernels = kernels_for(isa);
    using Clock = std::chrono::steady_clock;
    const int workers = std::max(threads, 1);
    std::vector<double> rate(static_cast<size_t>(workers));
    std::barrier start(workers);
    {
        std::vector<std::jthread> team;
        for (double& mine : rate)
            team.emplace_back([&] {
                start.arrive_and_wait();
                kernels.burn(20000); // clock and registers warm up
                const auto begin = Clock::now();
                double flops = 0, spent = 0;
                while (spent < seconds) {
                    flops += kernels.burn(2000);
                    spent = std::chrono::duration<double>(Clock::now() - begin).count();
                }
                mine = flops / spent;
            });
    }
    double sum = 0;
    for (double r : rate) sum += r;
    return sum * 1e-9;
}

} // namespace caviar::cpu
