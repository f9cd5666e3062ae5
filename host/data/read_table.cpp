#include "caviar/error.h"
#include "caviar/table.h"
#include "host/data/memory.h"
#include "host/data/read_as.h"
#include "host/data/readers.h"

#include <array>
#include <new>
#include <string_view>

namespace caviar {
namespace {

using namespace std::string_view_literals;

/// Files that people have and that are no tables here, by their first bytes, with what to do about them.
struct Foreign {
    std::string_view magic, what;
};
constexpr std::array foreign = {
    Foreign{"PK\3\4"sv, "is a zip, xlsx or npz file; save the table as CSV, or the array as .npy"sv},
    Foreign{"PAR1"sv, "is a Parquet file; save the table as CSV"sv},
    Foreign{"\x89HDF"sv, "is an HDF5 file; save the table as CSV or .npy"sv},
    Foreign{"SQLite format 3"sv, "is an SQLite file; a table is due here"sv},
    Foreign{"BZh"sv, "is packed with bzip2; unpack it first, or pack it with gzip"sv},
    Foreign{"\xFD" "7zXZ"sv, "is packed with xz; unpack it first, or pack it with gzip"sv},
    Foreign{"\x28\xB5\x2F\xFD"sv, "is packed with zstd; unpack it first, or pack it with gzip"sv},
    Foreign{"\x1F\x8B"sv, "is packed with gzip twice; unpack it once"sv},
    Foreign{"\xFF\xFE\0\0"sv, "is UTF-32 text; save it as UTF-8"sv}, // before UTF-16, whose mark is its beginning
    Foreign{"\0\0\xFE\xFF"sv, "is UTF-32 text; save it as UTF-8"sv},
    Foreign{"\xFF\xFE"sv, "is UTF-16 text; save it as UTF-8"sv},
    Foreign{"\xFE\xFF"sv, "is UTF-16 text; save it as UTF-8"sv},
    Foreign{"%PDF"sv, "is a PDF file; a table is due here"sv},
    Foreign{"\x89PNG"sv, "is a PNG image; a table is due here"sv},
};

Table read_by_content(data::Input input, const ReadOptions& options, const Preprocessing* reader) {
    char bytes[16];
    const std::string_view magic(bytes, input.read(bytes, sizeof bytes));
    input.rewind();
    if (magic.empty()) throw DataError(input.name(), 0, 0, "is empty");
    for (const Foreign& kind : foreign)
        if (magic.starts_with(kind.magic)) throw DataError(input.name(), 0, 0, std::string(kind.what));
    if (magic.starts_with("\x93NUMPY"sv)) return data::read_npy(input, options);
    if (magic.starts_with("\0\0"sv)) return data::read_idx(input, options);
    return data::read_delimited(input, options, reader);
}

/// Appends the single column of the labels' file as the last one, "label".
void add_labels(Table& table, const ReadOptions& options) {
    ReadOptions own = options;
    own.labels.clear();
    own.as_text.clear();
    Table labels = read_table(options.labels, own);
    if (labels.columns.size() != 1)
        throw DataError(options.labels, 0, 0, "labels are one column; this has " + std::to_string(labels.columns.size()));
    if (labels.rows() != table.rows())
        throw DataError(options.labels, 0, 0, "has " + std::to_string(labels.rows()) + " labels for the " + std::to_string(table.rows()) +
                                                  " rows of " + table.name);
    Column& column = labels.columns.front();
    column.name = "label";
    for (int n = 2;; ++n) {
        bool taken = false;
        for (const Column& other : table.columns) taken |= other.name == column.name;
        if (!taken) break;
        column.name = "label_" + std::to_string(n);
    }
    table.columns.push_back(std::move(column));
}

Table read_all(data::Input input, const ReadOptions& options, const Preprocessing* reader = nullptr) {
    Table table = read_by_content(std::move(input), options, reader);
    if (!options.labels.empty()) add_labels(table, options);
    return table;
}

/// Whoever reads several files wants to know which one was too large.
template <class Read> Table within_memory(const std::string& name, const Read& read) {
    try {
        return read();
    } catch (const std::bad_alloc&) {
        throw DataError(name, 0, 0, "there is not enough memory for this table; give fewer rows or columns, or use a machine with more");
    }
}

Table read_file(const std::string& path, const ReadOptions& options, const Preprocessing* reader) {
    return within_memory(path, [&] { return read_all(data::Input::open(path, options.max_bytes, data::memory_limit(options)), options, reader); });
}

} // namespace

Table read_table(const std::string& path, const ReadOptions& options) { return read_file(path, options, nullptr); }
Table data::read_table_as(const Preprocessing& reader, const std::string& path, const ReadOptions& options) { return read_file(path, options, &reader); }

Table read_table_bytes(std::string bytes, const std::string& name, const ReadOptions& options) {
    return within_memory(name, [&] { return read_all(data::Input(std::move(bytes), name, options.max_bytes), options); });
}

} // namespace caviar
