"""Imports every module of the generated client, and reads every example of the description with it.

Prints {"modules": <count>, "examples": <count>, "faults": [...]}: an answer that is read as something else, or written
back differently, is a fault.
"""

import datetime
import importlib
import json
import pkgutil
import re
import sys

import httpx

import coxswain_client

TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$")


def snake(operation_id: str) -> str:
    return re.sub(r"([A-Z])", lambda letter: "_" + letter.group(1).lower(), operation_id)


def plain(value):
    """The same with times as moments: the generator writes them with an offset and microseconds."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, str) and TIME.match(value):
        return datetime.datetime.fromisoformat(value)
    return value


def import_all():
    modules = {}
    for module in pkgutil.walk_packages(coxswain_client.__path__, "coxswain_client."):
        modules[module.name] = importlib.import_module(module.name)
    return modules


def shown_in(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                media = response.get("content", {}).get("application/json")
                for name, example in (media or {}).get("examples", {}).items():
                    yield operation["operationId"], int(status), name, example["value"]


def main(path: str):
    modules = import_all()
    apis = {name.rsplit(".", 1)[1]: module for name, module in modules.items() if hasattr(module, "_parse_response")}
    client = coxswain_client.Client(base_url="http://unused")
    document = json.load(open(path, encoding="utf8"))
    faults, count = [], 0
    for operation, status, name, value in shown_in(document):
        count += 1
        parsed = apis[snake(operation)]._parse_response(client=client, response=httpx.Response(status, json=value))
        written = parsed.to_dict()
        unknown = getattr(parsed, "additional_properties", {})
        if plain(written) != plain(value) or (unknown and operation != "docsOpenapi"):
            faults.append({"operation": operation, "name": name, "as": type(parsed).__name__, "unknown": list(unknown)})
    print(json.dumps({"modules": len(modules), "examples": count, "faults": faults}))


main(sys.argv[1])
