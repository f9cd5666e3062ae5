#include "caviar/table.h"
#include "tests/data/bytes.h"
#include "tests/data/expect_error.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace caviar {
namespace {

using testing::ElementsAre;
using namespace test;

Table read(const std::string& bytes, const ReadOptions& options = {}) { return read_table_bytes(bytes, "t.bin", options); }

/// A file in a folder of its own, gone at the end.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& bytes) {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() / ("caviar-test-" + std::to_string(getpid()) + "-" + std::to_string(++count));
        std::ofstream(path_, std::ios::binary) << bytes;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

TEST(Gzip, IsUnpackedByContent) {
    const std::string text = "a,b\n1,2\n3,4\n";
    EXPECT_THAT(read(gzip(text)).columns[1].numbers, ElementsAre(2, 4));
    EXPECT_THAT(read(gzip("a,b\n1,2\n") + gzip("3,4\n")).columns[1].numbers, ElementsAre(2, 4)); // members one after the other
    const TemporaryFile file(gzip(text));
    EXPECT_THAT(read_table(file.path()).columns[0].numbers, ElementsAre(1, 3));
}

TEST(Gzip, ErrorsAreDataErrors) {
    const std::string packed = gzip("a,b\n1,2\n3,4\n");
    for (size_t size = 3; size < packed.size(); ++size)
        EXPECT_THROW(read(packed.substr(0, size)), DataError) << size; // wherever it is cut off
    std::string damaged = packed;
    damaged[packed.size() - 6] ^= 1; // the checksum
    EXPECT_ERROR(read(damaged), DataError, "the gzip data is damaged");
    EXPECT_ERROR(read(packed + "trailing"), DataError, "the gzip data is damaged");
    EXPECT_ERROR(read(gzip(packed)), DataError, "packed with gzip twice");
    // A bomb: 16 MiB packed into 30 KiB, stopped at the limit.
    std::string rows;
    while (rows.size() < 16 << 20) rows += "1,2\n";
    EXPECT_ERROR(read(gzip(rows), {.max_bytes = 1 << 20}), DataError, "more than the limit of 1048576 bytes once unpacked");
}

TEST(Files, ThatCannotBeReadAreDataErrors) {
    EXPECT_ERROR(read_table("/no/such/file.csv"), DataError, "/no/such/file.csv: cannot be opened");
    EXPECT_ERROR(read_table(std::filesystem::temp_directory_path().string()), DataError, "is a folder");
    const TemporaryFile empty("");
    EXPECT_ERROR(read_table(empty.path()), DataError, "is empty");
}

TEST(Idx, ReadsImagesAndLabels) {
    const std::string pixels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, static_cast<char>(255)};
    const TemporaryFile labels(gzip(idx(0x08, {3}, {7, 2, 1})));
    const Table table = read(idx(0x08, {3, 2, 2}, pixels), {.labels = labels.path()});
    ASSERT_EQ(table.columns.size(), 5u);
    EXPECT_FALSE(table.named);
    EXPECT_THAT(table.columns[0].numbers, ElementsAre(0, 4, 8));
    EXPECT_THAT(table.columns[3].numbers, ElementsAre(3, 7, 255));
    EXPECT_EQ(table.columns[4].name, "label");
    EXPECT_THAT(table.columns[4].numbers, ElementsAre(7, 2, 1));
    EXPECT_EQ(table.find("label"), 4);
    EXPECT_EQ(table.find("column 2"), 1);
}

TEST(Idx, ReadsEveryType) {
    EXPECT_THAT(read(idx(0x09, {2}, {static_cast<char>(-3), 5})).columns[0].numbers, ElementsAre(-3, 5));
    EXPECT_THAT(read(idx(0x0B, {2}, number_bytes(0xFFFE, 2, true) + number_bytes(300, 2, true))).columns[0].numbers, ElementsAre(-2, 300));
    EXPECT_THAT(read(idx(0x0C, {1}, number_bytes(0xFFFFFFFF, 4, true))).columns[0].numbers, ElementsAre(-1));
    EXPECT_THAT(read(idx(0x0D, {1}, number_bytes(std::bit_cast<uint32_t>(1.5f), 4, true))).columns[0].numbers, ElementsAre(1.5f));
    EXPECT_THAT(read(idx(0x0E, {1}, number_bytes(std::bit_cast<uint64_t>(-2.5), 8, true))).columns[0].numbers, ElementsAre(-2.5f));
}

