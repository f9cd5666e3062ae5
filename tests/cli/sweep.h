#pragma once
/// A table of flowers, and sweeps of a moment over it.

#include "tests/cli/program.h"

namespace caviar::test {

class Sweep : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("flowers.csv");
    }
    /// A sweep of a moment.
    std::vector<std::string> quick(std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"sweep",  "flowers.csv", "--target", "kind", "--trials", "12",
                                           "--epochs", "4",         "--set",    "units=8"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
};

} // namespace caviar::test
