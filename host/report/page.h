#pragma once
/// The page of `caviar report --html`: one file that needs nothing else, with plotly.js and the data inside. What it is made of lies in
/// host/report/html/ and is put together when the program is built.

#include <nlohmann/json.hpp>

#include <string>

namespace caviar::report {

/// Throws RuntimeFailure where plotly.js was not found when this program was built; says which package has it.
void require_page();

/// The page over a document (host/cli/report_page.h). Nothing in the data can end the script that holds it. Throws as `require_page`.
std::string page(const nlohmann::ordered_json& document);

} // namespace caviar::report
