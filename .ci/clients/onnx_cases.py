"""The ONNX project's own node test cases through the Open Inference Protocol, as JSON and as bytes.

    write DIRECTORY       writes a sample of them as a directory registry
    check DIRECTORY URL   asks the gateway that serves it, and compares with onnxruntime

A case can be served if its inputs and outputs are tensors of types that the protocol has, and all inputs have the same
first dimension: a model takes rows.
"""

import json
import sys
import urllib.error
import urllib.request
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases

warnings.filterwarnings("ignore")
ort.set_default_logger_severity(4)

SAMPLE = 160
DATATYPES = {
    TensorProto.BOOL: "BOOL",
    TensorProto.UINT8: "UINT8",
    TensorProto.UINT16: "UINT16",
    TensorProto.UINT32: "UINT32",
    TensorProto.UINT64: "UINT64",
    TensorProto.INT8: "INT8",
    TensorProto.INT16: "INT16",
    TensorProto.INT32: "INT32",
    TensorProto.INT64: "INT64",
    TensorProto.FLOAT16: "FP16",
    TensorProto.FLOAT: "FP32",
    TensorProto.DOUBLE: "FP64",
    TensorProto.STRING: "BYTES",
}


def fits(values):
    return [v for v in values if not (v.type.HasField("tensor_type") and v.type.tensor_type.elem_type in DATATYPES)] == []


def run(model, inputs):
    """What onnxruntime answers; None if it cannot, or answers anew each time."""
    try:
        session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        names = [i.name for i in session.get_inputs()]
        first, second = (session.run(None, dict(zip(names, inputs))) for _ in range(2))
    except Exception:
        return None
    same = all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(first, second))
    return first if same else None


def usable():
    """Cases that can be asked, and for each kind of the others how many there are."""
    cases, others = [], {}
    for case in collect_testcases(None):
        graph = case.model.graph
        reason = None
        inputs = None
        if not fits(graph.input) or not fits(graph.output):
            reason = "not of tensors that the protocol has"
        else:
            inputs = [np.asarray(v) for v in case.data_sets[0][0]]
            rows = {v.shape[0] if v.ndim else None for v in inputs}
            if len(inputs) != len(graph.input) or not inputs:
                reason = "no inputs, or optional ones left out"
            elif len(rows) != 1 or not all(rows):
                reason = "inputs without rows, or of different numbers of them"
            else:
                expected = run(case.model, inputs)
                if expected is None:
                    reason = "onnxruntime cannot run it, or answers anew each time"
                elif any(np.ndim(v) == 0 or np.shape(v)[0] != next(iter(rows)) for v in expected):
                    reason = "outputs without an entry for each row"
        if reason is None:
            cases.append((case, inputs, expected))
        else:
            others[reason] = others.get(reason, 0) + 1
    return cases, others


