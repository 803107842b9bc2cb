"""What requests need beyond their schemas: relations between values, which JSON Schema has no words for.

All checks stay on for every operation. Requests that schemathesis means to be valid are mended in two ways:
  - all tensors, or all columns, get the same number of rows, and a tensor's data as many values as its shape;
  - `timeout` (how many microseconds a request of V2 may wait) is taken out: the answer to 1 is 504, rightly so.
Requests that it means to be invalid are sent as they are, but for a `timeout` that is itself valid.
"""

import copy
import math

import schemathesis

MOST_ROWS = 5


@schemathesis.hook
def before_call(context, case, kwargs):
    if not isinstance(case.body, dict):
        return
    body = copy.deepcopy(case.body)
    be_patient(body)
    # A body that is set is looked at again: what was meant to be invalid and is not counts as valid from then on.
    if body != case.body:
        case.body = body
    if case.meta is not None and not case.meta.generation.mode.is_positive:
        return
    body = copy.deepcopy(case.body)
    inputs = body.get("inputs")
    if isinstance(inputs, dict):
        even_out(inputs)
    elif isinstance(inputs, list) and "/infer" in case.operation.path:
        agree_on_rows(inputs)
    case.body = body


def be_patient(body):
    parameters = body.get("parameters")
    if isinstance(parameters, dict) and type(parameters.get("timeout")) is int and parameters["timeout"] >= 0:
        del parameters["timeout"]


def even_out(columns):
    """Columns of one length, the shortest."""
    lists = {name: values for name, values in columns.items() if isinstance(values, list)}
    length = min((len(values) for values in lists.values()), default=0)
    for name, values in lists.items():
        columns[name] = values[:length]


def agree_on_rows(tensors):
    counts = [count_rows(tensor) for tensor in tensors]
    rows = min([MOST_ROWS, *counts])
    for tensor in tensors:
        width = width_of(tensor)
        tensor["shape"][0] = rows
        is_flat = not any(isinstance(entry, list) for entry in tensor["data"])
        size = rows * width if is_flat else rows
        # What there is, again and again.
        tensor["data"] = [tensor["data"][at % len(tensor["data"])] for at in range(size)]


def count_rows(tensor):
    if not tensor["data"]:
        return 0
    is_flat = not any(isinstance(entry, list) for entry in tensor["data"])
    return max(1, len(tensor["data"]) // width_of(tensor)) if is_flat else len(tensor["data"])


def width_of(tensor):
    tensor["shape"] = [int(dim) for dim in tensor["shape"]]
    return math.prod(tensor["shape"][1:])
