#!/usr/bin/env bash
# Builds a real kube-apiserver, and the controllers beside this script, from the Go module k8s.io/kubernetes.
#
#   build.sh <folder>      puts both into <folder>/bin
#
# Needs Go, five minutes of two cores, and 1.5 GB of Go's module and build caches. KUBERNETES_VERSION is v1.36.3 unless set.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
version=${KUBERNETES_VERSION:-v1.36.3}
# What Kubernetes keeps in its own repository is published as modules of version 0.
staged=v0.${version#v1.}
minor=$(cut -d. -f2 <<<"$version")
export GOFLAGS='-mod=mod -buildvcs=false' CGO_ENABLED=0 GOTOOLCHAIN=${GOTOOLCHAIN:-auto}

mkdir -p "$out/bin" "$out/src/controllers"
cp "$here/controllers/main.go" "$out/src/controllers/"
cd "$out/src"
empty=$(mktemp -d)
description=$(cd "$empty" && go mod download -json "k8s.io/kubernetes@$version")
rmdir "$empty"
theirs=$(sed -n 's/.*"GoMod": "\(.*\)".*/\1/p' <<<"$description")

# Its go.mod under a name of our own, with the modules it takes from its own folders replaced by the published ones.
modules=$(grep -oE '^\s+k8s\.io/[a-z-]+ (v0\.0\.0(-[0-9.]+)?$|=> \./staging)' "$theirs" | awk '{print $1}' | sort -u)
{
  grep -v '=> ./staging' "$theirs" | sed 's#^module .*#module example.test/cluster#'
  echo "require k8s.io/kubernetes $version"
  echo 'replace ('
  for module in $modules; do echo "  $module => $module $staged"; done
  echo ')'
} >go.mod

# Without optimisation a build takes half the time, and is fast enough for tests.
quick=(-gcflags 'all=-N -l -dwarf=false')
package=k8s.io/component-base/version
named=(-ldflags "-s -w -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor")
go build "${quick[@]}" "${named[@]}" -o "$out/bin/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver
go build "${quick[@]}" "${named[@]}" -o "$out/bin/controllers" ./controllers
"$out/bin/kube-apiserver" --version
