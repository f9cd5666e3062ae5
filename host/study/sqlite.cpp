#include "host/study/sqlite.h"

#include "caviar/error.h"

#include <sqlite3.h>

#include <cstring>

namespace caviar::study {

namespace {

// Without this a path such as ":memory:" or "" would mean something else to SQLite.
std::string literal(const std::string& path) { return path.starts_with('/') ? path : "./" + path; }

std::string as_uri(const std::string& path) {
    constexpr char hex[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const unsigned char c : literal(path)) {
        if (c < 128 && (std::isalnum(c) || std::strchr("/._-", c)))
            uri += static_cast<char>(c);
        else
            uri += {'%', hex[c >> 4], hex[c & 15]};
    }
    return uri + "?immutable=1";
}

int flags(Database::Mode mode) {
    switch (mode) {
    // A reader too: only a connection that may write can tidy up the log of a killed writer and its own "-shm" when it closes.
    // `query_only` below keeps it from changing anything.
    case Database::Mode::read: return SQLITE_OPEN_READWRITE;
    case Database::Mode::immutable: return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    case Database::Mode::write: return SQLITE_OPEN_READWRITE;
    case Database::Mode::create: break;
    }
    return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

constexpr const char* safe = "everything recorded before is safe, and the same command goes on from there";

std::string system_reason(int number) { return number ? std::string(" (") + std::strerror(number) + ")" : std::string(); }

} // namespace

Database::Database(const std::string& path, Mode mode) : path_(path) {
    const std::string name = mode == Mode::immutable ? as_uri(path) : literal(path);
    const int code = sqlite3_open_v2(name.c_str(), &handle_, flags(mode), nullptr);
    try {
        if (code != SQLITE_OK) fail(code);
        sqlite3_extended_result_codes(handle_, 1);
        sqlite3_busy_timeout(handle_, 10'000);
        // A damaged or hostile file must not run what its schema says, nor be believed about sizes.
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        // SQLite opens for reading, without a word, what it may not write.
        if ((mode == Mode::write || mode == Mode::create) && sqlite3_db_readonly(handle_, "main") == 1) fail(SQLITE_READONLY);
        if (mode == Mode::read) run("PRAGMA query_only = ON");
        run("PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536");
    } catch (...) {
        sqlite3_close_v2(handle_);
        throw;
    }
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::run(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

int64_t Database::integer(const std::string& sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.integer(0) : 0;
}

bool Database::has_table(std::string_view name) const {
    Statement find(*this, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1");
    return find.bind(1, name).step();
}

int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Database::in_place() const {
    int moved = 0;
    return sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved;
}

void Database::fail(int code) const {
    const std::string said = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    const int number = handle_ ? sqlite3_system_errno(handle_) : 0;
    const std::string reason = system_reason(number);
    switch (code & 0xff) {
    case SQLITE_FULL: throw RuntimeFailure(path_ + ": the disk is full; free some space: " + safe);
    case SQLITE_IOERR:
        throw RuntimeFailure(path_ + ": reading or writing failed" + reason + "; check the disk, its space and its limits: " + safe);
    case SQLITE_READONLY:
        throw RuntimeFailure(path_ + ": the study or its folder is read-only; make both writable, or copy the study to a folder that is");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        throw RuntimeFailure(path_ + ": cannot be opened" + reason + "; check that the file and its folder can be read and written");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw RuntimeFailure(path_ + ": another program holds the file locked (a sqlite3 shell?); close it and try again");
    case SQLITE_NOTADB: throw RuntimeFailure(path_ + ": not a caviar study; give the file of a study, or another name for a new one");
    case SQLITE_TOOBIG:
        throw RuntimeFailure(path_ + ": a network's weights are more than the 1 GB that a study can keep of one; make the networks smaller: " + safe);
    case SQLITE_CORRUPT: damaged(said);
    case SQLITE_NOMEM: throw RuntimeFailure(path_ + ": not enough memory");
    default: damaged("SQLite says: " + said);
    }
}

void Database::damaged(const std::string& what) const {
    throw RuntimeFailure(path_ + ": the study is damaged: " + what + "; take a copy from a backup, or save what is left with `sqlite3 FILE .recover`");
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
    const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) database.fail(code);
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::check(int code) const {
    if (code != SQLITE_OK) database_.fail(code);
}

Statement& Statement::bind(int parameter, int64_t value) {
    check(sqlite3_bind_int64(handle_, parameter, value));
    return *this;
}

Statement& Statement::bind(int parameter, double value) {
    check(sqlite3_bind_double(handle_, parameter, value));
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
    check(sqlite3_bind_text64(handle_, parameter, value.data() ? value.data() : "", value.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::byte> value) {
    // A null pointer would bind NULL, which is not the same as no bytes.
    check(sqlite3_bind_blob64(handle_, parameter, value.empty() ? static_cast<const void*>("") : value.data(), value.size(), SQLITE_STATIC));
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    check(sqlite3_bind_null(handle_, parameter));
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(handle_);
        return false;
    }
    // The message must be taken before the reset, which may change it.
    try {
        database_.fail(code);
    } catch (...) {
        sqlite3_reset(handle_);
        throw;
    }
}

void Statement::run() {
    while (step()) {
    }
}

void Statement::reset() { sqlite3_reset(handle_); }

Statement::Type Statement::type(int column) const {
    switch (sqlite3_column_type(handle_, column)) {
    case SQLITE_INTEGER: return Type::integer;
    case SQLITE_FLOAT: return Type::real;
    case SQLITE_TEXT: return Type::text;
    case SQLITE_BLOB: return Type::blob;
    default: return Type::null;
    }
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return bytes ? std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column))) : std::string();
}

std::span<const std::byte> Statement::blob(int column) const {
    const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
    return {bytes, bytes ? static_cast<size_t>(sqlite3_column_bytes(handle_, column)) : 0};
}

Transaction::Transaction(Database& database, Kind kind) : database_(database), open_(sqlite3_get_autocommit(database.handle()) != 0) {
    if (open_) database.run(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
    // After a full disk SQLite may have rolled back by itself; a second rollback would only fail.
    if (open_ && !sqlite3_get_autocommit(database_.handle())) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
    if (open_) database_.run("COMMIT");
    open_ = false;
}

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

} // namespace caviar::study
