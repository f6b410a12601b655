"""Small documents that satisfy the schemas, and packages of them: whole, or broken on purpose."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

from deploy.lokalt.pki import Pki, make_pki
from schemas.identer import check_personident
from tiltaksflyt.delivery import (
    ByggetPakke,
    Forsegling,
    Pakkedokument,
    build_package,
    load_certificate,
    load_own,
)
from tiltaksflyt.delivery.asice import AsiceSkriver
from tiltaksflyt.delivery.cms import KryptertStrom
from tiltaksflyt.referansemottak.forsegling import INNPAKNING, Apner
from transforms.arkivmelding import render_arkivmelding
from transforms.journalpost import render_journalpost

ENHET = "0315"
ORGNR = "310000019"
LAGET = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FRIST = date(2026, 3, 30)
TITLER = {"PLAN": "Plan for tiltaket", "PERIODERAPPORT": "Perioderapport", "SLUTTRAPPORT": "Sluttrapport"}
SALT = bytes(range(32))
_MAPPE = TemporaryDirectory(prefix="pakkebygger-")
_FILER = Path(_MAPPE.name)
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


@cache
def pki() -> Pki:
    """Test certificates, one set for the whole run."""
    return make_pki(_FILER / "pki")


def apner() -> Apner:
    """The receiver's key."""
    return Apner(pki().mottakernokkel, pki().mottaker, pki().utsteder)


@cache
def forsegling() -> Forsegling:
    """Who signs, and for whom."""
    return Forsegling(load_own(pki().virksomhetsnokkel, pki().virksomhet), load_certificate(pki().mottaker))


def pakke(*dokumenter: Pakkedokument, leveranse_id: str | None = None, **endret: Any) -> ByggetPakke:
    """A package of the documents, or of one plan."""
    felt: dict[str, Any] = {"nav_enhet": ENHET, "modus": "TEST", "opprettet": LAGET, "saltnokkel": SALT}
    return build_package(
        sorted(dokumenter or (dokument(),), key=lambda d: d.melding_id),
        new_file(),
        leveranse_id=leveranse_id or str(uuid.uuid4()),
        forsegling=forsegling(),
        **(felt | endret),
    )


def new_file() -> Path:
    """A name for a file that is not there yet."""
    return _FILER / str(uuid.uuid4())


def unbound(kanal_ref: str) -> None:
    """A channel of files gives a package no name of its own."""
    raise AssertionError(f"nobody asked for a name: {kanal_ref}")


def container(bygget: ByggetPakke) -> bytes:
    """The container inside a package, opened by the receiver's key."""
    ut = new_file()
    apner().decrypt(bygget.pakke.fil, ut)
    return ut.read_bytes()


def unzip(beholder: bytes) -> dict[str, bytes]:
    """Everything in a container, by name."""
    with zipfile.ZipFile(io.BytesIO(beholder)) as arkiv:
        return {navn: arkiv.read(navn) for navn in arkiv.namelist()}


def files(bygget: ByggetPakke) -> dict[str, bytes]:
    """What a package holds besides its own wrapping."""
    return {navn: fil for navn, fil in unzip(container(bygget)).items() if navn not in INNPAKNING}


def rezip(filer: Mapping[str, bytes]) -> bytes:
    """A ZIP of files with whatever names."""
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w") as arkiv:
        for navn, innhold in filer.items():
            arkiv.writestr(navn, innhold)
    return ut.getvalue()


def encrypt(beholder: bytes) -> bytes:
    """Whatever bytes, encrypted for the receiver."""
    ut = io.BytesIO()
    strom = KryptertStrom(ut, forsegling().mottaker)
    strom.write(beholder)
    strom.close()
    return ut.getvalue()


def seal(filer: Mapping[str, bytes]) -> bytes:
    """Files with whatever names, signed and encrypted as a sender does."""
    ut = io.BytesIO()
    strom = KryptertStrom(ut, forsegling().mottaker)
    with AsiceSkriver(strom) as beholder:
        for navn, innhold in filer.items():
            beholder.add(navn, innhold, "application/octet-stream")
        beholder.finish(lambda avtrykk: forsegling().virksomhet.sign(avtrykk, LAGET))
    strom.close()
    return ut.getvalue()


def tamper(bygget: ByggetPakke, endre: Callable[[dict[str, bytes]], None]) -> bytes:
    """The package as its sender would have made it with other files in it: signed, and encrypted."""
    filer = files(bygget)
    endre(filer)
    return seal(filer)
