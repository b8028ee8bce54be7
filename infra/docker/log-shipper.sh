#!/bin/bash
# Makes the user by whom Fluent Bit writes, who may create log lines and the indices of varloom-logs-* and nothing else, and puts
# the index template, before the first line is sent. Run again, it changes nothing.
# From the environment: ELASTICSEARCH_URL, ELASTICSEARCH_CA_FILE, ELASTIC_PASSWORD_FILE (of the user elastic), SHIPPER_PASSWORD_FILE,
# TEMPLATE_FILE.
set -euo pipefail

# Passwords stand in no list of processes: curl has them from files that are none.
put() {
  curl --silent --show-error --fail --retry 60 --retry-delay 2 --retry-all-errors --max-time 10 \
    --cacert "$ELASTICSEARCH_CA_FILE" --config <(printf 'user = "elastic:%s"\n' "$(cat "$ELASTIC_PASSWORD_FILE")") \
    --request PUT --header 'Content-Type: application/json' --data @"$2" --output /dev/null "$ELASTICSEARCH_URL/$1"
}

put _index_template/varloom-logs "$TEMPLATE_FILE"
put _security/role/varloom-shipper <(printf '{"indices":[{"names":["varloom-logs-*"],"privileges":["create_doc","auto_configure"]}]}')
put _security/user/varloom-shipper \
  <(printf '{"password":"%s","roles":["varloom-shipper"]}' "$(cat "$SHIPPER_PASSWORD_FILE")")
echo 'varloom-shipper may create documents in varloom-logs-*'
