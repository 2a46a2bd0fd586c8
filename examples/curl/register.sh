#!/usr/bin/env bash
# Registers a repository's role, and prints the workflow to commit.
#
#   ROLECALL_URL=https://API_ID.execute-api.eu-central-1.amazonaws.com \
#     examples/curl/register.sh acme/api publish > publish.yml
#   … examples/curl/register.sh acme/api publish registration.json > publish.yml
#
# Needs curl 7.76 or newer. Signs with the credentials of the environment (`eval "$(aws configure export-credentials
# --format env)"` brings them there); without any it sends unsigned, as for `npm start`.
set -euo pipefail

usage="usage: register.sh OWNER/REPO ROLE [REGISTRATION.json]"
repository=${1:?$usage} role=${2:?$usage} registration=${3:-}
url=${ROLECALL_URL:-http://127.0.0.1:3000}
path=/v1/repos/$repository/roles/$role

# On curl's standard input, where no other user of the machine can read them.
credentials() {
  if [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then return; fi
  printf 'aws-sigv4 = "aws:amz:%s:execute-api"\n' "${AWS_REGION:?names the region that Rolecall is deployed in}"
  printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
  if [ -n "${AWS_SESSION_TOKEN:-}" ]; then printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN"; fi
}

# METHOD PATH [curl's arguments]. A problem goes to standard output as JSON, and fails.
call() {
  credentials | curl --config - --silent --show-error --fail-with-body --request "$1" "$url$2" "${@:3}"
}

body=()
if [ -n "$registration" ]; then body=(--header "Content-Type: application/json" --data-binary "@$registration"); fi

call PUT "$path?dryRun=true" ${body[@]+"${body[@]}"} --output /dev/null --write-out "may be registered: %{http_code}\n" >&2
call PUT "$path" ${body[@]+"${body[@]}"} --output /dev/null --write-out "registered: %{http_code}\n" >&2
call GET "$path/workflow"
