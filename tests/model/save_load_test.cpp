#include "caviar/error.h"
#include "caviar/model.h"
#include "tests/model/samples.h"

#include <gmock/gmock.h>

#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>

namespace caviar {
namespace {

namespace fs = std::filesystem;
using namespace test;
using ::testing::AllOf;
using ::testing::HasSubstr;

void expect_same(const Model& a, const Model& b) {
    EXPECT_EQ(a.weights.widths, b.weights.widths);
    EXPECT_EQ(bits(a.weights.values), bits(b.weights.values));
    EXPECT_EQ(a.activation, b.activation);
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.scaling, b.scaling);
    EXPECT_EQ(a.note, b.note);
    EXPECT_EQ(a.missing, b.missing);
    EXPECT_TRUE(a.preprocessing == b.preprocessing);
}

class EveryFormat : public ::testing::TestWithParam<const char*> {
protected:
    Folder folder;
    std::string path = folder / (std::string("model.") + GetParam());
};
INSTANTIATE_TEST_SUITE_P(SaveLoad, EveryFormat, ::testing::Values("safetensors", "npz", "json"), [](const auto& i) { return std::string(i.param); });

TEST_P(EveryFormat, BringsBackEveryBit) {
    for (const Model& m : all_models()) {
        save_model(m, path);
        expect_same(load_model(path), m);
    }
    EXPECT_EQ(folder.files(), 1u); // no temporary file is left
}

TEST_P(EveryFormat, IsKnownByContentNotByName) {
    save_model(softmax_model(), path);
    fs::rename(path, folder / "renamed.bin");
    expect_same(load_model(folder / "renamed.bin"), softmax_model());
}

TEST_P(EveryFormat, EqualModelsGiveEqualBytes) {
    save_model(softmax_model(), path);
    const std::string first = slurp(path);
    save_model(softmax_model(), path);
    EXPECT_EQ(slurp(path), first);
}

TEST_P(EveryFormat, EveryShorterFileIsRefused) {
    save_model(regression_model(), path);
    const std::string whole = slurp(path);
    for (size_t n = 0; n < whole.size(); ++n) {
        if (whole.find_first_not_of(" \n", n) == std::string::npos) continue; // JSON's last line feed
        spit(path, whole.substr(0, n));
        EXPECT_THROW(load_model(path), DataError) << "cut to " << n << " of " << whole.size() << " bytes";
    }
}

TEST_P(EveryFormat, NonFiniteWeightsAreNeitherWrittenNorRead) {
    Model m = binary_model();
    m.weights.values[3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(save_model(m, path), UsageError);
    EXPECT_EQ(folder.files(), 0u);
}

TEST_P(EveryFormat, AFullDiskLeavesTheOldFile) {
    save_model(binary_model(), path);
    const std::string before = slurp(path);
    // A limit on the size of files stands in for the full disk: write() fails half-way.
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    rlimit small = old;
    small.rlim_cur = 100;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    std::string message;
    try {
        save_model(softmax_model(), path);
    } catch (const RuntimeFailure& e) {
        message = e.what();
    }
    setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, handler);
    EXPECT_THAT(message, AllOf(HasSubstr(path), HasSubstr("cannot be written")));
    EXPECT_EQ(slurp(path), before);
    EXPECT_EQ(folder.files(), 1u);
}

TEST_P(EveryFormat, ReplacesAFileButNothingElse) {
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_THROW(save_model(binary_model(), path), RuntimeFailure);
    EXPECT_TRUE(fs::is_fifo(path));
    EXPECT_THROW(load_model(path), DataError); // and does not wait for a writer
    fs::remove(path);
    fs::create_directory(path);
    EXPECT_THROW(save_model(binary_model(), path), RuntimeFailure);
    EXPECT_THROW(load_model(path), DataError);
    EXPECT_EQ(folder.files(), 1u);
}

TEST_P(EveryFormat, FollowsALinkAndKeepsPermissions) {
    const std::string target = folder / "target";
    spit(target, "old");
    fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink(target, path);
    save_model(binary_model(), path);
    EXPECT_TRUE(fs::is_symlink(path));
    expect_same(load_model(target), binary_model());
    EXPECT_EQ(fs::status(target).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(SaveModel, NamesTheFormatsThereAre) {
    Folder folder;
    for (const char* name : {"model.pt", "model", "model.JSON.txt"}) {
        try {
            save_model(binary_model(), folder / name);
            FAIL() << name;
        } catch (const UsageError& e) {
            EXPECT_THAT(e.what(), AllOf(HasSubstr(name), HasSubstr(".safetensors, .npz, .json, .onnx, .py (PyTorch) or .h")));
        }
    }
    EXPECT_THROW(save_model(binary_model(), folder / "nowhere/model.json"), RuntimeFailure);
    EXPECT_EQ(folder.files(), 0u);
}

TEST(SaveModel, RefusesModelsThatDoNotFitTogether) {
    Folder folder;
    const auto refused = [&](auto change) {
        Model m = softmax_model();
        change(m);
        EXPECT_THROW(save_model(m, folder / "m.json"), UsageError);
    };
    refused([](Model& m) { m.weights.values.pop_back(); });
    refused([](Model& m) { m.weights.widths = {}; });
    refused([](Model& m) { m.weights.widths[1] = 0; });
    refused([](Model& m) { m.preprocessing.classes.pop_back(); });
    refused([](Model& m) { m.preprocessing.columns.pop_back(); });
    refused([](Model& m) { m.preprocessing.task = Task::regression; });
    refused([](Model& m) { m.loss = Loss::binary_cross_entropy; });
    refused([](Model& m) { m.scaling = Scaling::pca; });
    refused([](Model& m) { m.weights.widths = {2147483647, 2147483647, 3}; });
}

TEST(LoadModel, SaysWhatAFileIsNot) {
    Folder folder;
    const auto message = [&](const std::string& bytes) -> std::string {
        spit(folder / "f", bytes);
        try {
            load_model(folder / "f");
        } catch (const DataError& e) {
            return e.what();
        }
        return "no error";
    };
    EXPECT_THAT(message(""), HasSubstr("is not a model"));
    EXPECT_THAT(message("a,b\n1,2\n"), HasSubstr("is not a model"));
    EXPECT_THAT(message("{}"), HasSubstr("no \"caviar_model\""));
    EXPECT_THAT(message("{\"a\": 1}"), HasSubstr("\"a\" is not a text"));
    EXPECT_THAT(message("{\"caviar_model\": \"3\"}"), HasSubstr("use a newer caviar"));
    EXPECT_THAT(message("{\"a\": "), HasSubstr("not valid JSON at byte"));
    EXPECT_THAT(message("{\"a\": \"\", \"a\": \"\"}"), HasSubstr("\"a\" twice"));
    EXPECT_THAT(message("{\"a\": " + std::string(100000, '[')), HasSubstr("nested too deeply"));
    EXPECT_THAT(message("{\"a\": 1e999}"), HasSubstr("out of range"));
    EXPECT_THAT(message("PK\x05\x06"), HasSubstr("no end of a zip archive"));
    EXPECT_THROW(load_model(folder / "missing"), DataError);
    EXPECT_THROW(load_model("/dev/zero"), DataError);
}

} // namespace
} // namespace caviar
