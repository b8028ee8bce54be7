#!/bin/sh
# Starts the four services of the Temporal server in one process, with the configuration beside this file.
# From the environment: what server.yaml asks for, and TEMPORAL_PASSWORD_FILE.
set -eu
TEMPORAL_PASSWORD="$(cat "$TEMPORAL_PASSWORD_FILE")"
export TEMPORAL_PASSWORD
exec temporal-server --root "$CONFIGURATION_DIRECTORY" --config . --env server --allow-no-auth start
