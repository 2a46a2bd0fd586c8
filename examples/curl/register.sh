#!/usr/bin/env bash
# Registers a role of a repository and prints the workflow to commit.
#
#   ROLECALL_URL=https://API_ID.execute-api.eu-central-1.amazonaws.com \
#     examples/curl/register.sh acme/api publish > publish.yml
#   … examples/curl/register.sh acme/api publish registration.json > publish.yml
#
# Needs curl 7.76 or newer. It signs with the credentials of the environment, which
# `eval "$(aws configure export-credentials --format env)"` sets. Without credentials it sends unsigned requests, as
# `npm start` accepts them.
set -euo pipefail

usage="usage: register.sh OWNER/REPO ROLE [REGISTRATION.json]"
repository=${1:?$usage} role=${2:?$usage}
url=${ROLECALL_URL:-http://127.0.0.1:3000}
url=${url%/}
path=/v1/repos/$repository/roles/$role

# Read the file once and before the first request. Without a body Rolecall would register its defaults.
body=()
if [ $# -ge 3 ]; then
  registration=$(cat -- "$3")
  if [ -z "${registration//[[:space:]]/}" ]; then
    printf '"%s" is empty; it holds a registration as JSON\n' "$3" >&2
    exit 1
  fi
  body=(--header "Content-Type: application/json" --data-raw "$registration")
fi

# Pass the credentials on curl's standard input: other users of the machine can read its arguments.
credentials() {
  if [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then return; fi
  printf 'aws-sigv4 = "aws:amz:%s:execute-api"\n' "${AWS_REGION:?names the region that Rolecall is deployed in}"
  printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
  if [ -n "${AWS_SESSION_TOKEN:-}" ]; then printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN"; fi
}

# call METHOD PATH [ARGUMENTS FOR CURL]: prints the answer. A problem goes to standard error as JSON and ends the
# script.
call() {
  local answer status=0
  answer=$(credentials | curl --config - --silent --show-error --fail-with-body --request "$1" "$url$2" "${@:3}") ||
    status=$?
  if [ "$status" -eq 0 ]; then
    printf '%s\n' "$answer"
  else
    printf '%s\n' "$answer" >&2
    exit "$status"
  fi
}

call PUT "$path?dryRun=true" ${body[@]+"${body[@]}"} --write-out "%{stderr}dry run: %{http_code}\n" >/dev/null
call PUT "$path" ${body[@]+"${body[@]}"} --write-out "%{stderr}registration: %{http_code}\n" >/dev/null
call GET "$path/workflow"
