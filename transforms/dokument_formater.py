"""The three renderings of a document by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from transforms.dokument_json import check_json, to_json
from transforms.dokument_pdf import render_pdf
from transforms.dokument_xml import check_xml, to_xml

FORMATER: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = MappingProxyType(
    {"xml": to_xml, "json": to_json, "pdf": render_pdf}
)


def render(innhold: Mapping[str, Any], format_: str) -> bytes:
    """The document as `xml`, `json` or `pdf`: a pure function of the content and its template version.

    Raises KeyError for another format, UgyldigDokument or PdfFeil when the content does not allow it.
    """
    return FORMATER[format_](innhold)


def check(innhold: Mapping[str, Any]) -> tuple[str, ...]:
    """The breaches of the document's own schemas, JSON first, then XML; empty when it may be sent.

    Raises UgyldigDokument for what is no document of a known type.
    """
    return (*check_json(innhold), *check_xml(to_xml(innhold)))
