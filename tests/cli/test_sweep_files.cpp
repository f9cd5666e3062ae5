// Where a sweep's rows come from and its study goes: images with labels, parts with files of their own, files that have moved.

#include "tests/cli/sweep.h"

#include <gmock/gmock.h>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SweepFiles : public Sweep {};

/// IDX files: images of 4 x 4 pixels, the upper half bright for label 1, and their labels; fewer than 256.
std::pair<std::string, std::string> some_images(int count) {
    std::string images{"\0\0\x08\x03\0\0\0\0\0\0\0\x04\0\0\0\x04", 16}, labels{"\0\0\x08\x01\0\0\0\0", 8};
    images[7] = labels[7] = static_cast<char>(count);
    for (int i = 0; i < count; ++i) {
        labels += static_cast<char>(i % 2);
        for (int pixel = 0; pixel < 16; ++pixel) images += static_cast<char>((pixel < 8 && i % 2 == 1 ? 90 : 10) + (i * 7 + pixel * 5) % 30);
    }
    return {images, labels};
}

TEST_F(SweepFiles, TestImagesHaveLabelsOfTheirOwn) {
    for (const auto& [name, count] : {std::pair("train", 90), {"valid", 30}, {"test", 50}}) {
        const auto [images, labels] = some_images(count);
        write(std::string(name) + "-images", images);
        write(std::string(name) + "-labels", labels);
    }
    const std::vector<std::string> sweep{"sweep", "train-images", "--labels", "train-labels", "--trials", "3", "--epochs", "3", "--quiet", "--json"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), sweep.begin(), sweep.end());
        return more;
    };
    const auto document = json(with({"--valid", "valid-images", "--valid-labels", "valid-labels", "--test", "test-images", "--test-labels", "test-labels"}));
    EXPECT_EQ(document["data"]["rows"], nlohmann::json({{"train", 90}, {"valid", 30}, {"test", 50}}));
    EXPECT_EQ(document["settings"]["test_labels"], "test-labels");
    const Outcome without = run(with({"--test", "test-images", "--study", "x.db"}));
    EXPECT_EQ(without.code, 2);
    EXPECT_THAT(without.err, HasSubstr("--test-labels"));
    const Outcome alone = run(with({"--valid-labels", "valid-labels", "--study", "x.db"}));
    EXPECT_EQ(alone.code, 2);
    EXPECT_THAT(alone.err, HasSubstr("--valid names"));

    std::filesystem::create_directory(path("elsewhere"));
    for (const char* part : {"train", "valid", "test"})
        for (const char* kind : {"-images", "-labels"}) std::filesystem::rename(path(part + std::string(kind)), path("elsewhere") / (part + std::string(kind)));
    EXPECT_EQ(json({"verify", "train-images.db", "--data", "elsewhere/train-images", "--json"})["equal"], true);
}

TEST_F(SweepFiles, ImagesWithLabelsMayMoveTogether) {
    const auto [images, labels] = some_images(60);
    write("images", images);
    write("labels", labels);
    const auto document = json({"sweep", "images", "--labels", "labels", "--trials", "3", "--epochs", "3", "--keep", "1", "--json", "--quiet"});
    EXPECT_EQ(document["data"]["inputs"], 16);
    EXPECT_EQ(document["data"]["classes"], nlohmann::json({"0", "1"}));

    std::filesystem::create_directory(path("elsewhere"));
    for (const char* name : {"images", "labels"}) std::filesystem::rename(path(name), path("elsewhere") / name);
    const Outcome lost = run({"verify", "images.db"});
    EXPECT_EQ(lost.code, 3);
    EXPECT_THAT(lost.err, HasSubstr("--data FILE"));
    EXPECT_THAT(run({"export", "images.db", "-o", "model.json"}).err, HasSubstr("--data FILE"));
    EXPECT_EQ(json({"verify", "images.db", "--data", "elsewhere/images", "--json"})["equal"], true);
    fine({"export", "images.db", "-o", "model.json", "--data", "elsewhere/images"});
    fine({"resume", "images.db", "--data", "elsewhere/images"});
}

