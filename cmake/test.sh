#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests.
#   bash cmake/test.sh                       the tests
#   bash cmake/test.sh address,undefined     the same under these sanitizers, in a build folder of their own
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/packages.sh

sanitize=${1:-}
install_packages $caviar_packages $caviar_test_packages
if [ -z "$sanitize" ]; then
    build=build
    options=(-DCAVIAR_SANITIZE=)
else
    build=build-${sanitize//,/-}
    options=(-DCAVIAR_SANITIZE="$sanitize" -DCAVIAR_CUDA=OFF)
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
fi
cmake -S . -B "$build" -G Ninja -DCAVIAR_TESTS=ON -DCAVIAR_WERROR="${CAVIAR_WERROR:-OFF}" "${options[@]}" >/dev/null
cmake --build "$build"
ctest --test-dir "$build" --output-on-failure -j "$(nproc)" --timeout 600
