#include "host/data/folds.h"

#include "caviar/error.h"
#include "host/data/fingerprint.h"

#include <algorithm>
#include <string>

namespace caviar::data {

namespace {

/// Folds are dealt out class by class, so those with fewer rows than there are folds miss some of them.
void look_for_rare_classes(Prepared& whole, int32_t count) {
    const Dataset& d = whole.dataset;
    for (size_t i = 0; i < d.classes.size(); ++i) {
        const auto rows = std::count(d.train_targets.begin(), d.train_targets.end(), static_cast<float>(i));
        if (rows >= count) continue;
        const std::string what = d.name + ": the class '" + d.classes[i] + "' has " + std::to_string(rows) + (rows == 1 ? " row" : " rows") +
                                 " beside the test rows, and there are " + std::to_string(count) + " folds: ";
        if (d.task == Task::binary) throw DataError(what + "each needs rows of both classes; give more rows, or a lower --cv");
        whole.warnings.push_back(what + "some have none of it to validate on");
    }
}

} // namespace

Prepared with_folds(const Folds& folds, const std::function<Prepared(const Folds&)>& prepare) {
    Prepared whole = prepare(folds);
    if (!folds.each()) return whole;
    look_for_rare_classes(whole, folds.count);
    Fingerprint hash;
    hash.add(std::string_view(whole.dataset.fingerprint));
    for (int32_t fold = 0; fold < folds.count; ++fold) {
        whole.folds.push_back(prepare({folds.count, fold}));
        whole.folds.back().warnings.clear(); // next to those of all rows there is nothing new in them
        hash.add(std::string_view(whole.folds.back().dataset.fingerprint));
    }
    whole.dataset.fingerprint = hash.text();
    return whole;
}

} // namespace caviar::data
