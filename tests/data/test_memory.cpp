// Inputs that would fill the memory.
#include "caviar/preprocessing.h"
#include "caviar/table.h"
#include "host/data/memory.h"
#include "tests/data/bytes.h"
#include "tests/data/expect_error.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace caviar {
namespace {

using namespace test;

constexpr int64_t megabyte = int64_t{1} << 20;

std::string repeated(const std::string& text, size_t bytes) {
    std::string result;
    while (result.size() < bytes) result += text;
    return result;
}

TEST(Memory, OfATextTableIsBounded) {
    const ReadOptions small{.max_memory = megabyte}, large{.max_memory = 64 * megabyte};
    const std::string empty = gzip(repeated(",,\n", 3 * megabyte));
    EXPECT_ERROR(read_table_bytes(empty, "bomb.csv.gz", small), DataError, "bomb.csv.gz: row ");
    EXPECT_ERROR(read_table_bytes(empty, "bomb.csv.gz", small), DataError, "more than the limit of 1 MB of memory");
    EXPECT_EQ(read_table_bytes(empty, "t", large).columns.size(), 3u);
    EXPECT_ERROR(read_table_bytes(repeated("1,2\n", 3 * megabyte), "t", small), DataError, "limit of 1 MB");
    std::string words = "n,w\n";
    for (int i = 0; i < 50000; ++i) words += "1,a word of more than fifteen letters " + std::to_string(i) + "\n";
    EXPECT_ERROR(read_table_bytes(words, "t", small), DataError, "limit of 1 MB");
    EXPECT_EQ(read_table_bytes(words, "t", large).rows(), 50000);
}

TEST(Memory, OfOneHotFeaturesIsBounded) {
    // 100,000 rows of 40 columns of 50,000 words each, twice: 16 MB of codes, 800 GB of features.
    constexpr int32_t words = 50'000;
    Column column;
    column.categorical = true;
    for (int32_t i = 0; i < words; ++i) column.levels.push_back(std::to_string(i));
    for (int32_t i = 0; i < 2 * words; ++i) column.codes.push_back(i % words);
    Column target;
    target.name = "y";
    target.numbers.resize(column.codes.size());
    for (size_t i = 0; i < target.numbers.size(); ++i) target.numbers[i] = static_cast<float>(i);
    Table table{"wide.csv", {}, true};
    for (int c = 0; c < 40; ++c) {
        column.name = "c" + std::to_string(c);
        table.columns.push_back(column);
    }
    table.columns.push_back(target);
    PrepareOptions options;
    options.target = "y";
    options.max_levels = 1;
    EXPECT_EQ(prepare(table, options).dataset.features[0].train.columns, 80) << "few words each are no trouble";
    options.max_levels = 1'000'000;
    EXPECT_ERROR(prepare(table, options), DataError, "lower --max-levels or drop columns (c");

    // The same when a model predicts many rows.
    Preprocessing model;
    model.named = true;
    ColumnEncoding encoding;
    encoding.name = "x";
    encoding.categorical = true;
    encoding.levels.resize(size_t{1} << 20);
    model.columns = {encoding};
    Table rows{"rows.csv", {column}, true};
    rows.columns[0].name = "x";
    EXPECT_ERROR(model.apply(rows, Scaling::none), DataError, "rows.csv: 100000 rows of 1048577 features take 419.4 GB");
}

TEST(Memory, OfAnArrayIsBounded) {
    const std::string bytes = idx(8, {1 << 19}, std::string(1 << 19, 'x')); // half a megabyte, four times that as floats
    EXPECT_ERROR(read_table_bytes(bytes, "t.idx", {.max_memory = megabyte}), DataError, "t.idx: the table takes more than the limit of 1 MB");
    EXPECT_EQ(read_table_bytes(bytes, "t.idx", {.max_memory = 4 * megabyte}).rows(), 1 << 19);
}

TEST(Memory, OfAPipeIsBounded) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const std::string text = repeated("1,2\n", size_t{1} << 16); // as much as a pipe takes at once (pipe(7))
    ASSERT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    const std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
    EXPECT_ERROR(read_table(path, {.max_memory = 4096}), DataError, path + ": is larger than the limit of 2048 bytes"); // though its end is open
    close(ends[0]);
    close(ends[1]);
}

TEST(Memory, DevicesAreNoFiles) {
    for (const char* path : {"/dev/zero", "/dev/full", "/dev/urandom", "/dev/null"})
        EXPECT_ERROR(read_table(path), DataError, std::string(path) + ": is a device, not a file");
}

TEST(Memory, TheLimitIsOfThisMachine) {
    EXPECT_GT(data::free_memory(), 0);
    EXPECT_LE(data::memory_limit({}), data::free_memory() * 2); // other programs come and go between the two calls
    EXPECT_EQ(data::memory_limit({.max_memory = 7}), 7);
}

} // namespace
} // namespace caviar
