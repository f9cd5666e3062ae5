// Columns of numbers and words as a table.

#include "host/python/bindings.h"

#include "caviar/error.h"
#include "host/data/readers.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar::python {

namespace {

using Numbers = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Codes = nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

Column& add(Table& table, std::string name, size_t rows) {
    if (static_cast<int64_t>(table.columns.size()) >= data::most_columns) throw DataError(table.name + ": too many columns");
    if (!table.columns.empty() && static_cast<int64_t>(rows) != table.rows())
        throw DataError(table.name + ": the column " + name + " has " + std::to_string(rows) + " rows, the others have " + std::to_string(table.rows()));
    Column& column = table.columns.emplace_back();
    column.name = std::move(name);
    return column;
}

/// NaN is a missing value, as in an NPY file.
void add_numbers(Table& table, std::string name, const Numbers& values) {
    Column& column = add(table, std::move(name), values.shape(0));
    column.numbers.reserve(values.shape(0));
    for (size_t row = 0; row < values.shape(0); ++row) {
        const double value = values.data()[row];
        if (std::fabs(value) > std::numeric_limits<float>::max())
            throw DataError(table.name, static_cast<int64_t>(row) + 1, static_cast<int64_t>(table.columns.size()),
                            "the value is infinite or beyond a 32-bit float; use NaN for a missing value");
        data::append_number(column, static_cast<float>(value), value);
    }
}

/// A code of -1 is a missing value.
void add_words(Table& table, std::string name, const Codes& codes, std::vector<std::string> levels) {
    const auto most = static_cast<int32_t>(levels.size());
    if (std::any_of(codes.data(), codes.data() + codes.shape(0), [&](int32_t code) { return code < -1 || code >= most; }))
        throw DataError(table.name + ": the column " + name + " has a code without a word");
    Column& column = add(table, std::move(name), codes.shape(0));
    column.categorical = true;
    column.codes.assign(codes.data(), codes.data() + codes.shape(0));
    column.levels = std::move(levels);
}

} // namespace

Prepared Tables::prepare(const SweepSettings& settings) const { return labelled(load(settings, rows, valid ? &*valid : nullptr, test ? &*test : nullptr)); }

Prepared Tables::labelled(Prepared prepared) const {
    if (prepared.preprocessing.task == Task::regression) return prepared;
    prepared.preprocessing.label_type = label_type;
    for (Prepared& fold : prepared.folds) fold.preprocessing.label_type = label_type;
    return prepared;
}

void bind_table(nb::module_& m) {
    nb::class_<Table>(m, "Table")
        .def("__init__", [](Table* self, std::string name, bool named) {
            new (self) Table;
            self->name = std::move(name);
            self->named = named;
        }, nb::arg("name"), nb::arg("named"))
        .def("add_numbers", &add_numbers, nb::arg("name"), nb::arg("values"))
        .def("add_words", &add_words, nb::arg("name"), nb::arg("codes"), nb::arg("levels"))
        .def_prop_ro("rows", &Table::rows);
    nb::class_<Tables>(m, "Tables")
        .def("__init__", [](Tables* self, const Table& rows, const Table* valid, const Table* test, std::string label_type) {
            new (self) Tables{rows, {}, {}, std::move(label_type)};
            if (valid) self->valid = *valid;
            if (test) self->test = *test;
        }, nb::arg("rows"), nb::arg("valid").none(), nb::arg("test").none(), nb::arg("label_type"));
}

} // namespace caviar::python
