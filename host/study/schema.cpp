#include "host/study/schema.h"

#include "caviar/error.h"
#include "host/study/initial_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace caviar::study {

namespace {

// Trials and results are two tables, so that asking for a trial and finishing it are both appends and no row is ever rewritten;
// curves are a third, so that listing and ranking do not read them. `trials` gets a column for each hyperparameter as it first
// appears: values keep their type and bits (such a column has no declared type), and the sqlite3 shell reads them by name.
// by_score serves the list sorted by score: SQLite breaks ties by the rowid, which is the id.
std::string tables(const char* sign) {
    return std::string(R"(
CREATE TABLE study(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE notes(key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rounds(round INTEGER PRIMARY KEY, state TEXT NOT NULL, explanation TEXT NOT NULL);
CREATE TABLE trials(id INTEGER PRIMARY KEY, round INTEGER NOT NULL);
CREATE INDEX by_round ON trials(round);
CREATE TABLE results(id INTEGER PRIMARY KEY, state TEXT NOT NULL, badness REAL NOT NULL, loss REAL NOT NULL,
  best_epoch INTEGER NOT NULL, epochs INTEGER NOT NULL, seconds REAL NOT NULL,
  metric REAL AS (CASE WHEN badness < 9e999 THEN )") + sign + R"(badness END) VIRTUAL);
CREATE INDEX by_score ON results(badness, loss);
CREATE TABLE curves(id INTEGER PRIMARY KEY, train_loss_valid_loss_valid_metric_float32 BLOB NOT NULL);
CREATE TABLE weights(id INTEGER PRIMARY KEY, widths_int32 BLOB NOT NULL, values_float32 BLOB NOT NULL);
)";
}

void write_header(Database& db, const StudyHeader& header) {
    Statement put(db, "INSERT INTO study VALUES(?1, ?2)");
    const auto text = [&](std::string_view key, std::string_view value) { put.bind(1, key).bind(2, value).run(); };
    text("settings", header.settings);
    text("fingerprint", header.fingerprint);
    text("data", header.data);
    text("build", header.build);
    text("metric", to_string(header.metric));
    put.bind(1, std::string_view("keep_weights")).bind(2, int64_t{header.keep_weights}).run();
    if (header.initial) write_initial(db, *header.initial);
}

bool exists(const std::string& path) {
    struct stat s {};
    return ::lstat(path.c_str(), &s) == 0;
}

void require_study(Database& db) {
    const int64_t id = db.integer("PRAGMA application_id"), version = db.integer("PRAGMA user_version");
    if (id != application_id)
        throw RuntimeFailure(db.path() + ": not a caviar study; give the file of a study, or another name for a new one");
    if (version > schema_version)
        throw RuntimeFailure(db.path() + ": made by a newer caviar (tables of version " + std::to_string(version) + ", this one knows " +
                             std::to_string(schema_version) + "); update caviar");
    if (version < 1) db.damaged("it has no version");
}

// The first page says whose file it is: the format keeps application_id at byte 68, most significant byte first
// (sqlite.org/fileformat2.html).
bool has_our_mark(const std::string& path) {
    char head[72] = {};
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
    uint32_t id = 0;
    for (int i = 68; i < 72; ++i) id = id << 8 | static_cast<unsigned char>(head[i]);
    return std::string_view(head, 15) == "SQLite format 3" && id == static_cast<uint32_t>(application_id);
}

// As a power cut leaves a file whose pages were not on the disk yet.
bool is_zeros(const std::string& path) {
    char head[4096] = {};
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
    return std::all_of(std::begin(head), std::end(head), [](char c) { return c == 0; });
}

// What a process that came to its end while it made a study left: ours, or nothing was written yet.
bool is_draft(const std::string& path) {
    struct stat s {};
    return ::lstat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode) && (has_our_mark(path) || is_zeros(path));
}

// The draft last, as it is what shows that the others are ours.
constexpr const char* draft_suffixes[] = {"-wal", "-shm", "-journal", ""};
void remove_draft(const std::string& draft) {
    for (const char* suffix : draft_suffixes) std::remove((draft + suffix).c_str());
}

void make_room_for_draft(const std::string& path, const std::string& draft) {
    if (is_draft(draft)) remove_draft(draft);
    for (const char* suffix : draft_suffixes)
        if (exists(draft + suffix))
            throw RuntimeFailure(path + ": is made as " + draft + ", but " + draft + suffix +
                                 " is there and not caviar's; move that file away, or choose another name for the study");
}

// Waits until it is on the disk. The name of a new file is safe only once its folder is; a file system that cannot do this is left to
// its own ways.
void sync(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int number = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!done && number != EINVAL && number != ENOTSUP && number != EROFS && number != EACCES)
        throw RuntimeFailure(path.string() + ": cannot be brought to the disk: " + std::strerror(number));
}

bool may_write(const std::filesystem::path& folder) { return ::access(folder.c_str(), W_OK) == 0; }

std::filesystem::path folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    return folder.empty() ? std::filesystem::path(".") : folder;
}

} // namespace

