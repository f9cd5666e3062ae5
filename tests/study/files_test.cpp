// What may be found at a path instead of a good study, and what is left behind by a death: clear errors, nothing lost.

#include "support.h"

#include "caviar/error.h"
#include "host/study/schema.h"

#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sys/resource.h>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string opened(const std::string& path) {
    return message<RuntimeFailure>([&] { (void)Study::open(path); });
}
std::string read(const std::string& path) {
    return message<RuntimeFailure>([&] { (void)Study::read(path); });
}
std::string created(const std::string& path) {
    return message<RuntimeFailure>([&] { (void)Study::create(path, some_header()); });
}

std::string bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

// A study with 30 trials, 20 of them finished.
void make_study(const std::string& path) {
    const auto study = Study::create(path, some_header());
    std::mt19937_64 random(9);
    study->add({0, "{}", ""}, some_trials(some_settings(), 0, 30, 0, random));
    for (TrialId id = 0; id < 20; ++id) {
        const TrialResult result = some_result(id, random);
        const Weights weights = some_weights(id);
        const Weights* pointer = &weights;
        study->record(std::span(&result, 1), std::span(&pointer, 1));
    }
}

TEST(Files, NoStudyThere) {
    Folder folder;
    for (const auto& said : {opened(folder.file("none")), read(folder.file("none"))}) {
        EXPECT_THAT(said, HasSubstr(folder.file("none")));
        EXPECT_THAT(said, HasSubstr("no such study"));
    }
    EXPECT_THAT(created(folder.file("none/deeper")), HasSubstr("No such file or directory"));
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Files, SomethingElseThere) {
    Folder folder;
    const std::string directory = folder.file("directory"), empty = folder.file("empty"), text = folder.file("text"),
                      foreign = folder.file("foreign"), header_only = folder.file("header");
    fs::create_directory(directory);
    write(empty, "");
    write(text, "a,b,c\n" + std::string(5000, '1'));
    write(header_only, "SQLite format 3");
    study::Database(foreign, study::Database::Mode::create).run("CREATE TABLE trials(id); INSERT INTO trials VALUES(1)");
    for (const auto& path : {directory, empty, text, foreign, header_only}) {
        const std::string before = fs::is_directory(path) ? "" : bytes(path);
        const std::string expected = path == directory ? "is a folder" : "not a caviar study";
        EXPECT_THAT(opened(path), HasSubstr(expected)) << path;
        EXPECT_THAT(read(path), HasSubstr(expected)) << path;
        EXPECT_THAT(created(path), HasSubstr("exists already")) << path;
        if (!fs::is_directory(path)) {
            EXPECT_EQ(bytes(path), before);
        }
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 5) << "nothing is left beside them";
}

TEST(Files, MadeByANewerCaviar) {
    Folder folder;
    const std::string path = folder.file("s");
    make_study(path);
    study::Database(path, study::Database::Mode::write).run("PRAGMA user_version = 2");
    EXPECT_THAT(opened(path), HasSubstr("newer caviar"));
    EXPECT_THAT(read(path), HasSubstr("newer caviar"));
}

