#!/bin/sh
# Brings the schemas of Temporal's two databases to those of the server's version. Run again, it changes nothing.
# From the environment: POSTGRES_HOST, POSTGRES_PORT, TEMPORAL_PASSWORD_FILE.
set -eu
SQL_PASSWORD="$(cat "$TEMPORAL_PASSWORD_FILE")"
export SQL_PASSWORD

tool() {
  temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_HOST" --port "$POSTGRES_PORT" --user temporal "$@"
}

for part in temporal visibility; do
  database=temporal
  [ "$part" = temporal ] || database=temporal_visibility
  tool --database "$database" setup-schema --version 0.0
  tool --database "$database" update-schema --schema-name "postgresql/v12/$part"
done
