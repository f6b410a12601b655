"""One delivery as one ZIP: manifest.json, then <meldingId>/ with the files of each document (MEDIETYPER).

Built once by `build_package`, stored, and sent as stored: a retry never builds again (beslutninger 3). The same
arguments give the same bytes. No name and no field of the manifest leads to a person. Signing and encryption wrap what
this function returns.
"""

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from schemas.koder import kodeverk
from schemas.loader import validator
from tiltaksflyt.delivery import merkle

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
PAKKEENDELSE = ".zip"
PAKKETYPE = "application/pkcs7-mime"
_MANIFESTVERSJON = "1.1"
_TIDSMERKE = (1980, 1, 1, 0, 0, 0)
_UNIX, _LESES_AV_EIER = 3, 0o100600 << 16


class Pakkekode(StrEnum):
    """Why a package cannot be built."""

    INGEN_DOKUMENTER = "PAKKE_UTEN_DOKUMENTER"
    DOBBEL_MELDING = "PAKKE_MED_DOBBEL_MELDING"
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
    innhold: bytes
    sha256: bytes
    salt: bytes
    blad: bytes


@dataclass(frozen=True)
class _Plass:
    """Where in the tree a file's leaf is, and the nodes from there to the root."""

    indeks: int
    bevis: tuple[bytes, ...]


def build_package(
    dokumenter: Iterable[Pakkedokument],
    fil: Path,
    *,
    leveranse_id: str,
    nav_enhet: str,
    modus: str,
    opprettet: datetime,
    saltnokkel: bytes,
) -> ByggetPakke:
    """The package of one delivery, written to the new file `fil`.

    `saltnokkel` is 32 random bytes that the caller forgets at once: with them we could prove afterwards whom a
    delivery was about. Raises PakkeFeil.
    """
    sortert = sorted(dokumenter, key=lambda d: d.melding_id)
    _check(sortert, opprettet, saltnokkel)
    filer = {d.melding_id: _files(d, saltnokkel) for d in sortert}
    alle = [fil for gruppe in filer.values() for fil in gruppe]
    if not alle:
        raise PakkeFeil(Pakkekode.INGEN_DOKUMENTER)
    rot, bevis = merkle.tree([fil.blad for fil in alle])
    plass = {fil.sti: _Plass(indeks, bevis[indeks]) for indeks, fil in enumerate(alle)}
    manifest = {
        "manifestversjon": _MANIFESTVERSJON,
        "leveranseId": leveranse_id,
        "modus": modus,
        "mottaker": {"navEnhet": nav_enhet},
        "opprettet": opprettet.isoformat(timespec="seconds"),
        "merkle": {"algoritme": "RFC6962-SHA256", "blader": len(alle), "rot": rot.hex()},
        "dokumenter": [_describe(d, filer[d.melding_id], plass) for d in sortert],
    }
    _validate(manifest)
    _zip(manifest, alle, fil)
    antall = Counter(d.dokumenttype for d in sortert)
    return ByggetPakke(Pakke.of(leveranse_id, fil), rot.hex(), MappingProxyType(dict(sorted(antall.items()))))


def _check(dokumenter: Sequence[Pakkedokument], opprettet: datetime, saltnokkel: bytes) -> None:
    if not dokumenter:
        raise PakkeFeil(Pakkekode.INGEN_DOKUMENTER)
    if opprettet.tzinfo is None:
        raise PakkeFeil(Pakkekode.TID_UTEN_SONE)
    if len(saltnokkel) < merkle.SALTLENGDE:
        raise PakkeFeil(Pakkekode.KORT_SALT)
    if len({d.melding_id for d in dokumenter}) < len(dokumenter):
        raise PakkeFeil(Pakkekode.DOBBEL_MELDING)
    kjente = kodeverk("dokumenttype").koder
    if any(d.dokumenttype not in kjente for d in dokumenter):
        raise PakkeFeil(Pakkekode.UKJENT_DOKUMENTTYPE)


def _files(dokument: Pakkedokument, saltnokkel: bytes) -> list[_Fil]:
    filer = []
    for navn, innhold in sorted(dokument.filer.items()):
        sti = f"{dokument.melding_id}/{navn}"
        sha256 = hashlib.sha256(innhold).digest()
        salt = merkle.derive_salt(saltnokkel, sti)
        filer.append(_Fil(navn, sti, innhold, sha256, salt, merkle.leaf(salt, sha256, sti)))
    return filer


def _describe(dokument: Pakkedokument, filer: Sequence[_Fil], plass: Mapping[str, _Plass]) -> dict[str, Any]:
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
        "filer": [_describe_file(fil, plass[fil.sti]) for fil in filer],
    }


def _describe_file(fil: _Fil, plass: _Plass) -> dict[str, Any]:
    return {
        "navn": fil.navn,
        "medietype": MEDIETYPER.get(fil.navn),
        "storrelse": len(fil.innhold),
        "sha256": fil.sha256.hex(),
        "merkle": {
            "indeks": plass.indeks,
            "salt": fil.salt.hex(),
            "blad": fil.blad.hex(),
            "bevis": [node.hex() for node in plass.bevis],
        },
    }


def _validate(manifest: Mapping[str, Any]) -> None:
    feil = min(validator("manifest").iter_errors(manifest), key=lambda e: str(e.json_path), default=None)
    if feil is not None:
        raise PakkeFeil(Pakkekode.UGYLDIG_MANIFEST, feil.json_path)


def _zip(manifest: Mapping[str, Any], filer: Sequence[_Fil], ut: Path) -> None:
    with zipfile.ZipFile(ut, "x") as arkiv:
        tekst = json.dumps(manifest, ensure_ascii=False, indent=1)
        _write(arkiv, MANIFEST, f"{tekst}\n".encode())
        for fil in filer:
            _write(arkiv, fil.sti, fil.innhold)


def _write(arkiv: zipfile.ZipFile, sti: str, innhold: bytes) -> None:
    """One entry whose bytes depend on nothing but name and content."""
    oppforing = zipfile.ZipInfo(sti, _TIDSMERKE)
    oppforing.create_system = _UNIX
    oppforing.external_attr = _LESES_AV_EIER
    oppforing.compress_type = zipfile.ZIP_DEFLATED
    arkiv.writestr(oppforing, innhold, compresslevel=6)
