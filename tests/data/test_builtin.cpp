#include "caviar/preprocessing.h"
#include "host/data/generated.h"
#include "tests/data/expect_error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace caviar {
namespace {

using testing::ElementsAre;

TEST(Builtin, NamesAndMisspellings) {
    EXPECT_THAT(builtin_names(), ElementsAre("digits", "rectangles", "convex"));
    EXPECT_ERROR(builtin("digit", {Scaling::none}), UsageError, "did you mean 'digits'?");
    EXPECT_ERROR(builtin("", {Scaling::none}), UsageError, "There are digits, rectangles and convex");
}

TEST(Digits, AreTheUciTestSet) {
    const Prepared p = builtin("digits", {Scaling::none});
    const Dataset& d = p.dataset;
    EXPECT_EQ(d.name, "digits");
    EXPECT_EQ(d.task, Task::multiclass);
    EXPECT_THAT(d.classes, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
    EXPECT_EQ(d.rows(Part::train), 1079);
    EXPECT_EQ(d.rows(Part::valid), 359);
    EXPECT_EQ(d.rows(Part::test), 359);
    std::vector<int> count(10);
    for (const Part part : {Part::train, Part::valid, Part::test}) {
        const Matrix& m = d.with(Scaling::none).part(part);
        ASSERT_EQ(m.columns, 64); // the constant pixels, too
        for (const float x : m.values) ASSERT_TRUE(x >= 0 && x <= 16 && x == std::trunc(x));
        std::vector<int> here(10);
        for (const float t : d.targets(part)) ++here[static_cast<size_t>(t)];
        for (size_t c = 0; c < 10; ++c) {
            count[c] += here[c];
            EXPECT_NEAR(here[c], m.rows / 10.0, 4) << c; // all classes have 174 to 183 of 1797 rows: 179.7 +- 5.7, times at most 0.6, and a row
        }
    }
    EXPECT_THAT(count, ElementsAre(178, 182, 177, 183, 181, 182, 181, 179, 174, 180)); // as UCI counts them (optdigits.names, optdigits.tes)
    EXPECT_NE(builtin("digits", {Scaling::none}, 2).dataset.fingerprint, d.fingerprint);
    EXPECT_EQ(builtin("digits", {Scaling::none}, 1).dataset.fingerprint, d.fingerprint);
}

} // namespace

namespace data {
namespace {

struct Point {
    int x, y;
};
int64_t cross(Point o, Point a, Point b) { return int64_t{a.x - o.x} * (b.y - o.y) - int64_t{a.y - o.y} * (b.x - o.x); }

/// Another way than the generator's: the lit pixels are all the grid points of their convex hull (Andrew's monotone chain).
bool fills_its_hull(const Image& image) {
    std::vector<Point> points;
    for (int x = 0; x < image_side; ++x)
        for (int y = 0; y < image_side; ++y)
            if (image.lit(x, y)) points.push_back({x, y});
    std::vector<Point> hull(2 * points.size() + 1);
    size_t k = 0;
    for (size_t i = 0; i < points.size(); ++i) {
        while (k >= 2 && cross(hull[k - 2], hull[k - 1], points[i]) <= 0) --k;
        hull[k++] = points[i];
    }
    for (size_t i = points.size() - 1, lower = k + 1; i-- > 0;) {
        while (k >= lower && cross(hull[k - 2], hull[k - 1], points[i]) <= 0) --k;
        hull[k++] = points[i];
    }
    for (int x = 0; x < image_side; ++x)
        for (int y = 0; y < image_side; ++y) {
            bool inside = true;
            for (size_t i = 0; i + 1 < k; ++i) inside &= cross(hull[i], hull[i + 1], {x, y}) >= 0;
            if (inside && !image.lit(x, y)) return false;
        }
    return true;
}

/// The published condition word for word: each pair of lit pixels, each grid point between them.
bool every_segment_is_lit(const Image& image) {
    for (int a = 0; a < image_side * image_side; ++a)
        for (int b = 0; b < a; ++b) {
            const Point p{a % image_side, a / image_side}, q{b % image_side, b / image_side};
            if (!image.lit(p.x, p.y) || !image.lit(q.x, q.y)) continue;
            const int steps = std::gcd(q.x - p.x, q.y - p.y);
            for (int s = 1; s < steps; ++s)
                if (!image.lit(p.x + (q.x - p.x) / steps * s, p.y + (q.y - p.y) / steps * s)) return false;
        }
    return true;
}

TEST(Convex, ConvexImagesAreConvexAndTheOthersAreNot) {
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        const Image convex = draw_convex(random, true), other = draw_convex(random, false);
        EXPECT_GE(convex.count(), 19);
        EXPECT_GE(other.count(), 10);
        ASSERT_TRUE(fills_its_hull(convex));
        ASSERT_FALSE(fills_its_hull(other));
        if (i < 50) {
            ASSERT_TRUE(every_segment_is_lit(convex));
            ASSERT_FALSE(every_segment_is_lit(other));
        }
    }
}

TEST(Convex, TheTestOfConvexityIsThePublishedOne) {
    Random random(2);
    int convex = 0;
    for (int i = 0; i < 300; ++i) { // shapes near the border between the two: a convex one with a pixel or two changed
        Image image = draw_convex(random, true);
        for (uint64_t n = random.below(3); n > 0; --n) image.rows[random.below(image_side)] ^= uint32_t{1} << random.below(image_side);
        const bool expected = every_segment_is_lit(image);
        ASSERT_EQ(is_convex(image), expected);
        convex += expected;
    }
    EXPECT_GT(convex, 50);
    EXPECT_LT(convex, 250);
    Image triangle; // its middle is dark, but on no segment between two of the three: convex to the published condition only
    triangle.rows[0] = 1;
    triangle.rows[1] = 4;
    triangle.rows[2] = 2;
    EXPECT_TRUE(is_convex(triangle));
    EXPECT_TRUE(every_segment_is_lit(triangle));
    EXPECT_FALSE(fills_its_hull(triangle));
}

TEST(Convex, BothClassesHaveTheSameMeanNumberOfPixels) {
    Random random(3);
    constexpr int images = 3000;
    double mean[2] = {}, squares[2] = {};
    for (int i = 0; i < images; ++i)
        for (const bool convex : {false, true}) {
            const double count = draw_convex(random, convex).count();
            mean[convex] += count / images;
            squares[convex] += count * count / images;
        }
    // As the authors say of theirs. Ours are equal within 2% of the 784 pixels; four standard errors on top.
    double variance = 0;
    for (const int c : {0, 1}) variance += (squares[c] - mean[c] * mean[c]) / images;
    EXPECT_NEAR(mean[0], mean[1], 0.02 * 784 + 4 * std::sqrt(variance));
}

TEST(Rectangles, AreOutlinesThreePixelsApart) {
    Random random(4);
    bool touches_edge = false, wide_line = false;
    for (int i = 0; i < 2000; ++i) {
        const bool tall = i % 2;
        const Image image = draw_rectangle(random, tall);
        int left = image_side, right = -1, top = image_side, bottom = -1;
        for (int y = 0; y < image_side; ++y)
            for (int x = 0; x < image_side; ++x)
                if (image.lit(x, y)) {
                    left = std::min(left, x), right = std::max(right, x);
                    top = std::min(top, y), bottom = std::max(bottom, y);
                }
        const int width = right - left + 1, height = bottom - top + 1;
        ASSERT_GE(std::abs(width - height), 3);
        ASSERT_EQ(height > width, tall);
        for (int y = 0; y < image_side; ++y)
            for (int x = 0; x < image_side; ++x) {
                const bool inside = x >= left && x <= right && y >= top && y <= bottom;
                ASSERT_EQ(image.lit(x, y), inside && (x == left || x == right || y == top || y == bottom));
            }
        touches_edge |= right == image_side - 1 && bottom == image_side - 1;
        wide_line |= height == 1;
    }
    EXPECT_TRUE(touches_edge);
    EXPECT_TRUE(wide_line);
}

TEST(Generated, PlansHaveThePublishedCounts) {
    EXPECT_THAT(rectangles_plan().rows, ElementsAre(1000, 200, 50000));
    EXPECT_THAT(convex_plan().rows, ElementsAre(6500, 1500, 50000));
}

TEST(Generated, PartsAreBalancedAndFollowTheSeed) {
    for (ImagePlan plan : {rectangles_plan(), convex_plan()}) {
        plan.rows = {600, 120, 300}; // the whole sets are drawn by the program; here a smaller one of the same kind
        const Prepared p = generate(plan, {Scaling::none, Scaling::standardize}, 7);
        const Dataset& d = p.dataset;
        EXPECT_EQ(d.task, Task::binary);
        EXPECT_EQ(d.classes, plan.classes);
        for (const Part part : {Part::train, Part::valid, Part::test}) {
            const Matrix& m = d.with(Scaling::none).part(part);
            ASSERT_EQ(m.columns, 784);
            ASSERT_EQ(m.rows, d.rows(part));
            EXPECT_EQ(std::accumulate(d.targets(part).begin(), d.targets(part).end(), 0.0f), static_cast<float>(m.rows) / 2);
            for (int64_t r = 0; r < m.rows; ++r) {
                Image image;
                for (int i = 0; i < 784; ++i) {
                    ASSERT_TRUE(m.row(r)[i] == 0 || m.row(r)[i] == 1);
                    if (m.row(r)[i] == 1) image.rows[static_cast<size_t>(i / 28)] |= uint32_t{1} << i % 28;
                }
                if (plan.name == "convex") {
                    ASSERT_EQ(is_convex(image), d.targets(part)[static_cast<size_t>(r)] == 1);
                }
            }
        }
        EXPECT_EQ(generate(plan, {Scaling::none, Scaling::standardize}, 7).dataset.fingerprint, d.fingerprint);
        EXPECT_NE(generate(plan, {Scaling::none, Scaling::standardize}, 8).dataset.fingerprint, d.fingerprint);
        EXPECT_EQ(p.preprocessing.features(), 784);
        EXPECT_EQ(preprocessing_from_json(to_json(p.preprocessing)), p.preprocessing);
    }
}

} // namespace
} // namespace data
} // namespace caviar
