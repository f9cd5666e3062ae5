// caviar panda: scripts, studies, and what a terminal would see.

#include "tests/cli/program.h"

#include "caviar/study.h"
#include "host/cli/line_editor.h"
#include "host/cli/panda_screen.h"
#include "host/report/text.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <csignal>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class PandaProgram : public ProgramTest {
protected:
    void SetUp() override {
        ProgramTest::SetUp();
        write_flowers("flowers.csv");
        write("do.txt", "run 5\nset learning_rate 0.01\nrun 3\nrewind 4\nset dropout 0.1\nrun 4\ncompare\n");
    }
    std::vector<std::string> panda(std::vector<std::string> more) const {
        std::vector<std::string> arguments{"panda", "flowers.csv", "--target", "kind", "--set", "units=8", "--epochs", "6"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    /// Curves and settings of all trials, without the times.
    nlohmann::json trials(const std::string& study) {
        auto document = json({"trials", study, "--json", "--curves"})["trials"];
        for (auto& trial : document)
            for (const char* name : {"seconds", "began", "ended"}) trial.erase(name);
        return document;
    }
};

TEST_F(PandaProgram, AScriptItsHistoryAndItsReplayAgree) {
    const Outcome outcome = fine(panda({"--script", "do.txt"}));
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("\n*"), HasSubstr("dropout"))) << "answers are on stdout";
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("epoch 8"), HasSubstr("caviar panda flowers-panda.db")));
    const Outcome history = fine({"panda", "flowers-panda.db", "--history"});
    EXPECT_THAT(history.out, HasSubstr("\nrun 5\nset learning_rate 0.01\nrun 3\nrewind to 4\nset dropout 0.1\nrun 4\n"));
    write("again.txt", history.out);
    write("settings.toml", fine({"panda", "flowers-panda.db", "--print-config"}).out);
    fine({"panda", "--config", "settings.toml", "--script", "again.txt", "--study", "again.db", "--quiet"});
    EXPECT_EQ(trials("flowers-panda.db"), trials("again.db"));
    EXPECT_EQ(trials("again.db")[0]["events"].size(), 1u);
    const auto report = json({"report", "again.db", "--json"});
    EXPECT_TRUE(report["advice"].empty()) << "there was no search";
    ASSERT_EQ(report["branches"].size(), 2u);
    EXPECT_EQ(report["branches"][1]["events"].back()["copied_from"], 0);

    EXPECT_EQ(json({"verify", "again.db", "--trial", "0,1", "--json"})["equal"], true);
    fine({"export", "again.db", "-o", "model.json", "--quiet"});
    fine({"predict", "model.json", "flowers.csv", "-o", "p.csv"});
    EXPECT_THAT(fine({"trials", "again.db"}).out, HasSubstr("dropout"));
    EXPECT_EQ(run({"resume", "again.db"}).code, 2);
}

TEST_F(PandaProgram, WithoutCommandsItTrainsToTheGoalAndGoesOnLater) {
    fine(panda({}));
    const auto first = trials("flowers-panda.db");
    EXPECT_EQ(first[0]["epochs"], 6);
    const Outcome there = run(panda({}));
    EXPECT_EQ(there.code, 2);
    EXPECT_THAT(there.err, HasSubstr("caviar panda flowers-panda.db"));
    write("more.txt", "run 2\nsave net.npz\nquit\nrun 50\n");
    EXPECT_THAT(fine({"panda", "flowers-panda.db", "--script", "more.txt"}).err,
                HasSubstr("going on with branch 0 after epoch 6"));
    EXPECT_EQ(trials("flowers-panda.db")[0]["epochs"], 8);
    EXPECT_TRUE(std::filesystem::exists(path("net.npz")));
}

TEST_F(PandaProgram, BeginsWithASweepsTrialAndLeavesTheSweepAlone) {
    fine({"sweep", "flowers.csv", "--target", "kind", "--trials", "6", "--epochs", "4", "--set", "units=8", "--quiet"});
    const std::string before = fine({"trials", "flowers.db", "--json", "--curves"}).out;
    const auto best = nlohmann::json::parse(before)["trials"][0];
    write("more.txt", "rewind 1\nset learning_rate 0.001\nrun 1\n");
    const Outcome outcome = fine({"panda", "flowers.db", "--trial", "best", "--script", "more.txt"});
    EXPECT_THAT(outcome.err, HasSubstr("bit for bit"));
    const std::string study = "flowers-panda-" + std::to_string(best["id"].get<int>()) + ".db";
    const auto root = json({"trials", study, "--sort", "id", "--json", "--curves"})["trials"][0];
    EXPECT_EQ(root["curve"], best["curve"]);
    EXPECT_EQ(fine({"trials", "flowers.db", "--json", "--curves"}).out, before);
    EXPECT_EQ(fine({"verify", study, "--trial", "0,1"}).code, 0);
    EXPECT_EQ(run({"panda", "flowers.db", "--trial", "77"}).code, 2);
    EXPECT_EQ(run({"panda", "flowers.db", "--epochs", "7"}).code, 2);
    // The history begins with the epochs of the trial, so it is whole.
    write("settings.toml", fine({"panda", study, "--print-config"}).out);
    write("again.txt", fine({"panda", study, "--history"}).out);
    fine({"panda", "--config", "settings.toml", "--script", "again.txt", "--study", "again.db", "--quiet"});
    EXPECT_EQ(trials(study), trials("again.db"));
}

