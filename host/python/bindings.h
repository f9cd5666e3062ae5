#pragma once
/// The parts of the extension module `caviar._core`. Python sees plain values, arrays and JSON texts; what a user of the package meets is in
/// caviar/*.py. Nothing here holds the interpreter's lock (GIL) while it reads, trains or predicts.

#include "caviar/sweep.h"
#include "host/cli/request.h"

#include <nanobind/nanobind.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace caviar::python {

namespace nb = nanobind;

void bind_errors(nb::module_&);
void bind_table(nb::module_&);
void bind_model(nb::module_&);
void bind_study(nb::module_&);
void bind_sweep(nb::module_&);
void bind_train(nb::module_&);

/// What arrays were turned into: the rows, and those of parts given apart. The target is the last column.
struct Tables {
    Table rows;
    std::optional<Table> valid, test;
    std::string label_type; ///< of the target: Preprocessing::label_type
    Prepared prepare(const SweepSettings&) const;
    /// What a data set came to, whose labels are of this type.
    Prepared labelled(Prepared) const;
};

/// A sweep as Python asks for it: {"data": FILE or null, "only": .., "space": {NAME: HOW}, "settings": {NAME: VALUE}}. HOW is a text as after
/// --vary, a constant, or a list to choose from. A name of `settings` is one of a settings file or a hyperparameter, which is held at the value.
/// Throws UsageError that names it, with "did you mean".
cli::Request request_from(const std::string& json, const Tables*);

/// What trains, of a request that says nothing else. Throws UsageError where it does: a study has its settings.
EngineOptions engine_from(const std::string& json);

/// A number, word or truth value of JSON text as a hyperparameter's value. Throws UsageError that begins with `where`.
Value value_from(const nlohmann::json&, const std::string& where);

} // namespace caviar::python
