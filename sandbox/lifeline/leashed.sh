#!/bin/sh
# Runs a program that ends as soon as standard input does, so with the process that holds the other end of it.
#
#   leashed.sh <program> [arguments]
#
# The program itself has no standard input. SIGTERM and SIGINT are passed on; the exit code is the program's.
exec 3<&0 </dev/null

"$@" 3<&- &
program=$!
trap 'kill -TERM "$program" 2>/dev/null' TERM INT HUP

(
  trap '' TERM INT HUP
  while read -r _; do :; done <&3
  kill -KILL "$program" 2>/dev/null
) &
leash=$!
exec 3<&-

# A signal that is passed on interrupts the wait.
wait "$program" 2>/dev/null
code=$?
while kill -0 "$program" 2>/dev/null; do
  wait "$program" 2>/dev/null
  code=$?
done
kill -KILL "$leash" 2>/dev/null
exit "$code"
