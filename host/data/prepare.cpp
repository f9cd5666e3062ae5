#include "host/data/prepare.h"

#include "caviar/error.h"
#include "host/data/encode.h"
#include "host/data/fingerprint.h"
#include "host/data/folds.h"
#include "host/data/memory.h"
#include "host/data/scaling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::data {

namespace {

void check_folds(const Folds& folds) {
    const std::string count = std::to_string(folds.count);
    if (folds.count == 0 && folds.valid) throw UsageError("fold: there are none; cv says how many");
    if (folds.count == 0) return;
    if (folds.count < 2) throw UsageError("cv: " + count + " is not allowed; at least 2 folds, one to validate and one to train");
    if (folds.valid && (*folds.valid < 0 || *folds.valid >= folds.count))
        throw UsageError("fold: " + std::to_string(*folds.valid) + " is none of the " + count + ", which are counted from 0");
}

} // namespace

void check(const PrepareOptions& options, bool has_valid, bool has_test) {
    check_folds(options.folds);
    if (options.folds.count > 0 && has_valid)
        throw UsageError("cv: every row but those that test validates once, so there can be no validation rows of their own; leave out --cv or --valid");
    if (options.folds.count > 0 && options.valid_share != PrepareOptions{}.valid_share)
        throw UsageError("valid_share: with cv each fold validates, a share of 1/" + std::to_string(options.folds.count) + " of the rows that do not test; leave it out");
    const double valid = has_valid ? 0 : options.valid_share, test = has_test ? 0 : options.test_share;
    if (!(valid >= 0 && test >= 0 && valid + test < 1))
        throw UsageError("the shares of validation and test must not be negative and leave rows for training: their sum must be below 1");
    if (!has_valid && valid == 0) throw UsageError("the share of validation must be above 0: trials are compared on it");
    if (options.max_levels < 1) throw UsageError("max_levels must be at least 1");
    if (options.scalings.empty()) throw UsageError("no scaling asked for; give none, standardize or pca");
}

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::vector<int64_t> usable_rows(const Table& table, int32_t target, std::vector<std::string>& warnings) {
    std::vector<int64_t> rows = labelled_rows(table.columns[static_cast<size_t>(target)]);
    const int64_t dropped = table.rows() - static_cast<int64_t>(rows.size());
    if (rows.empty()) throw DataError(table.name + ": the target " + table.columns[static_cast<size_t>(target)].name + " is missing in every row");
    if (dropped > 0) warnings.push_back(table.name + ": " + std::to_string(dropped) + (dropped == 1 ? " row" : " rows") + " without a target dropped");
    return rows;
}

Split split_rows(const Table& table, const TargetPlan& plan, std::span<const int64_t> rows, std::span<const float> targets, const PrepareOptions& options,
                 bool has_valid, bool has_test) {
    const bool regression = plan.task == Task::regression;
    // Tenths of the target, but of ten rows at least: each stratum keeps a row for training, and few rows make no tenths.
    const auto tenths = static_cast<int32_t>(std::clamp<size_t>(rows.size() / 10, 1, 10));
    const int32_t count = regression ? tenths : static_cast<int32_t>(plan.classes.size());
    const std::vector<int32_t> strata = regression ? quantiles(targets, count) : std::vector<int32_t>(targets.begin(), targets.end());
    Split split = stratified_split(strata, count, has_valid ? 0 : options.valid_share, has_test ? 0 : options.test_share, options.seed);
    const auto few = [&](const std::string& use, const std::string& instead) {
        throw DataError(table.name + ": " + std::to_string(rows.size()) + " rows are too few to " + use + "; give more rows, or other " + instead);
    };
    const bool lacking = split.train.size() < 2 || (!has_valid && split.valid.empty()) || (!has_test && options.test_share > 0 && split.test.empty());
    if (lacking) few("train, validate and test on", "shares");
    if (options.folds.count > 0) {
        split = deal_out(std::move(split), strata, count, options.folds, options.seed);
        const size_t rest = split.train.size() + split.valid.size(), folds = static_cast<size_t>(options.folds.count);
        if (rest < folds || rest - (rest + folds - 1) / folds < 2) few("validate and train on in " + std::to_string(folds) + " folds", "shares or fewer folds");
    }
    for (auto* part : {&split.train, &split.valid, &split.test})
        for (int64_t& r : *part) r = rows[static_cast<size_t>(r)];
    return split;
}

