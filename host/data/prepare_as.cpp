// Data as the inputs of a net that was trained on others.

#include "caviar/error.h"
#include "host/data/encode.h"
#include "host/data/folds.h"
#include "host/data/prepare.h"
#include "host/data/scaling.h"

#include <algorithm>
#include <utility>

namespace caviar {
namespace data {
namespace {

/// Everything but the targets, given the raw parts.
void finish_as(Prepared& prepared, FeatureSet raw, Scaling scaling, int32_t inputs) {
    const Preprocessing& p = prepared.preprocessing;
    Dataset& d = prepared.dataset;
    d.task = p.task;
    d.classes = p.classes;
    d.target_mean = p.target_mean;
    d.target_scale = p.target_scale;
    raw.scaling = scaling;
    raw.cumulative_variance.clear();
    for (Matrix* part : {&raw.train, &raw.valid, &raw.test}) *part = transform(p, std::move(*part), scaling, inputs);
    d.features = {std::move(raw)};
    d.fingerprint = fingerprint(d);
}

/// What the model reads, it must be given.
void refuse_inputs(const Table& table, const PrepareOptions& options, const std::vector<int32_t>& inputs, int32_t target) {
    const auto reads = [&](int32_t column) { return std::find(inputs.begin(), inputs.end(), column) != inputs.end(); };
    const auto name = [&](int32_t column) { return table.columns[static_cast<size_t>(column)].name; };
    if (reads(target)) throw UsageError(table.name + ": the target " + name(target) + " is an input of the model");
    for (const std::string& drop : options.drop)
        if (const int32_t column = table.find(drop); reads(column)) throw UsageError(table.name + ": the column " + name(column) + " cannot be dropped, as the model reads it");
}

/// Every class of the model needs a row to train on and one to compare by.
void require_all_classes(const Table& table, const Preprocessing& p, const std::vector<float>& targets) {
    for (size_t i = 0; i < p.classes.size(); ++i) {
        const auto rows = std::count(targets.begin(), targets.end(), static_cast<float>(i));
        if (rows < 2)
            throw DataError(table.name + ": the class '" + p.classes[i] + "' of the model has " + (rows == 0 ? "no row" : "one row only") +
                            " here; a model goes on with the classes it has, so give rows of all of them");
    }
}

Prepared prepare_table_as(const Preprocessing& fitted, Scaling scaling, int32_t inputs, const Table& table, const PrepareOptions& options, const Table* valid,
                          const Table* test) {
    check(options, valid, test);
    if (options.target.empty()) throw UsageError("no target given; name the column to predict");
    if (options.task && *options.task != fitted.task)
        throw UsageError("the task is " + to_string(*options.task) + ", and the model was trained for " + to_string(fitted.task));
    Prepared prepared;
    Preprocessing& p = prepared.preprocessing = fitted;
    Dataset& d = prepared.dataset;
    d.name = file_name(table.name);
    const bool by_name = fitted.named && table.named;
    if (!by_name && static_cast<int32_t>(table.columns.size()) != fitted.table_columns)
        throw DataError(table.name + ": has " + std::to_string(table.columns.size()) + " columns, and the model's table had " + std::to_string(fitted.table_columns) +
                        "; without names in both they must be the same columns");
    refuse_repeated(p, table);
    const std::vector<int32_t> positions = positions_in(p, table);
    const int32_t position = table.find(options.target);
    refuse_inputs(table, options, positions, position);
    // From here on it is this table's: later ones without names are read by its positions.
    for (size_t i = 0; i < positions.size(); ++i) p.columns[i].position = positions[i];
    p.target_position = position;
    p.table_columns = static_cast<int32_t>(table.columns.size());
    if (table.named) p.target = table.columns[static_cast<size_t>(position)].name;

    const std::vector<int64_t> rows = usable_rows(table, position, prepared.warnings);
    const bool regression = p.task == Task::regression;
    const TargetPlan plan{p.task, p.classes, regression ? p.target_mean : 0};
    const std::vector<float> targets = read_targets(plan, table, position, rows);
    require_all_classes(table, p, targets);
    const Split split = split_rows(table, plan, rows, targets, options, valid, test);
    require_memory(p, table.name, static_cast<int64_t>(rows.size()) + (valid ? valid->rows() : 0) + (test ? test->rows() : 0), 1);
    FeatureSet raw;
    const auto part = [&](const Table* other, const std::vector<int64_t>& own, Matrix& features, std::vector<float>& labels) {
        const Table& source = other ? *other : table;
        const int32_t column = other ? target_in(p, source) : position;
        const std::vector<int64_t> chosen = other ? usable_rows(source, column, prepared.warnings) : own;
        features = encode(p, source, chosen);
        labels = read_targets(plan, source, column, chosen);
        if (regression) labels = standardised(std::move(labels), 0, p.target_scale);
    };
    part(nullptr, split.train, raw.train, d.train_targets);
    part(valid, split.valid, raw.valid, d.valid_targets);
    part(test, split.test, raw.test, d.test_targets);
    finish_as(prepared, std::move(raw), scaling, inputs);
    return prepared;
}

Prepared builtin_data_as(const Preprocessing& fitted, Scaling scaling, int32_t inputs, const std::string& name, uint64_t seed, const Folds& folds) {
    Prepared prepared = builtin_data(name, {Scaling::none}, seed, folds);
    const Preprocessing& own = prepared.preprocessing;
    const bool same = own.task == fitted.task && own.classes == fitted.classes &&
                      std::equal(own.columns.begin(), own.columns.end(), fitted.columns.begin(), fitted.columns.end(),
                                 [](const ColumnEncoding& a, const ColumnEncoding& b) { return a.position == b.position && a.width() == b.width() && a.offset == b.offset; });
    if (!same) throw DataError(name + ": is built in, with inputs and classes of its own, and the model was trained on others");
    FeatureSet raw = std::move(prepared.dataset.features.front());
    prepared.preprocessing = fitted;
    finish_as(prepared, std::move(raw), scaling, inputs);
    return prepared;
}

} // namespace
} // namespace data

Prepared prepare_as(const Preprocessing& fitted, Scaling scaling, int32_t inputs, const Table& table, const PrepareOptions& options, const Table* valid,
                    const Table* test) {
    PrepareOptions one = options;
    return data::with_folds(options.folds, [&](const Folds& folds) {
        one.folds = folds;
        return data::prepare_table_as(fitted, scaling, inputs, table, one, valid, test);
    });
}

Prepared builtin_as(const Preprocessing& fitted, Scaling scaling, int32_t inputs, const std::string& name, uint64_t seed, const Folds& folds) {
    return data::with_folds(folds, [&](const Folds& one) { return data::builtin_data_as(fitted, scaling, inputs, name, seed, one); });
}

} // namespace caviar
