#!/usr/bin/env bash
# The published experiment: 256 random trials on a generated data set, held against the paper's figures.
#   bash bench/bergstra/run.sh rectangles|convex [none]     none: without preprocessing, as the paper's first experiment
# Interrupted, it goes on where it was. The result is bench/results/bergstra-SET[-none].json.
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/packages.sh

set=$1
name=bergstra-$set${2:+-$2}
options=(${2:+--set scaling=$2})
install_packages $caviar_packages
cmake -S . -B build-bench -G Ninja -DCAVIAR_TESTS=OFF -DCAVIAR_BENCH=ON >/dev/null
cmake --build build-bench --target caviar bergstra_evaluate
build-bench/caviar sweep "$set" --config bench/bergstra/space.toml "${options[@]}" --keep 256 --study "build-bench/$name.db"
build-bench/bench/bergstra_evaluate "build-bench/$name.db" "bench/results/$name.json" "$(git rev-parse --short HEAD)"
