#include "tests/cli/program.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caviar::test {

void ProgramTest::SetUp() {
    std::string name = (std::filesystem::temp_directory_path() / "caviar-cli-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
}

void ProgramTest::TearDown() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

pid_t ProgramTest::start(const std::vector<std::string>& arguments) {
    std::vector<char*> words{const_cast<char*>(CAVIAR_PROGRAM)};
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const std::string out = path("out").string(), err = path("err").string(), folder = folder_.string();
    const pid_t child = fork();
    if (child != 0) return child;
    // Only async-signal-safe calls from here on.
    const int in_fd = open("/dev/null", O_RDONLY);
    const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (chdir(folder.c_str()) != 0) _exit(125);
    dup2(in_fd, 0);
    dup2(out_fd, 1);
    dup2(err_fd, 2);
    execv(words[0], words.data());
    _exit(126);
}

Outcome ProgramTest::wait(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    Outcome outcome;
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    outcome.out = read("out");
    outcome.err = read("err");
    return outcome;
}

Outcome ProgramTest::run(const std::vector<std::string>& arguments) { return wait(start(arguments)); }

Outcome ProgramTest::fine(const std::vector<std::string>& arguments) {
    Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
}

nlohmann::json ProgramTest::json(const std::vector<std::string>& arguments) {
    const Outcome outcome = fine(arguments);
    nlohmann::json document = nlohmann::json::parse(outcome.out, nullptr, false);
    EXPECT_FALSE(document.is_discarded()) << "stdout is not one JSON document:\n" << outcome.out;
    return document;
}

void ProgramTest::write(const std::string& name, const std::string& text) const { std::ofstream(path(name), std::ios::binary) << text; }

std::string ProgramTest::read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name), std::ios::binary).rdbuf();
    return text.str();
}

void ProgramTest::write_flowers(const std::string& name, int rows) const {
    std::mt19937 random(7);
    std::ostringstream text;
    text << "length,width,colour,kind\n";
    const char* kinds[] = {"rose", "lily", "iris"};
    const char* colours[] = {"red", "white", "blue"};
    for (int i = 0; i < rows; ++i) {
        const int kind = i % 3;
        const double noise = static_cast<double>(random() % 1000) / 1000;
        text << kind * 2 + noise << ',' << 5 - kind + static_cast<double>(random() % 1000) / 1000 << ','
             << colours[(static_cast<unsigned>(kind) + (random() % 4 == 0 ? 1U : 0U)) % 3] << ',' << kinds[kind] << '\n';
    }
    write(name, text.str());
}

void ProgramTest::write_line(const std::string& name, int rows) const {
    std::mt19937 random(8);
    std::ostringstream text;
    text << "a,b,y\n";
    for (int i = 0; i < rows; ++i) {
        const double a = static_cast<double>(random() % 2000) / 100 - 10, b = static_cast<double>(random() % 2000) / 100 - 10;
        text << a << ',' << b << ',' << 2 * a - b + static_cast<double>(random() % 100) / 1000 << '\n';
    }
    write(name, text.str());
}

} // namespace caviar::test
