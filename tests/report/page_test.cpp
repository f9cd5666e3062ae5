#include "host/report/page.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

namespace caviar::report {
namespace {

bool drawn() {
    try {
        require_page();
        return true;
    } catch (const RuntimeFailure& failure) {
        EXPECT_THAT(failure.what(), testing::HasSubstr("python3-plotly")) << "what is missing has a name";
        return false;
    }
}

size_t occurrences(const std::string& text, const std::string& what) {
    size_t count = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

TEST(Page, HoldsTheDocumentWhateverItsWords) {
    if (!drawn()) GTEST_SKIP() << "built without plotly.js: no page";
    const nlohmann::ordered_json hostile{{"</script><b>", "<!--<script>"}, {"@data@", "]]>"}, {"bytes", "\xff"}, {"number", 0.1}};
    const std::string text = page(hostile), plain = page(nlohmann::ordered_json::object());
    EXPECT_EQ(occurrences(text, "</script"), occurrences(plain, "</script")) << "nothing in the data ends a script";
    EXPECT_EQ(occurrences(text, "<!--"), occurrences(plain, "<!--"));
    const std::string open = "<script type=\"application/json\" id=\"data\">";
    const size_t begin = text.find(open) + open.size(), end = text.find("</script>", begin);
    auto read = nlohmann::ordered_json::parse(text.substr(begin, end - begin));
    EXPECT_EQ(read["bytes"], "\xEF\xBF\xBD");
    read["bytes"] = "\xff";
    EXPECT_EQ(read, hostile);
}

TEST(Page, NeedsNoNetwork) {
    if (!drawn()) GTEST_SKIP() << "built without plotly.js: no page";
    const std::string text = page(nlohmann::ordered_json::object());
    EXPECT_EQ(text.rfind("<!DOCTYPE html>", 0), 0u);
    for (const char* fetched : {"<script src", "<link", "@import", "<img", "@style@", "@plotly@", "@scripts@", "@licence@"}) EXPECT_EQ(occurrences(text, fetched), 0u) << fetched;
    EXPECT_THAT(text, testing::HasSubstr("Plotly, Inc.")) << "its licence asks for the notice";
}

} // namespace
} // namespace caviar::report
