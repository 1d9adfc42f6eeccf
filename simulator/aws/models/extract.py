"""Reduces the service models to the operations of the simulator.

    python3 simulator/aws/models/extract.py <botocore>/data <version>

Reads the published models of that botocore version and writes one <service>.json beside this
file: the operations below and the shapes they reach, without documentation.
"""

import gzip
import json
import pathlib
import sys

CONNECTIONS = [
    "CreateConnection",
    "DeleteConnection",
    "GetConnection",
    "ListConnections",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
]
OPERATIONS = {
    "codebuild": [
        "DeleteSourceCredentials",
        "ImportSourceCredentials",
        "ListSourceCredentials",
    ],
    "codeconnections": CONNECTIONS,
    "codestar-connections": CONNECTIONS,
    "events": ["PutEvents"],
    "secretsmanager": ["GetSecretValue"],
    "ssm": ["DeleteParameter", "GetParametersByPath", "PutParameter"],
}
METADATA = ["endpointPrefix", "jsonVersion", "signingName", "targetPrefix"]


def without_documentation(node):
    if isinstance(node, dict):
        return {
            key: without_documentation(value)
            for key, value in node.items()
            # A member may itself be called "documentation"; it is then a dict.
            if key != "documentation" or isinstance(value, dict)
        }
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    return node


def references(node):
    """Yields the names of the shapes that an operation or a shape refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def reachable(shapes, operations):
    found = set()
    pending = list(references(operations))
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(references(shapes[name]))
    return {name: shapes[name] for name in sorted(found)}


def trimmed(model, operations):
    model = without_documentation(model)
    kept = {name: model["operations"][name] for name in operations}
    metadata = {key: model["metadata"][key] for key in METADATA if key in model["metadata"]}
    return {"metadata": metadata, "operations": kept, "shapes": reachable(model["shapes"], kept)}


def main(data, version):
    for service, operations in OPERATIONS.items():
        # The folder names are dates, so the last one is the newest API version.
        source = sorted(data.glob(f"{service}/*/service-2.json.gz"))[-1]
        with gzip.open(source) as file:
            model = trimmed(json.load(file), operations)
        origin = f"botocore {version}, {source.relative_to(data).as_posix()}"
        target = pathlib.Path(__file__).with_name(f"{service}.json")
        target.write_text(json.dumps({"source": origin, **model}, indent=2) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
