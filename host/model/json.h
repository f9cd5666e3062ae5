#pragma once
/// JSON from files that may be damaged or hostile.

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace caviar::model {

/// Parses one document. Throws DataError "FILE: WHAT is not valid JSON at byte N ..."; also for arrays and objects nested
/// more than 32 deep and for a key given twice in one object. Memory stays within a fixed multiple of the text's length.
nlohmann::json parse_json(std::string_view text, const std::string& file, const std::string& what);

} // namespace caviar::model