std::vector<float> standardised(std::vector<float> targets, double mean, double scale) {
    for (float& t : targets) t = static_cast<float>((t - mean) / scale);
    return targets;
}

std::string fingerprint(const Dataset& d) {
    Fingerprint hash;
    hash.add(static_cast<uint64_t>(d.task));
    hash.add(static_cast<uint64_t>(d.classes.size()));
    for (const std::string& name : d.classes) hash.add(name);
    hash.add(d.target_mean);
    hash.add(d.target_scale);
    for (const FeatureSet& set : d.features) {
        hash.add(static_cast<uint64_t>(set.scaling));
        for (const Part part : {Part::train, Part::valid, Part::test}) {
            hash.add(static_cast<uint64_t>(set.part(part).columns));
            hash.add(set.part(part).values);
        }
        hash.add(static_cast<uint64_t>(set.cumulative_variance.size()));
        for (const double share : set.cumulative_variance) hash.add(share);
    }
    for (const Part part : {Part::train, Part::valid, Part::test}) hash.add(d.targets(part));
    return hash.text();
}

namespace {

/// Mean (less the targets' offset, as they are) and standard deviation of the training targets.
void fit_target(Preprocessing& p, const Table& table, std::span<const float> train) {
    double sum = 0, squares = 0;
    for (const float t : train) sum += t;
    p.target_mean = sum / static_cast<double>(train.size());
    for (const float t : train) squares += (t - p.target_mean) * (t - p.target_mean);
    p.target_scale = std::sqrt(squares / static_cast<double>(train.size()));
    if (std::all_of(train.begin(), train.end(), [&](float t) { return t == train[0]; }))
        throw DataError(table.name + ": the target " + p.target + " is the same in every training row; there is nothing to learn");
}

} // namespace

void finish(Prepared& prepared, FeatureSet raw, const std::vector<Scaling>& scalings) {
    Preprocessing& p = prepared.preprocessing;
    Dataset& d = prepared.dataset;
    d.task = p.task;
    d.classes = p.classes;
    d.target_mean = p.target_mean;
    d.target_scale = p.target_scale;
    fit_moments(p, raw.train);

    std::vector<Scaling> wanted = scalings;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    // The last one takes the raw features over instead of copying them. `none`, which is them, must be it.
    if (wanted.front() == Scaling::none) std::rotate(wanted.begin(), wanted.begin() + 1, wanted.end());
    for (const Scaling scaling : wanted) {
        const bool last = scaling == wanted.back();
        FeatureSet set;
        set.scaling = scaling;
        if (scaling == Scaling::pca) set.cumulative_variance = fit_components(p, raw.train);
        const auto scaled = [&](Matrix& m) { return last ? transform(p, std::move(m), scaling) : transform(p, m, scaling); };
        set.train = scaled(raw.train);
        set.valid = scaled(raw.valid);
        set.test = scaled(raw.test);
        d.features.push_back(std::move(set));
    }
    std::sort(d.features.begin(), d.features.end(), [](const FeatureSet& a, const FeatureSet& b) { return a.scaling < b.scaling; });
    d.fingerprint = fingerprint(d);
}

