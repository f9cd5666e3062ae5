// Data as the inputs of a net that was trained on others.

#include "caviar/preprocessing.h"
#include "tests/data/expect_error.h"
#include "tests/data/tables.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace caviar {
namespace {

using namespace test;

PrepareOptions options(const std::string& target, std::vector<Scaling> scalings = {Scaling::standardize}) {
    PrepareOptions result;
    result.target = target;
    result.scalings = std::move(scalings);
    return result;
}

TEST(PrepareAs, OnItsOwnTableItGivesTheSameInputs) {
    for (const bool regression : {false, true})
        for (const Scaling scaling : {Scaling::none, Scaling::standardize, Scaling::pca}) {
            const Table table = mixed_table(200, regression);
            const Prepared own = prepare(table, options("y", {scaling}));
            const FeatureSet& features = own.dataset.features[0];
            const Prepared again = prepare_as(own.preprocessing, scaling, features.train.columns, table, options("y"));
            ASSERT_EQ(again.dataset.features.size(), 1u);
            for (const Part part : {Part::train, Part::valid, Part::test}) {
                EXPECT_EQ(again.dataset.features[0].part(part).values, features.part(part).values) << to_string(scaling);
                ASSERT_EQ(again.dataset.targets(part).size(), own.dataset.targets(part).size());
                for (size_t i = 0; i < own.dataset.targets(part).size(); ++i)
                    EXPECT_NEAR(again.dataset.targets(part)[i], own.dataset.targets(part)[i], 1e-5) << "to rounding: they are floats of size 1";
            }
            EXPECT_EQ(again.dataset.classes, own.dataset.classes);
        }
}

TEST(PrepareAs, OtherRowsAreEncodedByTheModelsStatistics) {
    const Prepared model = prepare(mixed_table(200, true), options("y"));
    const Table other = mixed_table(120, true, 7);
    const Prepared prepared = prepare_as(model.preprocessing, Scaling::standardize, model.preprocessing.features(), other, options("y"));
    const Matrix all = model.preprocessing.apply(other, Scaling::standardize);
    std::vector<std::vector<float>> expected, rows;
    for (int64_t r = 0; r < all.rows; ++r) expected.emplace_back(all.row(r), all.row(r) + all.columns);
    for (const Part part : {Part::train, Part::valid, Part::test}) {
        const Matrix& m = prepared.dataset.features[0].part(part);
        for (int64_t r = 0; r < m.rows; ++r) rows.emplace_back(m.row(r), m.row(r) + m.columns);
    }
    std::sort(rows.begin(), rows.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(rows, expected);
    EXPECT_EQ(prepared.preprocessing.mean, model.preprocessing.mean);
    EXPECT_EQ(prepared.dataset.target_scale, model.dataset.target_scale);
    EXPECT_NE(prepared.dataset.fingerprint, prepare(other, options("y")).dataset.fingerprint);
}

TEST(PrepareAs, ReadsTheFirstComponentsOnly) {
    const Prepared model = prepare(mixed_table(200, false), options("y", {Scaling::pca}));
    const Prepared two = prepare_as(model.preprocessing, Scaling::pca, 2, mixed_table(100, false, 3), options("y"));
    EXPECT_EQ(two.dataset.features[0].train.columns, 2);
    Hyperparameters h;
    h.scaling = Scaling::pca;
    EXPECT_EQ(two.dataset.inputs(h), 2);
}

TEST(PrepareAs, ColumnsAreMatchedByNameAndTheTargetMayHaveAnother) {
    const Table table = from_csv("a,b,kind\n1,5,x\n2,6,y\n3,7,x\n4,8,y\n5,9,x\n6,1,y\n7,2,x\n8,3,y\n9,4,x\n1,5,y\n");
    const Table moved = from_csv("what,b,extra,a\nx,5,0,1\ny,6,1,2\nx,7,2,3\ny,8,3,4\nx,9,4,5\ny,1,5,6\nx,2,6,7\ny,3,7,8\nx,4,8,9\ny,5,9,1\n");
    const Prepared model = prepare(table, options("kind"));
    const Prepared prepared = prepare_as(model.preprocessing, Scaling::standardize, 2, moved, options("what"));
    EXPECT_EQ(prepared.dataset.features[0].train.values, model.dataset.features[0].train.values);
    EXPECT_EQ(prepared.preprocessing.target, "what");
    // What comes back knows the new table: without its names it is read by position.
    Table nameless = moved;
    nameless.named = false;
    EXPECT_EQ(prepared.preprocessing.apply(nameless, Scaling::standardize).values, model.preprocessing.apply(table, Scaling::standardize).values);
}

TEST(PrepareAs, RefusesWhatDoesNotFitTheModel) {
    const std::string rows = "1,5,x\n2,6,y\n3,7,x\n4,8,y\n5,9,x\n6,1,y\n7,2,x\n8,3,y\n9,4,x\n1,5,y\n";
    const Prepared model = prepare(from_csv("a,b,kind\n" + rows), options("kind"));
    const auto as = [&](const std::string& text, const PrepareOptions& how) {
        return prepare_as(model.preprocessing, Scaling::standardize, 2, from_csv(text), how);
    };
    EXPECT_ERROR((void)as("a,c,kind\n" + rows, options("kind")), DataError, "missing: b");
    EXPECT_ERROR((void)as("a,b,kind\n" + rows + "1,1,z\n", options("kind")), DataError, "'z' is not among the classes");
    EXPECT_ERROR((void)as("a,b,kind\n1,5,x\n2,6,x\n3,7,x\n4,8,x\n5,9,x\n6,1,x\n7,2,x\n8,3,x\n9,4,x\n1,5,x\n", options("kind")), DataError, "the class 'y' of the model has no row here");
    EXPECT_ERROR((void)as("a,b,kind\n" + rows, options("b")), UsageError, "is an input of the model");
    PrepareOptions drop = options("kind");
    drop.drop = {"a"};
    EXPECT_ERROR((void)as("a,b,kind\n" + rows, drop), UsageError, "cannot be dropped");
    PrepareOptions task = options("kind");
    task.task = Task::regression;
    EXPECT_ERROR((void)as("a,b,kind\n" + rows, task), UsageError, "trained for binary");
}

TEST(PrepareAs, BuiltInDataAreTakenWithAnotherSplitOnly) {
    const Prepared own = builtin("digits", {Scaling::standardize}, 1);
    const Prepared other = builtin_as(own.preprocessing, Scaling::standardize, own.preprocessing.features(), "digits", 2);
    EXPECT_EQ(other.preprocessing, own.preprocessing);
    EXPECT_NE(other.dataset.fingerprint, own.dataset.fingerprint);
    EXPECT_EQ(builtin_as(own.preprocessing, Scaling::standardize, own.preprocessing.features(), "digits", 1).dataset.features[0].train.values,
              own.dataset.features[0].train.values);
    EXPECT_ERROR((void)builtin_as(own.preprocessing, Scaling::standardize, own.preprocessing.features(), "rectangles", 1), DataError, "built in");
}

} // namespace
} // namespace caviar
