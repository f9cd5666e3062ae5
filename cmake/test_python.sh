#!/usr/bin/env bash
# Makes a Python environment with the packages that tests read our files with (tests/python/requirements.txt), and prints its
# interpreter: the value that tests look for in CAVIAR_PYTHON. Where that is set already, it is left to be; where the packages cannot
# be had, it says so and prints python3: the tests that miss a package are then skipped.
#   export CAVIAR_PYTHON=$(bash cmake/test_python.sh)           in build/python
#   export CAVIAR_PYTHON=$(bash cmake/test_python.sh FOLDER)
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-build/python}
wanted=tests/python/requirements.txt
if [ -n "${CAVIAR_PYTHON:-}" ]; then
    echo "$CAVIAR_PYTHON"
    exit
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
python=$folder/bin/python
installed=$folder/installed.txt # copied there last, so that an environment cut short is made again

# One that was moved or whose system's Python was replaced does not start.
if ! cmp -s "$wanted" "$installed" || ! "$python" -c '' 2>/dev/null; then
    echo "installing Python packages for tests in $folder" >&2
    rm -rf "$folder"
    log=$(mktemp)
    if python3 -m venv --system-site-packages "$folder" >"$log" 2>&1 &&
        timeout 300 "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --retries 1 --timeout 20 -r "$wanted" >>"$log" 2>&1; then
        # Optuna's other major versions, alone: tests/python/read_optuna.py puts each before the one of the list
        for version in 3.6.2 5.0.0; do
            "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps --target "$folder/optuna-$version" "optuna==$version" >&2 ||
                echo "Optuna $version is not tried" >&2
        done
        cp "$wanted" "$installed"
    else
        tail -n 3 "$log" >&2
        echo "without these packages some tests are skipped; $wanted lists them" >&2
        python=python3
    fi
    rm -f "$log"
fi
echo "$python"