bool is_study(const std::string& path) {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode) && has_our_mark(path);
}

void require_file(const std::string& path) {
    struct stat s {};
    if (::stat(path.c_str(), &s) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            throw RuntimeFailure(path + ": no such study; check the name, or start one with `caviar sweep`");
        throw RuntimeFailure(path + ": " + std::strerror(errno));
    }
    if (S_ISDIR(s.st_mode)) throw RuntimeFailure(path + ": is a folder, not a study; give the name of a file");
    if (!S_ISREG(s.st_mode)) throw RuntimeFailure(path + ": is not a file that can hold a study");
}

void create_file(const std::string& path, const StudyHeader& header) {
    if (exists(path)) throw RuntimeFailure(path + ": exists already; choose another name, or remove it first");
    const std::string draft = path + "-new";
    make_room_for_draft(path, draft);
    try {
        Database db(draft, Database::Mode::create);
        db.run("PRAGMA synchronous = OFF"); // nobody misses a draft that a power cut took; it is synced once, before it gets its name
        db.run("PRAGMA application_id = " + std::to_string(application_id)); // first, so that is_draft knows it whenever we are killed
        db.run("PRAGMA journal_mode = WAL");
        Transaction transaction(db, Transaction::Kind::write);
        db.run("PRAGMA user_version = " + std::to_string(schema_version));
        db.run(tables(higher_is_better(header.metric) ? "-" : "+"));
        write_header(db, header);
        transaction.commit();
        db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (...) {
        remove_draft(draft);
        throw;
    }
    try {
        sync(draft);
    } catch (...) {
        remove_draft(draft);
        throw;
    }
    if (std::rename(draft.c_str(), path.c_str()) != 0) {
        const int number = errno;
        std::remove(draft.c_str());
        throw RuntimeFailure(path + ": cannot be made: " + std::strerror(number));
    }
    sync(folder_of(path));
}

std::unique_ptr<Database> open_to_write(const std::string& path) {
    require_file(path);
    auto db = std::make_unique<Database>(path, Database::Mode::write);
    require_study(*db);
    // FULL waits for the disk at every commit, so that not even a power cut loses one; the sweep commits about once a second. The
    // log is written back every 64 MB, not every 4, as pages change many times.
    db->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384");
    return db;
}

std::unique_ptr<Database> open_to_read(const std::string& path) {
    require_file(path);
    try {
        auto db = std::make_unique<Database>(path, Database::Mode::read);
        require_study(*db);
        return db;
    } catch (const RuntimeFailure&) {
        // A reader of a WAL file needs to make "-shm" beside it, and can't on a read-only disk. Nobody else writes there either.
        if (may_write(folder_of(path))) throw;
        std::error_code none;
        if (std::filesystem::file_size(path + "-wal", none) > 0 && !none)
            throw RuntimeFailure(path + ": its last changes are still in " + path +
                                 "-wal, and the folder is read-only; copy both files to a folder that can be written and read them there");
        auto db = std::make_unique<Database>(path, Database::Mode::immutable);
        require_study(*db);
        return db;
    }
}

StudyHeader read_header(const Database& db) {
    Statement get(db, "SELECT value FROM study WHERE key = ?1");
    const auto text = [&](std::string_view key) {
        get.bind(1, key);
        if (!get.step()) db.damaged("its header has no \"" + std::string(key) + "\"");
        std::string value = get.text(0);
        get.reset();
        return value;
    };
    StudyHeader header;
    header.settings = text("settings");
    header.fingerprint = text("fingerprint");
    header.data = text("data");
    header.build = text("build");
    try {
        header.metric = metric_from(text("metric"));
    } catch (const UsageError& error) {
        db.damaged(error.what());
    }
    const std::string keep = text("keep_weights");
    header.keep_weights = 0;
    for (const char c : keep) {
        if (c < '0' || c > '9' || header.keep_weights > 100'000'000) db.damaged("keep_weights is not a number");
        header.keep_weights = header.keep_weights * 10 + (c - '0');
    }
    if (header.keep_weights < 1) db.damaged("keep_weights is below 1");
    header.initial = read_initial(db);
    return header;
}

std::vector<std::string> parameter_columns(const Database& db) {
    std::vector<std::string> names;
    Statement list(db, "SELECT name FROM pragma_table_info('trials') WHERE name NOT IN ('id', 'round') ORDER BY cid");
    while (list.step()) names.push_back(list.text(0));
    return names;
}

} // namespace caviar::study
