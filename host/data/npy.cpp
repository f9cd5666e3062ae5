#include "caviar/error.h"
#include "host/data/binary.h"
#include "host/data/npy_header.h"
#include "host/data/readers.h"

namespace caviar::data {
namespace {

Element element_of(const std::string& descr, const Input& input) {
    const auto unknown = [&]() -> Element {
        throw DataError(input.name(), 0, 0, "values of type '" + descr + "' are no numbers caviar reads; use float32, float64, an integer or bool");
    };
    if (descr.size() != 3) return unknown();
    const int size = descr[2] - '0';
    if (size != 1 && size != 2 && size != 4 && size != 8) return unknown();
    Element element{Kind::real, size, descr[0] == '>'};
    if (descr[0] != '<' && descr[0] != '>' && descr[0] != '|' && descr[0] != '=') return unknown();
    switch (descr[1]) {
    case 'f':
        if (size < 4) return unknown();
        return element;
    case 'i': element.kind = Kind::signed_integer; return element;
    case 'u': element.kind = Kind::unsigned_integer; return element;
    case 'b':
        if (size != 1) return unknown();
        element.kind = Kind::boolean;
        return element;
    default: return unknown();
    }
}

/// In Fortran order the first of the row's own dimensions runs fastest; columns are numbered with the last fastest.
std::vector<int32_t> column_order(const NpyHeader& header, int64_t columns) {
    std::vector<int32_t> order(static_cast<size_t>(columns));
    for (int64_t k = 0; k < columns; ++k) {
        int64_t column = k;
        if (header.fortran_order) {
            int64_t rest = k;
            column = 0;
            for (size_t d = 1; d < header.shape.size(); ++d) {
                column = column * header.shape[d] + rest % header.shape[d];
                rest /= header.shape[d];
            }
        }
        order[static_cast<size_t>(k)] = static_cast<int32_t>(column);
    }
    return order;
}

NpyHeader read_header(Input& input) {
    unsigned char head[12];
    const auto get = [&](unsigned char* to, size_t count) {
        if (input.read(reinterpret_cast<char*>(to), count) != count) throw DataError(input.name(), 0, 0, "the NPY header is cut off");
    };
    get(head, 8);
    const int version = head[6];
    if (version < 1 || version > 3) throw DataError(input.name(), 0, 0, "NPY version " + std::to_string(version) + " is unknown; 1 to 3 are read");
    const size_t size_bytes = version == 1 ? 2 : 4;
    get(head + 8, size_bytes);
    size_t size = 0;
    for (size_t i = size_bytes; i-- > 0;) size = size << 8 | head[8 + i];
    if (size > 65536) throw DataError(input.name(), 0, 0, "the NPY header is too long for an array of numbers");
    std::string text(size, '\0');
    get(reinterpret_cast<unsigned char*>(text.data()), size);
    return parse_npy_header(text, input.name());
}

} // namespace

Table read_npy(Input& input, const ReadOptions& options) {
    input.rewind();
    const NpyHeader header = read_header(input);
    if (header.shape.empty()) throw DataError(input.name(), 0, 0, "a single number is no table; an array of one or more dimensions is due");
    ArrayPlan plan;
    plan.element = element_of(header.descr, input);
    plan.rows = header.shape[0];
    plan.columns_in_turn = header.fortran_order && header.shape.size() > 1;
    int64_t columns = 1;
    for (size_t d = 1; d < header.shape.size(); ++d) {
        if (header.shape[d] > most_columns || (columns *= header.shape[d]) > most_columns)
            throw DataError(input.name(), 0, 0, "more than " + std::to_string(most_columns) + " values a row");
    }
    plan.order = column_order(header, columns);
    Table table;
    table.name = input.name();
    table.columns = read_array(input, plan, options);
    return table;
}

} // namespace caviar::data
