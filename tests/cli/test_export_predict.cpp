// export and predict: the same net in three formats, a trial trained again, every kind of output.

#include "tests/cli/program.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace caviar::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

class ExportPredict : public ProgramTest {
protected:
    void sweep_flowers(const std::string& study, const std::string& keep = "10") {
        write_flowers("flowers.csv");
        fine({"sweep", "flowers.csv", "--target", "kind", "-o", study, "--trials", "6", "--sampler", "random", "--epochs", "10", "--keep", keep, "--quiet"});
    }
};

TEST_F(ExportPredict, AllFormatsPredictTheSame) {
    sweep_flowers("f.db");
    std::string first;
    for (const char* name : {"m.safetensors", "m.npz", "m.json"}) {
        const Outcome exported = fine({"export", "f.db", "-o", name});
        EXPECT_EQ(exported.out, "");
        EXPECT_THAT(exported.err, AllOf(HasSubstr(name), HasSubstr("validation accuracy"), HasSubstr("caviar predict")));
        const std::string csv = fine({"predict", name, "flowers.csv"}).out;
        if (first.empty()) first = csv;
        EXPECT_EQ(csv, first);
    }
    const auto lines = lines_of(first);
    ASSERT_EQ(lines.size(), 151u);
    EXPECT_EQ(lines[0], "row,prediction,p(iris),p(lily),p(rose)");
    EXPECT_THAT(lines[1], StartsWith("1,"));
    EXPECT_THAT(lines[150], StartsWith("150,"));
}

TEST_F(ExportPredict, AnEnsembleSaysTheMeanOfItsNets) {
    sweep_flowers("f.db", "2"); // the third is trained again
    const auto trials = json({"trials", "f.db", "--top", "3", "--json"})["trials"];
    std::vector<double> sums;
    const auto probabilities = [&](const std::string& model) {
        std::vector<double> values;
        for (const std::string& line : lines_of(fine({"predict", model, "flowers.csv", "--format", "jsonl"}).out)) {
            const auto answer = nlohmann::json::parse(line);
            for (const auto& [name, p] : answer["probabilities"].items()) values.push_back(p);
        }
        return values;
    };
    for (const auto& trial : trials) {
        fine({"export", "f.db", "--trial", trial["id"].dump(), "-o", "one.json"});
        const auto values = probabilities("one.json");
        sums.resize(values.size());
        for (size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
    }
    for (const char* name : {"all.safetensors", "all.npz", "all.json"}) {
        const Outcome exported = fine({"export", "f.db", "--ensemble", "3", "-o", name});
        EXPECT_THAT(exported.err, AllOf(HasSubstr("an ensemble of 3 networks"), HasSubstr("together: validation accuracy"), HasSubstr("is trained again")));
        const auto values = probabilities(name);
        ASSERT_EQ(values.size(), sums.size());
        for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], sums[i] / 3, 1e-6); // rounded to float a few times
    }
    const Outcome started = run({"sweep", "flowers.csv", "--target", "kind", "--init", "all.json", "--trials", "2", "-o", "g.db"});
    EXPECT_EQ(started.code, 2);
    EXPECT_THAT(started.err, AllOf(HasSubstr("all.json"), HasSubstr("ensemble of 3 nets")));
    EXPECT_EQ(run({"export", "f.db", "--ensemble", "7", "-o", "m.json"}).code, 2);
    EXPECT_EQ(run({"export", "f.db", "--ensemble", "1", "-o", "m.json"}).code, 2);
    EXPECT_EQ(run({"export", "f.db", "--ensemble", "2", "--trial", "1", "-o", "m.json"}).code, 2);
}

