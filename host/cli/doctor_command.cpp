/// doctor --json:
///   {"version": "0.1.0", "compiler": "g++ 12.2.0", "optimised": true, "sqlite": "3.40.1", "system": ..,
///    "cpu": {"name": .., "cores": 2, "usable": 2, "quota": null, "instruction_sets": ["plain", "avx2"]},
///    "memory": {"total": bytes, "available": bytes},
///    "engines": [{"name": "cpu", "usable": true, "device": .., "instruction_set": .., "threads": 2, "why": null}, ...],
///    "cuda": {"devices": [..], "driver": .., "libcuda": false, "api": null, "gpus": 0, "nvcc": null},
///    "missing": [{"what": .., "how": ..}, ...]}

#include "host/cli/command.h"

#include "host/cli/machine.h"
#include "host/cli/documents.h"
#include "host/report/json_lines.h"
#include "host/report/numbers.h"
#include "host/report/text.h"

#include <sqlite3.h>

#include <memory>
#include <optional>

namespace caviar::cli {

namespace {

struct EngineState {
    std::string name;
    std::optional<Capabilities> capabilities;
    std::string why; ///< it cannot be used
};

struct Missing {
    std::string what, how;
};

EngineState try_engine(const std::string& name, const std::string& isa = {}) {
    EngineOptions options;
    options.name = name;
    options.instruction_set = isa;
    EngineState state{name, {}, {}};
    try {
        state.capabilities = make_engine(options).engine->capabilities();
    } catch (const Error& error) {
        state.why = error.what();
    }
    return state;
}

std::vector<std::string> instruction_sets() {
    std::vector<std::string> usable;
    for (const char* isa : {"plain", "avx2", "avx512"}) {
        if (try_engine("cpu", isa).capabilities) usable.emplace_back(isa);
    }
    return usable;
}

/// What stands between this machine and training on a GPU, in the order in which to see to it.
std::vector<Missing> missing_for(const Cuda& cuda, const EngineState& engine, const std::vector<std::string>& sets) {
    std::vector<Missing> list;
    if (cuda.devices.empty() && cuda.count == 0) list.push_back({"no NVIDIA GPU (none of /dev/nvidia0, /dev/nvidia1, ...)", "none is needed: the CPU engine does everything; with one in a container, start it with --gpus all"});
    else if (cuda.driver.empty() && cuda.count == 0) list.push_back({"the NVIDIA kernel driver is not loaded", "install the driver (Debian: nvidia-driver, Ubuntu: nvidia-driver-550 or later) and restart"});
    if (!cuda.devices.empty() && !cuda.library) list.push_back({"libcuda.so.1 could not be loaded", "it comes with the driver (Debian: libcuda1; containers: --gpus all)"});
    if (!cuda.devices.empty() && cuda.library && cuda.count == 0) list.push_back({"libcuda sees no GPU", "nvidia-smi says more; CUDA_VISIBLE_DEVICES may hide it"});
    if (!engine.capabilities && cuda.nvcc.empty()) list.push_back({"nvcc is not on PATH, so the CUDA parts cannot be compiled", "install the CUDA Toolkit 12.4 or later and build again"});
    if (sets.size() == 1) list.push_back({"this processor has neither AVX2 nor AVX-512", "training works, several times slower"});
    return list;
}

Document engine_state(const EngineState& state) {
    Document d{{"name", state.name}, {"usable", state.capabilities.has_value()}};
    if (state.capabilities) {
        const Document c = engine_document(*state.capabilities);
        for (const char* key : {"device", "instruction_set", "threads"}) d[key] = c[key];
    } else {
        for (const char* key : {"device", "instruction_set", "threads"}) d[key] = nullptr;
    }
    d["why"] = state.why.empty() ? Document() : Document(state.why);
    return d;
}

constexpr bool optimised =
#ifdef __OPTIMIZE__
    true;
#else
    false;
#endif

void doctor(Context& context, bool json) {
    const Machine machine = this_machine();
    const Cuda cuda = this_cuda();
    const std::vector<EngineState> engines{try_engine("cpu"), try_engine("cuda")};
    const std::vector<std::string> sets = instruction_sets();
    const std::vector<Missing> missing = missing_for(cuda, engines[1], sets);
    const auto or_null = [](const std::string& text) { return text.empty() ? Document() : Document(text); };

    if (json) {
        Document states = Document::array(), absent = Document::array();
        for (const EngineState& state : engines) states.push_back(engine_state(state));
        for (const Missing& m : missing) absent.push_back({{"what", m.what}, {"how", m.how}});
        const Document d{{"version", CAVIAR_VERSION},
                         {"compiler", machine.compiler},
                         {"optimised", optimised},
                         {"sqlite", sqlite3_libversion()},
                         {"system", machine.system},
                         {"cpu",
                          {{"name", machine.processor},
                           {"cores", machine.cores},
                           {"usable", machine.usable},
                           {"quota", machine.cpu_quota > 0 ? Document(machine.cpu_quota) : Document()},
                           {"instruction_sets", sets}}},
                         {"memory", {{"total", machine.memory}, {"available", machine.available}}},
                         {"engines", states},
                         {"cuda",
                          {{"devices", cuda.devices},
                           {"driver", or_null(cuda.driver)},
                           {"libcuda", cuda.library},
                           {"api", or_null(cuda.driver_api)},
                           {"gpus", cuda.count},
                           {"nvcc", or_null(cuda.nvcc)}}},
                         {"missing", absent}};
        context.out << report::dump(d, 2) << '\n';
        return;
    }

    std::string isa_list;
    for (const std::string& isa : sets) isa_list += (isa_list.empty() ? "" : ", ") + isa;
    const auto line = [&](const char* name, const std::string& text) {
        context.out << report::pad_right(report::coloured(name, report::Colour::bold, context.out_color),
                                         12 + (context.out_color ? 8 : 0)) // the colour's bytes take no columns
                    << text << '\n';
    };
    line("caviar", std::string(CAVIAR_VERSION) + ", " + machine.compiler + (optimised ? "" : ", NOT OPTIMISED: training will be slow"));
    line("system", machine.system);
    line("processor", machine.processor + ", " + std::to_string(machine.usable) + " of " + std::to_string(machine.cores) + " cores usable" +
                          (machine.cpu_quota > 0 ? ", time for " + report::significant(machine.cpu_quota, 3) + " of them" : ""));
    line("", "instruction sets: " + isa_list);
    line("memory", report::bytes(machine.memory) + ", " + report::bytes(machine.available) + " available");
    line("sqlite", sqlite3_libversion());
    for (const EngineState& state : engines) {
        line(("engine " + state.name).c_str(), state.capabilities ? "works: " + state.capabilities->device : "not usable: " + state.why);
    }
    line("cuda", "driver " + (cuda.driver.empty() ? std::string("none") : cuda.driver) + "; libcuda " +
                     (cuda.library ? "found" + (cuda.driver_api.empty() ? "" : ", CUDA " + cuda.driver_api) : "not found") + "; " +
                     std::to_string(cuda.count) + " GPUs; nvcc " + (cuda.nvcc.empty() ? "not found" : cuda.nvcc));
    for (const Missing& m : missing) context.out << "missing     " << m.what << "\n            " << m.how << '\n';
    context.out.flush();
    next(context, {{"caviar demo", "see it train"}, {"caviar bench --quick", "how fast it is here"}});
}

} // namespace

void add_doctor(CLI::App& app, Context& context) {
    auto json = std::make_shared<bool>(false);
    CLI::App* sub = command(app, "doctor", "Show what this machine and this build can do, what is missing and how to get it",
                            "caviar doctor\ncaviar doctor --json");
    sub->add_flag("--json", *json, "One JSON document on stdout");
    sub->callback([json, &context] { doctor(context, *json); });
}

} // namespace caviar::cli
