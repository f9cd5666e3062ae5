#include "host/panda/advice.h"

#include "caviar/study.h"
#include "host/report/numbers.h"

#include <algorithm>
#include <cmath>

namespace caviar::panda {

namespace {

using Curve = std::span<const EpochLosses>;

double mean(Curve curve, float EpochLosses::*loss) {
    double sum = 0;
    for (const EpochLosses& e : curve) sum += static_cast<double>(e.*loss);
    return sum / static_cast<double>(curve.size());
}

double lowest(Curve curve, float EpochLosses::*loss) {
    double least = std::numeric_limits<double>::infinity();
    for (const EpochLosses& e : curve) least = std::min(least, static_cast<double>(e.*loss)); // a NaN is not less
    return least;
}

/// Does the schedule raise the learning rate in this epoch, from 0?
bool rate_rises(const Hyperparameters& h, int32_t epoch) {
    if (h.schedule == Schedule::one_cycle) return epoch < static_cast<double>(h.warmup) * h.epochs;
    return h.schedule == Schedule::cyclical && 2 * (epoch % h.cycle_epochs) < h.cycle_epochs;
}

bool rises_fast(Curve curve, float EpochLosses::*loss, const Hyperparameters& h, size_t changed) {
    const size_t n = curve.size();
    if (n < changed + 2 || n < 3) return false; // two epochs must have trained with these settings
    const double a = static_cast<double>(curve[n - 3].*loss), b = static_cast<double>(curve[n - 2].*loss),
                 c = static_cast<double>(curve[n - 1].*loss), first = static_cast<double>(curve[0].*loss);
    if (!(a < b && b < c)) return false;
    const auto last = static_cast<int32_t>(n) - 1;
    if (rate_rises(h, last) || rate_rises(h, last - 1)) return c > fast_rise * first;
    return c > fast_rise * lowest(curve, loss) && c > first / 10;
}

/// By which share the mean of the last window differs from that of the one before; 0 where there are not two yet.
double tendency(Curve since, float EpochLosses::*loss) {
    constexpr auto w = static_cast<size_t>(advice_window);
    if (since.size() < 2 * w) return 0;
    const double before = mean(since.last(2 * w).first(w), loss), now = mean(since.last(w), loss);
    return before > 0 ? now / before - 1 : 0;
}

bool finite_at_last(Curve curve) {
    const EpochLosses& last = curve.back();
    // Without validation rows their loss is NaN from the first epoch on, and says nothing.
    return std::isfinite(last.train_loss) && (std::isfinite(last.valid_loss) || std::isnan(curve.front().valid_loss));
}

int32_t best_epoch(Curve curve, Metric metric) {
    Score best;
    int32_t at = -1;
    for (size_t e = 0; e < curve.size(); ++e)
        if (const Score s = score(curve[e], metric); s < best) best = s, at = static_cast<int32_t>(e);
    return at;
}

std::string number(double value) { return report::significant(value, 3); }

} // namespace

std::optional<Concern> concern(Curve curve, Metric metric, const Hyperparameters& h, int32_t changed) {
    if (curve.empty()) return {};
    const auto from = std::min(static_cast<size_t>(std::max(changed, 0)), curve.size());
    const Curve since = curve.subspan(from);
    if (!finite_at_last(curve)) return Concern::diverging;
    if (rises_fast(curve, &EpochLosses::train_loss, h, from)) return Concern::diverging;
    const double train = tendency(since, &EpochLosses::train_loss), valid = tendency(since, &EpochLosses::valid_loss);
    const bool train_falls = since.size() >= 3 && since.back().train_loss < since[since.size() - 3].train_loss;
    // A model that knows its rows by heart has nothing left to fall: its validation loss rises by over-fitting.
    const bool learnt = curve.back().train_loss < curve[0].train_loss / 10;
    if (!train_falls && !learnt && rises_fast(curve, &EpochLosses::valid_loss, h, from)) return Concern::diverging;
    if (valid > trend && train < -trend) return Concern::over_fitting;
    const auto trained = static_cast<int32_t>(since.size());
    const int32_t best = best_epoch(since, metric);
    const int32_t without = trained - 1 - best; // epochs since the best
    if (best >= 0 && without >= plateau_epochs && without >= plateau_share * trained) return Concern::plateau;
    return {};
}

std::optional<Concern> new_concern(Curve curve, Metric metric, const Hyperparameters& h, int32_t changed) {
    const auto now = concern(curve, metric, h, changed);
    if (!now) return {};
    const auto trained = static_cast<int32_t>(curve.size());
    const int32_t remembered = std::max(advice_window, (trained - changed) / 4);
    for (int32_t epochs = trained - 1; epochs > std::max(changed, 0) && epochs >= trained - remembered; --epochs) {
        const auto before = concern(curve.first(static_cast<size_t>(epochs)), metric, h, changed);
        if (before && *before <= *now) return {};
    }
    return now;
}

int32_t best_moment(Curve curve, Metric metric) { return best_epoch(curve, metric) + 1; }

int32_t lowest_training(Curve curve) {
    size_t at = 0;
    float least = std::numeric_limits<float>::infinity();
    for (size_t e = 0; e < curve.size(); ++e)
        if (curve[e].train_loss < least) least = curve[e].train_loss, at = e + 1;
    return static_cast<int32_t>(at);
}

std::string advice(Concern c, Curve curve, Metric metric, const Hyperparameters& h) {
    const auto trained = static_cast<int32_t>(curve.size());
    const double rate = static_cast<double>(h.learning_rate);
    const auto back_to = [&](int32_t epoch) {
        return epoch > 0 && epoch < trained ? "rewind " + std::to_string(trained - epoch) + ", then " : std::string();
    };
    switch (c) {
    case Concern::diverging: {
        const int32_t low = lowest_training(curve);
        const std::string seen = !finite_at_last(curve)
                                     ? "a loss is no longer finite"
                                     : "the loss rises fast: training " + number(curve.back().train_loss) + ", validation " +
                                           number(curve.back().valid_loss) + "; training was " +
                                           number(curve[static_cast<size_t>(low - 1)].train_loss) + " at epoch " +
                                           std::to_string(low);
        return "diverging: " + seen + ". The steps are too long. Try: " + (low == 0 ? "rewind to 0, then " : back_to(low)) +
               "set learning_rate " + number(rate / 10);
    }
    case Concern::over_fitting: {
        const int32_t best = best_moment(curve, metric);
        const double decay = h.weight_decay > 0 ? 10 * static_cast<double>(h.weight_decay) : 1e-4;
        return "over-fitting: the validation loss rises (" + number(curve.back().valid_loss) + ", lowest " +
               number(lowest(curve, &EpochLosses::valid_loss)) + ") while the training loss falls (" +
               number(curve.back().train_loss) + "). Try: " + back_to(best) + "set weight_decay " +
               number(std::min(decay, 100.0)) + " or set dropout " + number(std::min(static_cast<double>(h.dropout) + 0.1, 0.5)) +
               "; or stop: save writes the net of epoch " + std::to_string(best) + ", the best";
    }
    case Concern::plateau: break;
    }
    const int32_t best = best_moment(curve, metric);
    return "plateau: no better " + to_string(metric) + " or validation loss for " + std::to_string(trained - best) +
           " epochs. Try: set learning_rate " + number(rate / 3) +
           (h.schedule == Schedule::constant ? " or set schedule exponential" : "") + "; or stop: save writes the net of epoch " +
           std::to_string(best) + ", the best";
}

} // namespace caviar::panda
