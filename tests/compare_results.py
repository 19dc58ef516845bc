#!/usr/bin/env python3
"""Compares two result.json files: equal but for what they say of the machine (host) and of the build."""
import json
import sys


def essence(path):
    with open(path, encoding="utf-8") as file:
        result = json.load(file)
    result.pop("build")
    for run in result["runs"]:
        run.pop("host")
    return result


first, second = (essence(path) for path in sys.argv[1:3])
if first != second:
    for a, b in zip(first["runs"], second["runs"]):
        print(f"{a['variant']}: {a['digest']} {b['digest']}")
        for name in sorted(set(a["metrics"]) | set(b["metrics"])):
            if a["metrics"].get(name) != b["metrics"].get(name):
                print(f"  {name}: {a['metrics'].get(name)} {b['metrics'].get(name)}")
    sys.exit(f"{sys.argv[1]} and {sys.argv[2]} differ")
