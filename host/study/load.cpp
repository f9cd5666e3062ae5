// The data of the settings, and the header of a new study.

#include "caviar/sweep.h"

#include "caviar/error.h"
#include "host/core/phase.h"
#include "host/data/prepare.h"
#include "host/data/read_as.h"

#include <algorithm>
#include <utility>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace caviar {

namespace {

/// As the model that the sweep starts from reads it, if there is one.
Table read_rows(const SweepSettings& settings, const std::string& file, const ReadOptions& options) {
    const Model* initial = settings.initial.model.get();
    return initial ? data::read_table_as(initial->preprocessing, file, options) : read_table(file, options);
}

/// The table of a part that has a file of its own; empty where it has none.
std::optional<Table> read_part(const SweepSettings& settings, const std::string& part, const std::string& file, const std::string& labels) {
    if (file.empty() && !labels.empty()) throw UsageError("--" + part + "-labels: are the labels of a file that --" + part + " names; name it, too");
    if (file.empty()) return {};
    if (labels.empty() && !settings.read.labels.empty())
        throw UsageError("--" + part + ": the labels of " + file + " are in a file of their own, too; name it with --" + part + "-labels");
    ReadOptions read = settings.read;
    read.labels = labels;
    return read_rows(settings, file, read);
}

} // namespace

Prepared load(const SweepSettings& settings) {
    const Phase phase("load");
    const Model* initial = settings.initial.model.get();
    if (!initial && !settings.initial.file.empty())
        throw UsageError("the settings start from " + settings.initial.file + ", which was not loaded; their study has it in its header");
    const auto& names = builtin_names();
    if (std::find(names.begin(), names.end(), settings.data) != names.end()) {
        if (initial) return builtin_as(initial->preprocessing, initial->scaling, initial->weights.widths.front(), settings.data, settings.prepare.seed,
                                       settings.prepare.folds);
        return builtin(settings.data, settings.prepare.scalings, settings.prepare.seed, settings.prepare.folds);
    }
    Table table = read_rows(settings, settings.data, settings.read);
    const auto valid = read_part(settings, "valid", settings.valid_file, settings.valid_labels);
    const auto test = read_part(settings, "test", settings.test_file, settings.test_labels);
    const Table *valid_rows = valid ? &*valid : nullptr, *test_rows = test ? &*test : nullptr;
    if (!initial) return data::prepare_and_spend(std::move(table), settings.prepare, valid_rows, test_rows);
    return load(settings, table, valid_rows, test_rows);
}

Prepared load(const SweepSettings& settings, const Table& table, const Table* valid, const Table* test) {
    const Model* initial = settings.initial.model.get();
    if (!initial) return prepare(table, settings.prepare, valid, test);
    return prepare_as(initial->preprocessing, initial->scaling, initial->weights.widths.front(), table, settings.prepare, valid, test);
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
    header.initial = settings.initial.model;
    return header;
}

} // namespace caviar
