#!/usr/bin/env bash
# Does cuda/ compile with CUDA 12.4, the oldest that is supported? For machines that have another nvcc: headers and assembler of 12.4 come from PyPI
# (440 MB, into FOLDER), the kernels are compiled by clang 19, which can take nvcc's place, and assembled by 12.4's own ptxas.
#   bash cmake/cuda_12_4.sh FOLDER [sm_75 sm_80 sm_90]
# Debian 12 and Ubuntu 24.04 have clang-19 as a package.
set -euo pipefail
[ $# -gt 0 ] || { sed -n 's/^#   bash/usage: bash/p' "$0" >&2; exit 2; }
mkdir -p "$1"
folder=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
command -v clang++-19 >/dev/null || { echo "cuda_12_4: there is no clang++-19; install the package clang-19" >&2; exit 77; }

if [ ! -x "$folder/cuda/bin/ptxas" ]; then
    python3 -m pip download --quiet --no-deps --dest "$folder/wheels" nvidia-cuda-runtime-cu12==12.4.127 nvidia-cuda-nvcc-cu12==12.4.131 \
        nvidia-cublas-cu12==12.4.5.8 nvidia-curand-cu12==10.3.5.147 nvidia-nvtx-cu12==12.4.127 nvidia-cuda-cccl-cu12==12.4.127.post1
    for wheel in "$folder"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$folder/unpacked"; done
    mkdir -p "$folder/cuda/bin" "$folder/cuda/include"
    for part in cuda_runtime cuda_nvcc cuda_cccl cublas curand nvtx; do cp -r "$folder/unpacked/nvidia/$part/include/." "$folder/cuda/include/"; done
    cp -r "$folder/unpacked/nvidia/cuda_nvcc/nvvm" "$folder/cuda/"
    echo '{"cuda": {"version": "12.4.131"}}' >"$folder/cuda/version.json" # clang asks
    install "$folder/unpacked/nvidia/cuda_nvcc/bin/ptxas" "$folder/cuda/bin/"
fi

for file in cuda/runtime/*.cpp; do
    g++ -std=c++20 -fsyntax-only -Wall -Werror -Iinclude -I. -isystem "$folder/cuda/include" "$file"
    echo "$file: compiles"
done
for architecture in "${@:-sm_90}"; do
    for file in cuda/runtime/*.cu; do
        clang++-19 -x cuda -O3 -std=c++20 -Wno-unknown-cuda-version --cuda-path="$folder/cuda" --cuda-gpu-arch="$architecture" --cuda-device-only -c \
            -Iinclude -I. "$file" -o "$folder/$(basename "$file" .cu).$architecture.cubin"
        echo "$file: compiles and assembles for $architecture"
    done
done
