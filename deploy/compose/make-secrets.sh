#!/bin/sh
# Make the random secrets that compose.yaml mounts, once; what is there stays. Keep a copy where backups are kept.
set -eu
cd "$(dirname "$0")"
# The folder is its owner's alone; within, the account 10001 of the containers must be able to read.
mkdir -p secrets
chmod 700 secrets
umask 022
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
for name in secret_key metrics_token postgres_password; do
    [ -s "secrets/$name" ] || random >"secrets/$name"
done
[ -s secrets/database_url ] ||
    printf 'postgresql://tongqu:%s@postgres:5432/tongqu' "$(cat secrets/postgres_password)" >secrets/database_url
[ -e .env ] || printf 'TONGQU_SITE=portal.example.com\nTONGQU_IMAGE=tongqu:latest\nTONGQU_PROCESSES=2\n' >.env
echo "secrets/ is ready; put the name of your site into .env"
