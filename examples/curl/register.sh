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
repository=${1:?$usage} role=${2:?$usage}
url=${ROLECALL_URL:-http://127.0.0.1:3000}
url=${url%/}
path=/v1/repos/$repository/roles/$role

# Read once, and before anything is sent: without a body Rolecall registers its defaults.
body=()
if [ $# -ge 3 ]; then
  registration=$(cat -- "$3")
  if [ -z "${registration//[[:space:]]/}" ]; then
    printf '"%s" is empty; it holds a registration as JSON\n' "$3" >&2
    exit 1
  fi
  body=(--header "Content-Type: application/json" --data-raw "$registration")
fi

# On curl's standard input, where no other user of the machine can read them.
credentials() {
  if [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then return; fi
  printf 'aws-sigv4 = "aws:amz:%s:execute-api"\n' "${AWS_REGION:?names the region that Rolecall is deployed in}"
  printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
  if [ -n "${AWS_SESSION_TOKEN:-}" ]; then printf 'header = "x-amz-security-token: %s"\n' "$AWS_SESSION_TOKEN"; fi
}

# METHOD PATH [curl's arguments]. Prints what is answered; a problem goes to standard error as JSON, and ends the script.
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
