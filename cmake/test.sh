#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests.
#   bash cmake/test.sh                       the tests
#   bash cmake/test.sh address,undefined     the same under these sanitizers, in a build folder of their own
#   bash cmake/test.sh thread cpu engine     only these folders of tests/
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/packages.sh

sanitize=${1:-}
folders=("${@:2}")
install_packages $caviar_packages $caviar_test_packages
install_packages_if_any $caviar_browser_packages
CAVIAR_PYTHON=$(bash cmake/test_python.sh)
export CAVIAR_PYTHON
if [ -z "$sanitize" ]; then
    build=build
    options=(-DCAVIAR_SANITIZE=)
else
    # -O1 halves the time to compile; what the sanitizers look for does not hang on it
    build=build-${sanitize//,/-}
    CAVIAR_WERROR=OFF # g++'s flow analysis warns falsely of code that the sanitizers have rewritten
    options=(-DCAVIAR_SANITIZE="$sanitize" -DCAVIAR_CUDA=OFF -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG")
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
fi
# several files at a time compile in half the time: most of it is spent on what they all include
options+=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=6)
# where ccache is installed, clones of the project in other folders share what it keeps
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros

cmake -S . -B "$build" -G Ninja -DCAVIAR_TESTS=ON -DCAVIAR_PYTHON_MODULE=OFF -DCAVIAR_WERROR="${CAVIAR_WERROR:-OFF}" "${options[@]}" >/dev/null
targets=(all)
tests=("$build")
if [ ${#folders[@]} -gt 0 ]; then
    targets=("${folders[@]/#/test_}")
    tests=("${folders[@]/#/$build/tests/}")
fi
cmake --build "$build" --target "${targets[@]}"
# whole sweeps, which take the sanitizers half a minute each: what they run, other tests run too
long=()
if [ -n "$sanitize" ]; then long=(-E 'DemoEndsBetterThanTheBaseline|BenchMeasuresEveryWorkload'); fi
for folder in "${tests[@]}"; do
    ctest --test-dir "$folder" --output-on-failure -j "$(nproc)" --timeout 600 "${long[@]}"
done
if [ -z "$sanitize" ] && [ ${#folders[@]} -eq 0 ]; then bash cmake/test_package.sh "$build"; fi # the Python package
