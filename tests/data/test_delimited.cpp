#include "caviar/table.h"
#include "host/data/fields.h"
#include "tests/data/bytes.h"
#include "tests/data/expect_error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace caviar {
namespace {

using testing::ElementsAre;

Table read(const std::string& text, const ReadOptions& options = {}) { return read_table_bytes(text, "t.csv", options); }

std::vector<std::string> names(const Table& table) {
    std::vector<std::string> result;
    for (const Column& column : table.columns) result.push_back(column.name);
    return result;
}
/// The texts of a categorical column, "" where missing.
std::vector<std::string> texts(const Column& column) {
    EXPECT_TRUE(column.categorical) << column.name;
    std::vector<std::string> result;
    for (const int32_t code : column.codes) result.push_back(code < 0 ? "" : column.levels.at(static_cast<size_t>(code)));
    return result;
}

TEST(Delimited, ReadsNumbersAndTexts) {
    const Table table = read("a,b,c\n1,x,2.5\n-3,y,1e3\n4,x,.5\n");
    EXPECT_TRUE(table.named);
    EXPECT_THAT(names(table), ElementsAre("a", "b", "c"));
    EXPECT_EQ(table.rows(), 3);
    EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, -3, 4));
    EXPECT_THAT(table.columns[1].codes, ElementsAre(0, 1, 0));
    EXPECT_THAT(table.columns[1].levels, ElementsAre("x", "y"));
    EXPECT_THAT(table.columns[2].numbers, ElementsAre(2.5f, 1000, 0.5f));
}

TEST(Delimited, SniffsTheDelimiter) {
    for (const char* delimiter : {",", ";", "\t", "|"}) {
        std::string text;
        for (const char* row : {"a_b_c", "1_x y_2", "3_z w_4"}) {
            text += row;
            for (size_t at; (at = text.find('_')) != text.npos;) text.replace(at, 1, delimiter);
            text += '\n';
        }
        const Table table = read(text);
        EXPECT_THAT(names(table), ElementsAre("a", "b", "c")) << delimiter;
        EXPECT_THAT(texts(table.columns[1]), ElementsAre("x y", "z w")) << delimiter;
    }
    EXPECT_EQ(read("1;2,5;3\n4;5,5;6\n", {.delimiter = ';'}).columns.size(), 3u);
    EXPECT_EQ(read("x\n1\n2\n").columns.size(), 1u);
    EXPECT_ERROR(read("a,b\n", {.delimiter = '"'}), UsageError, "delimiter");
}

TEST(Delimited, SniffsTheHeader) {
    EXPECT_TRUE(read("a,b\n1,2\n").named);
    EXPECT_FALSE(read("1,2\n3,4\n").named);
    EXPECT_FALSE(read("red,1\nblue,2\n").named);          // a number in the first row, a text below the text
    EXPECT_FALSE(read("red,big\nblue,big\nred,small\n").named); // words that come again below themselves
    EXPECT_TRUE(read("colour,size\nblue,big\nred,small\n").named);
    EXPECT_TRUE(read("id,2019,2020\nx,1,2\n", {.header = true}).named);
    EXPECT_TRUE(read(",a\n1,2\n3,4\n").named);            // a blank name over numbers, as pandas writes an index
    EXPECT_FALSE(read("?,1\n3,4\n5,6\n").named);
    EXPECT_EQ(read("a,b\n1,2\n", {.header = false}).rows(), 2);
    EXPECT_EQ(read("1,2\n3,4\n", {.header = true}).rows(), 1);
    EXPECT_THAT(names(read("1,2\n3,4\n")), ElementsAre("column 1", "column 2"));
}

TEST(Delimited, MakesHeaderNamesUnique) {
    EXPECT_THAT(names(read("a,a,,a_2,a\n1,2,3,4,5\n")), ElementsAre("a", "a_2", "column 3", "a_2_2", "a_3"));
}

