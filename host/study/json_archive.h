#pragma once
/// Plain structs to JSON and back from ONE list of their members each, so that writer and reader cannot drift apart.
/// A struct takes part by an overload of `members(archive, struct)` that calls archive("name", member) for each member.
/// Reading is strict: every member must be there, nothing else may be, every number must fit.

#include "caviar/error.h"
#include "caviar/space.h"
#include "host/core/names.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace caviar::study {

using Json = nlohmann::ordered_json;

/// T is S, const or not: a writer sees const members, a reader fills them. For overloads of `members`.
template <class T, class S>
concept Either = std::is_same_v<std::remove_const_t<T>, S>;

template <class T> inline constexpr bool is_vector = false;
template <class T> inline constexpr bool is_vector<std::vector<T>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

/// Text as JSON. JSON is UTF-8, but a path or a column's name may be any bytes: others go in as {"bytes": [..]}.
Json encode_text(const std::string&);
/// A float as the double with the fewest digits that still reads back to the same float.
double shortest(float);

template <class T> Json encode(const T&);
template <class T> void decode(const Json&, T&, const std::string& where);

[[noreturn]] inline void bad_json(const std::string& where, const std::string& what) { throw RuntimeFailure(where + ": " + what); }

class Writer {
public:
    template <class T> void operator()(const char* name, const T& member) { json[name] = encode(member); }
    /// A member that came later: left out where it says what older studies mean without it, so that they are read, and by older
    /// programs.
    template <class T> void optional(const char* name, const T& member, const T& before = {}) {
        if (!(member == before)) (*this)(name, member);
    }
    Json json = Json::object();
};

class Reader {
public:
    Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
        if (!json.is_object()) bad_json(where_, "expected an object");
    }
    template <class T> void operator()(const char* name, T& member) {
        const auto found = json_.find(name);
        if (found == json_.end()) bad_json(where_, std::string("\"") + name + "\" is missing");
        decode(*found, member, where_ + "." + name);
        ++read_;
    }
    template <class T> void optional(const char* name, T& member, const T& before = {}) {
        if (json_.contains(name)) (*this)(name, member);
        else member = before;
    }
    /// Throws where the object holds more than was asked for.
    void done() const {
        if (read_ != json_.size()) bad_json(where_, "holds something that this caviar does not know");
    }

private:
    const Json& json_;
    std::string where_;
    size_t read_ = 0;
};

void decode_text(const Json&, std::string&, const std::string& where);
void decode_value(const Json&, Value&, const std::string& where);

template <class T> Json encode(const T& value) {
    if constexpr (std::is_same_v<T, std::string>) return encode_text(value);
    else if constexpr (std::is_same_v<T, char>) return value ? Json(std::string(1, value)) : Json("");
    else if constexpr (std::is_same_v<T, float>) return shortest(value);
    else if constexpr (std::is_same_v<T, bool> || std::is_arithmetic_v<T>) return value;
    else if constexpr (std::is_enum_v<T>) return core::name_of(value);
    else if constexpr (std::is_same_v<T, Value>) return std::visit([](const auto& v) { return encode(v); }, value);
    else if constexpr (is_optional<T>) return value ? encode(*value) : Json(nullptr);
    else if constexpr (is_vector<T>) {
        Json array = Json::array();
        for (const auto& element : value) array.push_back(encode(element));
        return array;
    } else {
        Writer writer;
        members(writer, value);
        return writer.json;
    }
}

template <class T> void decode_integer(const Json& json, T& value, const std::string& where) {
    // nlohmann keeps numbers without a sign as unsigned; both kinds must fit T.
    if (json.is_number_unsigned()) {
        const auto n = json.get<uint64_t>();
        if (n > static_cast<uint64_t>(std::numeric_limits<T>::max())) bad_json(where, "the number is too large");
        value = static_cast<T>(n);
    } else if (json.is_number_integer()) {
        const auto n = json.get<int64_t>();
        if constexpr (std::is_unsigned_v<T>) bad_json(where, "the number is negative");
        else if (n < static_cast<int64_t>(std::numeric_limits<T>::min())) bad_json(where, "the number is too small");
        else value = static_cast<T>(n);
    } else bad_json(where, "expected a whole number");
}

template <class T> void decode(const Json& json, T& value, const std::string& where) {
    if constexpr (std::is_same_v<T, std::string>) decode_text(json, value, where);
    else if constexpr (std::is_same_v<T, Value>) decode_value(json, value, where);
    else if constexpr (std::is_same_v<T, char>) {
        std::string text;
        decode_text(json, text, where);
        if (text.size() > 1) bad_json(where, "expected one character");
        value = text.empty() ? '\0' : text[0];
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) bad_json(where, "expected true or false");
        value = json.get<bool>();
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!json.is_number()) bad_json(where, "expected a number");
        const double number = json.get<double>();
        if (std::isfinite(number) && std::abs(number) > static_cast<double>(std::numeric_limits<T>::max())) bad_json(where, "the number is too large");
        value = static_cast<T>(number);
    } else if constexpr (std::is_integral_v<T>) decode_integer(json, value, where);
    else if constexpr (std::is_enum_v<T>) {
        std::string word;
        decode_text(json, word, where);
        try {
            value = core::value_of<T>(where, word);
        } catch (const UsageError& error) {
            throw RuntimeFailure(error.what());
        }
    } else if constexpr (is_optional<T>) {
        if (json.is_null()) value.reset();
        else decode(json, value.emplace(), where);
    } else if constexpr (is_vector<T>) {
        if (!json.is_array()) bad_json(where, "expected a list");
        value.clear();
        for (size_t i = 0; i < json.size(); ++i) decode(json[i], value.emplace_back(), where + "[" + std::to_string(i) + "]");
    } else {
        Reader reader(json, where);
        members(reader, value);
        reader.done();
    }
}

} // namespace caviar::study
