#pragma once
#include "cuda/device.h"
#include "cuda/trial.h"

#include <memory>

namespace caviar::cuda {

/// Throws UsageError for a word that is not understood.
EngineSettings settings_from(const EngineOptions&);

/// An engine on this device. Throws DeviceError where the kernels cannot run on it.
std::unique_ptr<Engine> make_cuda_engine(std::shared_ptr<Device>, const EngineSettings& = {});

} // namespace caviar::cuda
