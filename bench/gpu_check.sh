#!/usr/bin/env bash
# Everything that a machine with a GPU must show, into one JSON a part under OUT.
#   bash bench/gpu_check.sh OUT [--force] [--seconds N] [--most N] [PART...]
#     OUT       a folder; a part whose JSON there says that it passed is not run again, unless --force
#     --seconds for all parts together, 540 if not said: a program that is still at work then is ended, and what it left undone is said. The JSON
#               of a part is written anew after each of its programs
#     --most    for each part, in place of its own limit, which keeps one part from taking what the others need
#     PART      of those that `bash bench/gpu_check.sh --list` prints; all, in order, if none is named
# Programs come from build-gpu/programs.tar.gz (bench/gpu_build.sh), which must be of the sources that are here, or from the folder CAVIAR_BIN.
# Without a GPU each part rehearses what needs none (programs, tools, flags, the peers on a CPU), says what it could not do, and fails.
# Exit 0: every part asked for passed; 1: not; 2: it cannot begin.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
parts=(machine tests parity ncu invariance bench-W1 bench-W1-matrix sanitizers bench-W3 bench-W3-matrix bench-W4 bench-W5 bench-W7a bench-W7b bench-W3-jax)
declare -A limit=([machine]=50 [tests]=100 [parity]=100 [ncu]=120 [invariance]=80 [bench-W1]=150 [bench-W1-matrix]=100 [sanitizers]=220
    [bench-W3]=120 [bench-W3-matrix]=80 [bench-W4]=90 [bench-W5]=50 [bench-W7a]=45 [bench-W7b]=45 [bench-W3-jax]=150) # seconds
[ "${1:-}" != --list ] || { printf '%s\n' "${parts[@]}"; exit 0; }
usage='usage: bash bench/gpu_check.sh OUT [--force] [--seconds N] [--most N] [PART...]'
refuse() { echo "gpu_check: $*" >&2; exit 2; }
out=${1:?$usage}
[[ $out != -* ]] || refuse "'$out' is no folder; $usage"
shift
force='' deadline=540 most=''
wanted=()
while [ $# -gt 0 ]; do
    case $1 in
        --force) force=1 ;;
        --seconds | --most)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || refuse "$1 wants a whole number, not '${2:-}'"
            if [ "$1" = --most ]; then most=$2; else deadline=$2; fi
            shift ;;
        *)
            [[ " ${parts[*]} " == *" $1 "* ]] || refuse "there is no part '$1'; bash bench/gpu_check.sh --list"
            wanted+=("$1") ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${parts[@]}")
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
bin=${CAVIAR_BIN:-build-gpu}
python=${PYTHON:-python3}
scratch=$(mktemp -d)
watcher=''
trap 'unwatch; rm -rf "$scratch"' EXIT
watch() { # clocks and power beside what is timed, a line a second
    [ -n "$gpu" ] || return
    nvidia-smi --query-gpu=timestamp,clocks.sm,clocks.mem,power.draw,temperature.gpu,clocks_event_reasons.active --format=csv -l 1 >"$scratch/clocks.csv" 2>&1 &
    watcher=$!
}
unwatch() { [ -z "$watcher" ] || { kill "$watcher" && wait "$watcher"; watcher=''; } 2>/dev/null; }

if [ -e "$bin/programs.tar.gz" ]; then
    mkdir "$scratch/programs"
    tar -C "$scratch/programs" -xzf "$bin/programs.tar.gz" || refuse "$bin/programs.tar.gz cannot be unpacked"
    bin=$scratch/programs
elif [ -z "${CAVIAR_BIN:-}" ]; then
    refuse "there is no $bin/programs.tar.gz: bash bench/gpu_build.sh makes it, where there is nvcc"
fi
if [ ! -e "$bin/sources.sha256" ]; then
    [ -n "${CAVIAR_BIN:-}" ] || refuse "the archive does not say of which sources it is: bash bench/gpu_build.sh"
    echo "gpu_check: $bin does not say of which sources its programs are: taken as they are" >&2
elif [ "$(cat "$bin/sources.sha256")" != "$(bash bench/gpu/sources.sh)" ]; then
    refuse "the programs ($(cat "$bin/commit.txt" 2>/dev/null)) are of other sources than are here: bash bench/gpu_build.sh"
