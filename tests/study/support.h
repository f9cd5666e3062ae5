#pragma once
/// What the study's tests share: a folder that goes away, settings, trials, and a whole study as text to compare.

#include "caviar/study.h"
#include "caviar/sweep.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace caviar::testing_study {

/// A fresh folder, removed at the end.
class Folder {
public:
    Folder() {
        // In memory where that is to be had: closing a study waits for the disk, and these tests close thousands.
        const std::filesystem::path memory = "/dev/shm";
        const auto parent = ::access(memory.c_str(), W_OK | X_OK) == 0 ? memory : std::filesystem::temp_directory_path();
        std::string name = (parent / "caviar-study-XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline SweepSettings some_settings(const std::string& sampler = "random", int64_t trials = 100) {
    SweepSettings s;
    s.data = "table.csv";
    s.prepare.target = "y";
    s.space.vary("optimizer", parse_distribution("choice(sgd,momentum,adam)"));
    s.space.vary("learning_rate", parse_distribution("log(1e-4,1)"));
    s.space.vary("momentum", parse_distribution("beta(0.5,0.99)"));
    s.space.vary("batch_size", parse_distribution("pow2(8,128)"));
    s.space.vary("units", parse_distribution("logint(2,64)"));
    s.defaults.epochs = 5;
    s.sampler.name = sampler;
    s.sampler.trials = trials;
    s.sampler.seed = 7;
    s.keep_weights = 4;
    return s;
}

inline StudyHeader some_header(const SweepSettings& settings = some_settings()) {
    return {to_json(settings), "fingerprint-1", settings.data, "build-1", Metric::accuracy, settings.keep_weights};
}

inline std::vector<Trial> some_trials(const SweepSettings& settings, TrialId first, int64_t count, int32_t round, std::mt19937_64& random) {
    std::vector<Trial> trials;
    std::uniform_real_distribution<double> unit(0, 1);
    for (TrialId id = first; id < first + count; ++id) {
        std::vector<double> units(settings.space.parameters().size());
        for (double& u : units) u = unit(random);
        trials.push_back(make_trial(settings, id, round, settings.space.at(units)));
    }
    return trials;
}

/// A result with a curve of 1 to 5 epochs; one in eight diverged, scores on a coarse grid so that there are ties.
inline TrialResult some_result(TrialId id, std::mt19937_64& random) {
    TrialResult result;
    result.id = id;
    result.state = random() % 8 == 0 ? TrialState::diverged : TrialState::complete;
    for (auto n = 1 + random() % 5; n > 0; --n)
        result.curve.push_back({static_cast<float>(random() % 1000) / 7, static_cast<float>(random() % 4) / 4, static_cast<float>(random() % 8) / 8});
    if (result.state == TrialState::diverged) result.curve.back().train_loss = std::numeric_limits<float>::quiet_NaN();
    else result.best_epoch = static_cast<int32_t>(random() % result.curve.size());
    result.seconds = static_cast<double>(random() % 100) / 16;
    return result;
}

inline Weights some_weights(TrialId id) {
    Weights w{{3, 2, 1}, {}};
    for (int i = 0; i < 11; ++i) w.values.push_back(static_cast<float>(id) + static_cast<float>(i) / 3);
    return w;
}

template <class T> std::string hex(const std::vector<T>& values) {
    std::ostringstream text;
    const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
    for (size_t i = 0; i < values.size() * sizeof(T); ++i) text << "0123456789abcdef"[bytes[i] >> 4] << "0123456789abcdef"[bytes[i] & 15];
    return text.str();
}

/// Everything of a study that must reproduce, bit for bit, as text. Leaves out times.
inline std::string everything(const Study& study) {
    std::ostringstream text;
    const StudyHeader h = study.header();
    text << h.settings << "\n" << h.fingerprint << " " << h.data << " " << h.build << " " << to_string(h.metric) << " " << h.keep_weights << "\n";
    for (const RoundRecord& r : study.rounds()) text << "round " << r.round << " " << r.state << " " << r.explanation << "\n";
    TrialQuery query;
    query.curves = true;
    for (const char* sort : {"id", "score"}) {
        query.sort = sort;
        for (const TrialRow& row : study.trials(query)) {
            text << row.trial.id << " " << row.trial.round << " " << row.trial.hyperparameters.seed;
            for (const auto& [name, value] : row.trial.configuration) text << " " << name << "=" << value.index() << ":" << to_string(value);
            text << " " << to_string(row.result.state) << " " << row.result.best_epoch << " " << row.epochs << " "
                 << hex(std::vector{row.metric, row.score.badness, row.score.loss}) << " " << hex(row.result.curve);
            if (const auto w = study.weights(row.trial.id)) text << " weights " << hex(w->widths) << " " << hex(w->values);
            text << "\n";
        }
    }
    for (const char* key : {"test", "winner", "warnings", "finished", "budget"}) text << key << " " << study.note(key).value_or("-") << "\n";
    if (const auto best = study.best()) text << "best " << best->trial.id << "\n";
    return text.str();
}

/// Runs `work` in a child process; returns the text it returned, or "killed by signal N".
inline std::string in_child(const std::function<std::string()>& work) {
    int pipe[2];
    if (::pipe(pipe) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        std::string said;
        try {
            said = work();
        } catch (const std::exception& error) {
            said = std::string("exception: ") + error.what();
        }
        [[maybe_unused]] const auto n = ::write(pipe[1], said.data(), said.size());
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::string said;
    char buffer[4096];
    for (ssize_t n; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;) said.append(buffer, static_cast<size_t>(n));
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status)) + " " + said : said;
}

/// What an exception of type E says; empty where `work` throws none of that type.
template <class E, class F> std::string message(const F& work) {
    try {
        work();
    } catch (const E& error) {
        return error.what();
    }
    return {};
}

} // namespace caviar::testing_study
