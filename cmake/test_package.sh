#!/usr/bin/env bash
# Builds the Python package's wheel for python3 (or $PYTHON), installs it in an environment of its own, and runs tests/python/package there.
# The wheel is built in the build folder, so that nothing that is compiled there already is compiled again; nothing but the extension
# module is left to do. Where the packages that it takes cannot be had, it says so and is content.
#   bash cmake/test_package.sh                build
#   bash cmake/test_package.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build}
folder=$build/package
python=$folder/bin/python
# what the wheel is built with, what it needs, and what its tests are for
packages="scikit-build-core nanobind numpy pytest scikit-learn pandas tqdm optuna"
if ! "$python" -c 'import nanobind, scikit_build_core, pytest' 2>/dev/null; then
    rm -rf "$folder"
    log=$(mktemp)
    if ! { "${PYTHON:-python3}" -m venv "$folder" &&
        timeout 300 "$python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 $packages; } >"$log" 2>&1; then
        tail -n 3 "$log" >&2
        echo "SKIPPED: the Python package is not tested, as these could not be installed: $packages" >&2
        rm -rf "$folder" "$log"
        exit 0
    fi
    rm -f "$log"
    timeout 120 "$python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 onnxruntime ||
        echo "SKIPPED: models saved as ONNX are not run, as onnxruntime could not be installed" >&2
fi
"$python" -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall -C build-dir="$build" .
CAVIAR_PROGRAM=$build/caviar "$python" -m pytest -q -W ignore::UserWarning tests/python/package
for example in host/python/examples/*.py; do "$python" "$example" >/dev/null; done
