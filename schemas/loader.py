"""Reads the project's own data files and fails loudly, naming the file and the place, when one is invalid."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

SCHEMAS = Path(__file__).parent


class UgyldigFil(Exception):
    """A data file (schema, code list, policy, profile, set-up) is missing, unreadable or breaks its JSON Schema."""

    def __init__(self, fil: Path, sted: str, grunn: str) -> None:
        super().__init__(f"{fil}: {sted or 'the document'}: {grunn}. Correct the file; nothing runs on a guess.")
        self.fil = fil
        self.sted = sted
        self.grunn = grunn


class _UniqueKeyLoader(yaml.SafeLoader):
    """SafeLoader that refuses a mapping with the same key twice, which YAML otherwise settles in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} occurs twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


# Dates in our YAML are text until the reader types them, so that the same JSON Schema checks YAML and JSON.
_UniqueKeyLoader.yaml_implicit_resolvers = {
    key: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_json(fil: Path) -> Any:  # noqa: ANN401  JSON is what it is until its schema has spoken
    """The value in a JSON file. Raises UgyldigFil when it cannot be read."""
    try:
        return json.loads(fil.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UgyldigFil(fil, "", "the file does not exist") from None
    except ValueError as error:
        raise UgyldigFil(fil, "", f"not valid JSON ({error})") from None


def read_yaml(fil: Path) -> Any:  # noqa: ANN401
    """The value in a YAML file: safe tags only, no key twice, dates as text. Raises UgyldigFil."""
    try:
        with fil.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=_UniqueKeyLoader)  # noqa: S506  a SafeLoader, made stricter
    except FileNotFoundError:
        raise UgyldigFil(fil, "", "the file does not exist") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UgyldigFil(fil, "", f"not valid YAML ({error})") from None


@cache
def validator(skjema: str) -> jsonschema.Draft202012Validator:
    """The compiled validator of `schemas/json/<skjema>.schema.json`. Raises UgyldigFil for a faulty schema."""
    fil = SCHEMAS / "json" / f"{skjema}.schema.json"
    return _compile(fil)


def _compile(fil: Path) -> jsonschema.Draft202012Validator:
    innhold = read_json(fil)
    try:
        jsonschema.Draft202012Validator.check_schema(innhold)
    except jsonschema.SchemaError as error:
        raise UgyldigFil(fil, error.json_path, error.message) from None
    return jsonschema.Draft202012Validator(innhold, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def load(fil: Path, skjema: str) -> Any:  # noqa: ANN401
    """A JSON or YAML file that satisfies `schemas/json/<skjema>.schema.json`.

    Raises UgyldigFil with the file, the JSON path and the reason of the first breach.
    """
    innhold = read_yaml(fil) if fil.suffix == ".yaml" else read_json(fil)
    feil = min(validator(skjema).iter_errors(innhold), key=lambda e: str(e.json_path), default=None)
    if feil is not None:
        raise UgyldigFil(fil, feil.json_path, feil.message)
    return innhold
