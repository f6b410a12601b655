"""What the intake tests share: synthetic identities, a sender, and files written by ordinary libraries."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest
import xlsxwriter

from schemas.identer import check_orgnr, check_personident
from schemas.oppsett import Avsender, Profilref
from tiltaksflyt.intake import Lesing, read_drop

MOTTATT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
Rader = Sequence[Sequence[Any]]


def make_ident(lopenummer: int = 0) -> str:
    """A synthetic fødselsnummer (month + 80) whose check digits hold."""
    for individ in range(100 + lopenummer * 7, 1000):
        for slutt in range(100):
            ident = f"018190{individ:03d}{slutt:02d}"
            if check_personident(ident, regel2032=False).gyldig:
                return ident
    raise AssertionError("no valid number in the range")


def make_orgnr(start: int = 810000000) -> str:
    """An organisasjonsnummer whose check digit holds."""
    return next(str(n) for n in range(start, start + 100) if check_orgnr(str(n)).gyldig)


@pytest.fixture(scope="session")
def ident() -> str:
    return make_ident()


@pytest.fixture(scope="session")
def orgnr() -> str:
    return make_orgnr()


@pytest.fixture
def avsender(orgnr: str) -> Callable[..., Avsender]:
    def make(profil: str | Profilref | None = None, **endret: Any) -> Avsender:
        egenskaper: dict[str, Any] = {
            "orgnr": orgnr,
            "konsern_orgnr": None,
            "navn": "Fjordheim Arbeidsinkludering AS",
            "rapporterer_fra": date(2026, 1, 1),
            "profil": Profilref(profil, 1) if isinstance(profil, str) else profil,
            "maalform": "nb",
            "kildesystem": "Vekstfag",
            "omfang": "FULL",
            "modus": "TEST",
            "filnavn": None,
            "tillatte_personopplysninger": frozenset(),
            "adressebeskyttelse_rutine": None,
        }
        return Avsender(**(egenskaper | endret))

    return make


@pytest.fixture
def lever(avsender: Callable[..., Avsender]) -> Callable[..., Lesing]:
    """Drop bytes at the door, as a sender with or without a profile."""

    def drop(
        data: bytes,
        profil: str | None = None,
        *,
        filnavn: str = "eksport",
        modus: str = "TEST",
        mottatt: datetime = MOTTATT,
        grenser: Any = None,
        modus_i_oppsett: str = "TEST",
        **endret: Any,
    ) -> Lesing:
        endret["modus"] = modus_i_oppsett
        return read_drop(
            data, filnavn=filnavn, avsender=avsender(profil, **endret), mottatt=mottatt, modus=modus, grenser=grenser
        )

    return drop


@pytest.fixture
def regler() -> Callable[[Lesing], list[str]]:
    """The rule ids that a reading answers with, sorted."""
    return lambda lesing: sorted(avvik.regelId for avvik in lesing.avvik)


def write_csv(rader: Rader, *, skille: str = ";", tegnsett: str = "utf-8", linjeskift: str = "\r\n") -> bytes:
    ut = io.StringIO()
    csv.writer(ut, delimiter=skille, lineterminator=linjeskift).writerows(rader)
    return ut.getvalue().encode(tegnsett)


def write_zip(filer: Mapping[str, bytes], pakking: int = zipfile.ZIP_DEFLATED) -> bytes:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", pakking) as arkiv:
        for navn, innhold in filer.items():
            arkiv.writestr(navn, innhold)
    return ut.getvalue()


def write_xlsx(ark: Mapping[str, Rader]) -> bytes:
    """A workbook whose text cells are text, numbers numbers and dates real date cells."""
    ut = io.BytesIO()
    bok = xlsxwriter.Workbook(ut, {"in_memory": True})
    dato = bok.add_format({"num_format": "dd.mm.yyyy"})
    for navn, rader in ark.items():
        side = bok.add_worksheet(navn)
        for i, rad in enumerate(rader):
            for j, celle in enumerate(rad):
                if isinstance(celle, date):
                    side.write_datetime(i, j, celle, dato)
                elif isinstance(celle, str):
                    side.write_string(i, j, celle)
                elif celle is not None:
                    side.write(i, j, celle)
    bok.close()
    return ut.getvalue()


_TYPER = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_ROT = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_KOBLING = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>'
)
_BOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{navn}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_ARK = (
    '<?xml version="1.0"{erklaering}?>{foran}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{rader}</sheetData></worksheet>"
)


def write_raw_xlsx(
    rader: str,
    *,
    navn: str = "stengt",
    foran: str = "",
    erklaering: str = "",
    ekstra: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """A workbook of one sheet whose row XML is given, for what no library writes."""
    deler = {
        "[Content_Types].xml": _TYPER.encode(),
        "_rels/.rels": _ROT.encode(),
        "xl/workbook.xml": _BOK.format(navn=navn).encode(),
        "xl/_rels/workbook.xml.rels": _KOBLING.encode(),
        "xl/worksheets/sheet1.xml": _ARK.format(foran=foran, erklaering=erklaering, rader=rader).encode(),
    }
    return write_zip({**deler, **ekstra})


def text_row(nummer: int, *celler: str) -> str:
    """The XML of a sheet row of text cells."""
    innhold = "".join(
        f'<c r="{chr(65 + i)}{nummer}" t="inlineStr"><is><t>{celle}</t></is></c>' for i, celle in enumerate(celler)
    )
    return f'<row r="{nummer}">{innhold}</row>'


@pytest.fixture(scope="session")
def skriv() -> Any:
    """The writers, under short names."""

    class Skriv:
        csv = staticmethod(write_csv)
        zip = staticmethod(write_zip)
        xlsx = staticmethod(write_xlsx)
        raa_xlsx = staticmethod(write_raw_xlsx)
        rad = staticmethod(text_row)
        ident = staticmethod(make_ident)
        orgnr = staticmethod(make_orgnr)

    return Skriv


# stengt is the contract's smallest table without a person: header and one row.
STENGT = (("avdelingOrgnr", "fraDato", "tilDato"), ("810000000", "2026-07-01", "2026-07-31"))


@pytest.fixture(scope="session")
def stengt() -> Rader:
    return STENGT
