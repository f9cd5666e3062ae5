#include "tests/model/exported.h"

#include "host/data/number.h"
#include "host/model/row_layout.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace caviar::test {
namespace {

std::vector<float> random_floats(size_t n, float low, float high, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<float> values;
    for (size_t i = 0; i < n; ++i) values.push_back(std::uniform_real_distribution<float>(low, high)(random));
    return values;
}

/// He's scale, as nets have that were trained: outputs of a size with the inputs.
Weights usual_weights(const std::vector<int32_t>& widths, uint32_t seed) {
    Weights w{widths, {}};
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
        const float scale = std::sqrt(6.0f / static_cast<float>(widths[i]));
        const auto layer = random_floats(static_cast<size_t>((widths[i] + 1) * widths[i + 1]), -scale, scale, seed + static_cast<uint32_t>(i));
        w.values.insert(w.values.end(), layer.begin(), layer.end());
    }
    return w;
}

/// Moments and components for as many features as the columns make.
void give_scalings(Preprocessing& p, uint32_t seed) {
    const auto features = static_cast<size_t>(p.features());
    p.mean = random_floats(features, -1, 1, seed);
    p.scale = random_floats(features, 0.5f, 2, seed + 1);
    p.kept = static_cast<int32_t>(features) - 1;
    p.components = random_floats(features * (features - 1), -0.5f, 0.5f, seed + 2);
}

/// Every kind of column, three classes.
Model mixed_model(Activation activation, Scaling scaling, uint32_t seed) {
    Model m = softmax_model();
    m.preprocessing.columns.push_back(numeric("size, in \"inches\""));
    from_table(m);
    give_scalings(m.preprocessing, 11);
    m.activation = activation;
    m.scaling = scaling;
    m.weights = usual_weights({scaling == Scaling::pca ? 4 : 7, 16, 8, 3}, seed);
    return m;
}
const char* const mixed_rows = "width,colour,\"size, in \"\"inches\"\"\"\n1.5,red,2\n-999,\"green, light\",-1\n0.25,violet,0.5\n-3,,7\n2,\"\"\"blue\"\"\",-999\n";

Model matrix_model() { // twelve columns, of which the sixth is the target and the first is not used
    Model m = softmax_model();
    m.preprocessing.columns.clear();
    for (int32_t c = 1; c < 12; ++c) {
        if (c == 5) continue;
        m.preprocessing.columns.push_back(numeric("column " + std::to_string(c + 1), 0.5f, c == 2));
        m.preprocessing.columns.back().position = c;
    }
    m.preprocessing.target = "column 6";
    m.preprocessing.target_position = 5;
    m.preprocessing.table_columns = 12;
    m.preprocessing.named = false;
    give_scalings(m.preprocessing, 23);
    m.scaling = Scaling::standardize;
    m.activation = Activation::relu;
    m.weights = usual_weights({11, 9, 3}, 24);
    return m;
}

Model large_numbers() {
    Model m = regression_model();
    m.preprocessing.columns = {numeric("time", 30), category("kind", {"1", "2.5", "new"}), numeric("value", 0, true)};
    m.preprocessing.columns[0].offset = 1'700'000'000;
    from_table(m);
    give_scalings(m.preprocessing, 31);
    m.preprocessing.mean[0] = 40;
    m.preprocessing.scale[0] = 25;
    m.missing = {"", "-9.99"};
    m.preprocessing.target_mean = 1e9;
    m.preprocessing.target_scale = 20;
    m.scaling = Scaling::standardize;
    m.activation = Activation::silu;
    m.weights = usual_weights({7, 6, 1}, 32);
    return m;
}

/// Columns called as exported files call things of their own.
Model awkward_names() {
    Model m = softmax_model();
    m.preprocessing.columns = {numeric("label"), category("probabilities", {"value", "*/"}), numeric("constant 1"), numeric("@NAME@"), numeric("Größe 😀 \\ '\"\"\" ?\?/"), numeric("column 6")};
    from_table(m);
    give_scalings(m.preprocessing, 41);
    m.note = "what */ ends \"\"\" a comment\\ @CLASSES@";
    m.weights = usual_weights({8, 5, 3}, 42);
    return m;
}

Model& with_others(Model& m, const std::vector<std::pair<Activation, Scaling>>& others) {
    for (const auto& [activation, scaling] : others) {
        Net net;
        net.activation = activation;
        net.scaling = scaling;
        net.weights = usual_weights({scaling == Scaling::pca ? 3 : m.preprocessing.features(), 10, m.weights.widths.back()}, 50 + static_cast<uint32_t>(m.others.size()));
        m.others.push_back(net);
    }
    return m;
}

} // namespace

