#pragma once
/// The header of NumPy's .npy files (NEP 1): tables and models share it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::data {

struct NpyHeader {
    std::string descr;
    bool fortran_order = false;
    std::vector<int64_t> shape; ///< at most 32 sizes, none negative
};

/// Reads a Python dictionary literal with exactly these keys, e.g. {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
/// Throws DataError that begins with `where`.
NpyHeader parse_npy_header(std::string_view text, const std::string& where);

} // namespace caviar::data
