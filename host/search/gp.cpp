#include "host/search/bell.h"
#include "host/search/expected_improvement.h"
#include "host/search/gaussian_process.h"
#include "host/search/model_sampler.h"
#include "host/search/stream.h"
#include "host/search/targets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::search {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The cost grows with the cube of the trials: beyond these the process sees the best half and an even sample of the others.
constexpr size_t most_seen = 500, most_fitted = 300;
constexpr int64_t most_believed = 256; // of a larger round the later trials know nothing of the first
constexpr double refit_growth = 1.1; // the kernel's shape is fitted anew when there are a tenth more trials

// The search for the most promising point: draws from the whole space, draws near the best trials, then steps from the best of both.
constexpr int wide_draws = 500, near_draws = 250, parents = 5;
constexpr size_t climbers = 4;
constexpr int generations = 14, children = 12;
constexpr double first_step = 0.1; // standard deviation of a step, in shares of the scale; halved where nothing is better

/// Bayesian optimisation (Jones, Schonlau and Welch 1998): a Gaussian process is fitted to the trials, and those with the greatest
/// expected improvement are asked for. A round is filled one by one, each point believed to bring what is expected there (GaussianProcess::believe).
/// A parameter that was inactive lies in the middle of its scale; a choice that was, is a value of its own.
class Gp final : public ModelSampler {
public:
    Gp(const SearchSpace& space, uint64_t seed, const Batches& batches) : ModelSampler(space, seed, batches) {
        for (size_t i = 0; i < cube().size(); ++i)
            if (cube().axes()[i].kind != AxisKind::fixed) axes_.push_back(i);
        unordered_.resize(static_cast<Index>(axes_.size()));
        for (size_t i = 0; i < axes_.size(); ++i) unordered_[static_cast<Index>(i)] = cube().axes()[axes_[i]].kind == AxisKind::unordered;
    }

private:
    std::string name() const override { return "gp"; }

    std::string words(size_t among) const override {
        const size_t seen = std::min(among, most_seen);
        std::string text = "with the greatest expected improvement on the best so far, by a Gaussian process fitted to ";
        if (seen < among) text += std::to_string(seen) + " of ";
        return text + std::to_string(among) + " trials";
    }

    Points propose(int64_t first, int64_t count) override {
        const auto among = static_cast<size_t>(first);
        Points points(static_cast<size_t>(count), std::vector<double>(cube().size(), 0.5));
        if (axes_.empty()) return points;
        const auto seen = some(among, most_seen);
        const MatrixXd at = features(seen);
        const GaussianProcess fitted(at, values(seen), unordered_, shape(among));
        GaussianProcess process = fitted;
        const double best = fitted.predict(at).mean.minCoeff();
        for (int64_t i = 0; i < count; ++i) {
            if (i % most_believed == 0) process = fitted;
            auto& point = points[static_cast<size_t>(i)];
            point = most_promising(process, best, among, first + i);
            process.believe(features({point}).col(0));
        }
        return points;
    }

    /// The best half and an even sample of the others, in their order; all, where they are not too many.
    std::vector<size_t> some(size_t among, size_t most) const {
        std::vector<size_t> result(among);
        std::iota(result.begin(), result.end(), size_t{0});
        if (among <= most) return result;
        std::vector<bool> taken(among);
        size_t count = 0;
        for (const size_t trial : history().best(among, most / 2)) taken[trial] = true, ++count;
        std::vector<size_t> others;
        for (const size_t trial : result)
            if (!taken[trial]) others.push_back(trial);
        for (size_t i = 0; i < most - count; ++i) taken[others[i * others.size() / (most - count)]] = true;
        std::erase_if(result, [&](size_t trial) { return !taken[trial]; });
        return result;
    }

    VectorXd values(const std::vector<size_t>& trials) const {
        const auto y = targets(history(), trials, design());
        return Eigen::Map<const VectorXd>(y.data(), static_cast<Index>(y.size()));
    }

    /// The kernel's shape, from the trials up to the last milestone; milestones grow by a tenth, so that it depends on how many trials
    /// there are, and not on when it was last asked for.
    const GaussianProcess::Shape& shape(size_t among) {
        size_t milestone = design();
        for (;;) {
            const auto next = std::max(milestone + 1, static_cast<size_t>(refit_growth * static_cast<double>(milestone)));
            if (next > among) break;
            milestone = next;
        }
        if (fitted_to_ != milestone) {
            const auto trials = some(milestone, most_fitted);
            shape_ = GaussianProcess::fit(features(trials), values(trials), unordered_);
            fitted_to_ = milestone;
        }
        return shape_;
    }