Prepared prepare_table(const Table& table, const PrepareOptions& options, const Table* valid, const Table* test, bool keep_constant,
                       const RowsDone& done) {
    check(options, valid, test);
    if (options.target.empty()) throw UsageError("no target given; name the column to predict");
    Prepared prepared;
    Preprocessing& p = prepared.preprocessing;
    Dataset& d = prepared.dataset;
    d.name = file_name(table.name);
    p.target_position = table.find(options.target);
    const Column& target = table.columns[static_cast<size_t>(p.target_position)];
    p.target = target.name;
    p.table_columns = static_cast<int32_t>(table.columns.size());
    p.named = table.named;

    FitOptions fit{std::vector<bool>(table.columns.size()), options.max_levels, keep_constant};
    fit.unused[static_cast<size_t>(p.target_position)] = true;
    for (const std::string& name : options.drop) {
        const int32_t column = table.find(name);
        if (column == p.target_position) throw UsageError("the target " + p.target + " cannot be dropped, too");
        fit.unused[static_cast<size_t>(column)] = true;
    }

    const std::vector<int64_t> rows = usable_rows(table, p.target_position, prepared.warnings);
    const bool all_train = valid && (test || options.test_share == 0);
    const TargetPlan plan = plan_target(table, target, rows, options.task, all_train ? 1 : 2);
    p.task = plan.task;
    p.classes = plan.classes;
    const std::vector<float> targets = read_targets(plan, table, p.target_position, rows);
    const Split split = split_rows(table, plan, rows, targets, options, valid, test);
    p.columns = fit_columns(table, split.train, fit, prepared.warnings);

    const int64_t all_rows = static_cast<int64_t>(rows.size()) + (valid ? valid->rows() : 0) + (test ? test->rows() : 0);
    require_memory(p, table.name, all_rows, static_cast<int64_t>(options.scalings.size()));
    d.train_targets = read_targets(plan, table, p.target_position, split.train);
    if (!valid) d.valid_targets = read_targets(plan, table, p.target_position, split.valid);
    if (!test) d.test_targets = read_targets(plan, table, p.target_position, split.test);
    const std::span<const int64_t> parts[] = {split.train, split.valid, split.test}; // empty where a table of its own has it
    std::vector<Matrix> own = encode(p, table, parts, done);
    FeatureSet raw{{}, std::move(own[0]), std::move(own[1]), std::move(own[2]), {}};
    const auto part = [&](const Table* other, Matrix& features, std::vector<float>& labels) {
        if (!other) return;
        const int32_t position = target_in(p, *other);
        const std::vector<int64_t> chosen = usable_rows(*other, position, prepared.warnings);
        features = encode(p, *other, chosen);
        labels = read_targets(plan, *other, position, chosen);
    };
    part(valid, raw.valid, d.valid_targets);
    part(test, raw.test, d.test_targets);

    if (p.task == Task::regression) {
        fit_target(p, table, d.train_targets);
        for (auto* labels : {&d.train_targets, &d.valid_targets, &d.test_targets}) *labels = standardised(std::move(*labels), p.target_mean, p.target_scale);
        p.target_mean += plan.offset;
    }
    finish(prepared, std::move(raw), options.scalings);
    return prepared;
}

Prepared prepare_and_spend(Table&& table, const PrepareOptions& options, const Table* valid, const Table* test) {
    if (options.folds.each()) return caviar::prepare(table, options, valid, test); // every fold reads all rows
    size_t from = 0;
    return prepare_table(table, options, valid, test, false, [&](int64_t row) {
        const auto end = static_cast<size_t>(row);
        for (Column& column : table.columns) {
            give_back(column.numbers, from, end);
            give_back(column.rest, from, end);
            give_back(column.codes, from, end);
        }
        from = end;
    });
}

} // namespace caviar::data

namespace caviar {

Prepared prepare(const Table& table, const PrepareOptions& options, const Table* valid, const Table* test) {
    PrepareOptions one = options;
    return data::with_folds(options.folds, [&](const Folds& folds) {
        one.folds = folds;
        return data::prepare_table(table, one, valid, test, false);
    });
}

Matrix Preprocessing::apply(const Table& table, Scaling scaling, int32_t inputs) const {
    data::refuse_repeated(*this, table);
    data::require_memory(*this, table.name, table.rows(), 1);
    std::vector<int64_t> rows(static_cast<size_t>(table.rows()));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    return data::transform(*this, data::encode(*this, table, rows), scaling, inputs);
}

} // namespace caviar
