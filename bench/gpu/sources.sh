#!/usr/bin/env bash
# A digest of what gpu_build.sh's programs are compiled from: the archive carries it, and gpu_check.sh refuses programs of other sources. Scripts and
# pages are left out: they are taken from the tree where they run.
#   bash bench/gpu/sources.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
find include host cuda bench tests/cuda_engine tests/cuda_gpu tests/reference cmake CMakeLists.txt -type f \
    ! -name '*.py' ! -name '*.pyc' ! -name '*.sh' ! -name '*.md' ! -name '*.svg' ! -path 'bench/*.json' ! -path 'bench/results/*' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
