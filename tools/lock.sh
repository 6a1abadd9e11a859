#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: exact versions with hashes, valid for every
# supported Python and system, and naming no place to download from. A release is let in seven days
# after it came out, so that a bad one has been noticed by then (COOL="1 day" shortens the wait).
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .venv/bin/uv)
out=requirements

compile() { # compile OUTPUT SOURCE… ; a file already there keeps its versions unless UPGRADE=1
    target=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --exclude-newer "${COOL:-7 days}" --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        ${UPGRADE:+--upgrade} "$@" --output-file "$out/$target.txt"
    echo "$out/$target.txt: $(grep -c '==' "$out/$target.txt") packages"
}

# Later files are held to the versions of the earlier ones, so that they install together.
compile run pyproject.toml
compile build --group pyproject.toml:build --constraints $out/run.txt
compile test pyproject.toml --group pyproject.toml:test \
    --constraints $out/run.txt --constraints $out/build.txt
compile setup --group pyproject.toml:setup