    VectorXd feature(std::span<const double> units) const {
        VectorXd result(static_cast<Index>(axes_.size()));
        for (size_t i = 0; i < axes_.size(); ++i) {
            const double u = units[axes_[i]];
            const bool choice = unordered_[static_cast<Index>(i)];
            result[static_cast<Index>(i)] = std::isnan(u) ? choice ? -1 : 0.5 : u;
        }
        return result;
    }
    MatrixXd features(const Points& points) const {
        MatrixXd result(static_cast<Index>(axes_.size()), static_cast<Index>(points.size()));
        for (size_t i = 0; i < points.size(); ++i) result.col(static_cast<Index>(i)) = feature(points[i]);
        return result;
    }
    MatrixXd features(const std::vector<size_t>& trials) const {
        MatrixXd result(static_cast<Index>(axes_.size()), static_cast<Index>(trials.size()));
        for (size_t i = 0; i < trials.size(); ++i) result.col(static_cast<Index>(i)) = feature(history().units(trials[i]));
        return result;
    }

    std::vector<double> gains(const GaussianProcess& process, double best, const Points& points) const {
        const auto [mean, deviation] = process.predict(features(points));
        std::vector<double> result;
        for (Index i = 0; i < mean.size(); ++i) result.push_back(log_expected_improvement(best, mean[i], deviation[i]));
        return result;
    }

    /// A step away from a settled point: every number moves, a choice now and then.
    std::vector<double> near(std::vector<double> point, double step, Stream& stream) const {
        for (const size_t i : axes_) {
            if (cube().axes()[i].kind == AxisKind::unordered) {
                if (stream.uniform() < 1 / static_cast<double>(axes_.size())) point[i] = stream.uniform();
                continue;
            }
            if (std::isnan(point[i])) point[i] = stream.uniform(); // should it come to count
            double u = point[i] + step * bell(stream.uniform());
            if (cube().axes()[i].kind == AxisKind::whole) { // at least into the next cell
                const Cell cell = cube().axes()[i].cell(point[i]);
                u += (cell.high - cell.low) * (stream.uniform() - 0.5) * 2;
            }
            point[i] = std::clamp(u, 0.0, 1 - 1e-12);
        }
        cube().settle(point);
        return point;
    }

    std::vector<double> most_promising(const GaussianProcess& process, double best, size_t among, int64_t trial) const {
        Stream stream(seed(), static_cast<uint64_t>(trial), Use::acquisition);
        Points points;
        for (int i = 0; i < wide_draws; ++i) {
            points.emplace_back(cube().size());
            for (double& u : points.back()) u = stream.uniform();
            cube().settle(points.back());
        }
        const auto good = history().best(among, parents);
        for (int i = 0; i < near_draws && !good.empty(); ++i) {
            const auto parent = history().units(good[static_cast<size_t>(i) % good.size()]);
            const double step = 2 * first_step * stream.uniform() * stream.uniform();
            points.push_back(near({parent.begin(), parent.end()}, step, stream));
        }
        auto gain = gains(process, best, points);
        std::vector<size_t> order(points.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::partial_sort(order.begin(), order.begin() + climbers, order.end(), [&](size_t a, size_t b) { return std::pair(-gain[a], a) < std::pair(-gain[b], b); });

        struct Climber {
            std::vector<double> point;
            double gain, step;
        };
        std::vector<Climber> party;
        for (size_t i = 0; i < climbers; ++i) party.push_back({points[order[i]], gain[order[i]], first_step});
        for (int generation = 0; generation < generations; ++generation) {
            points.clear();
            for (const Climber& c : party)
                for (int child = 0; child < children; ++child) points.push_back(near(c.point, c.step, stream));
            gain = gains(process, best, points);
            for (size_t c = 0; c < party.size(); ++c) {
                const auto begin = gain.begin() + static_cast<std::ptrdiff_t>(c * children);
                const auto most = std::max_element(begin, begin + children);
                if (*most > party[c].gain) {
                    party[c].gain = *most;
                    party[c].point = points[static_cast<size_t>(most - gain.begin())];
                } else {
                    party[c].step /= 2;
                }
            }
        }
        return std::max_element(party.begin(), party.end(), [](const Climber& a, const Climber& b) { return a.gain < b.gain; })->point;
    }

    std::vector<size_t> axes_; ///< those with more than one value, as places in the cube
    Eigen::Array<bool, Eigen::Dynamic, 1> unordered_;
    size_t fitted_to_ = 0;
    GaussianProcess::Shape shape_;
};

} // namespace

std::unique_ptr<Sampler> make_gp(const SearchSpace& space, uint64_t seed, const Batches& batches) { return std::make_unique<Gp>(space, seed, batches); }

} // namespace caviar::search
