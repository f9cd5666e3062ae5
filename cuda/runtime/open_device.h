#pragma once
#include "cuda/device.h"

#include <memory>
#include <vector>

namespace caviar::cuda {

/// What the CUDA runtime sees, in the order in which --device counts. Throws DeviceError where there is no driver or no device.
std::vector<DeviceKind> device_kinds();

/// One of them. Throws DeviceError that says what is missing and what to do.
std::shared_ptr<Device> open_device(int number);

/// Tells profilers the phases from here on (host/core/phase.h). Needs no device, and no driver.
void show_phases();

} // namespace caviar::cuda
