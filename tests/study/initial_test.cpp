// A study whose trials start from a saved model keeps the model.

#include "support.h"

#include "caviar/error.h"
#include "host/cpu/engine.h"
#include "host/study/settings.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;

std::string clouds(int rows, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string text = "a,b,y\n";
    for (int i = 0; i < rows; ++i) {
        const auto number = [&] { return static_cast<double>(random() % 1000) / 500 - 1; };
        const double a = number(), b = number();
        text += std::to_string(a) + "," + std::to_string(b) + "," + (a * b > 0 ? "yes" : "no") + "\n";
    }
    return text;
}

struct InitialStudy : ::testing::Test {
    Folder folder;
    std::unique_ptr<Engine> engine = cpu::make_cpu_engine(1, "");
    SweepSettings settings;
    Prepared data;

    void SetUp() override {
        std::ofstream(folder.file("old.csv")) << clouds(150, 1);
        std::ofstream(folder.file("new.csv")) << clouds(120, 2);
        settings.data = folder.file("new.csv");
        settings.prepare.target = "y";
        settings.space.vary("learning_rate", parse_distribution("log(1e-3,0.1)"));
        settings.space.vary("batch_size", parse_distribution("pow2(8,32)"));
        settings.defaults.epochs = 3;
        settings.sampler = {.name = "random", .seed = 3, .trials = 6};
        settings.keep_weights = 3;
        begin_with(settings, {"model.json", hash_of(*model()), model()});
        data = load(settings);
    }
    std::shared_ptr<const Model> model() const {
        SweepSettings before;
        before.data = folder.file("old.csv");
        before.prepare.target = "y";
        const Prepared prepared = load(before);
        auto result = std::make_shared<Model>();
        result->loss = Loss::binary_cross_entropy;
        result->activation = Activation::tanh;
        result->preprocessing = prepared.preprocessing;
        result->weights.widths = {2, 5, 1};
        for (int i = 0; i < 21; ++i) result->weights.values.push_back(static_cast<float>(std::sin(i)));
        return result;
    }
    std::unique_ptr<Study> create(const std::string& name) { return Study::create(folder.file(name), make_header(settings, data, *engine)); }
};

TEST_F(InitialStudy, TheModelDecidesShapeScalingAndLoss) {
    EXPECT_EQ(settings.defaults.hidden, (std::vector<int32_t>{5}));
    EXPECT_EQ(settings.defaults.activation, Activation::tanh);
    EXPECT_EQ(settings.loss, Loss::binary_cross_entropy);
    EXPECT_EQ(data.preprocessing.mean, model()->preprocessing.mean) << "the old rows' statistics";
    SweepSettings other = settings;
    other.loss = Loss::softmax_cross_entropy;
    EXPECT_THAT(message<UsageError>([&] { begin_with(other, settings.initial); }), HasSubstr("softmax_cross_entropy contradicts model.json"));
}

TEST_F(InitialStudy, TheModelsCategoriesAreReadAsTexts) {
    const auto codes = [](const std::vector<std::string>& words) {
        std::string text = "code,y\n";
        for (int i = 0; i < 60; ++i) text += words[static_cast<size_t>(i) % words.size()] + (i % 2 == 0 ? ",no\n" : ",yes\n");
        return text;
    };
    SweepSettings before;
    before.data = folder.file("codes.csv");
    before.prepare.target = "y";
    std::ofstream(before.data) << codes({"1", "01", "x"});
    auto start = std::make_shared<Model>(*model());
    start->preprocessing = load(before).preprocessing;
    start->weights = {{4, 1}, std::vector<float>(5, 0.5f)};
    before.initial = {"model.json", hash_of(*start), start};
    before.data = folder.file("numbers.csv");
    std::ofstream(before.data) << codes({"1", "01"}); // numbers only: they do not tell one level from the other
    const Prepared prepared = load(before);
    const Matrix& train = prepared.dataset.features[0].train;
    std::set<std::vector<float>> rows;
    for (int64_t r = 0; r < train.rows; ++r) rows.emplace(train.row(r), train.row(r) + train.columns);
    EXPECT_EQ(rows.size(), 2u);
}

TEST_F(InitialStudy, ComesBackFromTheFileAndVerifies) {
    {
        const auto study = create("s");
        (void)run_sweep(settings, data, *engine, *study);
    }
    const auto study = Study::read(folder.file("s"));
    const StudyHeader header = study->header();
    ASSERT_TRUE(header.initial);
    EXPECT_EQ(hash_of(*header.initial), settings.initial.hash);
    EXPECT_EQ(header.initial->weights.values, model()->weights.values);
    SweepSettings again = settings_from_json(header.settings);
    EXPECT_EQ(again.initial.hash, settings.initial.hash);
    EXPECT_THROW((void)load(again), UsageError) << "the model is in the header";
    again.initial.model = header.initial;
    const Prepared loaded = load(again);
    EXPECT_EQ(loaded.dataset.fingerprint, header.fingerprint);
    const std::vector<TrialId> ids{0, 1, 2, 3, 4, 5};
    EXPECT_EQ(verify(again, loaded, *engine, *study, ids), std::vector<TrialId>{});
}

TEST_F(InitialStudy, InterruptedItEndsTheSame) {
    const auto whole = create("whole"), parts = create("parts");
    (void)run_sweep(settings, data, *engine, *whole);
    for (;;) {
        std::stop_source stop;
        SweepControl control;
        control.stop = stop.get_token();
        control.report_every = 0;
        control.save_every = 0;
        const int64_t before = parts->counts().finished();
        control.on_progress = [&](const SweepProgress&) {
            if (parts->counts().finished() > before) stop.request_stop();
        };
        if (!run_sweep(settings, data, *engine, *parts, control).interrupted()) break;
    }
    EXPECT_EQ(everything(*parts), everything(*whole));
}

TEST_F(InitialStudy, AnotherModelIsAnotherStudy) {
    auto other = std::make_shared<Model>(*model());
    other->weights.values[0] += 1;
    EXPECT_NE(hash_of(*other), settings.initial.hash);
    SweepSettings theirs = settings;
    theirs.initial = {"elsewhere/model.json", settings.initial.hash, model()};
    EXPECT_EQ(study::differences(settings, theirs), "") << "where it lies does not matter";
    theirs.initial = {"model.json", hash_of(*other), other};
    EXPECT_THAT(study::differences(settings, theirs), HasSubstr("initial"));
    StudyHeader header = make_header(settings, data, *engine);
    header.initial = other;
    EXPECT_THROW((void)Study::create(folder.file("forged"), header), UsageError);
    header.initial.reset();
    EXPECT_THROW((void)Study::create(folder.file("lost"), header), UsageError);
}

} // namespace
} // namespace caviar::testing_study
