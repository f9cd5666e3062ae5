#include "caviar/error.h"
#include "caviar/preprocessing.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace caviar {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& what) { throw DataError("preprocessing: " + what); }

/// nlohmann's errors speak of its own types; ours say which member is wrong.
template <class T> T get(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) fail(std::string("'") + name + "' is missing");
    try {
        return found->get<T>();
    } catch (const json::exception&) {
        fail(std::string("'") + name + "' has the wrong type");
    }
}

template <class T> T count(const json& object, const char* name, T most) {
    const json& value = object.contains(name) ? object[name] : json();
    if (!value.is_number_integer() || value < 0 || value > most) fail(std::string("'") + name + "' must be a whole number up to " + std::to_string(most));
    return value.get<T>();
}

std::vector<float> floats(const json& object, const char* name) {
    const json& list = object.contains(name) ? object[name] : json();
    if (!list.is_array()) fail(std::string("'") + name + "' must be a list of numbers");
    std::vector<float> result;
    for (const json& value : list) {
        const double number = value.is_number() ? value.get<double>() : NAN;
        if (!(std::fabs(number) <= 3.4028234663852886e38)) fail(std::string("'") + name + "' must hold 32-bit floats only");
        result.push_back(static_cast<float>(number));
    }
    return result;
}

constexpr int32_t most_columns = 1 << 20;

ColumnEncoding column_from(const json& value) {
    if (!value.is_object()) fail("'columns' must be a list of objects");
    ColumnEncoding column;
    column.name = get<std::string>(value, "name");
    column.position = count(value, "position", most_columns);
    column.categorical = get<bool>(value, "categorical");
    if (column.categorical) {
        column.levels = get<std::vector<std::string>>(value, "levels");
    } else {
        column.missing_indicator = get<bool>(value, "missing_indicator");
        column.fill = get<float>(value, "fill");
        if (!std::isfinite(column.fill)) fail("'fill' must be a 32-bit float");
        if (value.contains("offset")) column.offset = get<double>(value, "offset");
        if (!std::isfinite(column.offset)) fail("'offset' must be a number");
    }
    return column;
}

void check(const Preprocessing& p) {
    const auto features = static_cast<size_t>(p.features());
    if (p.columns.empty()) fail("there are no columns");
    if (p.mean.size() != features || p.scale.size() != features)
        fail("'mean' and 'scale' must have one value for each of the " + std::to_string(features) + " features");
    for (const float scale : p.scale)
        if (!(scale > 0)) fail("'scale' must be above 0");
    if (static_cast<size_t>(p.kept) > features || p.components.size() != features * static_cast<size_t>(p.kept))
        fail("'components' must have features x kept values");
    if (p.task == Task::regression ? !p.classes.empty() : p.classes.size() < 2) fail("'classes' does not fit the task " + to_string(p.task));
    if (p.task == Task::binary && p.classes.size() != 2) fail("the task binary has two classes");
    if (!(std::isfinite(p.target_mean) && p.target_scale > 0 && std::isfinite(p.target_scale))) fail("'target_scale' must be above 0");
}

} // namespace

std::string to_json(const Preprocessing& p) {
    json columns = json::array();
    for (const ColumnEncoding& column : p.columns) {
        json entry = {{"name", column.name}, {"position", column.position}, {"categorical", column.categorical}};
        if (column.categorical) entry["levels"] = column.levels;
        else entry.update({{"fill", column.fill}, {"missing_indicator", column.missing_indicator}});
        if (column.offset != 0) entry["offset"] = column.offset;
        columns.push_back(std::move(entry));
    }
    json object = {{"columns", std::move(columns)},
                   {"mean", p.mean},
                   {"scale", p.scale},
                   {"components", p.components},
                   {"kept", p.kept},
                   {"target", p.target},
                   {"target_position", p.target_position},
                   {"table_columns", p.table_columns},
                   {"named", p.named},
                   {"task", to_string(p.task)},
                   {"classes", p.classes},
                   {"target_mean", p.target_mean},
                   {"target_scale", p.target_scale}};
    if (!p.label_type.empty()) object["label_type"] = p.label_type;
    // Names are UTF-8 where our readers made them; others' stray bytes must not throw here.
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Preprocessing preprocessing_from_json(const std::string& text) {
    const json object = json::parse(text, nullptr, false);
    if (object.is_discarded() || !object.is_object()) fail("this is not a JSON object");
    Preprocessing p;
    const auto columns = object.find("columns");
    if (columns == object.end() || !columns->is_array()) fail("'columns' must be a list of objects");
    int64_t features = 0;
    for (const json& column : *columns) {
        p.columns.push_back(column_from(column));
        features += p.columns.back().width();
        if (features > most_columns) fail("more than " + std::to_string(most_columns) + " features");
    }
    p.mean = floats(object, "mean");
    p.scale = floats(object, "scale");
    p.components = floats(object, "components");
    p.kept = count(object, "kept", most_columns);
    p.target = get<std::string>(object, "target");
    p.target_position = count(object, "target_position", most_columns);
    p.table_columns = count(object, "table_columns", most_columns);
    p.named = get<bool>(object, "named");
    try {
        p.task = task_from(get<std::string>(object, "task"));
    } catch (const UsageError& error) {
        fail(error.what());
    }
    p.classes = get<std::vector<std::string>>(object, "classes");
    if (object.contains("label_type")) p.label_type = get<std::string>(object, "label_type");
    p.target_mean = get<double>(object, "target_mean");
    p.target_scale = get<double>(object, "target_scale");
    check(p);
    return p;
}

} // namespace caviar