TEST_F(PandaProgram, RefusesBadInput) {
    const auto refused = [&](const std::vector<std::string>& arguments, const std::string& why) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << arguments.back();
        EXPECT_THAT(outcome.err, HasSubstr(why));
    };
    write("bad.txt", "run 2\nset units 9\n");
    refused(panda({"--script", "bad.txt"}), "bad.txt:2: units cannot change");
    EXPECT_EQ(trials("flowers-panda.db")[0]["epochs"], 2) << "what was done is saved";
    refused(panda({"--script", "none.txt", "--study", "x.db"}), "none.txt");
    EXPECT_FALSE(std::filesystem::exists(path("x.db")));
    refused({"panda"}, "which data");
    refused({"panda", "flowers.csv"}, "--target");
    refused(panda({"--trial", "best", "--study", "x.db"}), "--trial");
    refused(panda({"--history"}), "--history");
    refused({"panda", "flowers-panda.db", "--epochs", "9"}, "--epochs");
    refused({"panda", "flowers-panda.db", "--set", "dropout=0.1"}, "--set");
    refused({"panda", "digits", "--vary", "dropout=uniform(0,1)"}, "--vary");
    write("space.toml", "[space]\ndropout = \"uniform(0, 0.5)\"\n");
    refused({"panda", "digits", "--config", "space.toml"}, "dropout varies");
}

