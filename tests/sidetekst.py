"""The text of a page as a reader has it, for tests that ask whether it is there."""

import io
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pypdf import PdfReader

from transforms.dokument import tittel
from transforms.dokument_tekster import tekster


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def squeeze(tekst: str) -> str:
    """A text without what line breaking adds or takes: white space and places to break. Nothing is hyphenated."""
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFC", tekst))


def page_text(innhold: Mapping[str, Any], pdf: bytes) -> str:
    """The text of all pages as one, without what stands at the head and the foot of each."""
    hode = innhold["hode"]
    navn = tittel(innhold)
    merke = tekster().side.get(hode["modus"], "")
    topp = f"{navn} · {hode['deltaker']['navn']} {hode['avsender']['navn']}"
    bunn = f"{navn}, versjon {hode['versjon']} · dokument {hode['dokumentId']} melding {hode['meldingId']}"
    bunn_til_slutt = re.escape(squeeze(f"{bunn} · {hode['regelverk']} Side")) + r"\d+av\d+$"
    samlet = ""
    for side in read(pdf).pages:
        tekst = squeeze(side.extract_text()).removeprefix(squeeze(merke)).removeprefix(squeeze(topp))
        assert re.search(bunn_til_slutt, tekst)
        samlet += re.sub(bunn_til_slutt, "", tekst)
    return samlet