TEST_F(ExportPredict, WritesForOtherPrograms) {
    sweep_flowers("f.db");
    for (const char* name : {"m.onnx", "m.h", "m.py"}) {
        const Outcome exported = fine({"export", "f.db", "-o", name});
        EXPECT_THAT(exported.err, AllOf(HasSubstr(name), HasSubstr("a network "), HasSubstr("validation accuracy")));
        const Outcome refused = run({"predict", name, "flowers.csv"});
        EXPECT_EQ(refused.code, 3);
        EXPECT_THAT(refused.err, HasSubstr("is not a model"));
    }
    fine({"export", "f.db", "-o", "both.json", "--pytorch", "both.py"});
    EXPECT_THAT(read("both.py"), AllOf(HasSubstr("import both"), HasSubstr("class Model(nn.Module)")));
    EXPECT_EQ(nlohmann::json::parse(read("both.json"))["caviar_model"], "1");
    const std::string import = "import importlib; my_model = importlib.import_module(\"my-model\")"; // no identifier
    EXPECT_THAT(fine({"export", "f.db", "-o", "my-model.py"}).err, HasSubstr(import));
    EXPECT_THAT(read("my-model.py"), AllOf(HasSubstr(import), HasSubstr("my_model.Model()")));
    for (const auto& [name, why] : {std::pair{"class.py", "keyword of Python"}, std::pair{"torch.py", "module 'torch'"}}) {
        const Outcome taken = run({"export", "f.db", "-o", name});
        EXPECT_EQ(taken.code, 2);
        EXPECT_THAT(taken.err, AllOf(HasSubstr(name), HasSubstr(why)));
        EXPECT_FALSE(std::filesystem::exists(path(name)));
    }
    const Outcome refused = run({"export", "f.db", "--pytorch", "both.pt"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--pytorch"), HasSubstr("NAME.py")));
}

/// The first block of that kind in README.md that holds the text.
std::string readme_block(const std::string& kind, const std::string& text) {
    std::ostringstream all;
    all << std::ifstream(CAVIAR_SOURCE "/README.md").rdbuf();
    const std::string readme = all.str(), fence = "```" + kind + "\n";
    for (size_t at = readme.find(fence); at != std::string::npos; at = readme.find(fence, at + 1)) {
        const size_t begin = at + fence.size();
        const std::string block = readme.substr(begin, readme.find("```", begin) - begin);
        if (block.find(text) != std::string::npos) return block;
    }
    return {};
}

// Needs the Python that CAVIAR_PYTHON names, with onnxruntime and pandas.
TEST_F(ExportPredict, TheReadmesWayToOnnxRuntimeWorks) {
    std::string text = "area , rooms,town ,price\n"; // blanks on both sides of names, words and numbers
    for (int i = 0; i < 120; ++i) {
        text += (i % 9 == 4 ? std::string() : std::to_string(40 + i * 7 % 90)) + " ," + (i % 3 == 0 ? "1 " : i % 3 == 1 ? "2" : i % 4 == 0 ? "\"many\" " : "many ") + ", " +
                (i % 11 == 0 ? "" : i % 5 == 0 ? "None " : i % 2 == 0 ? "Rome\t" : "Köln  ") + " ," + std::to_string(100000 + i * 7 % 90 * 1500 + i % 3 * 20000 + i % 5 * 15000) + "\n";
    }
    write("houses.csv", text);
    fine({"sweep", "houses.csv", "--target", "price", "--trials", "4", "--epochs", "20", "--quiet"});
    fine({"export", "houses.db", "-o", "houses.onnx"});
    fine({"export", "houses.db", "-o", "houses.json"});
    const std::string program = readme_block("python", "onnxruntime.InferenceSession");
    ASSERT_NE(program, "");
    write("predict.py", "import numpy\nnumpy.set_printoptions(threshold=10**6, precision=12)\n" + program);
    const char* python = std::getenv("CAVIAR_PYTHON");
    const std::string interpreter = std::string("'") + (python != nullptr && *python != '\0' ? python : "python3") + "'", folder = "cd '" + path("").string() + "' && ";
    if (std::system((folder + interpreter + " -c 'import onnxruntime, pandas' 2> /dev/null").c_str()) != 0) GTEST_SKIP() << "needs onnxruntime and pandas; set CAVIAR_PYTHON";
    ASSERT_EQ(std::system((folder + interpreter + " predict.py > said.txt").c_str()), 0);
    std::string said = read("said.txt");
    std::replace_if(said.begin(), said.end(), [](char c) { return std::string("0123456789.e+-").find(c) == std::string::npos; }, ' ');
    std::vector<double> values;
    std::istringstream words(said);
    for (std::string word; words >> word;)
        if (word.find_first_of("0123456789") != std::string::npos && word != "64") values.push_back(std::stod(word)); // 64: of dtype=float64
    const auto lines = lines_of(fine({"predict", "houses.json", "houses.csv"}).out);
    ASSERT_EQ(lines.size(), 121u);
    ASSERT_GE(values.size(), 120u) << said;
    // 1e-5 of the prices' standard deviation of some 40,000
    for (size_t i = 1; i < lines.size(); ++i) EXPECT_NEAR(values[i - 1], std::stod(lines[i].substr(lines[i].find(',') + 1)), 0.4) << lines[i];
}

TEST_F(ExportPredict, ATrialWhoseWeightsAreGoneIsTrainedToTheSameBits) {
    sweep_flowers("all.db");
    sweep_flowers("one.db", "1");
    const auto best = json({"trials", "one.db", "--json"})["trials"][0]["id"];
    int again = 0;
    for (int id = 0; id < 6; ++id) {
        const std::string trial = std::to_string(id);
        fine({"export", "all.db", "--trial", trial, "-o", "kept.json"});
        const Outcome trained = fine({"export", "one.db", "--trial", trial, "-o", "again.json"});
        EXPECT_EQ(trained.err.find("is trained again") != std::string::npos, id != best);
        EXPECT_THAT(trained.err, Not(HasSubstr("warning")));
        auto a = nlohmann::json::parse(read("kept.json")), b = nlohmann::json::parse(read("again.json"));
        EXPECT_NE(a["note"], b["note"]); // they name their study
        EXPECT_EQ(a["layers"], b["layers"]);
        EXPECT_EQ(a["preprocessing"], b["preprocessing"]);
        again += id != best;
    }
    EXPECT_EQ(again, 5);
}

TEST_F(ExportPredict, JsonLinesHoldProbabilitiesThatAddUp) {
    sweep_flowers("f.db");
    fine({"export", "f.db", "-o", "m.npz"});
    fine({"predict", "m.npz", "flowers.csv", "--format", "jsonl", "-o", "p.jsonl"});
    const auto lines = lines_of(read("p.jsonl"));
    ASSERT_EQ(lines.size(), 150u);
    for (size_t i = 0; i < lines.size(); ++i) {
        const auto line = nlohmann::json::parse(lines[i]);
        EXPECT_EQ(line["row"], i + 1);
        double sum = 0, largest = 0;
        for (const auto& [name, p] : line["probabilities"].items()) {
            sum += p.get<double>();
            largest = std::max(largest, p.get<double>());
        }
        EXPECT_NEAR(sum, 1, 3e-7); // three floats, each rounded by at most 2^-25
        EXPECT_EQ(line["probabilities"][line["prediction"].get<std::string>()], largest);
    }
}

TEST_F(ExportPredict, ColumnsGoByNameAndTheTargetIsNotNeeded) {
    sweep_flowers("f.db");
    fine({"export", "f.db", "-o", "m.json"});
    write("plain.csv", "length,width,colour\n0.5,5.5,red\n4.5,3.5,blue\n");
    write("other.csv", "kind,extra,colour,width,length\n?,1,red,5.5,0.5\n?,2,blue,3.5,4.5\n");
    const Outcome plain = fine({"predict", "m.json", "plain.csv"}), other = fine({"predict", "m.json", "other.csv"});
    EXPECT_EQ(plain.out, other.out);
    EXPECT_THAT(other.err, HasSubstr("column kind is what is predicted"));
    EXPECT_THAT(other.err, AllOf(HasSubstr("warning: a column that the model does not use is not looked at: extra"), Not(HasSubstr("kind,"))));
    EXPECT_THAT(plain.err, Not(HasSubstr("warning")));
    write("many.csv", "a,b,c,d,e,f,colour,width,length\n1,1,1,1,1,1,red,5.5,0.5\n");
    EXPECT_THAT(fine({"predict", "m.json", "many.csv", "--quiet"}).err, HasSubstr("6 columns that the model does not use are not looked at: a, b, c, d, e, ...\n"));
    write("twice.csv", "width,colour,width,length\n5.5,red,1,0.5\n");
    const Outcome twice = run({"predict", "m.json", "twice.csv"});
    EXPECT_EQ(twice.code, 3);
    EXPECT_THAT(twice.err, AllOf(HasSubstr("twice.csv"), HasSubstr("several columns are named 'width'")));
    write("idle.csv", "width,colour,idle,idle,length\n5.5,red,1,1,0.5\n");
    fine({"predict", "m.json", "idle.csv"}); // not the model's
    write("short.csv", "length,colour\n0.5,red\n");
    const Outcome refused = run({"predict", "m.json", "short.csv"});
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("short.csv"), HasSubstr("width")));
}

