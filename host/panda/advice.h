#pragma once
/// When a learning curve suggests a change: a pure function of the curve, so a session that is played again says the same.

#include "caviar/hyperparameters.h"
#include "caviar/metric.h"
#include "caviar/trial.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace caviar::panda {

enum class Concern : uint8_t { diverging, over_fitting, plateau };

/// Epochs over which a loss is averaged before it is said to rise or fall: a single epoch's is noise.
inline constexpr int32_t advice_window = 5;
/// A loss rises fast where its last three epochs rise one after the other, to this many times the lowest so far, and past a tenth
/// of where it began (below that, a model that has all but learnt its rows by heart is wavering, not diverging). While a schedule raises the
/// learning rate (the warm-up of one_cycle, the first half of each cycle of cyclical) a loss may well rise: there only past so many times where
/// it began.
inline constexpr double fast_rise = 2;
/// A mean over a window rises or falls where it differs from that of the window before by more than this share.
inline constexpr double trend = 0.01;
/// No better score for so many epochs, and for this share of all epochs since the last change, is a plateau.
inline constexpr int32_t plateau_epochs = 10;
inline constexpr double plateau_share = 0.25;

/// What the curve says after its last epoch; the first that holds:
/// diverging: a loss is not finite; or the training loss rises fast; or the validation loss does, while the training loss does
/// not fall and is above a tenth of where it began. over_fitting: over the last two windows the validation loss rises while the training loss falls. plateau: neither
/// metric nor validation loss has been better for long. The settings are those it trains with now. `changed`: the epoch after which settings changed last; what lies before
/// says nothing of them, except for how low a loss was.
std::optional<Concern> concern(std::span<const EpochLosses>, Metric, const Hyperparameters&, int32_t changed);

/// The concern, where it is new: neither it nor a graver one held after any of the last `advice_window` epochs, or of the last
/// quarter of those since `changed` where that is more: what comes and goes is told once.
std::optional<Concern> new_concern(std::span<const EpochLosses>, Metric, const Hyperparameters&, int32_t changed);

/// The epochs trained when the score was best, and the last moment before a divergence: where to go back to. 0: nowhere.
int32_t best_moment(std::span<const EpochLosses>, Metric);
int32_t lowest_training(std::span<const EpochLosses>);

/// In words: what was seen, and the commands to try.
std::string advice(Concern, std::span<const EpochLosses>, Metric, const Hyperparameters&);

} // namespace caviar::panda
