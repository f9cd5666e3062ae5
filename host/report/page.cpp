#include "host/report/page.h"

#include "caviar/error.h"
#include "host/report/json_lines.h"

#include <string_view>

// page.S: the page but for its data; empty without plotly.js
extern "C" const char caviar_page_begin[], caviar_page_end[];

namespace caviar::report {
namespace {

std::string_view frame() { return {&caviar_page_begin[0], static_cast<size_t>(&caviar_page_end[0] - &caviar_page_begin[0])}; }

} // namespace

void require_page() {
    if (frame().empty())
        throw RuntimeFailure("this caviar draws no page: plotly.js was not there when it was built. Install the Debian or Ubuntu package python3-plotly, "
                             "or set CAVIAR_PLOTLY to a plotly.js of version 2, then run cmake and build again. `caviar report` without --html needs nothing");
}

std::string page(const nlohmann::ordered_json& document) {
    require_page();
    constexpr std::string_view place = "@data@";
    const size_t at = frame().rfind(place);
    std::string text(frame().substr(0, at));
    for (const char c : dump(document)) {
        if (c == '<') text += "\\u003c"; // </script> and <!-- in a name; JSON has it in strings only
        else text += c;
    }
    return text.append(frame().substr(at + place.size()));
}

} // namespace caviar::report