std::vector<ExportCase> export_cases() {
    std::vector<ExportCase> cases;
    for (const Activation a : {Activation::relu, Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::gelu, Activation::silu})
        for (const Scaling s : {Scaling::none, Scaling::standardize, Scaling::pca}) cases.push_back({to_string(a) + "_" + to_string(s), mixed_model(a, s, 60 + static_cast<uint32_t>(a)), mixed_rows});
    Model binary = binary_model();
    give_scalings(binary.preprocessing, 71);
    cases.push_back({"binary", binary, "x,y\n1,2\n-1,0.5\n40,-40\n-40,40\n"});
    cases.push_back({"two_classes_softmax", binary, "x,y\n1,2\n-1,0.5\n"});
    cases.back().model.loss = Loss::softmax_cross_entropy;
    cases.back().model.weights = usual_weights({2, 3, 2}, 72);
    cases.push_back({"regression", regression_model(), "a,b,c\n1,2,3\n-1,0,0.5\n,1,1\n"});
    cases.push_back({"large_numbers", large_numbers(), "time,kind,value\n1700000001,1,3\n1700000002,new,\n1700000099,2.5,-1\n,old,0\n-9.99,new,-9.99\n"});
    cases.push_back({"matrix", matrix_model(), "9,1,2,3,4,5,6,7,8,9,10\n8,0,?,0,0,1,1,2,-999,0,1\n7,0,1,?,0,1,1,2,-0.5,0,3\n"});
    cases.push_back({"awkward_names", awkward_names(), "label,probabilities,constant 1,@NAME@,Größe 😀 \\ '\"\"\" ?\?/,\n1,value,2,3,4,5\n-1,*/,0,1,1,0\n0,x,0,1,2,3\n"});
    Model m = mixed_model(Activation::gelu, Scaling::standardize, 81);
    cases.push_back({"ensemble", with_others(m, {{Activation::relu, Scaling::pca}, {Activation::tanh, Scaling::none}, {Activation::silu, Scaling::standardize}}), mixed_rows});
    cases.push_back({"ensemble_binary", with_others(binary, {{Activation::relu, Scaling::standardize}}), "x,y\n1,2\n-1,0.5\n40,-40\n-40,40\n"});
    m = large_numbers();
    cases.push_back({"ensemble_regression", with_others(m, {{Activation::leaky_relu, Scaling::standardize}, {Activation::sigmoid, Scaling::standardize}}), cases[21].csv});
    return cases;
}

std::string expectation(const ExportCase& c) {
    const Preprocessing& p = c.model.preprocessing;
    const model::RowLayout layout = model::row_layout(p);
    ReadOptions options;
    options.missing = c.model.missing;
    options.missing.insert(options.missing.end(), {"", "?"});
    options.header = p.named;
    const Table table = read_table_bytes(c.csv, c.name + ".csv", options);
    std::erase_if(options.missing, [](const std::string& word) { return data::number_of(word).has_value(); });
    const Table told = read_table_bytes(c.csv, c.name + ".csv", options);
    nlohmann::ordered_json rows = {{"name", c.name}, {"matrix", layout.matrix}, {"numbers", nlohmann::json::array()}, {"words", nlohmann::json::array()}, {"columns", nlohmann::json::array()}};
    for (int64_t r = 0; r < table.rows(); ++r) {
        std::vector<nlohmann::json> numbers(static_cast<size_t>(layout.numbers)), words(static_cast<size_t>(layout.words));
        const auto number = [&](const Column& column) { return std::isnan(column.value(r)) ? nlohmann::json() : nlohmann::json(column.value(r)); };
        for (size_t i = 0; i < p.columns.size() && !layout.matrix; ++i) {
            const Column& column = told.columns[i];
            auto& to = p.columns[i].categorical ? words : numbers;
            auto& at = to[static_cast<size_t>(layout.index[i])];
            if (!p.columns[i].categorical) at = number(column);
            else if (const int32_t code = column.codes[static_cast<size_t>(r)]; code >= 0) at = column.levels[static_cast<size_t>(code)];
            if (r == 0) rows["columns"].push_back({p.columns[i].name, p.columns[i].categorical, layout.index[i], p.columns[i].offset != 0});
        }
        for (size_t i = 0; i < numbers.size() && layout.matrix; ++i) numbers[i] = number(told.columns[i]);
        rows["numbers"].push_back(numbers);
        rows["words"].push_back(words);
    }
    PlainEngine engine;
    const Predictions said = predict(c.model, table, engine);
    rows["classes"] = said.classes;
    rows["labels"] = said.labels;
    rows["probabilities"] = said.probabilities;
    rows["values"] = said.values;
    return rows.dump();
}

} // namespace caviar::test
