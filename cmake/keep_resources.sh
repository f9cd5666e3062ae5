#!/bin/sh
# Runs nvcc as it is told to. What ptxas says of each kernel (-Xptxas -v) goes to OBJECT.resources, for tests/cuda_budget; the rest is shown.
object=
previous=
for word in "$@"; do
    [ "$previous" != -o ] || object=$word
    previous=$word
done
"$@" >"$object.resources" 2>&1
code=$?
if [ $code -ne 0 ]; then
    cat "$object.resources" >&2
else
    grep -v -e '^ptxas info' -e '^ *[0-9]* bytes stack frame' -e '^$' "$object.resources" >&2
fi
exit $code
