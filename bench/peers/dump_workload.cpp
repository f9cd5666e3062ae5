/// Trains a workload with one of caviar's engines and writes it for the peers; then trains it again on request, to be timed beside them.
///
///     dump_workload --workload W1 --engine cuda --trials 4096 --epochs 5 --out DIR [--serve]
///
/// --serve: once "ready" is on stdout, each line "go" on stdin trains it all once more, without validation as the peers do, and answers
/// {"seconds": .., "device_seconds": ..}, wall time of it all and of the launches in it; the end of stdin ends.
/// The peers' run.py speaks the same, so that side_by_side.py can let them take turns. "peak" answers {"gflops": ..}, what the CPU's
/// multiply-adds reach at most on as many threads; null on a GPU, whose peak bench/gpu/peaks.py measures.

#include "bench/peers/workload_file.h"
#include "caviar/error.h"
#include "host/cpu/peak.h"

#include <CLI/CLI.hpp>

#include <iostream>

int main(int argc, char** argv) {
    using namespace caviar;
    CLI::App app("Trains a workload and writes it for the peers");
    std::string name, out;
    EngineOptions options;
    int64_t trials = 0;
    int32_t epochs = 0, batch = 0;
    bool serve = false;
    app.add_option("--workload", name, "W1, W2a, W2b, W3, W4, W5, W7a or W7b")->required();
    app.add_option("--engine", options.name, "auto, cpu or cuda");
    app.add_option("--threads", options.threads, "CPU threads; 0: all cores")->check(CLI::Range(0, 4096));
    app.add_option("--device", options.device, "Which GPU")->check(CLI::Range(0, 1023));
    app.add_option("--precision", options.precision, "cuda: products in fp32, tf32, tf32x3 or bf16")->check(CLI::IsMember({"fp32", "tf32", "tf32x3", "bf16"}));
    app.add_option("--trials", trials, "0: as many as caviar bench takes; W4 has one")->check(CLI::Range(int64_t{0}, int64_t{1'000'000}));
    app.add_option("--epochs", epochs, "0: as caviar bench; W5 has its own")->check(CLI::Range(0, 100000));
    app.add_option("--batch", batch, "Batch size of all trials; 0: their own")->check(CLI::Range(0, 1'000'000));
    app.add_option("--isa", options.instruction_set, "cpu: plain, avx2 or avx512; the best if not given");
    app.add_option("--out", out, "Folder to write to")->required();
    app.add_flag("--serve", serve, "Train again for each line 'go' on stdin");
    CLI11_PARSE(app, argc, argv);
    try {
        bench::Job job = bench::make_job(name, trials, epochs);
        if (batch > 0)
            for (Trial& trial : job.trials) trial.hyperparameters.batch_size = batch;
        const auto engine = make_engine(options).engine;
        const bench::Outcome first = bench::run(*engine, job);
        bench::write_workload(out, job, first, engine->capabilities());
        if (!serve) {
            std::cout << "{\"workload\": \"" << name << "\", \"seconds\": " << first.seconds << ", \"device_seconds\": " << first.device_seconds << ", \"steps\": " << first.steps
                      << ", \"flops\": " << first.flops << "}" << std::endl;
            return 0;
        }
        const bench::Job again = bench::timed(job);
        std::cout << "ready" << std::endl;
        const Capabilities c = engine->capabilities();
        for (std::string line; std::getline(std::cin, line);)
            if (line == "peak" && c.engine == "cpu") std::cout << "{\"gflops\": " << cpu::peak_gflops(c.instruction_set, c.threads, 0.2) << "}" << std::endl;
            else if (line == "peak") std::cout << "{\"gflops\": null}" << std::endl;
            else if (line == "go") {
                const bench::Outcome outcome = bench::run(*engine, again);
                std::cout << "{\"seconds\": " << outcome.seconds << ", \"device_seconds\": " << outcome.device_seconds << "}" << std::endl;
            } else break;
        return 0;
    } catch (const Error& e) {
        std::cerr << "dump_workload: " << e.what() << std::endl;
        return static_cast<int>(e.code());
    }
}
