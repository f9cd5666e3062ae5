#include "bench/peers/workload_file.h"

#include "caviar/error.h"
#include "host/cli/workloads.h"

#include <utility>

namespace caviar::bench {

namespace {

/// Keeps a quarter at each of four rungs and trains the survivors four times as long in all.
void halve(Job& job) {
    int32_t epochs = 1, total = 0;
    int64_t trials = static_cast<int64_t>(job.trials.size());
    job.rungs.clear();
    for (int rung = 0; rung < 4 && trials > 0; ++rung, trials /= 4) {
        job.rungs.push_back({trials, epochs - total});
        total = epochs;
        epochs *= 4;
    }
    for (Trial& trial : job.trials) trial.hyperparameters.epochs = total;
}

/// ParallelMLPs' table (Farias et al., arXiv 2206.08369): nets of one hidden layer, 1..100 units x 10 activations x 10 repetitions, plain
/// gradient descent, Gaussian features; their sizes are 100 to 10,000 rows, 5 to 100 columns, batches of 32, 128 and 256. The published runs
/// drew their labels from a range of one value, which makes a softmax of one output: its loss and gradients are zero and nothing is
/// learnt. Ten activations are six here, four of them twice. One seed for all trials: the method gives all nets the same minibatches.
Job parallel_mlps(const std::string& name, int outputs, int64_t trials, int32_t epochs) {
    constexpr int32_t inputs = 50, rows = 1000, widest = 100;
    constexpr Activation activations[] = {Activation::relu,    Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::gelu,
                                          Activation::silu,    Activation::relu,       Activation::leaky_relu, Activation::tanh, Activation::sigmoid};
    const std::string what = outputs == 1 ? "one output, as published" : "two outputs";
    Job job{name, "ParallelMLPs' nets, 50-(1..100)-" + std::to_string(outputs) + ", SGD; " + what, cli::gaussian_data(inputs, rows, outputs), {}, {}};
    const int32_t last = epochs > 0 ? epochs : 1;
    for (int64_t i = 0; i < (trials > 0 ? trials : 10'000); ++i) {
        Trial trial;
        trial.id = i;
        Hyperparameters& h = trial.hyperparameters;
        h.hidden = {static_cast<int32_t>(1 + i / 10 * 37 % widest)}; // 37 and 100 share no factor: any hundred in a row has every width
        h.activation = activations[i % 10];
        h.optimizer = Optimizer::sgd;
        h.learning_rate = 0.01f;
        h.batch_size = 128;
        h.init = Init::fan_in_uniform;
        h.epochs = last;
        job.trials.push_back(std::move(trial));
    }
    job.rungs.push_back({static_cast<int64_t>(job.trials.size()), last});
    return job;
}

} // namespace

Job make_job(const std::string& name, int64_t trials, int32_t epochs) {
    if (name == "W2a" || name == "W2b") return parallel_mlps(name, name == "W2a" ? 1 : 2, trials, epochs);
    const std::string base = name == "W5" ? "W1" : name.substr(0, 2);
    std::vector<cli::Workload> found;
    for (cli::Workload& w : cli::workloads(1, {name == "W5" && trials == 0 ? 8192 : trials, epochs, false}))
        if (w.name == base) found.push_back(std::move(w));
    const size_t which = name == "W7b" ? 1 : 0;
    const bool known = name == base || name == "W5" || name == "W7a" || name == "W7b";
    if (!known || name == "W7" || which >= found.size())
        throw UsageError("--workload: there is no '" + name + "'; known: W1, W2a (one output), W2b (two), W3, W4, W5, "
                         "W7a (784-256-10), W7b (64-256-256-10)");
    cli::Workload& w = found[which];
    Job job{name, w.description, w.data, std::move(w.trials), {{0, w.epochs}}};
    job.rungs[0].trials = static_cast<int64_t>(job.trials.size());
    if (name == "W5") {
        job.description = "successive halving, a quarter kept at each rung: " + w.description;
        halve(job);
    }
    return job;
}

} // namespace caviar::bench
