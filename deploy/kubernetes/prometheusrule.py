#!/usr/bin/env python3
"""Wrap the rules for Prometheus' operator.

``.venv/bin/python deploy/kubernetes/prometheusrule.py | kubectl apply -f -``
"""

import json
import sys
from pathlib import Path

import yaml

RULES = Path(__file__).absolute().parents[1] / "prometheus"


def main() -> None:
    """Write the manifest to standard output, as JSON, which kubectl reads, too."""
    files = (RULES / "recording.rules.yml", RULES / "alerts.rules.yml")
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "warble", "labels": {"app.kubernetes.io/name": "warble"}},
        "spec": {"groups": [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]},
    }
    json.dump(manifest, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
