#pragma once
/// How the trials of a study train.

#include "caviar/sweep.h"

namespace caviar::study {

/// The study must outlive the population: it holds the weights that its trials start from, where there are such.
inline PopulationOptions population_options(const SweepSettings& settings, const Dataset& data, const Study& study) {
    const StudyHeader header = study.header();
    return {settings.sampler.seed, settings.loss.value_or(default_loss(data.task)), header.metric, header.initial ? &header.initial->weights : nullptr};
}

} // namespace caviar::study
