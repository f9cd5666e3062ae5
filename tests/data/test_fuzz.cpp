// Readers meet damaged files: thousands of fixed mutations of good ones. Only DataError and UsageError may come out; the sanitizers of
// the other builds watch the memory. Every mutation is a function of its number, so a failure can be run again.

#include "caviar/preprocessing.h"
#include "caviar/table.h"
#include "host/data/random.h"
#include "tests/data/bytes.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include <gtest/gtest.h>

#include <functional>

namespace caviar {
namespace {

using namespace test;

/// One to four changes: a byte flipped, replaced by a telling one, removed, a stretch doubled, swapped, or the end cut off.
std::string mutated(const std::string& good, uint64_t number) {
    using namespace std::string_view_literals;
    static constexpr std::string_view telling = "\0\xFF\"'\n\r,;\t|.-+eE0919 {}[]()?#\\:"sv;
    data::Random random(number);
    std::string bytes = good;
    for (uint64_t changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
        const size_t at = random.below(bytes.size()), length = 1 + random.below(std::min<uint64_t>(16, bytes.size() - at));
        switch (random.below(7)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8)); break;
        case 1: bytes[at] = telling[random.below(telling.size())]; break;
        case 2: bytes.erase(at, length); break;
        case 3: bytes.insert(at, bytes.substr(at, length)); break;
        case 4: bytes.insert(at, 1, telling[random.below(telling.size())]); break;
        case 5: bytes.replace(at, length, std::string(length, static_cast<char>(random.bits()))); break;
        case 6: bytes.resize(at); break;
        }
    }
    return bytes;
}

/// How many of the mutations are still read.
int survive(const std::string& good, int count, const std::function<void(const std::string&)>& read) {
    read(good); // must not throw
    int fine = 0;
    for (int i = 0; i < count; ++i) {
        try {
            read(mutated(good, static_cast<uint64_t>(i)));
            ++fine;
        } catch (const DataError&) {
        } catch (const UsageError&) {
        } catch (const std::exception& error) {
            ADD_FAILURE() << "mutation " << i << ": " << error.what();
        }
    }
    // A reader that refuses all, or takes all, was not put to the test.
    EXPECT_GT(fine, 0);
    EXPECT_LT(fine, count);
    return fine;
}

void check(const Table& table) {
    ASSERT_GT(table.rows(), 0);
    for (const Column& column : table.columns) {
        ASSERT_EQ(column.rows(), table.rows());
        for (const int32_t code : column.codes) ASSERT_TRUE(code >= -1 && code < static_cast<int32_t>(column.levels.size()));
        for (const float x : column.numbers) ASSERT_FALSE(std::isinf(x));
    }
}

const ReadOptions bounded = [] {
    ReadOptions options;
    options.max_bytes = 1 << 20;
    return options;
}();
void read(const std::string& bytes) { check(read_table_bytes(bytes, "fuzz", bounded)); }

const std::string csv = "id, name,\"x, y\",z\r\n1, \"a \"\"b\"\"\",2.5e3,?\r\n-2,c d,,4\r\n3,\"e\nf\",1e-9,NA\r\n\r\n4,g,7,0.125\r\n";
const std::string quoted = "'40-49','ge40','0-2'\n'50-59','pre','3-5'\n'40-49','ge40','0-2'\n";

TEST(Fuzz, Delimited) {
    survive(csv, 2500, read);
    survive(quoted, 1000, read);
    survive("a\tb\n1\t2\n3\t4\n", 500, read);
}

TEST(Fuzz, Gzip) { survive(gzip(csv + csv.substr(csv.find('\n') + 1)), 1500, read); }

TEST(Fuzz, Idx) {
    survive(idx(0x08, {4, 2, 3}, "abcdefghijklmnopqrstuvwx"), 1500, read);
    survive(idx(0x0D, {6}, std::string(24, '?')), 500, read);
}

TEST(Fuzz, Npy) {
    survive(npy("<f4", false, "(3, 2)", std::string(24, '?')), 1500, read);
    survive(npy(">i2", true, "(2, 3, 2)", std::string(24, 'x'), 2), 1000, read);
}

TEST(Fuzz, PreprocessingJson) {
    PrepareOptions options;
    options.target = "y";
    options.scalings = {Scaling::pca};
    const Table table = mixed_table(40, false);
    const std::string good = to_json(prepare(table, options).preprocessing);
    survive(good, 2500, [&](const std::string& text) {
        const Preprocessing p = preprocessing_from_json(text);
        for (const Scaling scaling : {Scaling::none, Scaling::standardize, Scaling::pca}) {
            const Matrix m = p.apply(table, scaling); // what was read must also be safe to use
            ASSERT_EQ(static_cast<int64_t>(m.values.size()), m.rows * m.columns);
        }
    });
}

/// A damaged file that can still be read must be prepared, or refused.
TEST(Fuzz, Prepare) {
    std::string good = "x,c,y\n";
    for (int i = 0; i < 24; ++i) good += std::to_string(i * i % 13) + "," + "rgb"[i % 3] + "," + (i % 2 ? "no" : "yes") + "\n";
    PrepareOptions options;
    options.scalings = {Scaling::none, Scaling::standardize, Scaling::pca};
    survive(good, 1500, [&](const std::string& text) {
        const Table table = read_table_bytes(text, "fuzz", bounded);
        options.target = "-1";
        const Prepared p = prepare(table, options);
        for (const FeatureSet& set : p.dataset.features)
            for (const float x : set.train.values) ASSERT_TRUE(std::isfinite(x));
        ASSERT_EQ(preprocessing_from_json(to_json(p.preprocessing)), p.preprocessing);
    });
}

} // namespace
} // namespace caviar
