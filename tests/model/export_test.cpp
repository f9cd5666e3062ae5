// What exported files say of a row, in the programs that they are made for, beside what caviar says. ONNX Runtime is looked for in the Python
// that CAVIAR_PYTHON names (cmake/test_python.sh makes one), PyTorch in CAVIAR_TORCH_PYTHON's, else in the same; without them a test is skipped.

#include "host/model/c_header.h"
#include "host/model/source_text.h"
#include "tests/model/exported.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <sstream>

namespace caviar {
namespace {

using namespace test;

nlohmann::json expected(const ExportCase& c) {
    nlohmann::json rows = nlohmann::json::parse(expectation(c));
    rows["scale"] = c.model.preprocessing.target_scale;
    return rows;
}

const char* interpreter(const char* variable) {
    const char* named = std::getenv(variable);
    return named != nullptr && *named != '\0' ? named : nullptr;
}

void run_in(const std::string& runtime, const char* extension, const char* python) {
    const Folder folder;
    const auto cases = export_cases();
    for (const ExportCase& c : cases) {
        save_model(c.model, folder / (c.name + extension));
        spit(folder / (c.name + ".expected"), expected(c).dump());
    }
    const std::string command = std::string(python != nullptr ? python : "python3") + " '" CAVIAR_RUNTIMES_SCRIPT "' " + runtime + " '" + (folder / "") + "' " + std::to_string(cases.size());
    const int status = std::system(command.c_str());
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127) GTEST_SKIP() << "needs a python3 with numpy and " << runtime;
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Export, OnnxRuntimeSaysTheSame) { run_in("onnx", ".onnx", interpreter("CAVIAR_PYTHON")); }

TEST(Export, PyTorchSaysTheSame) {
    const char* own = interpreter("CAVIAR_TORCH_PYTHON");
    run_in("torch", ".py", own != nullptr ? own : interpreter("CAVIAR_PYTHON"));
}

/// Calls of NAME_predict for a case's rows, which print all digits of the answers.
std::string calls(const ExportCase& c, const nlohmann::json& rows) {
    std::ostringstream text;
    text.precision(17);
    for (size_t r = 0; r < rows["numbers"].size(); ++r) {
        text << "    {\n        const " << c.name << "_number numbers[] = {";
        for (const auto& n : rows["numbers"][r]) {
            if (n.is_null()) text << "NAN, ";
            else text << "(" << c.name << "_number)" << n.get<double>() << ", ";
        }
        text << "0};\n        const char *const words[] = {";
        for (const auto& w : rows["words"][r]) text << (w.is_null() ? "0" : model::c_string(w.get<std::string>())) << ", ";
        text << "0};\n";
        if (c.model.preprocessing.task == Task::regression) {
            text << "        printf(\"%.17g\\n\", " << c.name << "_predict(numbers, words));\n    }\n";
            continue;
        }
        text << "        float p[" << c.name << "_classes];\n        int k, best = " << c.name << "_predict(numbers, words, p);\n"
             << "        for (k = 0; k < " << c.name << "_classes; ++k) printf(\"%.9g\\n\", p[k]);\n"
             << "        printf(\"%d %d\\n\", best, strcmp(" << c.name << "_class_list[best], " << model::c_string(rows["labels"][r].get<std::string>()) << "));\n    }\n";
    }
    return text.str();
}

TEST(Export, CHeaderSaysTheSame) {
    const Folder folder;
    const auto cases = export_cases();
    std::string includes, body;
    for (const ExportCase& c : cases) {
        save_model(c.model, folder / (c.name + ".h"));
        includes += "#include \"" + c.name + ".h\"\n";
        body += calls(c, expected(c));
    }
    const std::string source = "#include <stdio.h>\n" + includes + "int main(void)\n{\n" + body + "    return 0;\n}\n";
    spit(folder / "main.c", source);
    for (const std::string language : {"c -std=c99", "c++ -std=c++20"}) {
        const std::string command = "cd '" + (folder / "") + "' && '" CAVIAR_CXX "' -x " + language + " -Wall -Wextra -Wpedantic -Werror main.c -o main -lm && ./main > out";
        ASSERT_EQ(std::system(command.c_str()), 0) << language;
        std::istringstream out(slurp(folder / "out"));
        for (const ExportCase& c : cases) {
            const auto rows = expected(c);
            const size_t classes = c.model.preprocessing.classes.size();
            for (size_t r = 0; r < rows["numbers"].size(); ++r) {
                double said = 0;
                if (c.model.preprocessing.task == Task::regression) {
                    ASSERT_TRUE(out >> said);
                    EXPECT_NEAR(said, rows["values"][r].get<double>(), 1e-5 * c.model.preprocessing.target_scale) << c.name;
                    continue;
                }
                for (size_t k = 0; k < classes; ++k) {
                    ASSERT_TRUE(out >> said);
                    EXPECT_NEAR(said, rows["probabilities"][r * classes + k].get<double>(), 1e-5) << c.name << " row " << r;
                }
                int best = -1, differ = -1;
                ASSERT_TRUE(out >> best >> differ);
                EXPECT_EQ(differ, 0) << c.name << " row " << r << ": class " << best << ", not " << rows["labels"][r];
            }
        }
    }
}

TEST(Export, FormatsOfOurOwnHoldEnsembles) {
    const Folder folder;
    int ensembles = 0;
    for (const ExportCase& c : export_cases()) {
        for (const char* extension : {".safetensors", ".npz", ".json"}) {
            save_model(c.model, folder / (c.name + extension));
            const Model m = load_model(folder / (c.name + extension));
            const auto theirs = nets(c.model), ours = nets(m);
            ASSERT_EQ(ours.size(), theirs.size());
            for (size_t i = 0; i < ours.size(); ++i) {
                EXPECT_EQ(ours[i]->weights.widths, theirs[i]->weights.widths);
                EXPECT_EQ(bits(ours[i]->weights.values), bits(theirs[i]->weights.values)) << c.name << extension;
                EXPECT_EQ(ours[i]->activation, theirs[i]->activation);
                EXPECT_EQ(ours[i]->scaling, theirs[i]->scaling);
            }
            EXPECT_EQ(expectation({c.name, m, c.csv}), expectation(c));
        }
        ensembles += !c.model.others.empty();
    }
    EXPECT_EQ(ensembles, 3);
}

} // namespace
} // namespace caviar
