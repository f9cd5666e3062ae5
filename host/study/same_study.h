#pragma once
/// May a sweep go on with this study? The end is only the same if data, settings and build are.

#include "caviar/sweep.h"

namespace caviar::study {

/// Throws RuntimeFailure that names both fingerprints, or both builds. Another build may prepare the same data to other bits (PCA,
/// the C library); the message about data then says so.
void require_same_data(const Study&, const Prepared&, const Engine&);
void require_same_build(const Study&, const Engine&);

/// The number of trials to reach: the larger of these settings' and the study's own, which may have been raised before.
/// INT64_MAX for a grid without a limit. Throws RuntimeFailure where other settings differ, or the budget of a sampler that plans rounds does.
int64_t budget_of(const SweepSettings&, const Study&);

/// Notes the budget in the study where it is larger than the one there.
void note_budget(Study&, int64_t budget);

/// Does the sampler plan its rounds from the budget, so that neither may change?
bool plans_rounds(const SamplerOptions&);

/// Is it the study of one babysat model (host/panda)? Its trials are branches, not a sampler's.
bool is_panda(const Study&);

/// Keys of a study's notes.
inline constexpr const char* panda_note = "panda";       ///< of a panda's study: see host/panda/note.h
inline constexpr const char* budget_note = "budget";     ///< the budget, where it was raised
inline constexpr const char* test_note = "test";         ///< TestReport
inline constexpr const char* winner_note = "winner";     ///< WinnerReport
inline constexpr const char* warnings_note = "warnings"; ///< list of texts
inline constexpr const char* retune_note = "retune";     ///< of a study that `caviar retune` made: what it knew before
inline constexpr const char* finished_note = "finished"; ///< {"trials": the budget or, where exhausted, N, "exhausted": the sampler had no more}
inline constexpr const char* preprocessing_note = "preprocessing"; ///< fitted to the study's data; see host/study/in_memory.h

/// Has the study's sweep ended with this budget?
bool is_finished(const Study&, int64_t budget);

} // namespace caviar::study
