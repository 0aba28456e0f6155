#!/usr/bin/env bash
# Prometheus 2.42 (Debian 12's): a counter whose series first appears with 1 has not increased: increase() is empty at
# first and then 0, so the first failure ever alerts nobody, whatever the range. Client libraries make a labelled series
# only when it is first counted, so this is the usual case. What helps: every known label combination at 0 from the start.
# Seen by promtool: increase(...[15m]) is 0 where the series begins with 1, and above 0 where it began with 0.
# Needs apt-get (Debian) or a promtool on the PATH.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
command -v promtool >/dev/null || {
    (cd "$folder" && apt-get download -q prometheus >/dev/null 2>&1 && dpkg -x prometheus_*.deb "$folder/there")
    PATH="$folder/there/usr/bin:$PATH"
}
promtool --version 2>&1 | head -1
cat >"$folder/rules.yaml" <<'YAML'
groups: [{name: a, rules: [{alert: Broken, expr: 'increase(broken_total[15m]) > 0'}]}]
YAML
cat >"$folder/tests.yaml" <<'YAML'
rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'broken_total{from="one"}', values: "_x10 1x20"}
      - {series: 'broken_total{from="nought"}', values: "0x10 1x20"}
    promql_expr_test:
      - expr: 'ALERTS{alertstate="firing"}'
        eval_time: 15m
        exp_samples: [{labels: 'ALERTS{alertname="Broken", alertstate="firing", from="nought"}', value: 1}]
      - {expr: 'increase(broken_total{from="one"}[15m])', eval_time: 20m, exp_samples: [{labels: '{from="one"}', value: 0}]}
YAML
promtool test rules "$folder/tests.yaml"
