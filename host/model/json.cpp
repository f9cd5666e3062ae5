#include "host/model/json.h"

#include "caviar/error.h"

#include <set>
#include <vector>

namespace caviar::model {
namespace {

constexpr int deepest = 32; ///< our own documents nest 5 deep

} // namespace

nlohmann::json parse_json(std::string_view text, const std::string& file, const std::string& what) {
    using Event = nlohmann::json::parse_event_t;
    std::vector<std::set<std::string>> keys; // of the objects that are open
    const auto check = [&](int depth, Event event, nlohmann::json& value) {
        if (depth > deepest) throw DataError(file + ": " + what + " is nested too deeply");
        if (event == Event::object_start) keys.emplace_back();
        if (event == Event::object_end) keys.pop_back();
        if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
            throw DataError(file + ": " + what + " has the key \"" + value.get<std::string>() + "\" twice");
        return true;
    };
    try {
        return nlohmann::json::parse(text.begin(), text.end(), check);
    } catch (const nlohmann::json::parse_error& e) {
        throw DataError(file + ": " + what + " is not valid JSON at byte " + std::to_string(e.byte) + "; the file may be damaged or cut short");
    } catch (const nlohmann::json::exception&) { // a number beyond every double
        throw DataError(file + ": " + what + " holds a number that is out of range");
    }
}

} // namespace caviar::model