TEST_F(ExportPredict, ReadsStandardInput) {
    sweep_flowers("f.db");
    fine({"export", "f.db", "-o", "m.json"});
    const std::string folder = path("").string();
    const std::string command = "cd '" + folder + "' && '" CAVIAR_PROGRAM "' predict m.json - < flowers.csv > piped.csv 2> piped.err";
    EXPECT_EQ(std::system(command.c_str()), 0) << read("piped.err");
    EXPECT_EQ(read("piped.csv"), fine({"predict", "m.json", "flowers.csv"}).out);
}

TEST_F(ExportPredict, RegressionGivesValuesInTheTargetsUnit) {
    write_line("line.csv", 200);
    fine({"sweep", "line.csv", "--target", "y", "--trials", "4", "--epochs", "60", "--only", "--set", "learning_rate=0.03", "--vary", "units=choice(8,16)", "--quiet"});
    fine({"export", "line.db", "-o", "m.safetensors"});
    write("new.csv", "a,b\n1,1\n5,-5\n");
    const auto lines = lines_of(fine({"predict", "m.safetensors", "new.csv"}).out);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0], "row,prediction");
    // y = 2a - b + 0..0.1; y spans -30 to 30, and a net this small is off by a tenth of that at most.
    EXPECT_NEAR(std::stod(lines[1].substr(2)), 1, 6);
    EXPECT_NEAR(std::stod(lines[2].substr(2)), 15, 6);
    const auto line = nlohmann::json::parse(lines_of(fine({"predict", "m.safetensors", "new.csv", "--format", "jsonl"}).out)[1]);
    EXPECT_TRUE(line["prediction"].is_number());
    EXPECT_FALSE(line.contains("probabilities"));
}

