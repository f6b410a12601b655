"""Reads the door's own data files: limits, rule texts, words for absence. Each has its JSON Schema beside it."""

from typing import Any

import jsonschema

from schemas.loader import SCHEMAS, UgyldigFil, read_json, read_yaml

PROFILER = SCHEMAS / "profiler"


def read_portdata(navn: str) -> Any:  # noqa: ANN401  each file has its own shape, held by its schema
    """The content of schemas/profiler/<navn>.yaml. Raises UgyldigFil when it breaks <navn>.schema.json."""
    fil = PROFILER / f"{navn}.yaml"
    innhold = read_yaml(fil)
    skjema = jsonschema.Draft202012Validator(read_json(PROFILER / f"{navn}.schema.json"))
    for feil in skjema.iter_errors(innhold):
        raise UgyldigFil(fil, feil.json_path, feil.message)
    return innhold
