#!/bin/sh
# Makes the namespace, and registers what operators filter sagas by. Run again, it changes nothing.
# From the environment: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, RETENTION (how long the history of a closed saga is kept).
set -eu

attempts=60
until temporal operator cluster health >/dev/null 2>&1; do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || { echo 'Temporal does not answer' >&2; exit 1; }
  sleep 1
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

# The server's parts learn of a new namespace within seconds.
attempts=60
until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  attempts=$((attempts - 1))
  [ "$attempts" -gt 0 ] || { echo 'the namespace does not appear' >&2; exit 1; }
  sleep 1
done

for name in JobStatus Plan Genome OrganizationId ReviewLevel; do
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword
done
