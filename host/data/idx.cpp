#include "caviar/error.h"
#include "host/data/binary.h"
#include "host/data/readers.h"

#include <limits>
#include <numeric>

namespace caviar::data {
namespace {

Element element_of(unsigned char type, const Input& input) {
    switch (type) {
    case 0x08: return {Kind::unsigned_integer, 1, true};
    case 0x09: return {Kind::signed_integer, 1, true};
    case 0x0B: return {Kind::signed_integer, 2, true};
    case 0x0C: return {Kind::signed_integer, 4, true};
    case 0x0D: return {Kind::real, 4, true};
    case 0x0E: return {Kind::real, 8, true};
    }
    throw DataError(input.name(), 0, 0, "not a table: it begins like an IDX file, but with the unknown type code " + std::to_string(type));
}

} // namespace

Table read_idx(Input& input, const ReadOptions& options) {
    input.rewind();
    unsigned char head[4];
    if (input.read(reinterpret_cast<char*>(head), 4) != 4) throw DataError(input.name(), 0, 0, "the IDX header is cut off");
    ArrayPlan plan;
    plan.element = element_of(head[2], input);
    int64_t columns = 1;
    for (int d = 0; d < head[3]; ++d) {
        unsigned char bytes[4];
        if (input.read(reinterpret_cast<char*>(bytes), 4) != 4) throw DataError(input.name(), 0, 0, "the IDX header is cut off");
        const int64_t size = int64_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
        if (d == 0) plan.rows = size;
        else columns *= size;
        if (columns > most_columns) throw DataError(input.name(), 0, 0, "more than " + std::to_string(most_columns) + " values a row");
    }
    if (head[3] == 0) throw DataError(input.name(), 0, 0, "an IDX file with no dimensions");
    plan.order.resize(static_cast<size_t>(columns));
    std::iota(plan.order.begin(), plan.order.end(), 0);
    Table table;
    table.name = input.name();
    table.columns = read_array(input, plan, options);
    return table;
}

} // namespace caviar::data
