// One writer, any number of readers, and no lock outlives its process.

#include "support.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;

TEST(Lock, ASecondWriterIsRefusedAndReadersAreNot) {
    Folder folder;
    const std::string path = folder.file("s");
    const auto writer = Study::create(path, some_header());
    const auto second = [&] { return message<RuntimeFailure>([&] { (void)Study::open(path); }); };
    EXPECT_THAT(second(), HasSubstr("process " + std::to_string(::getpid()) + " is writing"));
    EXPECT_THAT(in_child(second), HasSubstr("process " + std::to_string(::getpid()) + " is writing"));
    EXPECT_THAT(message<RuntimeFailure>([&] { (void)Study::create(path, some_header()); }), HasSubstr("is writing"));
    EXPECT_EQ(in_child([&] { return std::to_string(Study::read(path)->size()); }), "0");
    writer->note("still", "1");
}

TEST(Lock, ALinkToAStudyIsTheSameStudy) {
    Folder folder;
    const std::string path = folder.file("s"), link = folder.file("link");
    std::filesystem::create_symlink("s", link);
    EXPECT_THAT(message<RuntimeFailure>([&] { (void)Study::create(link, some_header()); }), HasSubstr("exists already"));
    const auto writer = Study::create(path, some_header());
    EXPECT_THAT(message<RuntimeFailure>([&] { (void)Study::open(link); }), HasSubstr("is writing"));
    writer->note("a", "1");
    EXPECT_EQ(Study::read(link)->note("a"), "1");
}

TEST(Lock, IsFreeAfterClosing) {
    Folder folder;
    const std::string path = folder.file("s");
    Study::create(path, some_header()).reset();
    EXPECT_FALSE(std::filesystem::exists(path + "-lock"));
    for (int i = 0; i < 3; ++i) Study::open(path)->note("n", std::to_string(i));
    EXPECT_EQ(Study::read(path)->note("n"), "2");
}

TEST(Lock, IsFreeAfterAnyDeath) {
    Folder folder;
    const std::string path = folder.file("s");
    Study::create(path, some_header()).reset();
    for (const int signal : {SIGKILL, SIGTERM, SIGSEGV}) {
        (void)in_child([&]() -> std::string {
            std::signal(SIGSEGV, SIG_DFL);
            const auto study = Study::open(path);
            study->note("signal", std::to_string(signal));
            ::raise(signal);
            return "";
        });
        EXPECT_TRUE(std::filesystem::exists(path + "-lock"));
        const auto study = Study::open(path);
        EXPECT_EQ(study->note("signal"), std::to_string(signal));
    }
}

// Writers in a row, all trying at once: each that gets in sees what those before it wrote.
TEST(Lock, ManyWritersTakeTurns) {
    Folder folder;
    const std::string path = folder.file("s");
    Study::create(path, some_header())->note("n", "0");
    constexpr int writers = 4, turns = 8;
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w)
        threads.emplace_back([&] {
            for (int turn = 0; turn < turns;) {
                std::unique_ptr<Study> study;
                try {
                    study = Study::open(path);
                } catch (const RuntimeFailure& error) {
                    ASSERT_THAT(error.what(), HasSubstr("is writing"));
                    std::this_thread::yield();
                    continue;
                }
                study->note("n", std::to_string(std::stoi(*study->note("n")) + 1));
                ++turn;
            }
        });
    for (auto& t : threads) t.join();
    EXPECT_EQ(Study::read(path)->note("n"), std::to_string(writers * turns));
}

TEST(Lock, AReaderReadsWhileAWriterWrites) {
    Folder folder;
    const std::string path = folder.file("s");
    const SweepSettings settings = some_settings();
    const auto writer = Study::create(path, some_header(settings));
    std::mt19937_64 random(6);
    writer->add({0, "", ""}, some_trials(settings, 0, 300, 0, random));
    std::thread other([&] {
        const auto reader = Study::read(path);
        for (int64_t seen = 0; seen < 300;) {
            const StudyCounts counts = reader->counts();
            EXPECT_GE(counts.finished(), seen);
            EXPECT_EQ(counts.finished() % 3, 0) << "transactions are seen whole";
            EXPECT_EQ(reader->trials({}).size(), 300u);
            seen = counts.finished();
        }
    });
    for (TrialId id = 0; id < 300; id += 3) {
        const std::vector<TrialResult> results = {some_result(id, random), some_result(id + 1, random), some_result(id + 2, random)};
        writer->record(results, std::vector<const Weights*>(3));
    }
    other.join();
}

} // namespace
} // namespace caviar::testing_study
