#pragma once
/// Calling an engine with callbacks that may throw.

#include "caviar/engine.h"

#include <exception>
#include <functional>

namespace caviar::study {

/// Population::train. An error inside a callback must not fly through the engine's threads: it stops the engine, waits, and comes out
/// here. Where the engine itself fails, `salvage` is called first.
inline std::vector<TrialResult> train_guarded(Population& population, int32_t epochs, std::span<const TrialId> ids, const TrainControl& wanted,
                                              const std::function<void()>& salvage) {
    std::stop_source stop;
    const std::stop_callback passed_on(wanted.stop, [&] { stop.request_stop(); });
    std::exception_ptr error;
    const auto guarded = [&](const auto& callback) {
        return [&]<class... Arguments>(Arguments&&... arguments) {
            if (error || !callback) return;
            try {
                callback(std::forward<Arguments>(arguments)...);
            } catch (...) {
                error = std::current_exception();
                stop.request_stop();
            }
        };
    };
    TrainControl control;
    control.stop = stop.get_token();
    control.on_finished = guarded(wanted.on_finished);
    control.on_progress = guarded(wanted.on_progress);
    control.on_note = guarded(wanted.on_note);
    std::vector<TrialResult> results;
    try {
        results = population.train(epochs, ids, control);
    } catch (...) {
        if (!error) salvage();
        throw;
    }
    if (error) std::rethrow_exception(error);
    return results;
}

} // namespace caviar::study
