#pragma once
/// A thin RAII wrapper over SQLite: every error becomes a RuntimeFailure that names the file and says what to do.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace caviar::study {

/// A connection. One thread at a time. The path is taken literally (no URI, no ":memory:").
class Database {
public:
    enum class Mode {
        read,      ///< the file must be there; no statement changes it
        immutable, ///< the same where nobody can write, so that SQLite needs no lock and no file beside it
        write,     ///< the file must be there
        create     ///< makes the file where there is none
    };
    Database(const std::string& path, Mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs statements that return nothing of interest.
    void run(const std::string& sql);
    /// The first column of the first row; 0 where there is none.
    int64_t integer(const std::string& sql);
    bool has_table(std::string_view name) const;

    const std::string& path() const { return path_; }
    /// Rows changed by the last INSERT, UPDATE or DELETE.
    int64_t changes() const;
    sqlite3* handle() const { return handle_; }
    /// False where the file was removed or replaced since it was opened: what is written then is lost.
    bool in_place() const;
    /// Throws what `code` means for a person.
    [[noreturn]] void fail(int code) const;
    /// Throws: the file holds what caviar never writes.
    [[noreturn]] void damaged(const std::string& what) const;

private:
    std::string path_;
    sqlite3* handle_ = nullptr;
};

/// A prepared statement. Text and blobs bound must live until the next `reset` or `step` that ends it.
class Statement {
public:
    Statement(const Database&, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Parameters count from 1. A NaN is stored as NULL.
    Statement& bind(int parameter, int64_t);
    Statement& bind(int parameter, double);
    Statement& bind(int parameter, std::string_view);
    Statement& bind_blob(int parameter, std::span<const std::byte>);
    Statement& bind_null(int parameter);

    /// To the next row; false at the end, and the statement is ready to run again with its parameters still bound.
    bool step();
    /// For a statement that returns no row.
    void run();
    void reset();

    /// Columns count from 0.
    enum class Type { null, integer, real, text, blob };
    Type type(int column) const;
    bool is_null(int column) const { return type(column) == Type::null; }
    int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    std::span<const std::byte> blob(int column) const; ///< valid until the next step

private:
    void check(int code) const;
    const Database& database_;
    sqlite3_stmt* handle_ = nullptr;
};

/// Rolls back unless committed. Inside another one it is a part of that, which alone commits. A reading transaction sees one state of the file throughout.
class Transaction {
public:
    enum class Kind { read, write };
    Transaction(Database&, Kind);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool open_; ///< and this one's to end
};

/// `name` as an SQL identifier.
std::string quoted(std::string_view name);

} // namespace caviar::study
