# Sourced by demo.sh and test.sh: installs the Debian or Ubuntu packages that are missing, and nothing where none is.

caviar_packages="g++ cmake ninja-build pkg-config libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libsqlite3-dev libeigen3-dev zlib1g-dev python3-plotly esbuild"
caviar_test_packages="libgtest-dev libgmock-dev librandom123-dev libthrust-dev python3 python3-dev python3-numpy python3-venv sqlite3 zsh"
caviar_browser_packages="chromium" # for tests of the report's page

install_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || {
        echo "missing: ${missing[*]}; this script installs them with apt-get, which is not here: install them by hand" >&2
        return 1
    }
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "missing: ${missing[*]}; run as root, or install sudo, or install them by hand" >&2
            return 1
        }
        as_root=(sudo)
    fi
    echo "installing: ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# The same where apt has them; on Ubuntu chromium is a snap, which is no package. What misses them goes on without.
install_packages_if_any() {
    local there=()
    for package in "$@"; do
        apt-cache policy "$package" 2>/dev/null | grep 'Candidate:' | grep -qv '(none)\|snap' && there+=("$package")
    done
    [ ${#there[@]} -eq 0 ] || install_packages "${there[@]}" || echo "tests that need one of these are skipped: ${there[*]}" >&2
}