TEST(Delimited, ReadsQuotedFields) {
    const Table table = read("name,note,n\n\"Doe, J\",\"said \"\"no\"\"\",1\n\"two\nlines\",plain,2\n");
    EXPECT_THAT(texts(table.columns[0]), ElementsAre("Doe, J", "two\nlines"));
    EXPECT_THAT(texts(table.columns[1]), ElementsAre("said \"no\"", "plain"));
    EXPECT_THAT(read("\"1\",\"2\"\n\"3\",\"4\"\n").columns[1].numbers, ElementsAre(2, 4));
    EXPECT_THAT(texts(read("x,n\n5\" pipe,1\n3\" pipe,2\n").columns[0]), ElementsAre("5\" pipe", "3\" pipe")); // a quote inside is itself
}

TEST(Delimited, ReadsSingleQuotesWhereAllFieldsAgree) {
    const Table table = read("'40-49','a, b','no'\n'50-59','it''s','yes'\n'40-49','x','no'\n");
    EXPECT_THAT(texts(table.columns[0]), ElementsAre("40-49", "50-59", "40-49"));
    EXPECT_THAT(texts(table.columns[1]), ElementsAre("a, b", "it's", "x"));
    EXPECT_THAT(texts(read("w,n\n'tis,1\nnot,2\n").columns[0]), ElementsAre("'tis", "not")); // an apostrophe, not a quote
}

TEST(Delimited, TrimsBlanksAndPassesOverBlankLinesAndMarks) {
    const Table table = read("\xEF\xBB\xBF" "a , b\r\n 1,  x \r\n\r\n2 ,\t\"y\" \r\n   \r\n");
    EXPECT_THAT(names(table), ElementsAre("a", "b"));
    EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2));
    EXPECT_THAT(texts(table.columns[1]), ElementsAre("x", "y"));
    EXPECT_EQ(read("1,2\r3,4\r").rows(), 2);  // CR alone, as old Macs wrote
    EXPECT_EQ(read("1,2\n3,4").rows(), 2);    // no newline at the end
    EXPECT_THAT(texts(read("a\tb\nx\t\n\ty\n", {.header = true}).columns[0]), ElementsAre("x", "")); // a tab that delimits is no blank
}

TEST(Delimited, KnowsMissingMarks) {
    const Table table = read("a,b\n1,x\n?,NA\n,\nNaN,N/A\n2,y\n");
    ASSERT_EQ(table.rows(), 5);
    EXPECT_EQ(table.columns[0].numbers[0], 1);
    for (const size_t r : {1u, 2u, 3u}) {
        EXPECT_TRUE(std::isnan(table.columns[0].numbers[r])) << r;
        EXPECT_EQ(table.columns[1].codes[r], -1) << r;
    }
    const Table marked = read("a\n-999\n1\n", {.missing = {"-999"}});
    EXPECT_TRUE(std::isnan(marked.columns[0].numbers[0]));
    const Table empty = read("a,b\n1,?\n2,?\n");
    EXPECT_FALSE(empty.columns[1].categorical);
    EXPECT_TRUE(std::isnan(empty.columns[1].numbers[1]));
}

