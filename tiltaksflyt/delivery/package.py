"""One delivery as one file: an ASiC-E container with manifest.json and <meldingId>/ with the files of each document
(MEDIETYPER), signed by the operator, inside CMS EnvelopedData that only its recipient can open.

Built once by `build_package`, stored, and sent as stored: a retry never builds again (beslutninger 3), and could not
give the same bytes. Written as a stream: no document is held, and nothing lies on disk in clear. No name and no field
of the manifest leads to a person.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import jsonschema_rs
from cryptography.x509 import Certificate

from schemas.koder import kodeverk
from schemas.loader import validator
from tiltaksflyt.delivery import merkle
from tiltaksflyt.delivery.asice import AsiceSkriver
from tiltaksflyt.delivery.cms import KryptertStrom
from tiltaksflyt.delivery.sertifikater import Virksomhet
from tiltaksflyt.storage.nokler import PAKKEENDELSE

MEDIETYPER: Mapping[str, str] = MappingProxyType(
    {
        "arkivmelding.xml": "application/xml",
        "dokument.json": "application/json",
        "dokument.pdf": "application/pdf",
        "dokument.xml": "application/xml",
        "journalpost.json": "application/json",
    }
)
MANIFEST = "manifest.json"
_MANIFESTVERSJON = "1.1"
_BIT = 1 << 18


class Pakkekode(StrEnum):
    """Why a package cannot be built."""

    INGEN_DOKUMENTER = "PAKKE_UTEN_DOKUMENTER"
    DOBBEL_MELDING = "PAKKE_MED_DOBBEL_MELDING"
    FEIL_REKKEFOLGE = "PAKKE_I_FEIL_REKKEFOLGE"
    UGYLDIG_MANIFEST = "PAKKE_MED_UGYLDIG_MANIFEST"
    UKJENT_DOKUMENTTYPE = "PAKKE_MED_UKJENT_DOKUMENTTYPE"
    TID_UTEN_SONE = "PAKKE_UTEN_TIDSSONE"
    KORT_SALT = "PAKKE_MED_KORT_SALT"


class PakkeFeil(Exception):
    """A package cannot be built from what was given. `sted` is a place in the manifest, never a value."""

    def __init__(self, kode: Pakkekode, sted: str = "") -> None:
        super().__init__(f"{kode}{f' at {sted}' if sted else ''}: correct what is given to build_package.")
        self.kode = kode
        self.sted = sted


@dataclass(frozen=True)
class Pakkedokument:
    """One version of one document to the recipient. `filer` are its files, by the names of MEDIETYPER."""

    melding_id: str
    dokumenttype: str
    versjon: int
    tiltakskode: str
    avsender_orgnr: str
    filer: Mapping[str, bytes] = field(repr=False)
    erstatter: str | None = None
    frist: date | None = None


@dataclass(frozen=True)
class Pakke:
    """A package as it is sent: a file on our own disk, for as long as it is being sent.

    `sha256` is of the whole file, hexadecimal. `kanal_ref` is what the channel called it at an earlier attempt.
    `antall` is its documents by type, for whoever hands it over; empty where nobody has said.
    """

    leveranse_id: str
    fil: Path
    storrelse: int
    sha256: str
    kanal_ref: str | None = None
    antall: Mapping[str, int] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, leveranse_id: str, fil: Path, kanal_ref: str | None = None) -> Self:
        """The package that lies in a file."""
        with fil.open("rb") as innhold:
            sha256 = hashlib.file_digest(innhold, "sha256").hexdigest()
        return cls(leveranse_id, fil, fil.stat().st_size, sha256, kanal_ref)

    def read_bites(self) -> Iterator[bytes]:
        """The package as a stream, to be sent without being held."""
        with self.fil.open("rb") as innhold:
            while bit := innhold.read(_BIT):
                yield bit

    @property
    def filnavn(self) -> str:
        """The name that the recipient sees."""
        return f"{self.leveranse_id}{PAKKEENDELSE}"


@dataclass(frozen=True)
class ByggetPakke:
    """A new package, and what the ledger keeps about it when it is gone: the root, and how many of each type."""

    pakke: Pakke
    merkle_rot: str
    antall: Mapping[str, int]


@dataclass(frozen=True)
class _Fil:
    navn: str
    sti: str
    storrelse: int
    sha256: bytes
    salt: bytes
    blad: bytes


@dataclass(frozen=True)
class _Oppforing:
    """What the manifest says of a document that has been written."""

    dokument: Mapping[str, Any]
    filer: Sequence[_Fil]


@dataclass(frozen=True)
class _Plass:
    """Where in the tree a file's leaf is, and the nodes from there to the root."""

    indeks: int
    bevis: tuple[bytes, ...]


@dataclass(frozen=True)
class Forsegling:
    """Who signs the package, and for whom alone it is encrypted."""

    virksomhet: Virksomhet
    mottaker: Certificate


