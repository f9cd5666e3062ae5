#include "devices.h"
#include "simt_device.h"

namespace caviar::cuda {

TestDevice test_device() { return {std::make_shared<SimtDevice>(), "", false}; }

} // namespace caviar::cuda
