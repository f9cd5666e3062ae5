#!/usr/bin/env bash
# caviar side by side with PyTorch, JAX, scikit-learn, Optuna, ParallelMLPs' method, and C++ with OpenBLAS and libxsmm, in one run, taking turns.
#   bash bench/compare.sh [cpu|gpu] [--fetch] [--venv DIR] [--bin DIR] [--out DIR] [--only W1,W3] [--quick] [--publish]
#     --fetch     install what Python packages are missing into the virtual environment; without it their sizes are said, and you are asked
#     --venv      a virtual environment; an existing one that has the packages is used as it is. Default: python3's own packages if they do
#                 (CAVIAR_PYTHON names another python3), else build-compare/venv
#     --bin       where dump_workload is; default: built here into build-compare/
#     --out       where compare-MODE.json, .md and .svg go; default build-compare/. What is there, of the same commit, is not measured again
#     --quick     few trials, one turn: shows that all of it works
#     --publish   afterwards, put JSON and plots into bench/results/ and the table into README.md
# cpu takes less than half an hour on two cores. Two Debian packages, 7.4 MB, are unpacked into --out (peers/gemm_build.sh). PyPI's own torch
# brings gigabytes of CUDA; pip takes one without them from an index of CPU wheels that PIP_EXTRA_INDEX_URL names. Exit 77: packages are missing, and were
# not to be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."
usage() { sed -n 's/^#   bash/usage: bash/p' bench/compare.sh >&2; exit 2; }

mode=cpu fetch='' venv='' bin='' out=build-compare quick=() only=() publish=''
while [ $# -gt 0 ]; do
    case $1 in
        cpu | gpu) mode=$1 ;;
        --fetch) fetch=1 ;;
        --quick) quick=(--quick) ;;
        --publish) publish=1 ;;
        --venv | --bin | --out | --only)
            [ $# -gt 1 ] || { echo "compare: $1 needs a value" >&2; usage; }
            case $1 in --venv) venv=$2 ;; --bin) bin=$2 ;; --out) out=$2 ;; --only) only=(--only "$2") ;; esac
            shift ;;
        *) echo "compare: '$1' is not understood" >&2; usage ;;
    esac
    shift
done
[ -z "$publish" ] || [ ${#quick[@]} -eq 0 ] || { echo "compare: --quick measures nothing that could be published" >&2; exit 2; }

# module=package: what is imported, and what pip calls it. On a GPU the peers are PyTorch and JAX alone.
wanted=(numpy=numpy torch=torch jax=jax)
[ "$mode" = gpu ] || wanted+=(sklearn=scikit-learn optuna=optuna matplotlib=matplotlib)
lacking() { # python: prints the packages that it lacks
    local pair
    for pair in "${wanted[@]}"; do "$1" -c "import ${pair%%=*}" >/dev/null 2>&1 || echo "${pair#*=}"; done
}
find_python() {
    local own=${CAVIAR_PYTHON:-python3} missing answer=
    python=${venv:-build-compare/venv}/bin/python
    [ -n "$venv" ] || [ -x "$python" ] || [ -n "$(lacking "$own")" ] || { python=$own; return; }
    missing=$(lacking "$python")
    [ -n "$missing" ] || return 0
    echo "compare: lacking in ${python%/bin/python}: ${missing//$'\n'/ }" >&2
    echo "  Unpacked: torch 1.2 GB and, from PyPI, 3.4 GB of CUDA with it; jax 0.4 GB; all others 0.5 GB together." >&2
    if [ -z "$fetch" ]; then
        [ ! -t 0 ] || { read -rp "  Fetch them? [y/N] " answer || true; }
        [[ $answer == [yY]* ]] || { echo "  Nothing was fetched; --fetch does." >&2; exit 77; }
    fi
    [ -x "$python" ] || "$own" -m venv "${python%/bin/python}"
    # shellcheck disable=SC2086
    "$python" -m pip install --quiet --constraint bench/peers/requirements.txt $missing
    missing=$(lacking "$python")
    [ -z "$missing" ] || { echo "compare: still lacking: ${missing//$'\n'/ }" >&2; exit 1; }
}

find_python
"$python" -c 'import sys; assert sys.version_info >= (3, 10), "Python 3.10 or newer is needed"'
if [ -z "$bin" ]; then
    source cmake/packages.sh
    # shellcheck disable=SC2086,SC2154
    install_packages $caviar_packages
    cuda=OFF
    [ "$mode" = cpu ] || cuda=ON
    cmake -S . -B build-compare -G Ninja -DCMAKE_BUILD_TYPE=Release -DCAVIAR_BENCH=ON -DCAVIAR_TESTS=OFF -DCAVIAR_CUDA=$cuda >/dev/null
    cmake --build build-compare --target dump_workload >&2
    bin=build-compare/bench
fi
[ -x "$bin/dump_workload" ] || { echo "compare: there is no program $bin/dump_workload; without --bin it is built" >&2; exit 2; }

mkdir -p "$out"
peaks=()
if [ "$mode" = cpu ]; then
    bash bench/peers/gemm_build.sh "$out/gemm"
    export CAVIAR_GEMM=$out/gemm
elif "$python" -B bench/gpu/peaks.py --out "$out/peaks.json" >&2; then
    peaks=(--peaks "$out/peaks.json")
fi
result=$out/compare-$mode
status=0
"$python" -B bench/peers/compare.py "$mode" --bin "$bin" --out "$result.json" ${peaks[@]+"${peaks[@]}"} ${only[@]+"${only[@]}"} ${quick[@]+"${quick[@]}"} || status=$?
[ -e "$result.json" ] || exit $status
"$python" -B bench/peers/publish.py "$result.json" | tee "$result.md"
if "$python" -c 'import matplotlib' 2>/dev/null; then
    "$python" -B bench/peers/plots.py "$result.json" "$result.svg"
else
    echo "compare: no plots without matplotlib" >&2
fi
[ $status -eq 0 ] || { echo "compare: not everything could be measured" >&2; exit $status; }
if [ -n "$publish" ]; then
    for kind in json svg; do [ ! -e "$result.$kind" ] || cp "$result.$kind" bench/results/; done
    "$python" -B bench/peers/publish.py "bench/results/compare-$mode.json" --readme README.md
fi
echo "compare: $result.json, .md, .svg" >&2