TEST(Files, CreateNeverOverwrites) {
    Folder folder;
    make_study(folder.file("s"));
    const std::string before = everything(*Study::read(folder.file("s")));
    EXPECT_THAT(created(folder.file("s")), HasSubstr("exists already"));
    EXPECT_EQ(everything(*Study::read(folder.file("s"))), before);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(Files, CreateRefusesAHeaderThatCouldNotBeRead) {
    Folder folder;
    StudyHeader header = some_header();
    header.settings = "{}";
    EXPECT_THROW((void)Study::create(folder.file("s"), header), RuntimeFailure);
    header = some_header();
    header.keep_weights = 0;
    EXPECT_THROW((void)Study::create(folder.file("s"), header), UsageError);
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Files, OddNames) {
    Folder folder;
    const auto home = fs::current_path();
    fs::current_path(folder.path());
    for (const std::string name : {":memory:", "file:x?mode=memory", "-", "a b%41#?", "caf\xe9", "'quote\"d'"}) {
        make_study(name);
        EXPECT_TRUE(fs::is_regular_file(fs::path(name))) << name;
        EXPECT_EQ(Study::read(name)->size(), 30) << name;
    }
    fs::current_path(home);
}

// Root may write anywhere, so the child becomes nobody first.
std::string as_nobody(const std::function<std::string()>& work) {
    return in_child([&]() -> std::string {
        if (::getuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return "cannot become nobody";
        return work();
    });
}

TEST(Files, ReadOnlyFolder) {
    Folder folder;
    const std::string path = folder.file("s");
    make_study(path);
    const std::string before = everything(*Study::read(path));
    fs::permissions(path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::group_read | fs::perms::group_exec |
                                       fs::perms::others_read | fs::perms::others_exec);
    EXPECT_EQ(as_nobody([&] { return everything(*Study::read(path)); }), before) << "reading needs no writing";
    EXPECT_THAT(as_nobody([&] { return opened(path); }), HasSubstr("cannot write in its folder"));
    EXPECT_THAT(as_nobody([&] { return created(folder.file("new")); }), HasSubstr("cannot write in its folder"));
    fs::permissions(folder.path(), fs::perms::all);
    EXPECT_THAT(as_nobody([&] { return opened(path); }), HasSubstr("read-only")) << "a writable folder, but a file that is not";
    EXPECT_EQ(everything(*Study::read(path)), before);
}

TEST(Files, WhatAKilledWriterLeftIsReadAndKept) {
    Folder folder;
    const std::string path = folder.file("s");
    const std::string said = in_child([&]() -> std::string {
        make_study(path);
        const auto study = Study::open(path);
        std::mt19937_64 random(2);
        for (TrialId id = 20; id < 28; ++id) {
            const TrialResult result = some_result(id, random);
            const Weights* none = nullptr;
            study->record(std::span(&result, 1), std::span(&none, 1));
        }
        ::raise(SIGKILL);
        return "";
    });
    EXPECT_THAT(said, HasSubstr("killed by signal 9"));
    EXPECT_GT(fs::file_size(path + "-wal"), 0u) << "the test is about a log that was left behind";
    EXPECT_TRUE(fs::exists(path + "-lock"));

    // In a read-only folder the log cannot be read: that must be an error, not 20 trials.
    Folder copy;
    for (const char* suffix : {"", "-wal"}) fs::copy_file(path + suffix, copy.file("s") + suffix);
    fs::permissions(copy.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read | fs::perms::others_exec);
    fs::permissions(copy.path(), fs::perms::group_read | fs::perms::group_exec, fs::perm_options::add);
    EXPECT_THAT(as_nobody([&] { return read(copy.file("s")); }), HasSubstr("copy both files"));

    fs::copy_file(path, folder.file("t"));
    fs::copy_file(path + "-wal", folder.file("t-wal"));
    EXPECT_EQ(Study::read(folder.file("t"))->counts().finished(), 28);
    EXPECT_EQ(Study::open(path)->counts().finished(), 28);
    EXPECT_FALSE(fs::exists(path + "-lock"));
    EXPECT_FALSE(fs::exists(path + "-wal")) << "closing writes the log back";
    EXPECT_EQ(Study::read(path)->counts().finished(), 28);
}

TEST(Files, KilledWhileCreating) {
    Folder folder;
    const std::string path = folder.file("s");
    make_study(path);
    for (const auto& left : {std::string(), std::string(8192, '\0'), bytes(path), bytes(path).substr(0, 4096)}) {
        fs::remove(path);
        write(path + "-new", left);
        write(path + "-new-wal", "half a log");
        write(path + "-lock", "12345\n");
        make_study(path);
    }
    EXPECT_EQ(Study::read(path)->size(), 30);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(Files, CreateLeavesTheFilesOfOthersAlone) {
    Folder folder;
    const std::string path = folder.file("s"), foreign = folder.file("foreign");
    study::Database(foreign, study::Database::Mode::create).run("CREATE TABLE t(x)");
    for (const auto& [suffix, content] : std::vector<std::pair<std::string, std::string>>{
             {"-new", "precious\n"}, {"-new", bytes(foreign)}, {"-new-wal", "precious\n"}, {"-lock", "precious\n"}, {"-lock", std::string(30, '1')}}) {
        write(path + suffix, content);
        const std::string said = created(path);
        EXPECT_THAT(said, HasSubstr(path + suffix + (suffix == "-lock" ? "," : " ")));
        EXPECT_THAT(said, HasSubstr("not caviar's"));
        EXPECT_EQ(bytes(path + suffix), content);
        fs::remove(path + suffix);
        EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "nothing else is left but the foreign file";
    }
    fs::create_symlink("foreign", path + "-new");
    EXPECT_THAT(created(path), HasSubstr("not caviar's"));
    EXPECT_TRUE(fs::is_symlink(path + "-new"));
}

TEST(Files, AStudyRemovedOrReplacedTakesNothingMore) {
    for (const bool replaced : {false, true}) {
        Folder folder;
        const std::string path = folder.file("s");
        const auto study = Study::create(path, some_header());
        std::mt19937_64 random(5);
        study->add({0, "{}", ""}, some_trials(some_settings(), 0, 4, 0, random));
        const auto record = [&](TrialId id) {
            const TrialResult result = some_result(id, random);
            const Weights* none = nullptr;
            study->record(std::span(&result, 1), std::span(&none, 1));
        };
        record(0);
        fs::rename(path, folder.file("away"));
        if (replaced) write(path, "something else");
        EXPECT_THAT(message<RuntimeFailure>([&] { record(1); }), HasSubstr("removed or replaced"));
        EXPECT_THAT(message<RuntimeFailure>([&] { study->note("finished", "{}"); }), HasSubstr("removed or replaced"));
        if (replaced) {
            EXPECT_EQ(bytes(path), "something else");
        }
        fs::rename(folder.file("away"), path);
        record(1); // back in its place: nothing was lost
        EXPECT_EQ(study->counts().finished(), 2);
    }
}

TEST(Files, TruncatedAnywhere) {
    Folder folder;
    make_study(folder.file("s"));
    const std::string whole = bytes(folder.file("s"));
    const std::string expected = everything(*Study::read(folder.file("s"))), cut = folder.file("cut");
    int refused = 0;
    for (size_t size = 0; size < whole.size(); size += size < 200 ? 13 : 1024) {
        write(cut, whole.substr(0, size));
        std::string found;
        const std::string said = message<RuntimeFailure>([&] { found = everything(*Study::open(cut)); });
        if (said.empty()) EXPECT_EQ(found, expected) << size << " of " << whole.size() << " bytes: only what nobody needs may be missing";
        else EXPECT_THAT(said, HasSubstr(cut));
        refused += !said.empty();
    }
    EXPECT_GT(refused, 20);
}

TEST(Files, AFullDiskLosesNothing) {
    Folder folder;
    const std::string path = folder.file("s");
    const std::string said = in_child([&]() -> std::string {
        std::signal(SIGXFSZ, SIG_IGN); // writes beyond the limit then fail, as they do on a full disk
        const auto study = Study::create(path, some_header());
        std::mt19937_64 random(4);
        study->add({0, "{}", ""}, some_trials(some_settings(), 0, 4000, 0, random));
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        const rlim_t before = limit.rlim_cur;
        limit.rlim_cur = static_cast<rlim_t>(fs::file_size(path + "-wal")) + 100'000;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        TrialId recorded = 0;
        std::string failure;
        const auto record_some = [&] {
            std::vector<TrialResult> results;
            std::mt19937_64 own(static_cast<uint64_t>(recorded));
            for (TrialId id = recorded; id < recorded + 50; ++id) results.push_back(some_result(id, own));
            study->record(results, std::vector<const Weights*>(results.size()));
            recorded += 50;
        };
        try {
            while (recorded < 4000) record_some();
            return "the limit was never met";
        } catch (const RuntimeFailure& error) {
            failure = error.what();
        }
        if (recorded == 0) return "nothing was recorded before the limit";
        if (Study::read(path)->counts().finished() != recorded) return "what was recorded before is not there";
        limit.rlim_cur = before;
        ::setrlimit(RLIMIT_FSIZE, &limit); // space again: the same connection goes on
        while (recorded < 4000) record_some();
        if (study->counts().finished() != 4000) return "did not go on";
        return "failed well: " + failure;
    });
    EXPECT_THAT(said, HasSubstr("failed well: " + path));
    EXPECT_THAT(said, HasSubstr("everything recorded before is safe"));
    EXPECT_EQ(Study::open(path)->counts().finished(), 4000);
    EXPECT_EQ(study::Database(path, study::Database::Mode::write).integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

// Every byte of a small study may be wrong: an Error comes out, or an answer, never a crash or a hang.
// CAVIAR_FUZZ sets another number of files.
TEST(Files, DamagedBytes) {
    Folder folder;
    make_study(folder.file("s"));
    const std::string whole = bytes(folder.file("s"));
    const std::string hurt = folder.file("hurt");
    const char* given = std::getenv("CAVIAR_FUZZ");
    const int files = given ? std::atoi(given) : 400;
    std::mt19937_64 random(static_cast<uint64_t>(files));
    int refused = 0, answered = 0;
    for (int i = 0; i < files; ++i) {
        std::string damaged = whole;
        for (auto n = 1 + random() % 8; n > 0; --n) {
            // half of the hits in the first pages, where the schema and the small tables are
            const size_t at = random() % (random() % 2 ? whole.size() : std::min<size_t>(whole.size(), 8192));
            switch (random() % 4) {
            case 0: damaged[at] = static_cast<char>(random()); break;
            case 1: damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8))); break;
            case 2: damaged[at] = static_cast<char>(random() % 2 ? 0xff : 0); break;
            default: // a run copied from elsewhere
                for (size_t k = 0, from = random() % whole.size(); k < 16 && at + k < whole.size() && from + k < whole.size(); ++k) damaged[at + k] = whole[from + k];
            }
        }
        for (const char* suffix : {"", "-wal", "-shm", "-lock"}) fs::remove(hurt + suffix);
        write(hurt, damaged);
        try {
            const auto study = i % 2 ? Study::open(hurt) : Study::read(hurt);
            (void)study->counts();
            (void)everything(*study);
            if (i % 2) {
                const auto waiting = study->size() - 1;
                const TrialResult result{waiting, TrialState::complete, 0, {{1, 1, 1}}, 0};
                const Weights weights = some_weights(waiting);
                const Weights* pointer = &weights;
                study->record(std::span(&result, 1), std::span(&pointer, 1));
            }
            ++answered;
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, files / 10);
    EXPECT_GT(answered, files / 100);
}

} // namespace
} // namespace caviar::testing_study
