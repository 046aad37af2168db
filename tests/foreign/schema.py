"""Checks the settings of a workspace by the schema that editors are given.

Argument: the folder of the workspace. Its files are valid, what the server refuses is not.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

# Section and what is wrong in it; sections that the workspace lacks are wrong in any case.
WRONG = [
    "nonsense: true",
    "server: {prot: 1}",
    "server: {port: 70000}",
    "server: {port: '1'}",
    "server: {max_connections: 0}",
    "server: {handshake_timeout: 30}",
    "server: {handshake_timeout: 1.5s}",
    "server: {max_header_list_size: 16KB}",
    "server: {connection: {idle: {}}}",
    "server: {connection: {control_frames: 5000}}",
    "deadline: {unary: fast}",
    "messages: {receive: 4194304}",
    "logging: {level: loud}",
    "logging: {format: xml}",
    "policy: [{timeout: 1s}]",
    "policy: [{methods: '*', timeout: 5}]",
    "policy: {methods: '*'}",
    "tls: {mode: on}",
    "tls: {min_version: '1.1'}",
    "auth: {algorithm: HS512}",
    "audit: {metadata: [two words]}",
    "compression: {accept: [brotli]}",
    "database: {password: hunter2}",
    "rate_limit: {caller: 0/s}",
    "rate_limit: {caller: 100}",
    "redis: {password: 'file:'}",
    "reload: {settle: never}",
    "tracing: {ratio: 1.5}",
    "tracing: {endpoint: 'https://collector:4317'}",
]
RIGHT = [
    "{}",
    "server: {port: 0, handshake_timeout: 500ms, trusted_proxies: [10.0.0.0/8]}",
    "logging: {level: 'info, chassis=debug'}",
    "policy: [{methods: '*', public: true, timeout: 0s}]",
]


class Loader(yaml.SafeLoader):
    """YAML 1.2, as the server and editors read it: `off` is a word."""


Loader.yaml_implicit_resolvers = {
    letter: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), "tf")


def main():
    folder = pathlib.Path(sys.argv[1]) / "config"
    schema = json.loads((folder / "schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    faults = lambda text: [error.message for error in validator.iter_errors(yaml.load(text, Loader))]

    names = [name for name in ("default", "dev", "prod") if (folder / f"{name}.yaml").exists()]
    assert names[:2] == ["default", "dev"], names
    for name in names:
        text = (folder / f"{name}.yaml").read_text()
        assert text.startswith("# yaml-language-server: $schema=schema.json\n"), name
        assert not faults(text), (name, faults(text))
    for text in RIGHT:
        assert not faults(text), (text, faults(text))
    for text in WRONG:
        assert faults(text), text

    # Each key has the default that `default.yaml` tells.
    def agree(properties, written, path):
        assert properties.keys() == written.keys(), path
        for key, value in written.items():
            property = properties[key]
            if property.get("properties"):
                agree(property["properties"], value, f"{path}.{key}")
            else:
                assert property["default"] == value, (f"{path}.{key}", property["default"], value)

    written = yaml.load((folder / "default.yaml").read_text(), Loader)
    agree(schema["properties"], written, "")


main()
