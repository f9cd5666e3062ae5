#!/usr/bin/env bash
# The trainers in C++ with OpenBLAS and libxsmm (gemm_trainer.h), as libraries that gemm_peer.py loads.
#   bash bench/peers/gemm_build.sh FOLDER
# The Debian packages libopenblas-pthread-dev and libxsmm-dev (5 MB and 2.4 MB, 58 MB and 11 MB unpacked) are taken where they are installed;
# otherwise they are fetched and unpacked into FOLDER: installed, OpenBLAS would take the place of the BLAS that the system's NumPy uses. What
# cannot be had is left out, and said so; its peer then is "not run".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"

tell() { echo "compare: $*" >&2; }
root_of() { # package, a header's path: prints what stands before usr/; fails where it can't be had
    local package=$1 header=$2
    [ ! -e "/$header" ] || { echo /; return; }
    [ -e "debian/$header" ] || {
        tell "fetching the Debian package $package"
        apt-get download -qq "$package" >&2 2>/dev/null && dpkg-deb -x "${package}"_*.deb debian && rm "${package}"_*.deb
    } || return 1
    [ -e "debian/$header" ] && echo debian/
}
build() { # name, libraries and flags
    local name=$1
    shift
    [ "lib$name.so" -nt "$here/$name.cpp" ] && [ "lib$name.so" -nt "$here/gemm_trainer.h" ] && return
    tell "compiling $name.cpp"
    ${CXX:-g++} -std=c++20 -O3 -march=native -ffast-math -fPIC -shared -Wl,-Bsymbolic -Wl,--exclude-libs,ALL \
        "$here/$name.cpp" "$@" -lpthread -ldl -lm -o "lib$name.so.new"
    mv "lib$name.so.new" "lib$name.so"
}

triplet=$(${CXX:-g++} -dumpmachine)
blas=openblas-pthread
if root=$(root_of libopenblas-pthread-dev "usr/include/$triplet/$blas/cblas.h"); then
    build gemm_openblas "-I${root}usr/include/$triplet/$blas" "${root}usr/lib/$triplet/$blas/libopenblas.a" || tell "no OpenBLAS: it does not compile"
else
    tell "no OpenBLAS: there is no package libopenblas-pthread-dev, and none could be fetched"
fi
if root=$(root_of libxsmm-dev usr/include/libxsmm.h); then
    lib=${root}usr/lib
    [ -e "$lib/libxsmm.a" ] || lib=$lib/$triplet
    build gemm_libxsmm "-I${root}usr/include" "$lib/libxsmm.a" "$lib/libxsmmnoblas.a" || tell "no libxsmm: it does not compile"
else
    tell "no libxsmm: there is no package libxsmm-dev, and none could be fetched"
fi
