#pragma once
/// The built program as a child process, in a folder of its own.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace caviar::test {

struct Outcome {
    int code = -1; ///< exit code; 128 + signal where one ended it
    std::string out, err;
};

/// A temporary folder that every child runs in; removed at the end.
class ProgramTest : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    Outcome run(const std::vector<std::string>& arguments);
    /// The same, expecting code 0.
    Outcome fine(const std::vector<std::string>& arguments);
    nlohmann::json json(const std::vector<std::string>& arguments); ///< stdout of a run that must be fine, parsed
    pid_t start(const std::vector<std::string>& arguments);         ///< streams go to the files "out" and "err"
    Outcome wait(pid_t);

    std::filesystem::path path(const std::string& name) const { return folder_ / name; }
    void write(const std::string& name, const std::string& text) const;
    std::string read(const std::string& name) const;

    /// Three classes in two numeric and one categorical column, in a regular pattern with some noise; with a header.
    void write_flowers(const std::string& name, int rows = 150) const;
    /// y = 2a - b + noise.
    void write_line(const std::string& name, int rows = 120) const;

private:
    std::filesystem::path folder_;
};

} // namespace caviar::test
