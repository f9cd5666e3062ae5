// Dependencies run one way (DESIGN.md section 3): each folder may include only from those listed for it.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
const fs::path root = CAVIAR_SOURCE_DIR;

// folder -> folders of ours whose headers it may include, besides itself and the public nouns in include/caviar/
const std::map<std::string, std::set<std::string>> allowed = {
    {"include/caviar", {}},
    {"include/caviar/mlp", {}},
    {"host/core", {"include/caviar/mlp"}},
    {"host/data", {"host/core", "include/caviar/mlp"}},
    {"host/cpu", {"host/core", "include/caviar/mlp"}},
    {"cuda", {"host/core", "include/caviar/mlp"}},
    {"cuda/device", {"cuda", "include/caviar/mlp"}},
    {"cuda/runtime", {"cuda", "cuda/device", "host/core"}},
    {"host/engine", {"host/core", "host/cpu", "cuda", "cuda/runtime"}},
    {"host/search", {"host/core", "include/caviar/mlp"}},
    {"host/importance", {"host/core", "host/search"}},
    {"host/model", {"host/core", "host/data"}},
    {"host/study", {"host/core", "host/data", "host/search"}},
    {"host/report", {"host/core", "host/search", "host/importance", "host/study", "include/caviar/mlp"}},
    {"host/exchange", {"host/core", "host/search", "host/study", "host/report"}},
    {"host/panda", {"host/core", "host/data", "host/study", "host/report"}},
    {"host/cli",
     {"host/core", "host/data", "host/cpu", "host/engine", "host/search", "host/importance", "host/model", "host/study", "host/report", "host/exchange", "host/panda"}},
    {"host/python", {"host/core", "host/data", "host/model", "host/study", "host/cli"}},
};

// packages that belong to one side only; a header outside its folders is in the wrong place
const std::vector<std::pair<std::regex, std::set<std::string>>> homes = {
    {std::regex("sqlite3\\.h"), {"host/study", "host/cli"}},
    {std::regex("CLI/.*"), {"host/cli"}},
    {std::regex("toml\\+\\+/.*"), {"host/cli"}},
    {std::regex("nanobind/.*"), {"host/python"}},
    {std::regex("nlohmann/.*"), {"host/data", "host/search", "host/model", "host/study", "host/report", "host/exchange", "host/cli", "host/python"}},
    {std::regex("Eigen/.*"), {"host/data", "host/search"}},
    {std::regex("(cuda_runtime|cublas|nvtx3|thrust/|cub/).*"), {"cuda/device", "cuda/runtime"}},
    {std::regex("curand.*"), {"cuda/device", "cuda/runtime", "include/caviar/mlp"}}, // philox.h, where nvcc compiles it
};

struct Include {
    std::string file, folder, target;
};

std::vector<Include> includes() {
    std::vector<Include> found;
    const std::regex line_pattern("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
    for (const auto& [folder, _] : allowed) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension != ".h" && extension != ".cpp" && extension != ".cu" && extension != ".cuh") continue;
            std::ifstream in(entry.path());
            for (std::string line; std::getline(in, line);) {
                std::smatch match;
                if (std::regex_search(line, match, line_pattern))
                    found.push_back({fs::relative(entry.path(), root).string(), folder, match[1]});
            }
        }
    }
    return found;
}

// The folder of ours that an include names, or empty for a system or package header.
std::string folder_of(const Include& include) {
    for (const fs::path& base : {root, root / "include", root / include.folder}) {
        if (!fs::is_regular_file(base / include.target)) continue;
        const auto path = fs::relative(fs::weakly_canonical(base / include.target), root);
        return path.parent_path().string();
    }
    return {};
}

TEST(Dependencies, RunOneWay) {
    std::vector<std::string> wrong;
    size_t ours = 0;
    for (const auto& include : includes()) {
        const auto target = folder_of(include);
        if (target.empty()) continue;
        ++ours;
        if (target == include.folder || target == "include/caviar") continue;
        if (!allowed.at(include.folder).contains(target)) wrong.push_back(include.file + " includes " + include.target);
    }
    EXPECT_GT(ours, 20u) << "the test looked at nothing";
    EXPECT_THAT(wrong, testing::IsEmpty());
}

TEST(Dependencies, PackagesStayInTheirFolders) {
    std::vector<std::string> wrong;
    for (const auto& include : includes())
        for (const auto& [pattern, folders] : homes)
            if (std::regex_match(include.target, pattern) && !folders.contains(include.folder))
                wrong.push_back(include.file + " includes " + include.target);
    EXPECT_THAT(wrong, testing::IsEmpty());
}

TEST(Dependencies, TheListHasNoCircle) {
    std::set<std::string> done;
    for (bool moved = true; moved;) {
        moved = false;
        for (const auto& [folder, below] : allowed)
            if (!done.contains(folder) && std::all_of(below.begin(), below.end(), [&](auto& f) { return done.contains(f); }))
                moved |= done.insert(folder).second;
    }
    EXPECT_EQ(done.size(), allowed.size());
}

} // namespace