def build_package(
    dokumenter: Iterable[Pakkedokument],
    fil: Path,
    *,
    leveranse_id: str,
    nav_enhet: str,
    modus: str,
    opprettet: datetime,
    saltnokkel: bytes,
    forsegling: Forsegling,
) -> ByggetPakke:
    """The package of one delivery, written to the new file `fil`. `dokumenter` come in order of their meldingId.

    `saltnokkel` is 32 random bytes that the caller forgets at once: with them we could prove afterwards whom a
    delivery was about. Raises PakkeFeil; the file is no package then.
    """
    if opprettet.tzinfo is None:
        raise PakkeFeil(Pakkekode.TID_UTEN_SONE)
    if len(saltnokkel) < merkle.SALTLENGDE:
        raise PakkeFeil(Pakkekode.KORT_SALT)
    with fil.open("xb") as ut:
        kryptert = KryptertStrom(ut, forsegling.mottaker)
        with AsiceSkriver(kryptert) as beholder:
            skrevet = [_write(beholder, dokument, saltnokkel) for dokument in _in_order(dokumenter)]
            alle = [ett for oppforing in skrevet for ett in oppforing.filer]
            if not alle:
                raise PakkeFeil(Pakkekode.INGEN_DOKUMENTER)
            rot, bevis = merkle.tree([ett.blad for ett in alle])
            hode = {
                "manifestversjon": _MANIFESTVERSJON,
                "leveranseId": leveranse_id,
                "modus": modus,
                "mottaker": {"navEnhet": nav_enhet},
                "opprettet": opprettet.isoformat(timespec="seconds"),
                "merkle": {"algoritme": "RFC6962-SHA256", "blader": len(alle), "rot": rot.hex()},
            }
            plass = {ett.sti: _Plass(indeks, bevis[indeks]) for indeks, ett in enumerate(alle)}
            beholder.add(MANIFEST, _manifest(hode, skrevet, plass), MEDIETYPER["dokument.json"])
            beholder.finish(lambda avtrykk: forsegling.virksomhet.sign(avtrykk, opprettet))
        kryptert.close()
    antall = Counter(oppforing.dokument["dokumenttype"] for oppforing in skrevet)
    return ByggetPakke(Pakke.of(leveranse_id, fil), rot.hex(), MappingProxyType(dict(sorted(antall.items()))))


def _in_order(dokumenter: Iterable[Pakkedokument]) -> Iterator[Pakkedokument]:
    """Each document, checked against the one before it."""
    forrige = ""
    kjente = kodeverk("dokumenttype").koder
    for dokument in dokumenter:
        if dokument.melding_id == forrige:
            raise PakkeFeil(Pakkekode.DOBBEL_MELDING)
        if dokument.melding_id < forrige:
            raise PakkeFeil(Pakkekode.FEIL_REKKEFOLGE)
        if dokument.dokumenttype not in kjente:
            raise PakkeFeil(Pakkekode.UKJENT_DOKUMENTTYPE)
        forrige = dokument.melding_id
        yield dokument


def _write(beholder: AsiceSkriver, dokument: Pakkedokument, saltnokkel: bytes) -> _Oppforing:
    filer = []
    for navn, innhold in sorted(dokument.filer.items()):
        sti = f"{dokument.melding_id}/{navn}"
        if navn not in MEDIETYPER:
            raise PakkeFeil(Pakkekode.UGYLDIG_MANIFEST, f"{dokument.melding_id}.filer")
        beholder.add(sti, innhold, MEDIETYPER[navn])
        sha256 = hashlib.sha256(innhold).digest()
        salt = merkle.derive_salt(saltnokkel, sti)
        filer.append(_Fil(navn, sti, len(innhold), sha256, salt, merkle.leaf(salt, sha256, sti)))
    return _Oppforing(_describe(dokument), filer)


def _describe(dokument: Pakkedokument) -> dict[str, Any]:
    valgfritt = {
        "erstatter": dokument.erstatter,
        "frist": dokument.frist.isoformat() if dokument.frist else None,
    }
    return {
        "meldingId": dokument.melding_id,
        "dokumenttype": dokument.dokumenttype,
        "versjon": dokument.versjon,
        **{navn: verdi for navn, verdi in valgfritt.items() if verdi is not None},
        "tiltakskode": dokument.tiltakskode,
        "avsender": {"orgnr": dokument.avsender_orgnr},
    }


def _manifest(hode: Mapping[str, Any], skrevet: Sequence[_Oppforing], plass: Mapping[str, _Plass]) -> bytes:
    """The manifest as text, a document at a time: the proofs of a large package are many times its list."""
    tekst = io.StringIO()
    tekst.write(json.dumps(hode, ensure_ascii=False, indent=1).removesuffix("\n}"))
    skille = ',\n "dokumenter": [\n'
    for oppforing in skrevet:
        ett = {**oppforing.dokument, "filer": [_describe_file(fil, plass[fil.sti]) for fil in oppforing.filer]}
        _validate({**hode, "dokumenter": [ett]})
        tekst.write(f"{skille}  {json.dumps(ett, ensure_ascii=False)}")
        skille = ",\n"
    tekst.write("\n ]\n}\n")
    return tekst.getvalue().encode()


def _describe_file(fil: _Fil, plass: _Plass) -> dict[str, Any]:
    return {
        "navn": fil.navn,
        "medietype": MEDIETYPER[fil.navn],
        "storrelse": fil.storrelse,
        "sha256": fil.sha256.hex(),
        "merkle": {
            "indeks": plass.indeks,
            "salt": fil.salt.hex(),
            "blad": fil.blad.hex(),
            "bevis": [node.hex() for node in plass.bevis],
        },
    }


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(validator("manifest").schema, validate_formats=True)


def _validate(manifest: Mapping[str, Any]) -> None:
    for feil in _validator().iter_errors(manifest):
        raise PakkeFeil(Pakkekode.UGYLDIG_MANIFEST, "/".join(str(ledd) for ledd in feil.instance_path))
