#!/usr/bin/env bash
# Runs blindspot audit with the inputs of the action, which come as AUDIT_*; its exit code is that of the step.
set -uo pipefail

arguments=(--model "$AUDIT_MODEL" --data "$AUDIT_DATA" --out "$AUDIT_OUT" --overwrite --quiet)
add() { if [ -n "$2" ]; then arguments+=("$1" "$2"); fi; }
add --name "$AUDIT_NAME"
add --norm "$AUDIT_NORM"
add --epsilon "$AUDIT_EPSILON"
add --fail-under "$AUDIT_FAIL_UNDER"
add --baseline "$AUDIT_BASELINE"
add --allow "$AUDIT_ALLOW"
add --certify "$AUDIT_CERTIFY"
add --count "$AUDIT_COUNT"
if [ "$AUDIT_PROVED" = true ]; then arguments+=(--proved); fi
if [ "$AUDIT_EVIDENCE" = true ]; then arguments+=(--evidence); fi
read -r -a command <<<"$AUDIT_COMMAND"
read -r -a more <<<"$AUDIT_ARGUMENTS"

said="$(mktemp)"
wrong="$(mktemp)"
"${command[@]}" audit "${arguments[@]}" ${more[@]+"${more[@]}"} >"$said" 2>"$wrong"
code=$?
cat "$said"
cat "$wrong" >&2

{
  echo "exit-code=$code"
  # A report is there where the checks hold, and where one fails.
  if [ "$code" = 0 ] || [ "$code" = 3 ]; then
    echo "folder=$AUDIT_OUT"
    echo "baseline=$AUDIT_OUT/audit.json"
  fi
} >>"$GITHUB_OUTPUT"
{
  echo "### Blindspot audit"
  echo
  # Four spaces make it text, whatever stands in it.
  sed 's/^/    /' "$said" "$wrong"
} >>"$GITHUB_STEP_SUMMARY"
rm -f "$said" "$wrong"
exit "$code"
