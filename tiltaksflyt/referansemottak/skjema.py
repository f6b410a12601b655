"""The document types that the receiver takes: those that have both an XSD and a JSON Schema in schemas/."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema_rs
from lxml import etree

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, read_json
from tiltaksflyt.referansemottak.koder import Funn

_ENDELSE = ".schema.json"


@dataclass(frozen=True)
class Dokumentskjema:
    """Both schemas of one type, compiled once."""

    xsd: etree.XMLSchema
    json: jsonschema_rs.Draft202012Validator

    def check_xml(self, innhold: bytes) -> tuple[etree._Element | None, Funn | None]:
        """The root element, or what is wrong."""
        leser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            rot = etree.fromstring(innhold, leser)
        except etree.XMLSyntaxError:
            return None, Funn.XML_UGYLDIG
        if rot.getroottree().docinfo.internalDTD is not None:
            return None, Funn.XML_DOCTYPE
        if not self.xsd.validate(rot):
            return None, Funn.XML_UGYLDIG
        return rot, None

    def check_json(self, innhold: bytes) -> tuple[Any, Funn | None]:
        """The value, or what is wrong."""
        try:
            verdi = json.loads(innhold)
        except (ValueError, RecursionError):
            return None, Funn.JSON_UGYLDIG
        return (verdi, None) if self.json.is_valid(verdi) else (None, Funn.JSON_UGYLDIG)


def load_skjemaer(katalog: Path = SCHEMAS) -> Mapping[str, Dokumentskjema]:
    """The schemas by dokumenttype. Raises UgyldigFil or lxml's own error for a faulty schema file."""
    skjemaer = {}
    for dokumenttype in kodeverk("dokumenttype").koder:
        navn = dokumenttype.lower().replace("_", "-")
        xsd, skjema = katalog / "xsd" / f"{navn}.xsd", katalog / "json" / f"{navn}{_ENDELSE}"
        if xsd.exists() and skjema.exists():
            skjemaer[dokumenttype] = Dokumentskjema(
                etree.XMLSchema(etree.parse(xsd)),
                jsonschema_rs.Draft202012Validator(read_json(skjema), validate_formats=True),
            )
    return MappingProxyType(skjemaer)
