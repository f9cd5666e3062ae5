// Our files in Python's own libraries and back. Needs a python3 that has numpy (CAVIAR_PYTHON names another one); without it the
// test is skipped. The package safetensors is used where it is there.

#include "caviar/model.h"
#include "tests/model/samples.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace caviar {
namespace {

using namespace test;

TEST(Python, OpensOurFilesAndWritesWhatWeOpen) {
    const Folder folder;
    std::vector<Model> models = all_models();
    const Model base = softmax_model();
    for (const Activation a : {Activation::relu, Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::silu}) {
        models.push_back(base);
        models.back().activation = a;
    }
    PlainEngine engine;
    for (size_t i = 0; i < models.size(); ++i) {
        const std::string name = folder / std::to_string(i);
        for (const char* extension : {".safetensors", ".npz", ".json"}) save_model(models[i], name + extension);
        // Raw outputs for a few inputs, for the script to find from the files alone.
        const auto inputs = static_cast<size_t>(models[i].weights.widths.front());
        Matrix x{4, static_cast<int32_t>(inputs), {}};
        for (size_t k = 0; k < 4 * inputs; ++k) x.values.push_back(0.25f * static_cast<float>(k % 7) - 0.5f);
        spit(name + ".expected", nlohmann::json{{"inputs", x.values}, {"outputs", engine.forward(models[i].weights, models[i].activation, x)}}.dump());
    }
    const char* python = std::getenv("CAVIAR_PYTHON");
    const std::string command = std::string(python ? python : "python3") + " '" CAVIAR_INTEROP_SCRIPT "' '" + (folder / "") + "' " + std::to_string(models.size());
    const int status = std::system(command.c_str());
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127) GTEST_SKIP() << "needs python3 with numpy; set CAVIAR_PYTHON";
    ASSERT_EQ(WEXITSTATUS(status), 0);
    for (size_t i = 0; i < models.size(); ++i)
        for (const char* extension : {".again.safetensors", ".again.npz", ".again.json"}) {
            const Model m = load_model(folder / (std::to_string(i) + extension));
            EXPECT_EQ(bits(m.weights.values), bits(models[i].weights.values)) << i << extension;
            EXPECT_TRUE(m.preprocessing == models[i].preprocessing) << i << extension;
            EXPECT_EQ(m.note, models[i].note);
        }
}

} // namespace
} // namespace caviar
