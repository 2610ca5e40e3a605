#!/bin/sh
# Passes for a folder with one notebook to serve: the one that BP_NOTEBOOK names, the only one there is, or the only one
# whose metadata says what it serves. Source: Buildpacks buildpack specification, "Detection".
set -eu

no() {
  echo "Notebook: $1"
  exit 100
}

if [ -n "${BP_NOTEBOOK:-}" ]; then
  [ -f "$BP_NOTEBOOK" ] || { echo "Notebook: BP_NOTEBOOK names $BP_NOTEBOOK, which is not there" >&2; exit 1; }
  notebook=$BP_NOTEBOOK
else
  notebook=
  marked=
  more=
  several=
  for path in ./*.ipynb; do
    [ -f "$path" ] || continue
    [ -z "$notebook" ] || more=1
    notebook=${path#./}
    if grep -q '"containerize"' "$path"; then
      [ -z "$marked" ] || several=1
      marked=${path#./}
    fi
  done
  [ -n "$notebook" ] || no "there is no notebook"
  if [ -n "$more" ]; then
    [ -n "$marked" ] && [ -z "$several" ] || no "there are several notebooks; set BP_NOTEBOOK to the one to serve"
    notebook=$marked
  fi
fi

cat >"$CNB_BUILD_PLAN_PATH" <<PLAN
[[provides]]
name = "notebook"

[[requires]]
name = "notebook"

[requires.metadata]
path = "$(printf '%s' "$notebook" | sed 's/[\\"]/\\&/g')"
PLAN