TEST_F(ExportPredict, LargeTargetsKeepTheirDigits) {
    std::string text = "a,b,y\n";
    for (int i = 0; i < 200; ++i) {
        const int a = i * 7 % 21 - 10, b = i * 5 % 19 - 9;
        text += std::to_string(a) + ',' + std::to_string(b) + ',' + std::to_string(1'000'000'000 + 2 * a - b) + '\n';
    }
    write("big.csv", text);
    fine({"sweep", "big.csv", "--target", "y", "--trials", "4", "--epochs", "60", "--only", "--set", "learning_rate=0.03", "--vary", "units=choice(8,16)", "--quiet"});
    fine({"export", "big.db", "-o", "m.json"});
    write("new.csv", "a,b\n1,1\n5,-5\n");
    const auto lines = lines_of(fine({"predict", "m.json", "new.csv"}).out);
    // 1e9 + 1 and 1e9 + 15, each within 6 as above; as floats they would be 0 or 64 apart.
    EXPECT_NEAR(std::stod(lines[1].substr(2)), 1'000'000'001, 6);
    EXPECT_NEAR(std::stod(lines[2].substr(2)) - std::stod(lines[1].substr(2)), 14, 12);
    const auto line = nlohmann::json::parse(lines_of(fine({"predict", "m.json", "new.csv", "--format", "jsonl"}).out)[0]);
    EXPECT_EQ(line["prediction"].get<double>(), std::stod(lines[1].substr(2)));
}

TEST_F(ExportPredict, TheModelKnowsWhatWordsMeantMissing) {
    std::string text = "x,y\n";
    for (int i = 0; i < 120; ++i) text += (i % 4 == 0 ? std::string("-999") : std::to_string(i % 10)) + (i % 10 < 5 ? ",low\n" : ",high\n");
    write("gaps.csv", text);
    fine({"sweep", "gaps.csv", "--target", "y", "--missing", "-999,none", "--trials", "2", "--epochs", "5", "--quiet"});
    fine({"export", "gaps.db", "-o", "m.json"});
    EXPECT_EQ(nlohmann::json::parse(read("m.json"))["missing"], nlohmann::json({"-999", "none"}));
    write("a.csv", "x\n-999\n3\n");
    write("b.csv", "x\nnone\n3\n");
    EXPECT_EQ(fine({"predict", "m.json", "a.csv"}).out, fine({"predict", "m.json", "b.csv"}).out);
}

TEST_F(ExportPredict, ARowIsTheSameWhateverStandsBesideIt) {
    std::string text = "code,y\n";
    for (int i = 0; i < 120; ++i) text += i % 3 == 0 ? "1,0\n" : i % 3 == 1 ? "01,100\n" : "x,200\n";
    write("codes.csv", text);
    fine({"sweep", "codes.csv", "--target", "y", "--task", "regression", "--trials", "2", "--epochs", "20", "--quiet"});
    fine({"export", "codes.db", "-o", "m.json"});
    write("all.csv", "code\n1\n01\nx\n");
    write("numbers.csv", "code\n1\n01\n");
    const auto all = lines_of(fine({"predict", "m.json", "all.csv"}).out);
    ASSERT_EQ(all.size(), 4u);
    EXPECT_NE(all[1].substr(2), all[2].substr(2));
    EXPECT_EQ(lines_of(fine({"predict", "m.json", "numbers.csv"}).out), (std::vector{all[0], all[1], all[2]}));
}

TEST_F(ExportPredict, NeverReplacesWhatItReads) {
    sweep_flowers("f.db");
    fine({"export", "f.db", "-o", "m.json"});
    std::filesystem::copy_file(path("flowers.csv"), path("data.npz"));
    std::filesystem::copy_file(path("f.db"), path("study.npz"));
    std::filesystem::create_symlink("flowers.csv", path("link.csv"));
    const std::vector<std::vector<std::string>> commands = {
        {"predict", "m.json", "flowers.csv", "-o", "flowers.csv"}, {"predict", "m.json", "flowers.csv", "-o", "./link.csv"},
        {"predict", "m.json", "flowers.csv", "-o", "m.json"},      {"predict", "m.json", "-", "-o", "m.json"},
        {"export", "study.npz", "-o", "study.npz"},                {"export", "f.db", "--data", "data.npz", "-o", "data.npz"}};
    for (const auto& command : commands) {
        const std::string file = command.back(), before = read(file);
        const Outcome refused = run(command);
        EXPECT_EQ(refused.code, 2) << refused.err;
        EXPECT_THAT(refused.err, AllOf(HasSubstr(file), HasSubstr("would replace its own input")));
        EXPECT_EQ(read(file), before);
    }
    fine({"predict", "m.json", "flowers.csv", "-o", "p.csv"});
    fine({"predict", "m.json", "flowers.csv", "-o", "p.csv"}); // an earlier output is none of the inputs
}

TEST_F(ExportPredict, SaysWhatIsWrong) {
    sweep_flowers("f.db");
    const auto error = [&](const std::vector<std::string>& arguments, int code) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, code) << outcome.err;
        return outcome.err;
    };
    EXPECT_THAT(error({"export", "f.db"}, 2), HasSubstr("--output"));
    EXPECT_THAT(error({"export", "f.db", "-o", "m.pt"}, 2), HasSubstr(".onnx, .py (PyTorch) or .h (C)"));
    EXPECT_THAT(error({"export", "f.db", "-o", "m.json", "--trial", "6"}, 2), HasSubstr("6 trials"));
    EXPECT_THAT(error({"export", "f.db", "-o", "m.json", "--trial", "third"}, 2), HasSubstr("'best' or an id"));
    EXPECT_THAT(error({"export", "f.db", "-o", "nowhere/m.json"}, 1), HasSubstr("cannot be written"));
    EXPECT_EQ(run({"export", "flowers.csv", "-o", "m.json"}).code, 1);
    write_line("other.csv");
    EXPECT_NE(run({"export", "f.db", "-o", "m.json", "--data", "other.csv"}).code, 0);
    write_flowers("fewer.csv", 120);
    EXPECT_THAT(error({"export", "f.db", "-o", "m.json", "--data", "fewer.csv"}, 1), HasSubstr("fingerprint"));
    EXPECT_FALSE(std::filesystem::exists(path("m.json")));
    EXPECT_THAT(error({"predict", "flowers.csv", "flowers.csv"}, 3), HasSubstr("is not a model"));
    fine({"export", "f.db", "-o", "m.json"});
    EXPECT_THAT(error({"predict", "m.json", "missing.csv"}, 3), HasSubstr("missing.csv"));
    EXPECT_THAT(error({"predict", "m.json", "flowers.csv", "--format", "xml"}, 2), HasSubstr("xml"));
    write("text.csv", "length,width,colour\n1,2,red\n1,long,red\n");
    EXPECT_THAT(error({"predict", "m.json", "text.csv"}, 3), AllOf(HasSubstr("row 3"), HasSubstr("long")));
}

} // namespace

} // namespace caviar::test
