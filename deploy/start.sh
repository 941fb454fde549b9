#!/bin/sh
# Read secrets from the files that NAME_FILE names, so that they stand in no compose file and no `inspect`; then begin.
set -eu
for name in TONGQU_SECRET_KEY TONGQU_DATABASE_URL TONGQU_METRICS_TOKEN TONGQU_BACKUP_PASSPHRASE; do
    eval "file=\${${name}_FILE:-}"
    [ -n "$file" ] || continue
    [ -r "$file" ] || { echo "tongqu: $file, which ${name}_FILE names, cannot be read by $(id -u)" >&2; exit 1; }
    value="$(cat "$file")"
    export "$name=$value"
done
umask 077
exec "$@"
