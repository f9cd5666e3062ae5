#pragma once
/// What an expert writes in C++ around a library's matrix products to train one small ReLU net: gradients by hand, parameters in one flat array,
/// buffers that are kept, loops that the compiler vectorises (-O3 -march=native -ffast-math), a trial a thread. Nothing of caviar's is in it.
/// gemm_openblas.cpp and gemm_libxsmm.cpp bring the products, gemm_peer.py hands in weights and minibatches and calls it.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace gemm {

/// Laid out as gemm_peer.py's ctypes structures.
struct Data {
    const float* features;  ///< rows x inputs
    const int32_t* classes; ///< rows
    int32_t rows;
};

enum class Optimizer : int32_t { sgd, momentum, adam };

struct Task {
    int32_t layers;        ///< of weights
    const int32_t* widths; ///< layers + 1
    const float* weights;  ///< first weights of all layers, each n_in x n_out; biases start at zero
    const int32_t* orders; ///< epochs x rows: the rows in the order of the minibatches
    int32_t epochs, batch;
    Optimizer optimizer;
    float rate, momentum, beta2, epsilon; ///< momentum: Adam's beta1
    double loss;                          ///< written: mean over the last epoch
};

/// Trains tasks one after another; its buffers grow to the largest. Products(in, out, n) are those of one layer and one size of minibatch, over
/// dense row-major matrices x (n x in), w (in x out) and z (n x out): forward z += x w, weight_gradient gw = x' dz, input_gradient dx = dz w'.
template <class Products>
class Trainer {
public:
    explicit Trainer(const Data& data) : data_(data) {}

    double train(const Task& task) {
        prepare(task);
        const int whole = task.batch, last = data_.rows % whole;
        const std::vector<Products> full = products(task, whole), rest = last ? products(task, last) : std::vector<Products>{};
        double loss = 0;
        int64_t step = 0;
        for (int epoch = 0; epoch < task.epochs; ++epoch) {
            loss = 0;
            const int32_t* order = task.orders + int64_t{epoch} * data_.rows;
            for (int at = 0; at < data_.rows; at += whole) {
                const int n = std::min(whole, data_.rows - at);
                loss += gradients(task, n == whole ? full : rest, order + at, n);
                update(task, ++step);
            }
        }
        return loss / data_.rows;
    }

private:
    static std::vector<Products> products(const Task& task, int n) {
        std::vector<Products> all;
        for (int l = 0; l < task.layers; ++l) all.emplace_back(task.widths[l], task.widths[l + 1], n);
        return all;
    }

    /// Each layer's weights and then its biases in one array; the minibatch's values and slopes.
    void prepare(const Task& task) {
        offsets_.clear();
        size_t size = 0;
        for (int l = 0; l < task.layers; ++l) {
            offsets_.push_back(size);
            size += static_cast<size_t>(task.widths[l] + 1) * static_cast<size_t>(task.widths[l + 1]);
        }
        for (std::vector<float>* flat : {&p_, &m_, &v_}) flat->assign(size, 0);
        g_.resize(size);
        const float* first = task.weights;
        for (int l = 0; l < task.layers; ++l) {
            const auto count = static_cast<size_t>(task.widths[l]) * static_cast<size_t>(task.widths[l + 1]);
            std::copy_n(first, count, p_.begin() + static_cast<std::ptrdiff_t>(offsets_[static_cast<size_t>(l)]));
            first += count;
        }
        values_.resize(static_cast<size_t>(task.layers));
        slopes_.resize(static_cast<size_t>(task.layers));
        for (size_t l = 0; l < values_.size(); ++l) {
            values_[l].resize(static_cast<size_t>(task.batch * task.widths[l]));
            slopes_[l].resize(static_cast<size_t>(task.batch * task.widths[l + 1]));
        }
    }

