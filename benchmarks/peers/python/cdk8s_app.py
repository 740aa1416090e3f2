"""The Kubernetes part in cdk8s, a chart a model."""
# pyright: basic, reportMissingImports=false
# ruff: noqa: INP001 - run by its path, in an environment of its own

import json
import os
from pathlib import Path

from cdk8s import ApiObject, App, Chart, JsonPatch

FOLDER = Path(os.environ["BENCH_WORK"])
OBJECTS = (FOLDER / "objects.json").read_text()
app = App(outdir=os.environ["BENCH_OUT"])
for name, target in json.loads((FOLDER / "names.json").read_text()).items():
    if target != "kubernetes":
        continue
    chart = Chart(app, name)
    for one in json.loads(OBJECTS.replace("bench-name", name)):
        head = {"api_version": one.pop("apiVersion"), "kind": one.pop("kind")}
        made = ApiObject(chart, head["kind"], metadata=one.pop("metadata"), **head)
        made.add_json_patch(*(JsonPatch.add(f"/{key}", value) for key, value in one.items()))
app.synth()
