#!/bin/sh
# Runs all tests but the slow ones: test/run.sh [arguments of dotnet test]...
#
# Installs the servers and the browser that the tests start, if they are missing and apt can install them; elsewhere it says what to install.
#   test/run.sh                            everything but category Slow
#   test/run.sh --filter Category=Unit     only what needs no server; a --filter of your own replaces the one above
#   test/run.sh --filter Category!=None    everything, the slow tests included
# Runs in Release unless -c or --configuration says otherwise. The last line is "N passed, N failed", with ", N skipped" if any were.
# Ends with 0 if tests ran and none failed, 1 if not, 2 if something is missing that it cannot install.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
# The terminal logger rewrites lines and leaves out the summaries that are added up below.
export MSBUILDTERMINALLOGGER=off

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  red=$(printf '\033[31m') green=$(printf '\033[32m') plain=$(printf '\033[0m')
else
  red='' green='' plain=''
fi

fail() {
  printf '%s\n' "$@" >&2
  exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }

# Debian starts a server as soon as it is installed, unless this policy forbids it. The tests start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d

install_with_apt() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=''
  elif has sudo && sudo -n true 2>/dev/null; then
    as_root='sudo'
  else
    return 1
  fi
  echo "Installing $*"
  own_policy=''
  if [ ! -e "$policy" ]; then
    own_policy=1
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
  fi
  installed=0
  { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >&2 || installed=1
  if [ -n "$own_policy" ]; then
    $as_root rm -f "$policy"
    trap - EXIT INT TERM
  fi
  return $installed
}

has dotnet || fail "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download"

missing=''
has redis-server || missing="$missing redis-server"
has memcached || missing="$missing memcached"
# The browser of the dashboard's tests; HYBRIDTIERED_CHROMIUM names one that is not on the PATH.
has chromium || has chromium-browser || has google-chrome || [ -n "${HYBRIDTIERED_CHROMIUM:-}" ] || missing="$missing chromium"
if [ -n "$missing" ]; then
  # The names of the packages are those of the programs, here and below.
  # shellcheck disable=SC2086
  has apt-get && install_with_apt $missing || true
fi
for program in $missing; do
  has "$program" || fail "The tests need$missing, and this script could not install it. Please do:" \
    "  Debian, Ubuntu:  sudo apt-get install$missing" \
    "  macOS:           brew install$(printf '%s' "$missing" | sed 's/redis-server/redis/; s/chromium/--cask chromium/')"
done

configuration='-c Release'
filter='--filter Category!=Slow'
listing=''
for argument in "$@"; do
  case $argument in
    -c | --configuration | -c=* | --configuration=* | -c:* | --configuration:*) configuration='' ;;
    --filter | --filter=* | --filter:*) filter='' ;;
    -t | --list-tests) listing=1 ;;
  esac
done

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT TERM

# One project after the other (-m:1): they measure time and start servers.
# The exit code goes through a file, because a pipe only tells that of its last command.
{
  code=0
  # shellcheck disable=SC2086
  dotnet test "$root/HybridTiered.sln" -m:1 $configuration $filter "$@" || code=$?
  echo "$code" >"$results/code"
} 2>&1 | tee "$results/output"
code=$(cat "$results/code")
[ -n "$listing" ] && exit "$code"

# Passed!  - Failed:     0, Passed:    65, Skipped:     0, Total:    65, Duration: 2 s - Some.Tests.dll (net10.0)
sed -nE 's/^ *(Passed|Failed|Skipped)! +- Failed: +([0-9]+), Passed: +([0-9]+), Skipped: +([0-9]+),.* - (.*)\.dll.*$/\5 \3 \2 \4/p' \
  "$results/output" >"$results/projects"

echo
awk '
  { printf "%-36s %5d passed, %d failed, %d skipped\n", $1, $2, $3, $4 }
' "$results/projects"

passed=0 failed=0 skipped=0
while read -r _ p f s; do
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done <"$results/projects"

if [ "$failed" -eq 0 ] && [ "$code" -ne 0 ]; then
  echo "${red}dotnet test ended with $code although no test failed: see above. Counted as one failure.${plain}"
  failed=1
fi
if [ $((passed + failed)) -eq 0 ]; then
  echo "${red}No test ran.${plain}"
  code=1
fi
[ "$failed" -eq 0 ] || code=1

if [ "$code" -eq 0 ]; then echo "${green}All tests that ran have passed.${plain}"; fi
if [ "$skipped" -eq 0 ]; then
  echo "$passed passed, $failed failed"
else
  echo "$passed passed, $failed failed, $skipped skipped"
fi
exit "$code"
