#include "host/data/binary.h"

#include "host/data/memory.h"
#include "host/data/readers.h"

#include <algorithm>
#include <limits>

namespace caviar::data {
namespace {

void put(Column& column, double value, const Input& input, int64_t column_number) {
    if (std::fabs(value) > std::numeric_limits<float>::max())
        throw DataError(input.name(), column.rows() + 1, column_number, "the value is infinite or beyond a 32-bit float; use NaN for a missing value");
    append_number(column, static_cast<float>(value), value);
}

[[noreturn]] void wrong_length(const Input& input, const ArrayPlan& plan, const char* how) {
    throw DataError(input.name(), 0, 0,
                    std::string("the file is too ") + how + ": its header promises " + std::to_string(plan.rows) + " rows of " +
                        std::to_string(plan.order.size()) + " values of " + std::to_string(plan.element.size) + " bytes");
}

} // namespace

std::vector<Column> read_array(Input& input, const ArrayPlan& plan, const ReadOptions& options) {
    const auto columns = static_cast<int64_t>(plan.order.size());
    if (plan.rows == 0 || columns == 0) throw DataError(input.name(), 0, 0, "no rows");
    const int64_t size = plan.element.size;
    if (input.size() >= 0 && plan.rows > input.size() / size / columns) wrong_length(input, plan, "short"); // before anything is allocated
    std::vector<Column> result = unnamed_columns(columns);
    const int64_t memory = memory_limit(options);
    int64_t stored = 0;
    // A run is what lies together in the file: a row, or a whole column.
    const int64_t runs = plan.columns_in_turn ? columns : plan.rows;
    const int64_t run = plan.columns_in_turn ? plan.rows : columns;
    // Several rows a block, so that each column gets a cache line's worth at once; a long run comes in pieces.
    const int64_t piece = std::min(run, int64_t{1} << 16);
    const int64_t together = piece == run ? std::clamp<int64_t>((int64_t{1} << 16) / run, 1, 4096) : 1;
    std::vector<unsigned char> block(static_cast<size_t>(piece * together * size));

    for (int64_t first = 0; first < runs; first += together) {
        const int64_t now = std::min(together, runs - first);
        for (int64_t from = 0; from < run; from += piece) {
            const int64_t width = std::min(piece, run - from);
            const auto bytes = static_cast<size_t>(now * width * size);
            if (input.read(reinterpret_cast<char*>(block.data()), bytes) != bytes) wrong_length(input, plan, "short");
            if ((stored += now * width * int64_t{sizeof(float)}) > memory) fail_for_memory(input.name(), 0, memory);
            for (int64_t k = 0; k < width; ++k)
                for (int64_t r = 0; r < now; ++r) {
                    const int64_t at = plan.columns_in_turn ? first + r : from + k;
                    const int32_t c = plan.order[static_cast<size_t>(at)];
                    put(result[static_cast<size_t>(c)], decode(&block[static_cast<size_t>((r * width + k) * size)], plan.element), input, c + 1);
                }
        }
    }
    char more = 0;
    if (input.read(&more, 1) != 0) wrong_length(input, plan, "long");
    return result;
}

} // namespace caviar::data
