// `caviar report --html`: what the page holds, and what a browser makes of it where there is one.

#include "host/report/page.h"
#include "host/study/sqlite.h"
#include "tests/cli/program.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

namespace caviar::test {

namespace {

using Json = nlohmann::json;
using testing::Contains;
using testing::HasSubstr;

std::string between(const std::string& text, const std::string& open, const std::string& close) {
    const size_t at = text.rfind(open);
    if (at == std::string::npos) return {};
    const size_t begin = at + open.size();
    return text.substr(begin, text.find(close, begin) - begin);
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    std::array<char, 4096> buffer;
    for (size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) text.append(buffer.data(), n);
    return text;
}

/// The first browser on PATH, empty where there is none.
std::string browser() {
    const std::string found = output_of("command -v chromium chromium-browser google-chrome 2>/dev/null");
    return found.substr(0, found.find('\n'));
}

std::string unescaped(std::string text) {
    for (const auto& [from, to] : std::array<std::pair<std::string, std::string>, 3>{{{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}})
        for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
    return text;
}

class ReportPage : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        try {
            report::require_page();
        } catch (const RuntimeFailure&) {
            GTEST_SKIP() << "built without plotly.js: no page";
        }
    }

    /// The data inside the page that `caviar report --html` writes of a study.
    Json page_of(const std::string& study) {
        fine({"report", study, "--html", "page.html"});
        return Json::parse(between(read("page.html"), "<script type=\"application/json\" id=\"data\">", "</script>"));
    }