def write(directory):
    cases, others = usable()
    step = max(1, len(cases) // SAMPLE)
    sample = cases[::step]
    for case, inputs, expected in sample:
        folder = directory / case.name / "1"
        folder.mkdir(parents=True)
        onnx.save(case.model, folder / "model.onnx")
        values = {f"{kind}{i}": np.asarray(v) for kind, given in (("in", inputs), ("out", expected)) for i, v in enumerate(given)}
        np.savez(directory.parent / f"{case.name}.npz", **values)
    reasons = "; ".join(f"{count} {reason}" for reason, count in sorted(others.items()))
    print(f"        {len(cases) + sum(others.values())} cases: {len(cases)} have rows of the protocol's tensors, of which {len(sample)} are tried; {reasons}")


def to_bytes(values, datatype):
    if datatype != "BYTES":
        return np.ascontiguousarray(values).tobytes()
    texts = [v if isinstance(v, bytes) else str(v).encode() for v in values.ravel()]
    return b"".join(len(t).to_bytes(4, "little") + t for t in texts)


def from_bytes(blob, datatype, shape):
    if datatype != "BYTES":
        return np.frombuffer(blob, NUMPY[datatype]).reshape(shape)
    texts, at = [], 0
    while at < len(blob):
        size = int.from_bytes(blob[at : at + 4], "little")
        texts.append(blob[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return np.array(texts, np.object_).reshape(shape)


NUMPY = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64, "FP16": np.float16,
    "FP32": np.float32, "FP64": np.float64, "BYTES": np.object_,
}  # fmt: skip


def leaves(values):
    """For JSON, which has no NaN and no infinities."""
    flat = [v.decode() if isinstance(v, bytes) else v for v in values.ravel().tolist()]
    return [None if isinstance(v, float) and not np.isfinite(v) else v for v in flat]


def post(url, body, headers):
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read(), response.headers


def ask(url, inputs, is_binary):
    tensors, blobs = [], b""
    for name, datatype, values in inputs:
        tensor = {"name": name, "datatype": datatype, "shape": list(values.shape)}
        if is_binary:
            blob = to_bytes(values, datatype)
            tensor["parameters"] = {"binary_data_size": len(blob)}
            blobs += blob
        else:
            tensor["data"] = leaves(values)
        tensors.append(tensor)
    request = {"inputs": tensors, "parameters": {"binary_data_output": is_binary}}
    text = json.dumps(request, allow_nan=False).encode()
    body, headers = post(url, text + blobs, {"Inference-Header-Content-Length": str(len(text))} if is_binary else {})
    length = int(headers.get("Inference-Header-Content-Length", len(body)))
    answer, at, outputs = json.loads(body[:length]), length, []
    for output in answer["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            data = [float("nan") if v is None else v for v in output["data"]]
            outputs.append(np.array(data, NUMPY[output["datatype"]]).reshape(output["shape"]))
        else:
            outputs.append(from_bytes(body[at : at + size], output["datatype"], output["shape"]))
            at += size
    return outputs


def compare(actual, expected, is_binary):
    """Texts of what differs. JSON writes FP16 as FP32, and what is not finite as null."""
    if expected.dtype.kind in "OSU":
        return [] if [str(v) for v in actual.ravel()] == [str(v) for v in expected.ravel()] else ["texts differ"]
    if expected.dtype.kind != "f":
        return [] if actual.dtype == expected.dtype and np.array_equal(actual, expected) else ["values differ"]
    wanted = expected.astype(np.float64)
    if not is_binary:
        wanted = np.where(np.isfinite(wanted), wanted, np.nan)
    close = np.allclose(actual.astype(np.float64), wanted, rtol=1e-6, atol=1e-6, equal_nan=True)
    return [] if actual.shape == expected.shape and close else ["numbers differ"]


def has_nan(values):
    return values.dtype.kind == "f" and np.isnan(values).any()


def check(directory, url):
    asked, exact, refused, wrong, skipped, without_nan = 0, 0, {}, [], 0, []
    for folder in sorted(p for p in directory.iterdir() if p.is_dir()):
        name = folder.name
        saved = np.load(directory.parent / f"{name}.npz", allow_pickle=True)
        inputs = [saved[f"in{i}"] for i in range(sum(k.startswith("in") for k in saved))]
        expected = [saved[f"out{i}"] for i in range(sum(k.startswith("out") for k in saved))]
        with urllib.request.urlopen(f"{url}/models/{name}", timeout=30) as response:
            status = json.load(response)
        if status["current"] is None:
            error = status["lastError"]
            reason = error["code"] if error else "not loaded"
            refused.setdefault(reason, []).append(f"{name}: {error and error['message']}")
            continue
        specs = onnx.load(folder / "1" / "model.onnx").graph.input
        named = [(s.name, DATATYPES[s.type.tensor_type.elem_type], v) for s, v in zip(specs, inputs)]
        for is_binary in (False, True):
            if not is_binary and any(v.dtype.kind == "f" and not np.isfinite(v).all() for v in inputs):
                skipped += 1
                continue
            try:
                actual = ask(f"{url}/v2/models/{name}/infer", named, is_binary)
                faults = [f for a, e in zip(actual, expected) for f in compare(a, e, is_binary)]
                exact += all(a.tobytes() == e.tobytes() for a, e in zip(actual, expected) if e.dtype.kind != "O")
            except urllib.error.HTTPError as error:
                text = error.read().decode()
                # The rule of docs/protocols.md: missing values only for models that are made for them.
                if error.code == 400 and "NaN is not accepted" in text and any(has_nan(v) for v in inputs):
                    without_nan.append(name)
                    continue
                faults = [f"{error.code} {text[:300]}"]
            asked += 1
            if faults:
                wrong.append(f"{name} ({'bytes' if is_binary else 'JSON'}): {faults[0]}")
    print(f"        {asked} requests, {exact} of them equal to the last bit; {skipped} left out because JSON has no infinities")
    if without_nan:
        print(f"        refused because the model is not made for NaN: {', '.join(without_nan)}")
    for reason, cases in refused.items():
        print(f"        not served, {reason}: {len(cases)}, e.g. {cases[0][:220]}")
    for text in wrong:
        print(f"  FAIL  {text}")
    sys.exit(1 if wrong or asked < 100 else 0)


if sys.argv[1] == "write":
    write(Path(sys.argv[2]))
else:
    check(Path(sys.argv[2]), sys.argv[3])
