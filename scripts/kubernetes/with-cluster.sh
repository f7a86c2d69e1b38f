#!/usr/bin/env bash
# Runs a command beside a real Kubernetes API server with its CronJob, Job and garbage-collector controllers, on loopback.
#
#   with-cluster.sh <command> [arguments]
#
# Takes the programs from KUBERNETES_BIN, else from the cache, where it builds them when they are missing. etcd comes from
# the machine (Debian's package etcd-server). Tells the command where the cluster is in TEST_KUBERNETES_KUBECONFIG. All it
# writes is in a temporary folder; nothing it starts outlives it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# Whatever ends this script, or npm above it, ends all that it started.
if [ -z "${COXSWAIN_TETHERED:-}" ]; then
  COXSWAIN_TETHERED=1 exec "$here/../../node_modules/.bin/node" "$here/../tether/main.ts" "$here/with-cluster.sh" "$@"
fi
unset COXSWAIN_TETHERED
version=${KUBERNETES_VERSION:-v1.36.3}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/coxswain/kubernetes-$version
bin=${KUBERNETES_BIN:-$cache/bin}

etcd=$(command -v etcd || true)
[ -n "$etcd" ] || { echo 'with-cluster: etcd is missing: install etcd-server, or put etcd on the PATH' >&2; exit 1; }
if [ ! -x "$bin/kube-apiserver" ] || [ ! -x "$bin/controllers" ]; then
  [ -z "${KUBERNETES_BIN:-}" ] || { echo "with-cluster: $KUBERNETES_BIN holds no kube-apiserver and controllers" >&2; exit 1; }
  echo "with-cluster: building Kubernetes $version into $cache; this takes some minutes" >&2
  "$here/build.sh" "$cache"
fi

data=$(mktemp -d -t kubernetes.XXXXXX)
started=()
finish() {
  # The newest first, so that nothing complains of what it needs.
  for ((at = ${#started[@]} - 1; at >= 0; at--)); do
    kill "${started[at]}" 2>/dev/null || true
    wait "${started[at]}" 2>/dev/null || true
  done
  rm -rf "$data"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free='const net = require("node:net"); const open = [0, 0, 0].map(() => net.createServer().listen(0, "127.0.0.1"));
Promise.all(open.map((one) => new Promise((done) => one.on("listening", done)))).then(() => {
  console.log(open.map((one) => one.address().port).join(" ")); for (const one of open) one.close() })'
read -r port etcd_port peer_port < <(node -e "$free")
url=https://127.0.0.1:$port
store=http://127.0.0.1:$etcd_port
peer=http://127.0.0.1:$peer_port

# An authority, the server's certificate, the key that signs tokens of service accounts, and the administrator's token.
pki=$data/pki
mkdir -m 700 "$pki"
{
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout "$pki/ca.key" -out "$pki/ca.crt"
  openssl req -newkey rsa:2048 -nodes -subj /CN=api -keyout "$pki/api.key" -out "$pki/api.csr"
  printf 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\n' >"$pki/names"
  openssl x509 -req -in "$pki/api.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 2 \
    -extfile "$pki/names" -out "$pki/api.crt"
  openssl genrsa -out "$pki/accounts.key" 2048
  openssl rsa -in "$pki/accounts.key" -pubout -out "$pki/accounts.pub"
} 2>/dev/null
token=$(openssl rand -hex 16)
printf '%s,admin,admin,"system:masters"\n' "$token" >"$pki/tokens.csv"
cat >"$data/kubeconfig" <<K
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: $url, certificate-authority: $pki/ca.crt}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: test, context: {cluster: test, user: admin, namespace: default}}]
current-context: test
K
chmod 600 "$data/kubeconfig" "$pki"/*

"$etcd" --data-dir "$data/etcd" --listen-client-urls "$store" --advertise-client-urls "$store" \
  --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" \
  --unsafe-no-fsync --logger zap >"$data/etcd.log" 2>&1 &
started+=($!)
"$bin/kube-apiserver" --etcd-servers="$store" --bind-address=127.0.0.1 --secure-port="$port" \
  --advertise-address=127.0.0.1 --endpoint-reconciler-type=none --service-cluster-ip-range=10.96.0.0/24 \
  --tls-cert-file="$pki/api.crt" --tls-private-key-file="$pki/api.key" --cert-dir="$pki" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file="$pki/accounts.pub" --service-account-signing-key-file="$pki/accounts.key" \
  --authorization-mode=Node,RBAC --token-auth-file="$pki/tokens.csv" >"$data/api.log" 2>&1 &
started+=($!)
for _ in $(seq 240); do
  ready=$(curl -s --cacert "$pki/ca.crt" -H "authorization: Bearer $token" "$url/readyz" || true)
  [ "$ready" != ok ] || break
  kill -0 "${started[1]}" 2>/dev/null || { tail -5 "$data/api.log" >&2; exit 1; }
  sleep 0.5
done
[ "${ready:-}" = ok ] || { echo 'with-cluster: the API server is not ready after two minutes' >&2; exit 1; }
"$bin/controllers" "$data/kubeconfig" >"$data/controllers.log" 2>&1 &
started+=($!)

export TEST_KUBERNETES_KUBECONFIG=$data/kubeconfig
# The tests speak to the server by themselves, too.
export NODE_EXTRA_CA_CERTS=$pki/ca.crt
# In the background, because a shell handles no signal while it waits for a program in the foreground.
"$@" &
started+=($!)
code=0
wait "$!" || code=$?
exit "$code"