    /// What page_probe.js saw of page.html.
    Json probe(const std::string& with) {
        std::string text = read("page.html");
        text.insert(text.find("<head>") + 6, "<script>window.pageErrors = []; onerror = (m, s, l) => { pageErrors.push(m + ' ' + l); };"
                                             "addEventListener('unhandledrejection', (e) => pageErrors.push(String(e.reason)));"
                                             "console.error = console.warn = (...a) => pageErrors.push(a.map(String).join(' '));</script>");
        text.insert(text.rfind("</body>"), "<script>" + read(std::string(CAVIAR_SOURCE) + "/tests/cli/page_probe.js") + "</script>");
        write("probed.html", text);
        const std::string dom = output_of("timeout 200 " + with + " --headless=new --no-sandbox --disable-dev-shm-usage --use-angle=swiftshader --enable-unsafe-swiftshader --window-size=1280,900"
                                          " --user-data-dir=" + path("profile").string() + " --virtual-time-budget=15000 --dump-dom file://" + path("probed.html").string() + " 2>/dev/null");
        const std::string seen = between(dom, "<pre id=\"probe\">", "</pre>");
        EXPECT_FALSE(seen.empty()) << "the probe did not come to its end";
        return seen.empty() ? Json::object() : Json::parse(unescaped(seen));
    }
};

/// Trial ids that meet a condition, in order.
template <class Meets> std::vector<int64_t> ids_of(const Json& trials, const Meets& meets) {
    std::vector<int64_t> ids;
    for (const Json& trial : trials)
        if (meets(trial)) ids.push_back(trial["id"]);
    return ids;
}

TEST_F(ReportPage, HoldsTheNumbersOfTrials) {
    write_flowers("flowers.csv");
    fine({"sweep", "flowers.csv", "--target", "kind", "--epochs", "6", "--trials", "60", "--scheduler", "successive-halving", "--quiet"});
    const Json page = page_of("flowers.db"), trials = json({"trials", "flowers.db", "--json", "--curves", "--sort", "id"})["trials"];
    const Json& columns = page["trials"];
    ASSERT_EQ(columns["id"].size(), trials.size());
    for (size_t i = 0; i < trials.size(); ++i) {
        for (const char* name : {"id", "round", "state", "metric", "loss", "best_epoch", "epochs", "seconds"}) EXPECT_EQ(columns[name][i], trials[i][name]) << name << " of trial " << i;
        for (const auto& [name, column] : columns["settings"].items()) EXPECT_EQ(column[i], trials[i]["settings"].contains(name) ? trials[i]["settings"][name] : Json()) << name;
    }
    ASSERT_EQ(page["curves"]["id"].size(), trials.size()) << "so few are all drawn";
    EXPECT_EQ(page["curves"]["id"][0], page["best"]["id"]);
    for (size_t k = 0; k < trials.size(); ++k)
        for (const char* what : {"train_loss", "valid_loss", "valid_metric"}) EXPECT_EQ(page["curves"][what][k], trials[page["curves"]["id"][k].get<size_t>()]["curve"][what]);
    const Json& efficiency = page["efficiency"];
    EXPECT_EQ(efficiency["trials"], ids_of(trials, [](const Json& t) { return t["round"] == 0; }).size()) << "those of the first round";
    EXPECT_EQ(efficiency["points"][0]["size"], 1);
    EXPECT_LE(efficiency["points"][0]["median"].get<double>(), efficiency["points"].back()["median"].get<double>());
    EXPECT_EQ(page["importance"]["told"], json({"report", "flowers.db", "--json"})["importance"]["told"]);
    const Json &time = page["time_line"], &whole = time["runs"][0];
    ASSERT_EQ(time["runs"].size(), 1u);
    EXPECT_EQ(whole["device"], trials[0]["device"]);
    EXPECT_EQ(whole["trials"], trials.size());
    double under_way = 0, took = 0;
    for (const char* state : {"complete", "stopped", "diverged"})
        for (const Json& mean : whole["under_way"][state]) under_way += mean.get<double>() * whole["seconds"].get<double>() / static_cast<double>(whole["under_way"][state].size());
    for (size_t i = 0; i < trials.size(); ++i) {
        EXPECT_EQ(time["run"][i], 0);
        EXPECT_LE(time["ended"][i], whole["seconds"]);
        took += time["ended"][i].get<double>() - time["began"][i].get<double>();
        if (time["began"][i] == 0) { EXPECT_EQ(trials[i]["began"], whole["began"]); }
    }
    EXPECT_NEAR(under_way, took, 60 * 1e-6 + 3 * 5e-4 * whole["seconds"].get<double>()) << "rounded: times to 1e-6, means to 1e-3";
    const size_t effects = page["importance"]["effects"].size();
    EXPECT_EQ(page["importance"]["interactions"].size(), effects * (effects - 1) / 2) << "every pair may be chosen";
    const Outcome both = run({"report", "flowers.db", "--html", "x.html", "--json"});
    EXPECT_EQ(both.code, 2);
    EXPECT_EQ(run({"report", "flowers.db", "--html", "flowers.db"}).code, 2) << "the study itself is not replaced";
    EXPECT_EQ(run({"report", "flowers.db", "--html", "flowers.csv"}).code, 2) << "nor are its data";
    EXPECT_EQ(run({"report", "flowers.db", "--html", "page"}).code, 2);
    EXPECT_EQ(run({"report", "flowers.db", "--html", "no/such/folder.html"}).code, 1);
}

TEST_F(ReportPage, OpensInABrowser) {
    const std::string with = browser();
    if (with.empty()) GTEST_SKIP() << "no chromium, chromium-browser or google-chrome on PATH: the page is not opened";
    write("it's.csv", "a,</script><b>,y\n" + [] {
        std::string rows;
        for (int i = 0; i < 90; ++i) rows += std::to_string(i % 10) + "," + (i % 3 == 0 ? "</script>" : "<b>&amp;") + "," + std::to_string(i % 10 * 2 + (i % 3 == 0)) + "\n";
        return rows;
    }());
    fine({"sweep", "it's.csv", "--target", "y", "--epochs", "5", "--trials", "60", "--drop", "a", "--quiet", "--study", "<i>.db"});
    const Json page = page_of("<i>.db"), trials = json({"trials", "<i>.db", "--json"})["trials"], seen = probe(with);
    EXPECT_FALSE(seen.contains("failed")) << seen["failed"];
    EXPECT_EQ(seen["errors"], Json::array());
    EXPECT_EQ(seen["hidden"], Json::array({"branches"}));
    EXPECT_THAT(seen["answer"].get<std::string>(), HasSubstr("it's.csv, target y"));
    EXPECT_EQ(seen["theme"], "dark");
    // The table's first row is the best trial; its cells carry the numbers in full.
    std::map<std::string, std::string> row;
    for (size_t k = 0; k < seen["heads"].size(); ++k) row[seen["heads"][k]] = seen["table"][0][k];
    const auto& first = trials[0];
    EXPECT_EQ(row["trial"], std::to_string(first["id"].get<int>()));
    EXPECT_EQ(std::stod(row[page["metric"].get<std::string>()]), first["metric"].get<double>());
    EXPECT_EQ(std::stod(row["loss"]), first["loss"].get<double>());
    EXPECT_EQ(std::stod(row["learning_rate"]), first["settings"]["learning_rate"].get<double>());
    // A filter, and a brush drawn with the mouse, keep the trials that they should.
    std::vector<int64_t> filtered = seen["filtered"], brushed = seen["brushed"];
    std::sort(filtered.begin(), filtered.end());
    std::sort(brushed.begin(), brushed.end());
    const Json by_id = json({"trials", "<i>.db", "--json", "--sort", "id"})["trials"];
    EXPECT_EQ(filtered, ids_of(by_id, [](const Json& t) { return t["settings"]["learning_rate"] < 0.01 && t["settings"]["optimizer"] == "adam"; }));
    EXPECT_EQ(seen["cleared"], trials.size());
    EXPECT_EQ(seen["bars"], trials.size()) << "each trial is a bar of the time line";
    EXPECT_EQ(seen["barsFiltered"], filtered.size());
    EXPECT_LE(seen["laneCount"], page["time_line"]["runs"][0]["threads"]) << "as many at once as there are threads";
    EXPECT_THAT(seen["timeLead"].get<std::string>(), HasSubstr("60 trials in "));
    int understood = 0;
    for (const auto& filter : seen["filters"]) {
        const Outcome told = run({"trials", "<i>.db", "--sort", "id", "--json", "--filter", filter[0]});
        EXPECT_EQ(told.code == 0, filter[1].is_array()) << filter << told.err;
        if (told.code != 0) continue;
        EXPECT_EQ(filter[1], ids_of(Json::parse(told.out)["trials"], [](const Json&) { return true; })) << filter[0];
        ++understood;
    }
    EXPECT_EQ(understood, 8);
    if (!seen["webgl"].get<bool>()) GTEST_SKIP() << "this browser has no WebGL: nothing to brush";
    ASSERT_TRUE(seen["brush"].is_array());
    const double low = seen["brush"][0], high = seen["brush"][1];
    EXPECT_EQ(brushed, ids_of(by_id, [&](const Json& t) {
        const double at = std::log10(t["settings"]["learning_rate"].get<double>());
        return at >= low && at <= high;
    }));
    EXPECT_EQ(seen["linesDrawn"], 1) << "with no brush to take away they stay as they are";
    EXPECT_EQ(seen["unbrushed"], trials.size());
    EXPECT_GT(brushed.size(), 0u);
    EXPECT_LT(brushed.size(), trials.size());
}

TEST_F(ReportPage, OpensForAPandaAndForWhatDidNotEndWell) {
    const std::string with = browser();
    if (with.empty()) GTEST_SKIP() << "no chromium, chromium-browser or google-chrome on PATH: the page is not opened";
    write_line("line.csv");
    write_flowers("flowers.csv");
    write("do.txt", "run 4\nset learning_rate 0.003\nrun 3\nrewind 4\nbranch\nset momentum 0.95\nrun 4\n");
    fine({"panda", "flowers.csv", "--target", "kind", "--script", "do.txt", "--study", "panda.db", "--quiet"});
    const Json branches = page_of("panda.db")["branches"];
    EXPECT_GE(branches.size(), 2u);
    Json seen = probe(with);
    EXPECT_EQ(seen["errors"], Json::array());
    EXPECT_EQ(seen["plots"], Json::array({"curves-plot"}));
    EXPECT_EQ(seen["table"].size(), branches.size());

    const auto diverging = run({"sweep", "line.csv", "--target", "y", "--trials", "6", "--epochs", "2", "--only", "--set", "learning_rate=1000", "--set", "optimizer=sgd", "--quiet"});
    EXPECT_EQ(diverging.code, 1) << diverging.err;
    study::Database(path("line.db").string(), study::Database::Mode::write).run("DROP TABLE times; DROP TABLE runs"); // as an older caviar left it
    EXPECT_TRUE(page_of("line.db")["time_line"].is_null());
    seen = probe(with);
    EXPECT_EQ(seen["errors"], Json::array());
    EXPECT_THAT(seen["answer"].get<std::string>(), HasSubstr("Every trial diverged."));
    EXPECT_THAT(seen["hidden"].get<std::vector<std::string>>(), Contains("time"));
    EXPECT_EQ(seen["table"].size(), 6u);
}

} // namespace

} // namespace caviar::test
