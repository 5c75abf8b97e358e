#!/usr/bin/env bash
# Brings in what the browser tests need and npm does not: a Chromium, from Debian's own packages. Prints why where it cannot;
# then scripts/browser.test.ts skips, or fails under CALYPTE_REQUIRE_BROWSER=1. With --strict it ends with 1 where there is none.
set -uo pipefail
strict=${1:-}

skip() {
  echo "no browser tests: $1"
  [ "$strict" = --strict ] || [ "${CALYPTE_REQUIRE_BROWSER:-}" = 1 ] && exit 1
  exit 0
}

# The loader of Vulkan drivers, for WebGPU in Node; Chromium brings a software driver, but no loader.
vulkan() {
  ldconfig -p 2>/dev/null | grep -q libvulkan.so.1 && return 0
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update >/dev/null 2>&1 &&
    apt-get install -y --no-install-recommends libvulkan1 >/dev/null 2>&1
  return 0
}

for name in "${CALYPTE_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$name" ] && path=$(command -v "$name") && vulkan && echo "$path is there: $("$path" --version 2>/dev/null)" && exit 0
done
command -v apt-get >/dev/null || skip "no Chromium, and no apt-get to install it; set CALYPTE_CHROMIUM to the path of one"
[ "$(id -u)" = 0 ] || skip "no Chromium, and only root may install it: apt-get install chromium"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update && apt-get install -y --no-install-recommends chromium libvulkan1; } >"$log" 2>&1 ||
  skip "apt-get could not install chromium: $(tail -n 1 "$log")"
chromium --version