TEST(Idx, ErrorsAreDataErrors) {
    const std::string good = idx(0x08, {3, 2}, "abcdef");
    for (size_t size = 1; size < good.size(); ++size) EXPECT_THROW(read(good.substr(0, size)), DataError) << size;
    EXPECT_ERROR(read(good + "x"), DataError, "too long");
    EXPECT_ERROR(read(idx(0x07, {1}, "a")), DataError, "type code 7");
    EXPECT_ERROR(read(idx(0x08, {}, "a")), DataError, "no dimensions");
    EXPECT_ERROR(read(idx(0x08, {0, 3}, "")), DataError, "no rows");
    EXPECT_ERROR(read(idx(0x08, {3, 0}, "")), DataError, "no rows");
    EXPECT_ERROR(read(idx(0x08, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc")), DataError, "values a row");
    EXPECT_ERROR(read(idx(0x08, {0xFFFFFFFF, 1024}, "abc")), DataError, "too short");             // nothing is allocated for it
    EXPECT_ERROR(read(gzip(idx(0x08, {0xFFFFFFFF, 1024}, "abc"))), DataError, "too short");       // nor where the size is not known
    EXPECT_ERROR(read(idx(0x0D, {2}, number_bytes(std::bit_cast<uint32_t>(1.0f), 4, true) + number_bytes(0x7F800000, 4, true))), DataError,
                 "row 2, column 1: the value is infinite");
    const TemporaryFile two(idx(0x08, {2}, "ab")), matrix(idx(0x08, {3, 2}, "abcdef"));
    EXPECT_ERROR(read(good, {.labels = two.path()}), DataError, "has 2 labels for the 3 rows of t.bin");
    EXPECT_ERROR(read(good, {.labels = matrix.path()}), DataError, "labels are one column");
}

/// The same 2 x 3 matrix in every type, byte order, memory order and version.
TEST(Npy, ReadsEveryTypeOrderAndVersion) {
    struct Type {
        const char* code;
        int size;
        uint64_t (*bits)(int);
    };
    const auto real4 = [](int v) { return uint64_t{std::bit_cast<uint32_t>(static_cast<float>(v))}; };
    const auto real8 = [](int v) { return std::bit_cast<uint64_t>(static_cast<double>(v)); };
    const auto whole = [](int v) { return static_cast<uint64_t>(static_cast<int64_t>(v)); };
    for (const Type& type : {Type{"f4", 4, real4}, Type{"f8", 8, real8}, Type{"i1", 1, whole}, Type{"i2", 2, whole}, Type{"i4", 4, whole}, Type{"i8", 8, whole},
                             Type{"u1", 1, whole}, Type{"u2", 2, whole}, Type{"u4", 4, whole}, Type{"u8", 8, whole}})
        for (const bool big : {false, true})
            for (const bool fortran : {false, true})
                for (const int version : {1, 2, 3}) {
                    const int sign = type.code[0] == 'u' ? 1 : -1;
                    std::string values;
                    for (int k = 0; k < 6; ++k) {
                        const int r = fortran ? k % 2 : k / 3, c = fortran ? k / 2 : k % 3;
                        values += number_bytes(type.bits(sign * (10 * r + c)), type.size, big);
                    }
                    const std::string descr = (big ? ">" : "<") + std::string(type.code);
                    const Table table = read(npy(descr, fortran, "(2, 3)", values, version));
                    ASSERT_EQ(table.columns.size(), 3u) << descr;
                    for (int c = 0; c < 3; ++c)
                        EXPECT_THAT(table.columns[static_cast<size_t>(c)].numbers, ElementsAre(sign * c, sign * (10 + c))) << descr << fortran << version;
                }
    EXPECT_THAT(read(npy("|b1", false, "(3,)", {0, 1, 1})).columns[0].numbers, ElementsAre(0, 1, 1));
    EXPECT_THAT(read(npy("<u8", false, "(1,)", std::string(8, '\xFF'))).columns[0].numbers, ElementsAre(18446744073709551616.0f));
}

TEST(Npy, FlattensMoreDimensionsTheSameInBothOrders) {
    // x[i][j][k] = 100 i + 10 j + k, shape (2, 3, 2): column j * 2 + k of row i.
    std::string c_order, fortran_order;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 2; ++k) c_order += number_bytes(static_cast<uint64_t>(100 * i + 10 * j + k), 2, false);
    for (int k = 0; k < 2; ++k)
        for (int j = 0; j < 3; ++j)
            for (int i = 0; i < 2; ++i) fortran_order += number_bytes(static_cast<uint64_t>(100 * i + 10 * j + k), 2, false);
    for (const Table& table : {read(npy("<u2", false, "(2, 3, 2)", c_order)), read(npy("<u2", true, "(2, 3, 2)", fortran_order))}) {
        ASSERT_EQ(table.columns.size(), 6u);
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 2; ++k)
                EXPECT_THAT(table.columns[static_cast<size_t>(2 * j + k)].numbers, ElementsAre(10 * j + k, 100 + 10 * j + k));
    }
}

TEST(Npy, ALongArrayComesInPieces) {
    constexpr int rows = 200000;
    std::string values;
    for (int c = 0; c < 2; ++c)
        for (int r = 0; r < rows; ++r) values += number_bytes(static_cast<uint64_t>(2 * r + c), 4, false);
    const Table table = read(npy("<i4", true, "(200000, 2)", values));
    ASSERT_EQ(table.rows(), rows);
    for (size_t r = 0; r < rows; ++r) {
        ASSERT_EQ(table.columns[0].numbers[r], 2 * r);
        ASSERT_EQ(table.columns[1].numbers[r], 2 * r + 1);
    }
}

TEST(Npy, NanIsMissingAndInfinityAnError) {
    const std::string nan = number_bytes(0x7FC00000, 4, false), one = number_bytes(std::bit_cast<uint32_t>(1.0f), 4, false);
    EXPECT_TRUE(std::isnan(read(npy("<f4", false, "(2,)", nan + one)).columns[0].numbers[0]));
    EXPECT_ERROR(read(npy("<f8", false, "(1, 1)", number_bytes(std::bit_cast<uint64_t>(1e300), 8, false))), DataError, "row 1, column 1");
}

TEST(Npy, ErrorsAreDataErrors) {
    const std::string good = npy("<f4", false, "(2, 2)", std::string(16, '\0'));
    for (size_t size = 1; size < good.size(); ++size) EXPECT_THROW(read(good.substr(0, size)), DataError) << size;
    EXPECT_ERROR(read(good + "x"), DataError, "too long");
    EXPECT_ERROR(read(npy("<f4", false, "()", std::string(4, '\0'))), DataError, "a single number");
    EXPECT_ERROR(read(npy("<f4", false, "(0, 2)", "")), DataError, "no rows");
    EXPECT_ERROR(read(npy("<f4", false, "(9223372036854775807, 1000000)", "abcd")), DataError, "too short");
    EXPECT_ERROR(read(npy("<f4", false, "(1, 1000000, 1000000, 1000000)", "abcd")), DataError, "values a row");
    EXPECT_ERROR(read(npy("<f4", false, "(-1, 2)", "")), DataError, "a size is due");
    EXPECT_ERROR(read(npy("<c8", false, "(1,)", std::string(8, '\0'))), DataError, "'<c8'");
    EXPECT_ERROR(read(npy("|O", false, "(1,)", std::string(8, '\0'))), DataError, "'|O'");
    EXPECT_ERROR(read(npy("<U4", false, "(1,)", std::string(16, '\0'))), DataError, "'<U4'");
    EXPECT_ERROR(read(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "abcd")), DataError, "structured");
    EXPECT_ERROR(read(npy("{'descr': '<f4', 'shape': (1,), }", "abcd")), DataError, "is not there");
    EXPECT_ERROR(read(npy("<f4", false, "(1,)", "abcd", 4)), DataError, "NPY version 4");
}

} // namespace
} // namespace caviar
