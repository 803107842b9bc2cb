"""check-kserve.py SDK POD MANIFEST…: whether KServe knows every field of the manifests, by the models of its own SDK.

The SDK is the unpacked Python package: its models are read, not imported, because importing it takes all of its
dependencies. Its CustomResourceDefinitions come in no package. What KServe takes over from Kubernetes (containers, volumes)
is written to POD as a Pod, for the schemas of Kubernetes.
"""

import ast
import pathlib
import re
import sys

import yaml

sdk, pod_file, *manifests = sys.argv[1:]
PLAIN = {"str": str, "int": int, "bool": bool}


def tables_of(kind):
    """(attribute → type, attribute → JSON key) of a model; None for a type of Kubernetes."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()
    path = pathlib.Path(sdk, "kserve", "models", f"{name}.py")
    if not path.exists():
        return None
    tables = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("openapi_types", "attribute_map")
    }
    return tables["openapi_types"], tables["attribute_map"]


def check(value, kind, place):
    if listed := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            return [f"{place} is no list"]
        return [problem for at, each in enumerate(value) for problem in check(each, listed[1], f"{place}[{at}]")]
    if mapped := re.fullmatch(r"dict\(str, (.*)\)", kind):
        return [problem for key, each in value.items() for problem in check(each, mapped[1], f"{place}.{key}")]
    if kind in PLAIN:
        return [] if type(value) is PLAIN[kind] else [f"{place} is no {kind}"]
    tables = tables_of(kind)
    if tables is None:
        return []
    types, keys = tables
    known = {key: types[attribute] for attribute, key in keys.items()}
    if not isinstance(value, dict):
        return [f"{place} is no {kind}"]
    return [
        problem
        for key, each in value.items()
        for problem in (check(each, known[key], f"{place}.{key}") if key in known else [f"{place}.{key} is unknown"])
    ]


KINDS = {
    ("serving.kserve.io/v1alpha1", "ClusterServingRuntime"): "V1alpha1ClusterServingRuntime",
    ("serving.kserve.io/v1beta1", "InferenceService"): "V1beta1InferenceService",
}
problems = []
for manifest in manifests:
    content = yaml.safe_load(pathlib.Path(manifest).read_text())
    kind = KINDS[content["apiVersion"], content["kind"]]
    assert tables_of(kind) is not None, f"the SDK has no {kind}"
    problems += check(content, kind, content["kind"])
    if content["kind"] == "ClusterServingRuntime":
        spec = {key: content["spec"][key] for key in ("containers", "volumes")}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "runtime"}, "spec": spec}
        pathlib.Path(pod_file).write_text(yaml.safe_dump(pod))
print("\n".join(problems))
sys.exit(1 if problems else 0)
