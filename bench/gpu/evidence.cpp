/// What gpu_check.sh asks of an engine, as JSON on stdout and in FILE.
///
///     evidence parity|invariance --engine cuda --trials 10000 [--precision tf32] [--out FILE]
///
/// Exit 0 where all holds, 1 where something does not, and the codes of caviar/error.h (4: no usable device).

#include "bench/gpu/evidence.h"
#include "caviar/error.h"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
    using namespace caviar;
    CLI::App app("What an engine must show on its device");
    EngineOptions options;
    options.name = "cuda";
    int64_t trials = 1000;
    std::string what, out;
    app.add_option("what", what, "parity or invariance")->required()->check(CLI::IsMember({"parity", "invariance"}));
    app.add_option("--engine", options.name, "cuda or cpu");
    app.add_option("--device", options.device, "Which GPU")->check(CLI::Range(0, 1023));
    app.add_option("--precision", options.precision, "cuda: products in fp32, tf32, tf32x3 or bf16")->check(CLI::IsMember({"fp32", "tf32", "tf32x3", "bf16"}));
    app.add_option("--isa", options.instruction_set, "cpu: plain, avx2 or avx512; another than the best sums in another order");
    app.add_option("--out", out, "File for the same JSON");
    app.add_option("--trials", trials, "Mixed trials")->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
    CLI11_PARSE(app, argc, argv);
    try {
        const auto engine = make_engine(options).engine;
        bench::Json document = what == "parity" ? bench::parity(*engine, trials, options.precision) : bench::invariance(*engine, trials);
        const Capabilities c = engine->capabilities();
        document["engine"] = {{"name", c.engine}, {"device", c.device}, {"instruction_set", c.instruction_set}, {"precision", options.precision}};
        std::cout << document.dump(1) << std::endl;
        if (!out.empty() && !(std::ofstream(out) << document.dump(1) << std::endl)) throw RuntimeFailure("cannot write " + out);
        return document["ok"].get<bool>() ? 0 : 1;
    } catch (const Error& e) {
        std::cerr << "evidence: " << e.what() << std::endl;
        return static_cast<int>(e.code());
    }
}
