"""Reads the project's own data files and fails loudly, naming the file and the place, when one is invalid."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from schemas.linjer import read_linjekart

SCHEMAS = Path(__file__).parent


class UgyldigFil(Exception):
    """A data file (schema, code list, policy, profile, set-up) is missing, unreadable or breaks its JSON Schema.

    Names the file, the line (1-based; found from `sted` when it is not given, None when nowhere) and the reason.
    These files are the project's and the operator's own and hold nobody's data, so the text may be shown and logged.
    """

    kode = "UGYLDIG_FIL"

    def __init__(self, fil: Path, sted: str, grunn: str, linje: int | None = None) -> None:
        self.fil = fil
        self.sted = sted
        self.grunn = grunn
        self.linje = linje or (read_linjekart(fil).line_of_text(sted) if sted else None)
        hvor = f"{fil}, line {self.linje}" if self.linje else f"{fil}"
        super().__init__(f"{hvor}: {sted or 'the document'}: {grunn}. Correct the file; nothing runs on a guess.")


if TYPE_CHECKING:
    from yaml import SafeLoader as _SafeLoader
else:
    # libyaml reads the same ten times as fast, where PyYAML was built with it; the rules are read at every start.
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TextDateLoader(_SafeLoader):
    """SafeLoader to which a date is text, so that the same JSON Schema checks YAML and JSON."""


_TextDateLoader.yaml_implicit_resolvers = {
    key: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for key, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
}


class _UniqueKeyLoader(_TextDateLoader):
    """Refuses a mapping with the same key twice, which YAML otherwise settles in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} occurs twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_json(fil: Path) -> Any:  # noqa: ANN401  JSON is what it is until its schema has spoken
    """The value in a JSON file. Raises UgyldigFil when it cannot be read."""
    try:
        return json.loads(fil.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UgyldigFil(fil, "", "the file does not exist") from None
    except json.JSONDecodeError as error:
        raise UgyldigFil(fil, "", f"not valid JSON ({error})", error.lineno) from None
    except ValueError as error:
        raise UgyldigFil(fil, "", f"not valid JSON ({error})") from None


def read_yaml(fil: Path, *, keys_once: bool = True) -> Any:  # noqa: ANN401
    """The value in a YAML file: safe tags only, no key twice, dates as text. Raises UgyldigFil.

    `keys_once` false lets the last of several equal keys stand, for whoever tells them all.
    """
    try:
        with fil.open(encoding="utf-8") as stream:
            return yaml.load(stream, Loader=_UniqueKeyLoader if keys_once else _TextDateLoader)  # noqa: S506  both safe
    except FileNotFoundError:
        raise UgyldigFil(fil, "", "the file does not exist") from None
    except yaml.MarkedYAMLError as error:
        merke = error.problem_mark or error.context_mark
        grunn = f"not valid YAML ({error.problem or error.context})"
        raise UgyldigFil(fil, "", grunn, merke.line + 1 if merke else None) from None
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise UgyldigFil(fil, "", f"not readable as YAML ({type(error).__name__})") from None


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
        linje = read_linjekart(fil).line_of(path_of(feil))
        raise UgyldigFil(fil, feil.json_path, feil.message, linje)
    return innhold


def path_of(feil: jsonschema.ValidationError) -> list[str | int]:
    """Where a breach stands: at the key that may not be there or is misspelt, where that is the breach."""
    sti = list(feil.absolute_path)
    if feil.validator == "additionalProperties" and isinstance(feil.instance, dict):
        kjente = feil.schema.get("properties", {})
        sti += [str(nokkel) for nokkel in feil.instance if nokkel not in kjente][:1]
    elif feil.parent is None and feil.validator != "type" and isinstance(feil.instance, str):
        # Of a breach of propertyNames, the instance is the key itself.
        sti += [feil.instance] if "propertyNames" in feil.relative_schema_path else []
    return sti
