#pragma once
/// From a TrialQuery to SQL over the tables of schema.cpp.

#include "caviar/study.h"
#include "caviar/sweep.h"
#include "host/study/sqlite.h"

#include <string>
#include <vector>

namespace caviar::study {

/// What names may mean in one study.
struct Names {
    const SweepSettings& settings;
    Metric metric;
    std::vector<std::string> columns; ///< hyperparameters with a column in `trials`
    bool times = false;               ///< there is a table of when they trained
};

/// The columns that `select` asks for, in order; the parameters' columns follow.
enum RowColumn : int {
    row_id, row_round, row_state, row_badness, row_loss, row_metric, row_best_epoch, row_epochs, row_seconds, row_run, row_began, row_ended, row_curve, row_parameters
};

/// Which trials a statement goes through, and how.
enum class Among {
    all,      ///< one pass over all of them, sorted by anything
    finished, ///< along the index of scores: at once where any trial will do, slow where few meet a filter
    waiting   ///< the rest of a list sorted by the score: by id
};

/// SQL with the values to bind, in order.
struct Sql {
    std::string text;
    std::vector<Value> values;
    void bind(Statement&) const;
};

/// `limit`: at most so many rows; negative: all. Throws UsageError for names and values that are not known.
Sql select(const TrialQuery&, const Names&, Among, int64_t limit);

} // namespace caviar::study
