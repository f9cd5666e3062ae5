#pragma once
/// How programs without a table give a model one row: numbers and words.

#include "caviar/preprocessing.h"

#include <cstdint>
#include <vector>

namespace caviar::model {

struct RowLayout {
    /// The training table had no names and the model reads only numbers, as with images: the row is the whole table's without the target.
    /// Else it is what the model reads: its numeric columns in their order, and its categorical ones.
    bool matrix = false;
    int32_t numbers = 0, words = 0; ///< of a row
    std::vector<int32_t> index;     ///< where each of the model's columns stands among the row's numbers or words
};

inline RowLayout row_layout(const Preprocessing& p) {
    RowLayout row;
    row.matrix = !p.named;
    for (const ColumnEncoding& column : p.columns) {
        row.matrix &= !column.categorical;
        row.index.push_back(column.categorical ? row.words++ : row.numbers++);
    }
    if (!row.matrix) return row;
    row.numbers = p.table_columns - 1;
    for (size_t i = 0; i < p.columns.size(); ++i) row.index[i] = p.columns[i].position - (p.columns[i].position > p.target_position);
    return row;
}

} // namespace caviar::model
