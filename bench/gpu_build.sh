#!/usr/bin/env bash
# Builds what gpu_check.sh runs and packs it into build-gpu/programs.tar.gz, to be carried to a machine that has a GPU but none of caviar's
# packages: CUDA's runtime, GoogleTest, SQLite and zlib are linked in, toml++ lies beside, symbols are stripped; the driver, cuBLAS (600 MB:
# its machine needs the CUDA toolkit of the same major version, or a Python package that brings it) and the C and C++ libraries are left outside.
# fewer-registers/ in it holds the programs that compute-sanitizer runs, built a second time with room for its own code in the kernels.
#   bash bench/gpu_build.sh [JOBS]          needs nvcc 12.4 or newer; objects stay in build-gpu-objects/, so that a second run is quick, and
#                                           the programs, to be run where they were built, in build-gpu-objects/programs/
set -euo pipefail
cd "$(dirname "$0")/.."
objects=build-gpu-objects sparing=build-gpu-fewer-registers target=build-gpu most_kb=49152 # 48 MiB: small enough to be sent along
architecture=${CAVIAR_GPU_ARCHITECTURE:-90-real}         # machine code alone: PTX for other devices would double the kernels' size
jobs=${1:-$(nproc)}
# The archive beside a library that CMake would find as a shared one.
static() {
    local path
    for path in /usr/lib/*/lib"$1".a /usr/lib/lib"$1".a /usr/lib64/lib"$1".a; do [ ! -e "$path" ] || { echo "$path"; return; }; done
}

flags=(-DCMAKE_BUILD_TYPE=Release -DCAVIAR_CUDA=ON -DCAVIAR_BENCH=ON -DCAVIAR_TESTS=ON -DCMAKE_CUDA_ARCHITECTURES="$architecture"
       -DCAVIAR_LINEINFO=ON -DZLIB_USE_STATIC_LIBS=ON "-DCMAKE_BUILD_RPATH=\$ORIGIN;\$ORIGIN/..;/usr/local/cuda/lib64")
sqlite=$(static sqlite3)
[ -z "$sqlite" ] || flags+=(-DSQLite3_LIBRARY="$sqlite" "-DCMAKE_CXX_STANDARD_LIBRARIES=-lm -ldl -lpthread")
cmake -S . -B "$objects" -G Ninja "${flags[@]}" >/dev/null
# 512 threads of 96 leave a quarter of a multiprocessor's registers
cmake -S . -B "$sparing" -G Ninja "${flags[@]}" -DCAVIAR_MAX_REGISTERS=96 >/dev/null

programs=(caviar dump_workload evidence)
tests=$(cd "$objects" && ninja -t targets all | sed -n 's/^\(test_cuda_gpu[a-z_]*\): phony$/\1/p')
[ -n "$tests" ] || echo "gpu_build: there is no test program test_cuda_gpu yet; the part 'tests' of gpu_check.sh will fail" >&2
# shellcheck disable=SC2086
ninja -C "$objects" -j "$jobs" "${programs[@]}" $tests
# shellcheck disable=SC2086
ninja -C "$sparing" -j "$jobs" dump_workload $tests

folder=$objects/programs
rm -rf "$target" "$folder"
mkdir -p "$folder/fewer-registers"
take() { # from to program...
    local path from=$1 to=$2
    shift 2
    for program in "$@"; do
        path=$(find "$from" -name "$program" -type f -perm -u+x | head -1)
        [ -n "$path" ] || { echo "gpu_build: $program was not built" >&2; exit 1; }
        strip -o "$to/$program" "$path"
    done
}
# shellcheck disable=SC2086
take "$objects" "$folder" "${programs[@]}" $tests
# shellcheck disable=SC2086
take "$sparing" "$folder/fewer-registers" dump_workload $tests
bash bench/gpu/sources.sh >"$folder/sources.sha256"
commit=$(git rev-parse --short HEAD)
git diff --quiet HEAD -- include host cuda bench tests cmake CMakeLists.txt || commit="$commit with changes"
echo "$commit" >"$folder/commit.txt"
"$folder/caviar" --version >/dev/null # it starts where there is no GPU
if "$folder/evidence" parity --engine cuda --trials 1 2>&1 | grep 'no CUDA engine'; then
    echo "gpu_build: the CUDA engine is not linked in" >&2
    exit 1
fi

outside='linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|cublas|cublasLt)\.so'
for program in "$folder"/*; do # what a bare machine lacks travels beside the programs
    [ -f "$program" ] && [ -x "$program" ] || continue
    ldd "$program" | awk '$2 == "=>" { print $3 }' | grep -Ev "$outside|/$folder/" | xargs -r cp -Lt "$folder" || true
done
if ldd "$folder/caviar" | grep -Ev "$outside|/$folder/"; then
    echo "gpu_build: caviar wants what is neither beside it nor on every machine" >&2
    exit 1
fi
archive=$objects/programs.tar.gz
tar -C "$folder" -czf "$archive" .
size=$(du -sk "$archive" | cut -f1)
[ "$size" -le $most_kb ] || { echo "gpu_build: $archive has $size KB, and more than $most_kb KB cannot be carried" >&2; exit 1; }
mkdir "$target"
mv "$archive" "$target/"
cp "$folder/commit.txt" "$target/" # for bench/peers/where.py
echo "$target/programs.tar.gz: $size KB of $commit for sm_$architecture:" $(ls "$folder")
