#!/bin/sh
# Finds a Python, makes .venv and installs one hashed requirements file into it.
# usage: bootstrap.sh requirements.txt | requirements-dev.txt | --clean
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# Where PostgreSQL had to keep its data elsewhere (config/embedded.py), the place is noted.
clean() {
    pid=$(cat .data/run.lock 2>/dev/null || true)
    if [ -n "$pid" ] && ps -o args= -p "$pid" 2>/dev/null | grep -q config.run; then
        say "Launch Ready runs from this folder (process $pid): stop it with Ctrl-C, then make clean."
        exit 1
    fi
    noted=.data/postgres/elsewhere
    if [ -f "$noted" ]; then
        elsewhere=$(cat "$noted")
        case $elsewhere in
        *..*) ;;
        /var/lib/launch-ready-*) rm -rf "$elsewhere" ;;
        esac
    fi
    rm -rf .venv .data
}

is_fit() {
    [ -n "$1" ] && "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' \
        >/dev/null 2>&1
}

# 3.13 is what the project is developed on; any other from 3.12 serves as well.
find_python() {
    for name in python3.13 python3.14 python3.12 python3 python; do
        found=$(command -v "$name" 2>/dev/null || true)
        if is_fit "$found"; then
            printf '%s' "$found"
            return
        fi
    done
    root=${PYENV_ROOT:-${HOME:-/nowhere}/.pyenv}
    for version in 3.13 3.14 3.12 3; do
        for found in "$root/versions/$version"*/bin/python3; do
            if is_fit "$found"; then
                printf '%s' "$found"
                return
            fi
        done
    done
}

make_venv() {
    python=$(find_python)
    if [ -z "$python" ]; then
        say "No Python 3.12 or newer (with its venv module) on PATH or in pyenv; Launch Ready needs one."
        say "Install one, then repeat. Debian and Ubuntu: apt-get install python3 python3-venv"
        say "macOS: brew install python@3.13. Anywhere with pyenv: pyenv install 3.13"
        exit 1
    fi
    say "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
}

if [ "${1:-}" = "--clean" ]; then
    clean
    exit 0
fi

requirements=$1
# The copy is written last: it says that exactly this file is installed, for this user to read.
installed=.venv/installed-$requirements

if [ -e .venv ] && [ ! -w .venv ]; then
    say ".venv belongs to $(ls -ld .venv | awk '{print $3}'), and you are $(id -un): it can't be brought up to date."
    say "Work as that user, or remove it first: sudo rm -rf .venv"
    exit 1
fi
# A venv whose making was interrupted has a Python, but no pip.
{ is_fit .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null; } || make_venv
if ! cmp -s "$requirements" "$installed"; then
    say "Installing $requirements ..."
    if ! .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
        --require-hashes -r "$requirements"; then
        say "pip could not install $requirements (its own words stand above)."
        say "It needs a package index it can reach; behind a proxy set HTTPS_PROXY, then repeat."
        exit 1
    fi
    cp "$requirements" "$installed"
fi
