#!/usr/bin/env bash
# The pictures of README.md, taken by a headless Chromium of the page over `caviar demo`. Needs the package chromium.
#   bash host/report/pictures/make.sh [STUDY]   a finished demo's study; without one the demo is run
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
study=${1:-$folder/demo.db}
[ -e "$study" ] || "$here/../../../build/caviar" demo --study "$study" --quiet >/dev/null
"$here/../../../build/caviar" report "$study" --html "$folder/page.html" --quiet

picture() { # NAME HEIGHT HASH: an anchor to begin at, and a theme
    chromium --headless=new --no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --hide-scrollbars --user-data-dir="$folder/profile" \
        --window-size=1280,"$2" --virtual-time-budget=15000 --screenshot="$here/$1.png" "file://$folder/page.html#$3" 2>/dev/null
}
picture answer 1180 theme=light
picture search 1290 slices,theme=dark
