#!/bin/bash
# Runs once, when the database's volume is empty: Varloom's two roles, as `infra/local/services/postgres.ts` makes them, and one
# for Temporal with its two databases. Passwords are files in SECRETS_DIRECTORY.
set -euo pipefail
directory="${SECRETS_DIRECTORY:-/run/secrets}"
psql --set=ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set=owner_password="$(<"$directory/varloom_owner_password")" \
  --set=app_password="$(<"$directory/varloom_app_password")" \
  --set=temporal_password="$(<"$directory/temporal_password")" <<'SQL'
CREATE ROLE varloom_owner LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB CREATEROLE PASSWORD :'owner_password';
CREATE ROLE varloom_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE ROLE temporal LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'temporal_password';
CREATE DATABASE varloom OWNER varloom_owner;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE varloom, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE varloom TO varloom_app;
SQL
