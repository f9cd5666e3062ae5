// The data of the settings, and the header of a new study.

#include "caviar/sweep.h"

#include "caviar/error.h"
#include "host/core/phase.h"

#include <algorithm>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace caviar {

namespace {

/// The table of a part that has a file of its own; empty where it has none.
std::optional<Table> read_part(const SweepSettings& settings, const std::string& part, const std::string& file, const std::string& labels) {
    if (file.empty() && !labels.empty()) throw UsageError("--" + part + "-labels: are the labels of a file that --" + part + " names; name it, too");
    if (file.empty()) return {};
    if (labels.empty() && !settings.read.labels.empty())
        throw UsageError("--" + part + ": the labels of " + file + " are in a file of their own, too; name it with --" + part + "-labels");
    ReadOptions read = settings.read;
    read.labels = labels;
    return read_table(file, read);
}

} // namespace

Prepared load(const SweepSettings& settings) {
    const Phase phase("load");
    const auto& names = builtin_names();
    if (std::find(names.begin(), names.end(), settings.data) != names.end())
        return builtin(settings.data, settings.prepare.scalings, settings.prepare.seed);
    const Table table = read_table(settings.data, settings.read);
    const auto valid = read_part(settings, "valid", settings.valid_file, settings.valid_labels);
    const auto test = read_part(settings, "test", settings.test_file, settings.test_labels);
    return prepare(table, settings.prepare, valid ? &*valid : nullptr, test ? &*test : nullptr);
}

std::string build_name(const Engine& engine) {
    const Capabilities can = engine.capabilities();
    std::string name = "caviar " CAVIAR_VERSION " (sources " CAVIAR_SOURCES_HASH ")";
#if defined(__clang__)
    name += ", clang " __clang_version__;
#elif defined(__GNUC__)
    name += ", g++ " __VERSION__;
#endif
#if defined(__GLIBC__) // its exp and log decide bits too
    name += std::string(", glibc ") + gnu_get_libc_version();
#endif
    return name + ", " + can.engine + " " + can.instruction_set;
}

StudyHeader make_header(const SweepSettings& settings, const Prepared& prepared, const Engine& engine) {
    StudyHeader header;
    header.settings = to_json(settings);
    header.fingerprint = prepared.dataset.fingerprint;
    header.data = settings.data;
    header.build = build_name(engine);
    header.metric = settings.metric.value_or(default_metric(prepared.dataset.task));
    header.keep_weights = settings.keep_weights;
    return header;
}

} // namespace caviar
