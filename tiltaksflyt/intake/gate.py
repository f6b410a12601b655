"""The gate: is this a file of a kind and size that may come in at all? Only content counts, never the file name."""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from tiltaksflyt.intake.amtleser import marks
from tiltaksflyt.intake.arkiv import Arkiv
from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.identspor import holds_personident
from tiltaksflyt.intake.kilde import MAKS_TITTELRADER
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.tegnsett import find_unmarked_utf16


class Filtype(StrEnum):
    """The kinds of file that are known by their content."""

    XLSX = "XLSX"
    ZIP_CSV = "ZIP_CSV"
    CSV = "CSV"
    JSON = "JSON"
    JSONL = "JSONL"
    AMT_LISTE = "AMT_LISTE"
    AMT_LINJER = "AMT_LINJER"
    XML = "XML"
    PARQUET = "PARQUET"
    UKJENT = "UKJENT"


_BLANKE = b" \t\r\n\x0b\x0c\x1a"
_BOM = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UTF16_BOM = (b"\xff\xfe", b"\xfe\xff")
_STYRETEGN = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_BEGYNNELSE = 1024 * 1024
_ARBEIDSBOK = "xl/workbook.xml"
_KRYPTERT_REGNEARK = "EncryptedPackage".encode("utf-16-le")
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)")
_HTML = re.compile(r"<(!doctype\s+)?html", re.IGNORECASE)
_JSON_START = re.compile(r"\{\s*[\"}]|\{\s*$")
_AMT_START = re.compile(r"\{\s*\"(?:id|gjennomforingId|personIdent)\"\s*:")
_JSONL_START = re.compile(r"\{\s*\"tabell\"\s*:")


def inspect(data: bytes, filnavn: str, grenser: Grenser, dato: date) -> Filtype:
    """The kind of a file that may come in.

    Raises Avvisning: FIL003 (too large, or holds what is not allowed), PII002 (a name tells a fødselsnummer),
    FIL004 (empty), FIL002 (locked or damaged). `dato` is the day of arrival.
    """
    if len(data) > grenser.maks_storrelse:
        raise Avvisning("FIL003")
    if holds_personident(filnavn, dato):
        raise Avvisning("PII002")
    if _is_blank(data[:_BEGYNNELSE]) and _is_blank(data):
        raise Avvisning("FIL004")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _inspect_archive(data, grenser, dato)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        # An Excel file with a password is an OLE container; without one it is Excel 97, which is not read.
        if _KRYPTERT_REGNEARK in data:
            raise Avvisning("FIL002")
        return Filtype.UKJENT
    if data.startswith((b"PAR1", b"PARE")):
        return Filtype.PARQUET
    return _inspect_text(data)


def _inspect_archive(data: bytes, grenser: Grenser, dato: date) -> Filtype:
    if data.startswith(b"PK\x05\x06"):
        raise Avvisning("FIL004")
    arkiv = Arkiv(data, grenser, dato)
    if not arkiv.names:
        raise Avvisning("FIL004")
    if _ARBEIDSBOK in arkiv.names:
        arkiv.refuse_size(grenser.maks_utpakket_regneark, grenser.maks_forhold)
        return Filtype.XLSX
    er_kontordokument = "mimetype" in arkiv.names or "[Content_Types].xml" in arkiv.names
    return Filtype.UKJENT if er_kontordokument else Filtype.ZIP_CSV


def _inspect_text(data: bytes) -> Filtype:
    begynnelse = _read_beginning(data)
    forste = begynnelse.lstrip()[:1]
    if forste == "<":
        if _HTML.match(begynnelse.lstrip()):
            return Filtype.UKJENT
        if _DOCTYPE.search(data.replace(b"\0", b"")):
            raise Avvisning("FIL003")
        return Filtype.XML
    if forste == "[" and _is_amt(begynnelse):
        return Filtype.AMT_LISTE
    if forste == "{" and _JSON_START.match(begynnelse.lstrip()):
        return _json_kind(begynnelse.strip())
    return Filtype.CSV if _is_table(begynnelse.strip().splitlines()) else Filtype.UKJENT


def _json_kind(begynnelse: str) -> Filtype:
    er_linjer = _is_json_lines(begynnelse)
    # One record on one line is a whole file of them, too.
    er_poster = er_linjer or (_AMT_START.match(begynnelse) is not None and "\n" not in begynnelse)
    if er_poster and not _JSONL_START.match(begynnelse) and _is_amt(begynnelse):
        return Filtype.AMT_LINJER
    return Filtype.JSONL if er_linjer else Filtype.JSON


def _is_amt(begynnelse: str) -> bool:
    """Whether records of NAV's stand there: a key of each mark."""
    return all(re.search(rf'"{mark}"\s*:', begynnelse) for mark in marks())


def _is_table(linjer: Sequence[str]) -> bool:
    """Whether a header may stand among the first lines, below a title."""
    for linje in linjer[: MAKS_TITTELRADER + 1]:
        # A JSON list has commas too, and a format of its own may begin with readable words.
        if linje[:1] in ("[", "%") or _STYRETEGN.search(linje):
            return False
        if any(skille in linje for skille in ";,\t"):
            return True
    return False


def _is_json_lines(begynnelse: str) -> bool:
    """One object that ends where its line does, and says its table or is followed by another object."""
    forste, _, resten = begynnelse.partition("\n")
    if not forste.rstrip().endswith("}"):
        return False
    return bool(_JSONL_START.match(forste)) or resten.lstrip().startswith("{")


def _read_beginning(data: bytes) -> str:
    """The first part as text, for looking at signs that every accepted encoding has in common."""
    utf16 = "utf-16" if data.startswith(_UTF16_BOM) else find_unmarked_utf16(data)
    if utf16:
        return data[:_BEGYNNELSE].decode(utf16, errors="ignore")
    return _strip_bom(data[:_BEGYNNELSE]).decode("latin-1")


def _is_blank(data: bytes) -> bool:
    return not _strip_bom(data).strip(_BLANKE + b"\0")


def _strip_bom(data: bytes) -> bytes:
    return next((data[len(bom) :] for bom in _BOM if data.startswith(bom)), data)
