#!/usr/bin/env bash
# The step of action.yml. It gets a token for the job from GitHub and sends it to Rolecall: to register a role, to plan
# that, or to explain why AWS refused the job.
#
# Secrets go to curl through its configuration on standard input, because other processes can read a command line.
# Text from outside is never code here. In the log it is on one line behind text of this script, so the runner finds no
# command in it. In the summary it is Markdown's code.
set -euo pipefail

readonly attempts=4
# The token lives for five minutes. All attempts together end before that.
readonly longest_wait=30
readonly answer_timeout=30
# In bytes. Rolecall reads no longer body, and its answers are much shorter than the limit for them.
readonly longest_body=65536
readonly longest_answer=1000000

# Ends the step with an error: a title, and text that says what to do.
fail() {
  local text=${2//'%'/'%25'}
  text=${text//$'\r'/'%0D'}
  text=${text//$'\n'/'%0A'}
  text=${text//'##['/'# #['}
  printf '::error title=%s::%s\n' "$1" "$text"
  exit 1
}

for tool in curl jq realpath; do
  command -v "$tool" > /dev/null || fail 'Missing program' "This action needs $tool. Install $tool on the runner."
done

temp=$(umask 077 && mktemp -d "${RUNNER_TEMP:-/tmp}/rolecall.XXXXXXXX")
trap 'rm -rf "$temp"' EXIT

# jq functions for text from outside. `line` puts its first 4,000 characters on one line, `code` makes it Markdown's code.
readonly texts='
  def line: tostring | .[0:4000] | gsub("[\\s\\p{Cc}]+"; " ") | gsub("##\\["; "# #[");
  def code: "`" + (line | gsub("`"; "\u0027")) + "`";
  def message:
    if type != "object" then "The answer is not JSON. Check the input url."
    elif (.errors | type) == "array" and (.errors | length) > 0
    then [.errors[] | "\(.pointer?): \(.detail?)" | line] | join(" ") | .[0:4000]
    else (.detail // .message // "The answer names no reason.") | line end;'

# Prints the answer through a jq filter.
show() {
  jq -r "$texts $1" "$temp/answer" 2> /dev/null
}

summarize() {
  cat >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
}

is_longer() { [ "$(wc -c < "$1")" -gt "$2" ]; }

# Prints the seconds of the header Retry-After; nothing if there is none.
retry_after() {
  sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([0-9]\{1,6\}\)[[:space:]]*$/\1/p' "$temp/headers" | tail -n 1
}

# Sends a request and repeats it while that may help. The arguments are lines of curl's configuration. Sets `status`,
# which is 000 if nothing answers, and saves the answer; one that is not JSON becomes null.
#
# curl runs in the folder of its files and knows them by short names. The path of that folder may have characters that
# the configuration reads in another way, such as Windows' backslash, and curl sends an empty body for a missing file.
send() {
  local attempt wait result
  for ((attempt = 1; ; attempt++)); do
    : > "$temp/answer"
    : > "$temp/headers"
    result=0
    status=$(CDPATH='' cd -- "$temp" && printf '%s\n' "$@" | curl --disable --config - --silent --show-error --globoff \
      --proto '=http,https' --max-time "$answer_timeout" --max-filesize "$longest_answer" \
      --output answer --dump-header headers --write-out '%{http_code}' 2> trouble) || result=$?
    # curl before 8.4 does not limit an answer without Content-Length.
    if [ "$result" = 63 ] || is_longer "$temp/answer" "$longest_answer"; then
      fail 'Wrong answer' "The answer is longer than $longest_answer bytes. Check the input url."
    fi
    if [ "$result" != 0 ]; then status=000; fi
    # Every answer of Rolecall that may be repeated has the header.
    wait=$(retry_after)
    case $status in
      000 | 429 | 503) wait=${wait:-$((2 ** attempt))} ;;
      2*) wait= ;;
    esac
    if [ -z "$wait" ] || [ "$attempt" -ge "$attempts" ] || [ "$wait" -gt "$longest_wait" ]; then break; fi
    printf 'Attempt %d of %d got %s. The next attempt is in %d seconds.\n' "$attempt" "$attempts" "${status/000/no answer}" "$wait"
    sleep "$wait"
  done
  jq -e . "$temp/answer" > /dev/null 2>&1 || printf null > "$temp/answer"
}

# Sends the token in plain text only to this machine.
readonly of_url='[A-Za-z0-9._~:/@!$&()*+,;=%-]'
readonly url_form="^(https://$of_url+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?(/$of_url*)?)"
is_url() { [[ $1 =~ $url_form$ ]]; }
is_url_with_query() { [[ $1 =~ $url_form([?]($of_url|[?])*)?$ ]]; }
is_token() { [[ $1 =~ ^[A-Za-z0-9._~+/=-]+$ ]]; }

mode=${ROLECALL_MODE:-register}
case $mode in
  register | plan | explain) ;;
  *) fail 'Wrong input' 'The input mode is not register, plan or explain. Choose one of the three.' ;;
esac
url=${ROLECALL_URL:-}
url=${url%/}
is_url "$url" || fail 'Wrong input' 'The input url is not the address of Rolecall. Give an address such as https://rolecall.example.com.'
role=${ROLECALL_ROLE:-}
[[ ${#role} -le 32 && $role =~ ^[a-z0-9]+(-[a-z0-9]+)*$ ]] ||
  fail 'Wrong input' 'The input role is not the name of a role. Use at most 32 lower-case letters, digits and single hyphens.'
account=${ROLECALL_ACCOUNT:-}
[[ $account =~ ^([0-9]{12})?$ ]] ||
  fail 'Wrong input' 'The input account is not an AWS account. Give its 12 digits, or leave the input out for the account that Rolecall runs in.'
repository=${GITHUB_REPOSITORY:-}
[[ $repository =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] ||
  fail 'No repository' 'GITHUB_REPOSITORY has no repository. Use this action in a workflow.'

# The body is a copy, because curl gives some names of files a meaning. Only a regular file of the workspace is read: a
# link can lead to other files of the runner, and a pipe has no end.
body="$temp/body.json"
spec=${ROLECALL_SPEC:-}
if [ -z "$spec" ] && [ -e .github/rolecall.json ]; then spec=.github/rolecall.json; fi
if [ "$mode" = explain ] || [ -z "$spec" ]; then
  printf '{}' > "$body"
else
  workspace=$(realpath -- "${GITHUB_WORKSPACE:-.}")
  file=$(realpath -- "$spec" 2> /dev/null) || file=
  { [[ -f $file && $file == "$workspace"/* ]] && head -c "$((longest_body + 1))" < "$file" > "$body"; } 2> /dev/null ||
    fail 'Wrong input' "The file $spec cannot be read. Check out the repository before this step, and name a file of it as spec."
  if is_longer "$body" "$longest_body"; then
    fail 'Wrong input' "The file $spec is longer than $longest_body bytes. Write only the body of a registration into it."
  fi
  jq -es 'length == 1 and (.[0] | type) == "object"' "$body" > /dev/null 2>&1 ||
    fail 'Wrong input' "The file $spec is not a JSON object. Write the body of a registration into it."
fi

request_url=${ACTIONS_ID_TOKEN_REQUEST_URL:-}
request_token=${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-}
if [ -z "$request_url" ] || [ -z "$request_token" ]; then
  fail 'No token' 'GitHub gives this job no token. Add "id-token: write" to the permissions of the job. A pull request from a fork gets no token.'
fi
{ is_url_with_query "$request_url" && is_token "$request_token"; } ||
  fail 'No token' 'ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN does not come from GitHub. Remove the step that changes it.'
audience=$(jq -nr --arg audience "${ROLECALL_AUDIENCE:-$url}" '$audience | @uri')
send "url = \"$request_url&audience=$audience\"" "header = \"Authorization: Bearer $request_token\""
[ "$status" = 200 ] || fail 'No token' "GitHub gave this job no token (${status/000/no answer}). Run the job again."
token=$(show '.value? // ""') || token=
is_token "$token" || fail 'No token' 'GitHub answered without a token. Run the job again.'
printf '::add-mask::%s\n' "$token"

path="$url/v1/self/${account:+accounts/$account/}repos/$repository/roles/$role"
case $mode in
  register) request=PUT ;;
  plan) request=PUT path="$path?dryRun=true" ;;
  explain) request=POST path="$path/explanations" ;;
esac
[ -r "$body" ] && [ -s "$body" ] ||
  fail 'No body' 'The body of the request cannot be read in RUNNER_TEMP. Nothing was sent; remove the step that changes that folder.'
send "url = \"$path\"" "request = \"$request\"" "header = \"Authorization: Bearer $token\"" \
  'header = "Content-Type: application/json"' 'data-binary = "@body.json"'

summarize <<< "### Rolecall: \`$repository\`, role \`$role\`
"
case $status in
  200 | 201) ;;
  000) fail 'Rolecall does not answer' "Nothing answers at $url. $(jq -Rrs "$texts line" "$temp/trouble")" ;;
  *)
    show '"Refused: " + (message | code)' | summarize
    fail "Rolecall refused ($status)" "Rolecall answers: $(show message)"
    ;;
esac

no_answer() {
  fail 'Wrong answer' 'The answer is not that of Rolecall. Check the input url.'
}

# Sets an output to the result of a jq filter.
output() {
  local value
  value=$(show "$2") || no_answer
  [[ $value =~ ^[A-Za-z0-9+=,.@_/:-]+$ ]] || no_answer
  printf '%s=%s\n' "$1" "$value" >> "${GITHUB_OUTPUT:-/dev/null}"
}

if [ "$mode" = explain ]; then
  show '
    def values: if type == "array" then [.[] | code] | join(" or ") else "nothing" end;
    (.conditions[] | select(.holds == false)
      | "Refused by: \(.key | code) must be \(.expected | values) (\(.operator | code)) and is \(.actual | values)."),
    (if .allowed == true then "AWS lets this job assume the role: " else "What to do: " end) + (.remedy | code),
    (.note // empty | "Note: " + code)' > "$temp/result" || no_answer
  output status 'if .allowed == true then "allowed" elif .allowed == false then "refused" else error("") end'
else
  show '
    def change: "Change: \(if .path == "" then .resource else .path end | code) \(.effect | code)"
      + (if .gains then "; gains " + ([.gains[] | code] | join(", ")) else "" end)
      + (if .loses then "; loses " + ([.loses[] | code] | join(", ")) else "" end);
    (if .dryRun == true then "Planned, and nothing is changed: " else "Registered: " end) + (.roleArn | code),
    (.subjects[] | "Lets in: " + code),
    (.changes | if length == 0 then "Nothing changes in AWS." else .[] | change end),
    (.warnings[] | "Warning: " + (.detail | code))' > "$temp/result" || no_answer
  output role-arn '.roleArn // ""'
  output provider-arn '.providerArn // ""'
  output status 'if .dryRun == true then "planned" else .status // "" end'
fi
cat "$temp/result"
sed 's/^/- /' "$temp/result" | summarize
if [ "$mode" = explain ] && [ "$(show .allowed)" = false ]; then
  printf '::error title=AWS refuses this job::%s\n' "$(show '"Rolecall answers: " + (.remedy | line) | gsub("%"; "%25")')"
fi
