#include "caviar/hyperparameters.h"

#include "caviar/error.h"
#include "host/core/fields.h"
#include "host/core/names.h"
#include "host/core/value.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace caviar {
namespace {

using core::Entry;
using core::H;
using core::Shape;

[[noreturn]] void refuse(const Field& f, const Value& value, const std::string& more = {}) {
    std::string text = to_string(value);
    if (text.size() > 100) text = text.substr(0, 100) + "...";
    const std::string also = f.name == "batch_size" ? ", or the word full" : "";
    throw UsageError(std::string(f.name) + ": " + (text.empty() ? "an empty value" : text) + " is not allowed" + more + "; allowed: " +
                     allowed(f) + also);
}

double number(const Field& f, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (f.name == "batch_size" && *text == "full") return 0;
        const auto read = core::read_number(*text);
        if (!read) refuse(f, value, " (not a number)");
        return *core::as_double(*read);
    }
    return *core::as_double(value);
}

double whole_number(const Field& f, const Value& value) {
    const double v = number(f, value);
    if (!(v >= f.low && v <= f.high)) refuse(f, value);
    if (v != std::floor(v)) refuse(f, value, " (not a whole number)");
    return v;
}

float real_number(const Field& f, const Value& value) {
    const double given = number(f, value);
    if (!(std::abs(given) <= std::numeric_limits<float>::max())) refuse(f, value);
    const auto v = static_cast<float>(given); // the range is that of the float that training sees
    if (!(v >= f.low && v <= f.high)) {
        // 0.99999999999 is below 1, but the nearest float is not.
        const bool by_rounding = (v == 0 || v == 1) && given != static_cast<double>(v);
        refuse(f, value, by_rounding ? " (rounded to a 32-bit float it is " + std::to_string(static_cast<int>(v)) + ")" : "");
    }
    return v;
}

/// false and true also as 0 and 1.
std::string word(const Value& value) {
    if (const auto* whole = std::get_if<int64_t>(&value); whole && (*whole == 0 || *whole == 1)) return *whole ? "true" : "false";
    return to_string(value);
}

void set_shape(Hyperparameters& h, const Entry& e, const Value& value) {
    const auto v = static_cast<int32_t>(whole_number(e.field, value));
    switch (std::get<Shape>(e.member)) {
    case Shape::layers: h.hidden.resize(static_cast<size_t>(v), h.hidden.empty() ? H{}.hidden.front() : h.hidden.back()); break;
    case Shape::units: std::fill(h.hidden.begin(), h.hidden.end(), v); break;
    case Shape::layer_units:
        if (static_cast<size_t>(e.layer) > h.hidden.size())
            throw UsageError(std::string(e.field.name) + ": there are only " + std::to_string(h.hidden.size()) +
                             " hidden layers; set layers to " + std::to_string(e.layer) + " or more first");
        h.hidden[static_cast<size_t>(e.layer - 1)] = v;
    }
}

Value get_shape(const Hyperparameters& h, const Entry& e) {
    const auto layers = static_cast<int64_t>(h.hidden.size());
    const auto shape = std::get<Shape>(e.member);
    if (shape == Shape::layers) return layers;
    const int64_t layer = shape == Shape::units ? 1 : e.layer;
    return layer <= layers ? int64_t{h.hidden[static_cast<size_t>(layer - 1)]} : int64_t{0};
}

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

} // namespace

void set(Hyperparameters& h, std::string_view name, const Value& value) {
    const Entry& e = core::entry(name);
    std::visit(Overloaded{[&](Shape) { set_shape(h, e, value); },
                          [&](float H::*member) { h.*member = real_number(e.field, value); },
                          [&](int32_t H::*member) { h.*member = static_cast<int32_t>(whole_number(e.field, value)); },
                          [&](uint64_t H::*member) { h.*member = static_cast<uint64_t>(whole_number(e.field, value)); },
                          [&]<class E>(E H::*member) { h.*member = core::value_of<E>(name, word(value)); }},
               e.member);
}

Value get(const Hyperparameters& h, std::string_view name) {
    const Entry& e = core::entry(name);
    return std::visit(Overloaded{[&](Shape) -> Value { return get_shape(h, e); },
                                 [&](float H::*member) -> Value { return core::shortest_double(h.*member); },
                                 [&](int32_t H::*member) -> Value {
                                     if (member == &H::batch_size && h.batch_size == 0) return "full";
                                     return int64_t{h.*member};
                                 },
                                 [&](uint64_t H::*member) -> Value { return static_cast<int64_t>(h.*member); },
                                 [&]<class E>(E H::*member) -> Value { return core::name_of(h.*member); }},
                      e.member);
}

void check(const Hyperparameters& h) {
    Hyperparameters scratch = h;
    if (h.hidden.size() > static_cast<size_t>(max_layers)) refuse(field("layers"), static_cast<int64_t>(h.hidden.size()));
    for (const Entry& e : core::entries()) {
        const auto* shape = std::get_if<Shape>(&e.member);
        if (shape && (*shape != Shape::layer_units || static_cast<size_t>(e.layer) > h.hidden.size())) continue;
        if (const auto* member = std::get_if<float H::*>(&e.member); member && !std::isfinite(h.*(*member)))
            refuse(e.field, double{h.*(*member)});
        set(scratch, e.field.name, get(h, e.field.name));
    }
}

} // namespace caviar
