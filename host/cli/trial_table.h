#pragma once
/// Trials as a table for a person.

#include "caviar/study.h"
#include "host/report/text_table.h"
#include "host/study/candidate.h"

#include <string>
#include <vector>

namespace caviar::cli {

/// How a hyperparameter's column is called beside those of the trial itself: `epochs` there is the number trained, so it is settings.epochs.
std::string heading_of(const std::string& parameter);

/// The hyperparameters that take more than one value, or are only sometimes active, among the rows; most important first.
std::vector<std::string> shown_parameters(const std::vector<TrialRow>&);

/// What settings with several seeds or folds have beside a trial's own.
struct Spread {
    double deviation; ///< of the metric; NaN for a single net
    size_t nets;
};

/// One line a trial: id, state where not all are complete, the metric, its spread (one for each row, or none) over what `nets` says, the loss,
/// epochs trained, then the parameters.
report::TextTable trial_table(const std::vector<TrialRow>&, Metric, const std::vector<std::string>& parameters,
                              const std::vector<Spread>& = {}, const std::string& nets = "seeds");

/// The same as text no wider than `width` columns (0: any): the least important parameters that do not fit are left out, and a
/// last line names them.
std::string fitted_trial_table(const std::vector<TrialRow>&, Metric, int width, bool colour);
/// The same of settings, one line each: the trial to use, and means over the nets that count. Where any has several, columns
/// tell how many, and the metric's standard deviation over them.
std::string fitted_trial_table(const std::vector<study::Candidate>&, Metric, int width, bool colour, const std::string& nets = "seeds");

} // namespace caviar::cli
