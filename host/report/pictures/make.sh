#!/usr/bin/env bash
# The pictures of README.md, taken by a headless Chromium of the page over `caviar demo`. Needs the packages chromium and pngquant.
#   bash host/report/pictures/make.sh [STUDY]   a finished demo's study; without one the demo is run
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
caviar=$here/../../../build/caviar
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
study=${1:-$folder/demo.db}
[ -e "$study" ] || "$caviar" demo --study "$study" --quiet >/dev/null
"$caviar" report "$study" --html "$folder/page.html" --quiet

picture() { # NAME HEIGHT THEME SECTIONS: only these sections of the page
    local shown=${4// /,\#}
    sed "s|</head>|<style>main > section:not(#$shown) { display: none; } main > section { border: 0 !important; margin: 0 !important; }</style></head>|" "$folder/page.html" >"$folder/$1.html"
    chromium --headless=new --no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --hide-scrollbars --user-data-dir="$folder/profile" \
        --window-size=1280,"$2" --virtual-time-budget=15000 --screenshot="$folder/$1.png" "file://$folder/$1.html#theme=$3" 2>/dev/null
    pngquant --force --output "$here/$1.png" 24 "$folder/$1.png"
}
picture answer 1330 light "answer curves"
picture search 1080 dark "parallel importance"