    /// Leaves the minibatch's gradients in g_; returns the sum of its losses.
    double gradients(const Task& task, const std::vector<Products>& products, const int32_t* rows, int n) {
        const int last = task.layers - 1, inputs = task.widths[0], outputs = task.widths[task.layers];
        for (int r = 0; r < n; ++r)
            std::copy_n(data_.features + int64_t{rows[r]} * inputs, inputs, values_[0].data() + r * inputs);
        for (int l = 0; l <= last; ++l) {
            const auto i = static_cast<size_t>(l);
            const int out = task.widths[l + 1];
            float* z = l == last ? slopes_[i].data() : values_[i + 1].data();
            const float* bias = weights(l) + task.widths[l] * out;
            for (int r = 0; r < n; ++r) std::copy_n(bias, out, z + r * out);
            products[i].forward(values_[i].data(), weights(l), z);
            if (l < last)
                for (int k = 0; k < n * out; ++k) z[k] = std::max(z[k], 0.0f);
        }
        const double loss = softmax(slopes_.back().data(), rows, n, outputs);
        for (int l = last; l >= 0; --l) {
            const auto i = static_cast<size_t>(l);
            const int in = task.widths[l], out = task.widths[l + 1];
            const float* dz = slopes_[i].data();
            float* gw = g_.data() + offsets_[i];
            products[i].weight_gradient(values_[i].data(), dz, gw);
            float* gb = gw + in * out;
            std::copy_n(dz, out, gb);
            for (int r = 1; r < n; ++r)
                for (int o = 0; o < out; ++o) gb[o] += dz[r * out + o];
            if (l == 0) break;
            float* dx = slopes_[i - 1].data();
            products[i].input_gradient(dz, weights(l), dx, scratch_);
            for (int k = 0; k < n * in; ++k) dx[k] = values_[i][static_cast<size_t>(k)] > 0 ? dx[k] : 0;
        }
        return loss;
    }

    /// Of logits z makes the slopes of the mean cross-entropy; returns the sum of the losses.
    double softmax(float* z, const int32_t* rows, int n, int outputs) const {
        double loss = 0;
        const float share = 1.0f / static_cast<float>(n);
        for (int r = 0; r < n; ++r, z += outputs) {
            const int32_t label = data_.classes[rows[r]];
            float most = z[0], sum = 0;
            for (int o = 1; o < outputs; ++o) most = std::max(most, z[o]);
            const float aim = z[label] - most;
            for (int o = 0; o < outputs; ++o) sum += z[o] = std::exp(z[o] - most);
            loss += std::log(sum) - aim;
            const float scale = share / sum;
            for (int o = 0; o < outputs; ++o) z[o] *= scale;
            z[label] -= share;
        }
        return loss;
    }

    void update(const Task& task, int64_t step) {
        float* __restrict p = p_.data();
        float* __restrict m = m_.data();
        float* __restrict v = v_.data();
        const float* __restrict g = g_.data();
        const size_t size = p_.size();
        const float b1 = task.momentum, b2 = task.beta2;
        if (task.optimizer == Optimizer::sgd) {
            for (size_t k = 0; k < size; ++k) p[k] -= task.rate * g[k];
        } else if (task.optimizer == Optimizer::momentum) {
            for (size_t k = 0; k < size; ++k) p[k] -= task.rate * (m[k] = b1 * m[k] + g[k]);
        } else {
            const double root = std::sqrt(1 - std::pow(double{b2}, static_cast<double>(step)));
            const auto rate = static_cast<float>(task.rate * root / (1 - std::pow(double{b1}, static_cast<double>(step))));
            const auto epsilon = static_cast<float>(task.epsilon * root);
            for (size_t k = 0; k < size; ++k) {
                m[k] = b1 * m[k] + (1 - b1) * g[k];
                v[k] = b2 * v[k] + (1 - b2) * g[k] * g[k];
                p[k] -= rate * m[k] / (std::sqrt(v[k]) + epsilon);
            }
        }
    }

    const float* weights(int l) const { return p_.data() + offsets_[static_cast<size_t>(l)]; }

    Data data_;
    std::vector<size_t> offsets_;
    std::vector<float> p_, g_, m_, v_, scratch_; // scratch_: for a library that wants a matrix transposed
    std::vector<std::vector<float>> values_, slopes_; // values_[l] enters layer l, slopes_[l] is the loss's gradient by what leaves it
};

/// All tasks, in their order, each by whichever thread is free.
template <class Products>
void train_all(const Data& data, Task* tasks, int32_t count, int32_t threads) {
    std::atomic<int32_t> next{0};
    const auto work = [&] {
        Trainer<Products> trainer(data);
        for (int32_t k; (k = next++) < count;) tasks[k].loss = trainer.train(tasks[k]);
    };
    std::vector<std::thread> others;
    for (int32_t t = 1; t < threads; ++t) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
}

} // namespace gemm
