#pragma once
/// Values as they are in binary files: IDX and NPY share these.

#include "caviar/error.h"
#include "caviar/table.h"
#include "host/data/input.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace caviar::data {

enum class Kind : uint8_t { boolean, signed_integer, unsigned_integer, real };

/// How one value is stored.
struct Element {
    Kind kind = Kind::unsigned_integer;
    int32_t size = 1;         ///< bytes: 1, 2, 4, 8; reals 4 or 8
    bool big_endian = false;
};

inline double decode(const unsigned char* bytes, Element element) {
    uint64_t bits = 0;
    for (int32_t i = 0; i < element.size; ++i) bits = bits << 8 | bytes[element.big_endian ? i : element.size - 1 - i];
    switch (element.kind) {
    case Kind::boolean: return bits != 0;
    case Kind::unsigned_integer: return static_cast<double>(bits);
    case Kind::signed_integer: {
        const int unused = 64 - 8 * element.size;
        return static_cast<double>(static_cast<int64_t>(bits << unused) >> unused); // the sign bit moves to the top and back
    }
    case Kind::real: break;
    }
    if (element.size == 4) return std::bit_cast<float>(static_cast<uint32_t>(bits));
    return std::bit_cast<double>(bits);
}

/// Where the values of an array go. `order[k]`: the column of the k-th value of a row (rows in turn), or of the k-th run of
/// `rows` values (`columns_in_turn`, NumPy's Fortran order).
struct ArrayPlan {
    int64_t rows = 0;
    std::vector<int32_t> order;
    bool columns_in_turn = false;
    Element element;
};

/// Reads rows x order.size() values from the input's present position to its end, NaN as missing. Memory grows with the
/// bytes that are really there, whatever the sizes say. Throws DataError: too few or too many bytes, an infinite value,
/// more than the options' memory.
std::vector<Column> read_array(Input& input, const ArrayPlan& plan, const ReadOptions& options);

} // namespace caviar::data
