"""A document as JSON, and the check of its form on the hot path (jsonschema-rs; the schema of each type)."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from schemas.loader import SCHEMAS, read_json
from transforms.dokument_form import UgyldigDokument, in_form, type_name


def to_json(innhold: Mapping[str, Any]) -> bytes:
    """The document as JSON, UTF-8, in the order of the form, so that the same content gives the same bytes.

    Raises UgyldigDokument for a key that the form does not have or a value that JSON cannot hold.
    """
    try:
        return (json.dumps(in_form(innhold), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    except ValueError:
        raise UgyldigDokument("half a character, or no number; the texts are cleaned when it is built") from None


@cache
def _validator(navn: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        read_json(SCHEMAS / "json" / f"{navn}.schema.json"), validate_formats=True
    )


def check_json(innhold: Mapping[str, Any]) -> tuple[str, ...]:
    """The breaches of the JSON Schema of the document's own type, as «path: keyword»; empty when it is valid.

    The messages of the validator carry values and stay inside. Raises UgyldigDokument for a type without one, and
    for what is no JSON: half a character, a number that is none.
    """
    validator = _validator(type_name(innhold))
    try:
        return tuple(
            f"{'/'.join(str(ledd) for ledd in feil.instance_path)}: {feil.kind.name}"
            for feil in validator.iter_errors(dict(innhold))
        )
    except ValueError:
        raise UgyldigDokument("half a character, or no number") from None