TEST(Delimited, KeepsTextsOfAColumnThatTurnsOutNotToBeNumeric) {
    const Table table = read("zip,n,m\n007,1,1.50\n?,2,x\n1e3,3,2.50\nQ7,4,1.50\n");
    EXPECT_THAT(texts(table.columns[0]), ElementsAre("007", "", "1e3", "Q7"));
    EXPECT_THAT(table.columns[1].numbers, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(texts(table.columns[2]), ElementsAre("1.50", "x", "2.50", "1.50"));
    EXPECT_THAT(texts(read("?,1\n?,2\nx,3\n").columns[0]), ElementsAre("", "", "x"));
    EXPECT_THAT(texts(read("?,1\n?,2\n01,3\nx,4\n").columns[0]), ElementsAre("", "", "01", "x"));
}

TEST(Delimited, ReadsAColumnAsTextWhereAsked) {
    EXPECT_THAT(texts(read("a,b\n1,02\n3,2\n", {.as_text = "b"}).columns[1]), ElementsAre("02", "2"));
    EXPECT_THAT(texts(read("1,02\n3,2\n", {.as_text = "-1"}).columns[1]), ElementsAre("02", "2"));
    EXPECT_ERROR(read("a,b\n1,2\n", {.as_text = "c"}), UsageError, "no column 'c'");
}

TEST(Delimited, MakesTextUtf8) {
    const Table table = read("n,t\n1,caf\xE9\n2,caf\xC3\xA9\n3,\xF0\x9F\x8D\xB0\n4,caf\xE9\n"); // Latin-1 and UTF-8
    EXPECT_THAT(texts(table.columns[1]), ElementsAre("caf\xC3\xA9", "caf\xC3\xA9", "\xF0\x9F\x8D\xB0", "caf\xC3\xA9"));
    EXPECT_EQ(table.columns[1].levels.size(), 2u);
}

TEST(Delimited, ErrorsNameFileRowAndColumn) {
    EXPECT_ERROR(read("a,b,c\n1,2,3\n4,5\n"), DataError, "t.csv: row 3, column 2: the row ends here");
    EXPECT_ERROR(read("a,b\n1,2\n3,4,5\n"), DataError, "t.csv: row 3, column 3: one field too many");
    EXPECT_ERROR(read("a,b\n1,2\n3,\"4\n5,6\n"), DataError, "t.csv: row 3, column 2: the quote opened here is never closed");
    EXPECT_ERROR(read("a,b\n1,2\n3,\"4\"x\n"), DataError, "t.csv: row 3, column 2: text after the closing quote");
    EXPECT_ERROR(read(std::string("a,b\n1,2\n3,x\0y\n", 14)), DataError, "t.csv: row 3, column 2: a NUL byte");
    EXPECT_ERROR(read("a,b\n1,2\n3,x\x01y\n"), DataError, "t.csv: row 3, column 2: a control character (code 1)");
    EXPECT_ERROR(read("a,b\n1,2\n3,1e99\n4,5\n"), DataError, "t.csv: row 3, column 2: the number is infinite");
    EXPECT_ERROR(read("a,b\n1,2\n3,-inf\n4,5\n"), DataError, "t.csv: row 3, column 2: the number is infinite");
    EXPECT_ERROR(read("a,b\n1,\"x\n\ny\"\n3\n"), DataError, "t.csv: row 5, column 1"); // lines inside quotes count
    EXPECT_ERROR(read("a,b\n"), DataError, "no rows below the header");
    EXPECT_ERROR(read("\n\n  \n"), DataError, "no rows");
    EXPECT_ERROR(read(""), DataError, "is empty");
}

TEST(Delimited, InfinityIsAWordInAColumnOfWords) {
    EXPECT_THAT(texts(read("n,w\n1,inf\n2,x\n").columns[1]), ElementsAre("inf", "x"));
    EXPECT_THAT(texts(read("n,w\n1,7\n2,x\n3,1e99\n").columns[1]), ElementsAre("7", "x", "1e99"));
}

TEST(Delimited, RefusesWhatIsNoTable) {
    EXPECT_ERROR(read("PK\3\4abcdef"), DataError, "zip, xlsx or npz");
    EXPECT_ERROR(read("\xFF\xFE" "a"), DataError, "UTF-16");
    EXPECT_ERROR(read(std::string("\xFF\xFE\0\0a\0\0\0", 8)), DataError, "UTF-32");
    EXPECT_ERROR(read(std::string("\0\0\xFE\xFF\0\0\0a", 8)), DataError, "UTF-32");
    EXPECT_ERROR(read("PAR1xxxx"), DataError, "Parquet");
    EXPECT_ERROR(read(std::string(100, '"') + '"'), DataError, "never closed");
    EXPECT_ERROR(read("a,b\n1,\"" + std::string(3 << 20, 'x') + "\"\n"), DataError, "row 2, column 2: a field is longer than");
    EXPECT_ERROR(read(std::string((2 << 20), ',')), DataError, "more than 1048576 columns");
    EXPECT_ERROR(read("a,b\n1,2\n", {.max_bytes = 4}), DataError, "limit of 4 bytes");
}

/// Whatever byte of a row the border between two blocks falls on, the row reads the same.
TEST(Delimited, BlockBordersDoNotShow) {
    const std::string row = " \"a\"\"b\" ,-12.5e1 , plain,\"7\"\r\n";
    for (size_t offset = 0; offset <= row.size() + 2; ++offset) {
        const size_t before = data::Fields::block - offset;
        std::string text = "w,n,p,q\r\nzz,1,yy,2\r\n";
        const std::string filler = "xx,1,yy,2\r\n";
        while (text.size() + 2 * filler.size() < before) text += filler;
        text += "xx,1,yy," + std::string(before - text.size() - 10, '0') + "\r\n"; // ends exactly at the wanted place
        ASSERT_EQ(text.size(), before);
        text += row + row;
        const Table table = read_table_bytes(test::gzip(text), "t.csv"); // packed, the size is not known and blocks are read
        const auto last = static_cast<size_t>(table.rows()) - 1;
        for (const size_t r : {last - 1, last}) {
            EXPECT_EQ(table.columns[0].levels.at(static_cast<size_t>(table.columns[0].codes[r])), "a\"b") << offset;
            EXPECT_EQ(table.columns[1].numbers[r], -125) << offset;
            EXPECT_EQ(table.columns[2].levels.at(static_cast<size_t>(table.columns[2].codes[r])), "plain") << offset;
            EXPECT_EQ(table.columns[3].numbers[r], 7) << offset;
        }
    }
}

TEST(TableFind, ByNameAndPosition) {
    const Table table = read("alpha,beta,2\n1,2,3\n", {.header = true});
    EXPECT_EQ(table.find("beta"), 1);
    EXPECT_EQ(table.find("1"), 0);
    EXPECT_EQ(table.find("2"), 2); // a name comes before a position
    EXPECT_EQ(table.find("-1"), 2);
    EXPECT_EQ(table.find("-3"), 0);
    EXPECT_ERROR(table.find("bta"), UsageError, "did you mean 'beta'? Its columns: alpha, beta, 2");
    for (const char* position : {"0", "4", "-4"}) EXPECT_ERROR(table.find(position), UsageError, "columns count from 1 to 3");
    EXPECT_ERROR(table.find("99999999999999999999"), UsageError, "no column");
    EXPECT_ERROR(table.find("xyz"), UsageError, "no column 'xyz'. Its columns: alpha, beta, 2");
}

TEST(TableFind, ANameOfSeveralColumnsIsAmbiguous) {
    const Table table = read("y,b,y,b,y\n1,2,3,4,5\n");
    EXPECT_THAT(names(table), ElementsAre("y", "b", "y_2", "b_2", "y_3"));
    EXPECT_THAT(table.repeated, ElementsAre("y", "b"));
    EXPECT_ERROR(table.find("y"), UsageError, "t.csv: several columns are named 'y' in the header; rename them there, or give the position");
    EXPECT_EQ(table.find("1"), 0);
    EXPECT_EQ(table.find("y_3"), 4);
    EXPECT_ERROR(read("y,y\n1,2\n", {.as_text = "y"}), UsageError, "several columns are named 'y'");
}

/// Sniffing looks at the first 256 KB, but at whole rows.
TEST(Delimited, AFirstRowBeyondTheSniffersLookIsAHeaderStill) {
    std::string header, row;
    for (int c = 0; c < 100000; ++c) {
        header += "c" + std::to_string(c) + ",";
        row += "1,";
    }
    const Table table = read(header + "y\n" + row + "2\n" + row + "3\n");
    EXPECT_TRUE(table.named);
    EXPECT_EQ(table.find("y"), 100000);
    EXPECT_EQ(table.rows(), 2);
    EXPECT_TRUE(read(header + "y\n" + row + "2\n").named); // the end of the file ends the last row
}

} // namespace
} // namespace caviar
