// Models: files, bytes, predictions.

#include "host/python/bindings.h"

#include "caviar/error.h"
#include "caviar/model.h"
#include "host/model/format.h"
#include "host/model/safetensors.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>

namespace caviar::python {

namespace {

/// An array that owns its values.
template <class T> nb::ndarray<nb::numpy, T> array(std::vector<T> from, std::initializer_list<size_t> shape) {
    auto values = std::make_unique<std::vector<T>>(std::move(from));
    T* data = values->data();
    const nb::capsule owner(values.release(), [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return nb::ndarray<nb::numpy, T>(data, shape, owner);
}

Predictions predict_on_cpu(const Model& model, const Table& table, int threads) {
    const nb::gil_scoped_release others_may_run;
    EngineOptions options;
    options.name = "cpu"; // one pass over the rows: starting a GPU would take longer
    options.threads = threads;
    return predict(model, table, *make_engine(options).engine);
}

/// The only net of a model. Throws UsageError for an ensemble.
const Net& only_net(const Model& model) {
    if (model.others.empty()) return model;
    throw UsageError("this model is an ensemble of " + std::to_string(model.others.size() + 1) + " networks; its `members` are models of one each");
}

/// The nets of a model as models.
std::vector<Model> members(const Model& model) {
    std::vector<Model> all;
    for (const Net* net : nets(model)) all.push_back({*net, {}, model.loss, model.preprocessing, model.missing, model.note});
    return all;
}

/// [(W (in, out), b (out,)), ...]
nb::list layers(const Model& whole) {
    const Net& model = only_net(whole);
    nb::list list;
    const auto& widths = model.weights.widths;
    auto next = model.weights.values.begin();
    for (size_t l = 0; l + 1 < widths.size(); ++l) {
        const auto in = static_cast<size_t>(widths[l]), out = static_cast<size_t>(widths[l + 1]);
        const auto bias = next + static_cast<std::ptrdiff_t>(in * out), end = bias + static_cast<std::ptrdiff_t>(out);
        list.append(nb::make_tuple(array(std::vector<float>(next, bias), {in, out}), array(std::vector<float>(bias, end), {out})));
        next = end;
    }
    return list;
}

std::string saved(const Model& model) { return model::encode_safetensors(model); }

} // namespace

void bind_model(nb::module_& m) {
    nb::class_<Model>(m, "Model")
        .def_static("load", [](const std::string& path) {
            const nb::gil_scoped_release others_may_run;
            return load_model(path);
        }, nb::arg("path"))
        .def_static("from_bytes", [](const nb::bytes& bytes) { return model::decode_model({bytes.c_str(), bytes.size()}, "these bytes"); }, nb::arg("bytes"))
        .def("to_bytes", [](const Model& model) {
            const std::string text = saved(model);
            return nb::bytes(text.data(), text.size());
        })
        .def("save", [](const Model& model, const std::string& path) {
            const nb::gil_scoped_release others_may_run;
            save_model(model, path);
        }, nb::arg("path"))
        .def("predict_proba", [](const Model& model, const Table& table, int threads) {
            Predictions p = predict_on_cpu(model, table, threads);
            const auto rows = static_cast<size_t>(p.rows());
            return nb::make_tuple(array(std::move(p.probabilities), {rows, p.classes.size()}), std::move(p.labels));
        }, nb::arg("table"), nb::arg("threads"))
        .def("predict_values", [](const Model& model, const Table& table, int threads) {
            Predictions p = predict_on_cpu(model, table, threads);
            const size_t rows = p.values.size();
            return array(std::move(p.values), {rows});
        }, nb::arg("table"), nb::arg("threads"))
        .def("layers", &layers)
        .def("members", &members)
        .def_prop_ro("task", [](const Model& model) { return to_string(model.preprocessing.task); })
        .def_prop_ro("classes", [](const Model& model) { return model.preprocessing.classes; })
        .def_prop_ro("label_type", [](const Model& model) { return model.preprocessing.label_type; })
        .def_prop_ro("widths", [](const Model& model) { return only_net(model).weights.widths; })
        .def_prop_ro("activation", [](const Model& model) { return to_string(only_net(model).activation); })
        .def_prop_ro("loss", [](const Model& model) { return to_string(model.loss); })
        .def_prop_ro("scaling", [](const Model& model) { return to_string(only_net(model).scaling); })
        .def_prop_ro("columns", [](const Model& model) {
            std::vector<std::string> names;
            for (const ColumnEncoding& column : model.preprocessing.columns) names.push_back(column.name);
            return names;
        })
        .def_prop_ro("note", [](const Model& model) { return model.note; });
}

} // namespace caviar::python
