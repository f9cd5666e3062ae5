#include "host/search/model_sampler.h"
#include "host/search/parzen.h"

#include <algorithm>
#include <cmath>

namespace caviar::search {
namespace {

constexpr double good_share = 0.1; // of the trials, the best ones ...
constexpr size_t most_good = 25;   // ... but no more than these
constexpr size_t most_bad = 1000;  // a proposal's cost grows with them; more are thinned evenly
constexpr int candidates = 24;
// A kernel's width in shares of the scale: with n kernels on d axes, width * n^(-1/(d+4)), Scott's rule (1992) for d axes. The same for
// good and bad: narrower good ones make the neighbourhood of the first good trial look better than all else, and the search stays there.
constexpr double width = 0.08, least_width = 0.01;

/// The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl 2011, "Algorithms for hyper-parameter optimization",
/// section 4), multivariate: one density of the good trials, l, and one of the others, g; of some draws from l, the one with the
/// greatest l/g. That is the one with the greatest expected improvement (their equation 4). Trials of a round that are proposed but
/// not known yet count as bad ones, so that a round does not ask for the same point again and again (a constant liar). Diverged trials
/// are among the others.
class Tpe final : public ModelSampler {
public:
    using ModelSampler::ModelSampler;

private:
    std::string name() const override { return "tpe"; }

    std::string words(size_t among) const override {
        const size_t good = good_trials(among).size();
        if (good == 0) return "away from what was tried, as no trial has converged yet (tpe)";
        return "where trials like the best " + std::to_string(good) + " of " + std::to_string(among) + " are dense and trials like the others are not (tpe)";
    }

    std::vector<size_t> good_trials(size_t among) const {
        return history().best(among, std::min(most_good, static_cast<size_t>(std::ceil(good_share * static_cast<double>(among)))));
    }

    std::vector<size_t> bad_trials(size_t among, const std::vector<size_t>& good) const {
        std::vector<bool> is_good(among);
        for (const size_t trial : good) is_good[trial] = true;
        std::vector<size_t> bad, some;
        for (size_t trial = 0; trial < among; ++trial)
            if (!is_good[trial]) bad.push_back(trial);
        const size_t keep = std::min(bad.size(), most_bad);
        for (size_t i = 0; i < keep; ++i) some.push_back(bad[i * bad.size() / keep]);
        return some;
    }

    std::vector<double> widths(size_t kernels) const {
        const double shrink = std::pow(static_cast<double>(std::max<size_t>(kernels, 1)), -1 / (static_cast<double>(cube().varying()) + 4));
        return std::vector<double>(cube().size(), std::max(least_width, width * shrink));
    }

    Parzen density(const std::vector<size_t>& trials) const {
        Parzen result(cube());
        for (const size_t trial : trials) result.add(history().units(trial), widths(trials.size()));
        return result;
    }

    Points propose(int64_t first, int64_t count) override {
        const auto among = static_cast<size_t>(first);
        const std::vector<size_t> good = good_trials(among), bad = bad_trials(among, good);
        const Parzen l = density(good);
        Parzen g = density(bad);
        Points points;
        std::vector<double> point(cube().size()), best;
        for (int64_t trial = first; trial < first + count; ++trial) {
            Stream stream(seed(), static_cast<uint64_t>(trial), Use::acquisition);
            double most = 0;
            for (int i = 0; i < candidates; ++i) {
                l.draw(stream, point);
                const double ratio = l.log_density(point) - g.log_density(point);
                if (i > 0 && ratio <= most) continue;
                most = ratio;
                best = point;
            }
            g.add(best, widths(bad.size()));
            points.push_back(best);
        }
        return points;
    }
};

} // namespace

std::unique_ptr<Sampler> make_tpe(const SearchSpace& space, uint64_t seed, const Batches& batches) { return std::make_unique<Tpe>(space, seed, batches); }

} // namespace caviar::search
