/// Phases as NVTX ranges, which Nsight Systems shows (header-only: nothing is linked, and without a profiler nothing happens).

#include "cuda/runtime/open_device.h"
#include "host/core/phase.h"

#include <nvtx3/nvToolsExt.h>

namespace caviar::cuda {

void show_phases() {
    static constexpr PhaseHooks hooks{[](const char* name) { nvtxRangePushA(name); }, [] { nvtxRangePop(); }};
    phase_hooks.store(&hooks, std::memory_order_release);
}

} // namespace caviar::cuda
