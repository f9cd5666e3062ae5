#pragma once
/// Models and tables that every exported format is tried on, and what caviar itself says of them.

#include "tests/model/samples.h"

#include <string>
#include <vector>

namespace caviar::test {

struct ExportCase {
    std::string name;
    Model model;
    std::string csv; ///< without the target
};

/// All activations under all scalings; numbers and categories, missing and unknown ones; classes, two and more, and values; large numbers
/// close together; images; names that an exported file uses itself; ensembles.
std::vector<ExportCase> export_cases();

/// A case's rows and caviar's own answer, as a JSON object: "name"; "matrix"; "numbers" and "words" of each row in the order of RowLayout, null
/// where missing, but numbers that stand for a missing one as they are; "columns", of a table with names [name, is it categorical, which of the row's numbers or words, does it need doubles];
/// "classes", "labels", "probabilities" (row-major), "values".
std::string expectation(const ExportCase&);

} // namespace caviar::test