TEST_F(PandaProgram, StoppedItSavesWithCode130) {
    write("long.txt", "run 1000000\n");
    const pid_t child = start(panda({"--script", "long.txt"}));
    const std::string study = path("flowers-panda.db").string();
    while (!std::filesystem::exists(study) || Study::read(study)->counts().epochs == 0) usleep(10'000); // something is saved
    kill(child, SIGINT);
    const Outcome outcome = wait(child);
    EXPECT_EQ(outcome.code, 130);
    EXPECT_THAT(outcome.err, HasSubstr("saved"));
    fine({"panda", "flowers-panda.db", "--history"});
    fine({"verify", "flowers-panda.db", "--trial", "0"});
}

/// The program on a terminal of its own.
class PandaTerminal {
public:
    PandaTerminal(const std::string& folder, const std::vector<std::string>& arguments) {
        std::vector<char*> words{const_cast<char*>(CAVIAR_PROGRAM)};
        for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
        words.push_back(nullptr);
        const winsize size{30, 120, 0, 0};
        child_ = forkpty(&terminal_, nullptr, nullptr, &size);
        if (child_ != 0) return;
        if (chdir(folder.c_str()) != 0) _exit(125);
        execv(words[0], words.data());
        _exit(126);
    }
    ~PandaTerminal() { close(terminal_); }
    void type(const std::string& keys) { EXPECT_EQ(write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size())); }
    /// Reads until the text is shown once more; false at the end of the program or after two minutes.
    bool shows(const std::string& text) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(2);
        for (;;) {
            if (const size_t at = shown_.find(text, looked_at_); at != std::string::npos) {
                looked_at_ = at + text.size();
                return true;
            }
            if (std::chrono::steady_clock::now() > limit || !read_some()) return false;
        }
    }
    /// The exit code, once it has ended.
    int end() {
        while (read_some()) {}
        int status = 0;
        waitpid(child_, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    const std::string& all() const { return shown_; }

private:
    bool read_some() {
        char buffer[4096];
        const ssize_t count = read(terminal_, buffer, sizeof buffer);
        if (count > 0) shown_.append(buffer, static_cast<size_t>(count));
        return count > 0;
    }
    int terminal_ = -1;
    pid_t child_ = -1;
    std::string shown_;
    size_t looked_at_ = 0;
};

TEST_F(PandaProgram, ATerminalShowsCurvesAndTakesCommands) {
    PandaTerminal terminal(path("").string(), panda({"--threads", "1"}));
    ASSERT_TRUE(terminal.shows("epoch 6 (goal 6)  paused")) << terminal.all();
    EXPECT_THAT(terminal.all(), AllOf(HasSubstr("\033[?1049h"), HasSubstr("training loss"), HasSubstr("validation accuracy")));
    terminal.type("set units 9\r");
    ASSERT_TRUE(terminal.shows("units cannot change")) << terminal.all();
    terminal.type("set learning_rate 0.0x\x7f" "2\r"); // a mistake is taken back
    ASSERT_TRUE(terminal.shows("from epoch 7 on: learning_rate 0.02")) << terminal.all();
    terminal.type("run 4\r");
    ASSERT_TRUE(terminal.shows("epoch 10 (goal 6)  paused")) << terminal.all();
    terminal.type("quit\r");
    EXPECT_EQ(terminal.end(), 0);
    EXPECT_THAT(terminal.all(), HasSubstr("\033[?1049l")) << "the screen is given back";
    EXPECT_THAT(fine({"panda", "flowers-panda.db", "--history"}).out, HasSubstr("\nrun 6\nset learning_rate 0.02\nrun 4\n"));

    // Tomorrow: Ctrl-C pauses, and saves and leaves.
    PandaTerminal again(path("").string(), {"panda", "flowers-panda.db", "--threads", "1"});
    ASSERT_TRUE(again.shows("epoch 10 (goal 6)  paused")) << again.all();
    again.type("run 1000000\r");
    ASSERT_TRUE(again.shows("training  best")) << again.all();
    again.type("\x03");
    ASSERT_TRUE(again.shows("paused")) << again.all();
    again.type("\x03");
    EXPECT_EQ(again.end(), 130);
    EXPECT_THAT(again.all(), HasSubstr("everything is saved in flowers-panda.db"));
    EXPECT_EQ(json({"verify", "flowers-panda.db", "--trial", "0", "--json"})["equal"], true);
}

TEST(LineEditor, EditsAndRecalls) {
    cli::LineEditor editor;
    const auto type = [&](const std::string& keys) {
        cli::LineEditor::Key last{};
        for (const char key : keys) last = editor.feed(static_cast<unsigned char>(key));
        return last;
    };
    EXPECT_EQ(type("run 5\r"), cli::LineEditor::Key::line);
    EXPECT_EQ(editor.taken(), "run 5");
    type("set momntum 0.9\x1b[D\x1b[D\x1b[D\x1b[D"); // to after "momntum", and in it
    type("\x1b[D\x1b[D\x1b[D\x1b[D"
         "e");
    EXPECT_EQ(editor.text(), "set momentum 0.9");
    type("\x05\x7f"
         "5\x01\x1b[3~"
         "S\r");
    EXPECT_EQ(editor.taken(), "Set momentum 0.5");
    EXPECT_EQ(editor.text(), "");
    type("\x1b[A\x1b[A");
    EXPECT_EQ(editor.text(), "run 5");
    type("\x1b[B\x1b[B");
    EXPECT_EQ(editor.text(), "");
    type("caf\xc3\xa9 x\x17");
    EXPECT_EQ(editor.text(), "caf\xc3\xa9 ");
    type("\x7f\x7f");
    EXPECT_EQ(editor.text(), "caf") << "a character, not a byte";
    EXPECT_EQ(type("\x04"), cli::LineEditor::Key::none) << "there is text";
    type("\x15");
    EXPECT_EQ(type("\x04"), cli::LineEditor::Key::end);
    EXPECT_EQ(type("\x03"), cli::LineEditor::Key::interrupt);
}

TEST(PandaScreen, FitsEveryTerminal) {
    cli::PandaView view;
    view.name = "flowers";
    view.metric = "accuracy";
    view.settings =
        "learning_rate 0.01, optimizer adam, momentum 0.9, batch_size 64, schedule constant, weight_decay 0, dropout 0";
    view.best_epoch = 30;
    for (int e = 0; e < 40; ++e) view.curve.push_back({std::exp(-0.1f * static_cast<float>(e)), 0.5f, 0.9f});
    const std::deque<std::string> messages{"> help", std::string(30, 'x') + "\n" + std::string(300, 'y') + " z\n", "last"};
    for (const int width : {1, 20, 79, 120, 300})
        for (const int height : {1, 3, 10, 23, 60})
            for (const bool empty : {false, true}) {
                const auto lines = cli::panda_screen(empty ? cli::PandaView{} : view,
                                                     empty ? std::deque<std::string>{} : messages, width, height, false);
                ASSERT_EQ(lines.size(), static_cast<size_t>(height));
                for (const std::string& line : lines) EXPECT_LE(report::display_width(line), width) << line;
            }
    const auto wide = cli::panda_screen(view, messages, 120, 30, false);
    std::string all;
    for (const std::string& line : wide) all += line + "\n";
    EXPECT_THAT(all, AllOf(HasSubstr("epoch 40"), HasSubstr("training loss"), HasSubstr("validation accuracy"),
                           HasSubstr("learning_rate 0.01"), HasSubstr("last")));
    EXPECT_THAT(all, Not(HasSubstr("\033"))) << "NO_COLOR";
    all.clear();
    for (const std::string& line : cli::panda_screen(view, messages, 120, 30, true)) all += line;
    EXPECT_THAT(all, HasSubstr("\033["));
}

} // namespace

} // namespace caviar::test
