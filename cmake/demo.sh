#!/usr/bin/env bash
# From a fresh machine to the first sweep: installs what is missing, builds, and runs `caviar demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
source cmake/packages.sh

install_packages $caviar_packages
cmake -S . -B build -G Ninja -DCAVIAR_TESTS=OFF -DCAVIAR_PYTHON_MODULE=OFF >/dev/null
cmake --build build --target caviar
exec build/caviar demo "$@"