fi
# Where CUDA's tools and libraries lie on machines that do not say so
for folder in /usr/local/cuda/bin /opt/nvidia/nsight-compute/*; do [ ! -d "$folder" ] || PATH+=:$folder; done
unresolved() { ldd "$bin/caviar" 2>/dev/null | grep 'not found'; }
if unresolved >/dev/null; then # PyTorch's packages bring cuBLAS beside it
    beside='import importlib.util as u, pathlib; print(*{p.parent for p in pathlib.Path(u.find_spec("torch").origin).parent.parent.glob("nvidia/*/lib/lib*.so*")}, sep=":")'
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$("$python" -c "$beside" 2>/dev/null)
fi
started=$("$bin/caviar" --version 2>&1) || refuse "$bin/caviar does not start here: $(tail -n 1 <<<"$started")"

gpu=
nvidia-smi -L >"$scratch/gpus" 2>/dev/null && grep -q GPU "$scratch/gpus" && gpu=1
has() { command -v "$1" >/dev/null; }
# The parts' programs: their output goes to a log, which `keep` puts into the JSON.
say() { echo "$*" | tee -a "$log"; }
lacking() { say "NOT DONE: $*"; missing=1; }
left() { echo $((ends - SECONDS)); } # of the part's time
try() { # seconds command...; what the part's end cuts short is not done, and no failure
    local seconds=$1 code cut=
    shift
    [ "$seconds" -le "$(left)" ] || { seconds=$(left); cut=1; }
    [ "$seconds" -ge 5 ] || { lacking "no time was left for: $*"; return 0; }
    say "\$ $*"
    timeout -k 10 "$seconds" "$@" >>"$log" 2>&1
    code=$?
    [ $code -eq 0 ] || say "exit $code"
    [ -z "$cut" ] || [ $code -ne 124 -a $code -ne 137 ] || { lacking "the time was up: $*"; code=0; }
    keep "cut off"
    return $code
}
there() { # program...
    local program
    for program in "$@"; do [ -x "$bin/$program" ] || { lacking "$bin/$program is not built: bash bench/gpu_build.sh"; return 1; }; done
}
# The part's JSON: its verdict, what its programs wrote, its log's end.
keep() { # verdict
    OUT_PART=$part OUT_SECONDS=$((SECONDS - begin)) OUT_VERDICT=$1 OUT_BIN=$bin "$python" - "$log" "$scratch" "$out/$part.json" <<'PY'
import json, os, sys
from pathlib import Path
log, scratch, target = map(Path, sys.argv[1:])
commit = Path(os.environ["OUT_BIN"], "commit.txt")
document = {"part": os.environ["OUT_PART"], "verdict": os.environ["OUT_VERDICT"], "seconds": int(os.environ["OUT_SECONDS"]),
            "commit": commit.read_text().strip() if commit.exists() else None, "gpus": (scratch / "gpus").read_text().splitlines()}
for path in sorted(scratch.glob("*.json")):
    try:
        document[path.stem] = json.loads(path.read_text())
    except ValueError:  # its program was ended as it wrote
        document[path.stem] = None
if (scratch / "clocks.csv").exists():
    document["clocks"] = (scratch / "clocks.csv").read_text(errors="replace").splitlines()
document["log"] = log.read_text(errors="replace")[-200_000:].splitlines()
target.write_text(json.dumps(document, indent=1) + "\n")
PY
}
source bench/gpu/parts.sh

passed() { grep -q '"verdict": "passed"' "$1" 2>/dev/null; }
verdicts=() bad=0
for part in "${wanted[@]}"; do
    if [ -z "$force" ] && passed "$out/$part.json"; then
        verdicts+=("$part: passed before")
        continue
    fi
    if [ $((deadline - SECONDS)) -lt 30 ]; then
        bad=1 verdicts+=("$part: NOT DONE, no time was left to begin it")
        continue
    fi
    log=$scratch/log failed='' missing='' begin=$SECONDS ends=$((SECONDS + ${most:-${limit[$part]}}))
    [ $ends -le "$deadline" ] || ends=$deadline
    echo "== $part, $(left) s"
    rm -f "$scratch"/*.json "$scratch/clocks.csv"
    : >"$log"
    "part_$part"
    unwatch
    if [ -n "$failed" ]; then verdict=failed
    elif [ -n "$missing" ]; then verdict="not done"
    else verdict=passed
    fi
    keep "$verdict" || { echo "gpu_check: $out/$part.json cannot be written" >&2; bad=1; }
    took="$((SECONDS - begin)) s"
    if [ "$verdict" = passed ]; then verdicts+=("$part: passed, $took")
    else bad=1; verdicts+=("$part: ${verdict^^}, $took; $(grep -h '^NOT DONE\|^exit' "$log" | head -3 | tr '\n' ' ')")
    fi
done
echo "== summary"
printf '%s\n' "${verdicts[@]}"
exit $bad