TEST_F(SweepFiles, ValidationAndTestRowsFromFilesOfTheirOwn) {
    write_flowers("valid.csv", 30);
    write_flowers("test.csv", 45);
    const auto document = json(quick({"--valid", "valid.csv", "--test", "test.csv", "--json", "--quiet"}));
    EXPECT_EQ(document["data"]["rows"], nlohmann::json({{"train", 150}, {"valid", 30}, {"test", 45}}));
    std::filesystem::create_directory(path("elsewhere"));
    for (const char* name : {"flowers.csv", "valid.csv", "test.csv"}) std::filesystem::rename(path(name), path("elsewhere") / name);
    EXPECT_EQ(json({"verify", "flowers.db", "--data", "elsewhere/flowers.csv", "--json"})["equal"], true);
}

TEST_F(SweepFiles, APipeIsRefused) {
    const Outcome outcome = run({"sweep", "/dev/stdin", "--target", "1"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("pipe or a device"));
}

TEST_F(SweepFiles, FolderThatCannotBeWritten) {
    const Outcome outcome = run(quick({"--study", "no/such/folder/x.db"}));
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("no/such/folder/x.db"));
}

TEST_F(SweepFiles, MovedWithItsDataAStudyWorks) {
    fine(quick({"--keep", "1"}));
    std::filesystem::create_directory(path("moved"));
    for (const char* name : {"flowers.csv", "flowers.db"}) std::filesystem::rename(path(name), path("moved") / name);
    for (const char* command : {"resume", "verify"})
        EXPECT_THAT(fine({command, "moved/flowers.db"}).err, HasSubstr("flowers.csv is not there; read from moved/flowers.csv")) << command;
    fine({"export", "moved/flowers.db", "-o", "model.json"});
    fine({"sweep", "moved/flowers.csv", "--target", "kind", "--init", "moved/flowers.db", "--trials", "2", "--epochs", "1", "--study", "begun.db"});
    // The one that is where the study says goes before, and is refused where it is another.
    write_flowers("flowers.csv", 153);
    EXPECT_THAT(run({"verify", "moved/flowers.db"}).err, AllOf(HasSubstr("other data"), Not(HasSubstr("beside the study"))));
}

TEST_F(SweepFiles, AStudyIsASettingsFile) {
    fine(quick({"--sampler", "coarse-to-fine", "--draw", "random", "--confirm", "2", "--confirm-seeds", "2", "--vary", "learning_rate=log(1e-3,1e-1)"}));
    const auto first = json({"resume", "flowers.db", "--json", "--quiet"});
    const auto again = json({"sweep", "--config", "flowers.db", "--study", "again.db", "--json", "--quiet"});
    EXPECT_EQ(again["settings"], first["settings"]);
    EXPECT_EQ(again["best"]["metric"], first["best"]["metric"]);
    EXPECT_EQ(fine({"sweep", "--config", "flowers.db"}).out, fine({"resume", "flowers.db"}).out) << "the study itself is gone on with";
    // Flags win, those too that leave what the study has without effect.
    const auto other = json({"sweep", "--config", "flowers.db", "--sampler", "random", "--confirm", "0", "--epochs", "2", "--study", "other.db", "--json", "--quiet"});
    EXPECT_EQ(other["best"]["hyperparameters"]["epochs"], 2);
    EXPECT_EQ(other["settings"]["sampler"]["name"], "random");
    std::filesystem::create_directory(path("moved"));
    for (const char* name : {"flowers.csv", "flowers.db"}) std::filesystem::rename(path(name), path("moved") / name);
    EXPECT_EQ(json({"sweep", "--config", "moved/flowers.db", "--study", "moved.db", "--json", "--quiet"})["best"]["metric"], first["best"]["metric"]);
}

} // namespace

} // namespace caviar::test
