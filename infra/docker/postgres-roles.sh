#!/bin/bash
# Runs once, when the database's volume is empty: the same two roles as `infra/local/services/postgres.ts` makes.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --username postgres \
  --set=owner_password="$VARLOOM_OWNER_PASSWORD" --set=app_password="$VARLOOM_APP_PASSWORD" <<'SQL'
CREATE ROLE varloom_owner LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB CREATEROLE PASSWORD :'owner_password';
CREATE ROLE varloom_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE DATABASE varloom OWNER varloom_owner;
SQL
