"""Small documents that satisfy the schemas, and packages of them: whole, or broken on purpose."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from xml.sax.saxutils import escape

from schemas.identer import check_personident
from tiltaksflyt.delivery import ByggetPakke, Pakkedokument, build_package
from transforms.arkivmelding import render_arkivmelding
from transforms.journalpost import render_journalpost

ENHET = "0315"
ORGNR = "310000019"
LAGET = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FRIST = date(2026, 3, 30)
TITLER = {"PLAN": "Plan for tiltaket", "PERIODERAPPORT": "Perioderapport", "SLUTTRAPPORT": "Sluttrapport"}
SALT = bytes(range(32))
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nen side\n%%EOF\n"


def ident(nr: int = 0) -> str:
    """A synthetic personident (month + 80) with right check digits."""
    return _find("018190", 100 + nr)


def ident_not_synthetic() -> str:
    """A valid personident without any mark of a test: of someone born in December 2039, so of nobody."""
    return _find("311239", 700)


def _find(dato: str, individ: int) -> str:
    for lope in range(individ, 999):
        for slutt in range(100):
            kandidat = f"{dato}{lope:03d}{slutt:02d}"
            if check_personident(kandidat, regel2032=False).gyldig:
                return kandidat
    raise AssertionError("no such number")


def hode(dokumenttype: str = "PLAN", **endret: Any) -> dict[str, Any]:
    """The header of a document, in the schema's own order."""
    felt = {
        "dokumentId": str(uuid.uuid4()),
        "meldingId": str(uuid.uuid4()),
        "versjon": 1,
        **({"kopiAv": endret["kopiAv"]} if "kopiAv" in endret else {}),
        "dokumenttype": dokumenttype,
        **({"nummer": 1} if dokumenttype != "SLUTTRAPPORT" else {}),
        "tittel": TITLER.get(dokumenttype, dokumenttype),
        "modus": "TEST",
        "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING",
        "avsender": {"orgnr": ORGNR, "navn": "Eksempel Vekst AS", "kildesystem": "Fagsystem"},
        "mottaker": {"behandlingsansvarlig": "NAV", "navEnhet": ENHET, "navFylke": "03", "navn": "Nav Eksempel"},
        "deltakelseId": "D-1",
        "deltaker": {"personident": ident(), "navn": "Kanari Syntetisk"},
        "periode": {"fra": "2026-03-02", "til": "2026-06-01"},
        "frist": FRIST.isoformat(),
        "opprettet": "2026-03-02T07:00:00+01:00",
        "regelverk": "AFT-gjeldende",
        "skjemaversjon": "1.0",
        "malversjon": "1.0",
        "maalform": "nb",
    }
    return felt | endret


def dokument(dokumenttype: str = "PLAN", *, filer: Mapping[str, bytes] | None = None, **endret: Any) -> Pakkedokument:
    """One document as a package takes it; `endret` goes into its header, `filer` replace what belongs to it."""
    h = hode(dokumenttype, **endret)
    innhold = {
        "hode": h,
        "opplysninger": [{"kode": "navn", "ledetekst": "Navn", "tekst": h["deltaker"]["navn"]}],
        "seksjoner": [
            {
                "kode": "KORT_FORTALT",
                "nummer": 1,
                "overskrift": "Kort fortalt",
                "blokker": [{"type": "avsnitt", "kode": "hensikt", "tekst": "Æ & Ø < Å"}],
            }
        ],
    }
    egne = {"dokument.json": json.dumps(innhold).encode(), "dokument.xml": xml(innhold), "dokument.pdf": PDF}
    sendt = egne | dict(filer or {})
    arkivfiler = {
        "journalpost.json": render_journalpost(innhold),
        "arkivmelding.xml": render_arkivmelding(innhold, sendt),
    }
    return Pakkedokument(
        melding_id=h["meldingId"],
        dokumenttype=dokumenttype,
        versjon=h["versjon"],
        tiltakskode=h["tiltakskode"],
        avsender_orgnr=h["avsender"]["orgnr"],
        filer=arkivfiler | sendt,
        erstatter=h.get("erstatter"),
        frist=date.fromisoformat(h["frist"]),
    )


def xml(innhold: Mapping[str, Any]) -> bytes:
    """The same small document as XML."""
    type_ = innhold["hode"]["dokumenttype"].lower()
    opplysning, seksjon = innhold["opplysninger"][0], innhold["seksjoner"][0]
    avsnitt = seksjon["blokker"][0]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{type_} xmlns="urn:tiltaksflyt:{type_}:1.0">'
        f"{_element('hode', innhold['hode'])}"
        f'<opplysninger><opplysning kode="{opplysning["kode"]}">'
        f"{_element('ledetekst', opplysning['ledetekst'])}{_element('tekst', opplysning['tekst'])}"
        f'</opplysning></opplysninger><seksjoner><seksjon kode="{seksjon["kode"]}" nummer="1">'
        f"{_element('overskrift', seksjon['overskrift'])}"
        f'<avsnitt kode="{avsnitt["kode"]}">{_element("tekst", avsnitt["tekst"])}</avsnitt>'
        f"</seksjon></seksjoner></{type_}>\n"
    ).encode()


def _element(navn: str, verdi: Any) -> str:
    if isinstance(verdi, Mapping):
        return f"<{navn}>{''.join(_element(n, v) for n, v in verdi.items())}</{navn}>"
    return f"<{navn}>{escape(str(verdi))}</{navn}>"


def pakke(*dokumenter: Pakkedokument, leveranse_id: str | None = None, **endret: Any) -> ByggetPakke:
    """A package of the documents, or of one plan."""
    felt: dict[str, Any] = {"nav_enhet": ENHET, "modus": "TEST", "opprettet": LAGET, "saltnokkel": SALT}
    return build_package(dokumenter or (dokument(),), leveranse_id=leveranse_id or str(uuid.uuid4()), **(felt | endret))


def unzip(innhold: bytes) -> dict[str, bytes]:
    """The files of a package, by name."""
    with zipfile.ZipFile(io.BytesIO(innhold)) as arkiv:
        return {navn: arkiv.read(navn) for navn in arkiv.namelist()}


def rezip(filer: Mapping[str, bytes]) -> bytes:
    """A ZIP of files with whatever names."""
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w") as arkiv:
        for navn, innhold in filer.items():
            arkiv.writestr(navn, innhold)
    return ut.getvalue()


def tamper(innhold: bytes, endre: Callable[[dict[str, bytes]], None]) -> bytes:
    """The package after somebody has changed its files."""
    filer = unzip(innhold)
    endre(filer)
    return rezip(filer)
