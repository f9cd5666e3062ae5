// How fast a million trials are written and listed. No timed test: it prints figures, and runs only when asked for:
//     test_study --gtest_also_run_disabled_tests --gtest_filter='*Million*'
// CAVIAR_TRIALS sets another number of trials, CAVIAR_FOLDER another folder (default: the current one, not memory).

#include "support.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace caviar::testing_study {
namespace {

// Seconds of the wall since the last look, and of this process's processor time: on a busy machine they are far apart.
struct Spent {
    double wall = 0, processor = 0;
    Spent& operator+=(const Spent& more) {
        wall += more.wall;
        processor += more.processor;
        return *this;
    }
    std::string text() const {
        char line[64];
        std::snprintf(line, sizeof line, "%.3f s (%.3f s of processor)", wall, processor);
        return line;
    }
};

class Clock {
public:
    Spent look() {
        const auto now = std::chrono::steady_clock::now();
        const auto processor = std::clock();
        const Spent spent{std::chrono::duration<double>(now - last_).count(), static_cast<double>(processor - processor_) / CLOCKS_PER_SEC};
        last_ = now;
        processor_ = processor;
        return spent;
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::clock_t processor_ = std::clock();
};

TEST(Bench, DISABLED_MillionTrials) {
    const char* given = std::getenv("CAVIAR_TRIALS");
    const char* folder = std::getenv("CAVIAR_FOLDER");
    const int64_t total = given ? std::atoll(given) : 1'000'000, a_round = 50'000, a_commit = 5'000;
    const std::string path = std::string(folder ? folder : ".") + "/million.caviar";
    std::filesystem::remove(path);
    SweepSettings settings = some_settings("random", total);
    settings.space = SearchSpace::standard(10'000, 50, false);
    std::mt19937_64 random(1);

    Clock clock;
    Spent draw, make, add, record;
    {
        const auto study = Study::create(path, some_header(settings));
        study->begin_run({"cpu", "a machine", "plain", 2});
        int32_t round = 0;
        for (int64_t first = 0; first < total; first += a_round, ++round) {
            clock.look();
            const auto trials = some_trials(settings, first, std::min(a_round, total - first), round, random);
            draw += clock.look();
            std::vector<TrialResult> results; // what an engine would bring
            for (const Trial& t : trials) {
                TrialResult r{t.id, TrialState::complete, 19, {}, 0.25};
                for (int e = 0; e < 20; ++e)
                    r.curve.push_back({static_cast<float>(random() % 1000), static_cast<float>(random()) / 3e19f, static_cast<float>(random()) / 2e19f});
                r.worked_on(1.8e9 + static_cast<double>(t.id), 1.8e9 + static_cast<double>(t.id) + r.seconds);
                results.push_back(std::move(r));
            }
            std::shuffle(results.begin(), results.end(), random); // they finish in any order
            make += clock.look();
            study->add({round, "{}", ""}, trials);
            add += clock.look();
            const std::vector<const Weights*> none(a_commit);
            for (size_t at = 0; at < results.size(); at += a_commit) {
                const size_t count = std::min<size_t>(a_commit, results.size() - at);
                study->record(std::span(results).subspan(at, count), std::span(none).first(count));
            }
            record += clock.look();
        }
        clock.look();
    }
    const Spent close = clock.look();
    std::printf("%lld trials of 20 epochs, %.0f MB\n  drawn    %s\n  made up  %s\n  added    %s\n  recorded %s\n  closed   %s\n",
                static_cast<long long>(total), static_cast<double>(std::filesystem::file_size(path)) / 1e6, draw.text().c_str(),
                make.text().c_str(), add.text().c_str(), record.text().c_str(), close.text().c_str());

    const auto list = [&](const char* what, const TrialQuery& query) {
        clock.look();
        const auto study = Study::read(path);
        const size_t rows = study->trials(query).size();
        std::printf("  %-52s %s, %zu rows\n", what, clock.look().text().c_str(), rows);
    };
    TrialQuery query;
    query.top = 20;
    list("top 20 by score", query);
    query.curves = true;
    list("top 20 by score, with curves", query);
    query.top = 10'000;
    query.curves = false;
    list("top 10,000 by score", query);
    query.top = 20;
    query.descending = true;
    list("worst 20", query);
    query.descending = false;
    query.filter = "learning_rate<0.01 and optimizer=adam";
    list("top 20 of learning_rate<0.01 and optimizer=adam", query);
    query.filter = "learning_rate<0.00011 and optimizer=adam and batch_size=16";
    list("top 20 of a filter that little meets", query);
    query.filter = "round=3";
    list("top 20 of round 3", query);
    query.filter = "";
    query.sort = "learning_rate";
    list("20 smallest learning rates", query);
    query.sort = "id";
    list("first 20 by id", query);
    query.state = TrialState::waiting;
    query.sort = "score";
    list("the waiting ones", query);
    clock.look();
    const auto study = Study::read(path);
    (void)study->counts();
    std::printf("  %-52s %s\n", "counts", clock.look().text().c_str());
    (void)study->best();
    std::printf("  %-52s %s\n", "best", clock.look().text().c_str());
    std::filesystem::remove(path);
}

} // namespace
} // namespace caviar::testing_study
