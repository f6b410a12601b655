"""Opens a package from the outside world: limits first, names second, content last."""

import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from schemas.loader import validator
from tiltaksflyt.referansemottak.bevis import all_files_proven
from tiltaksflyt.referansemottak.forsegling import INNPAKNING, Apner
from tiltaksflyt.referansemottak.koder import Funn, PakkeAvvist

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PAKKENAVN = re.compile(rf"({_UUID})\.asice\.p7m")
_FILNAVN = re.compile(
    rf"mimetype|META-INF/ASiCManifest\.xml|META-INF/signature\.p7s|manifest\.json|"
    rf"{_UUID}/(?:dokument\.(?:json|pdf|xml)|journalpost\.json|arkivmelding\.xml)"
)
_MANIFEST = "manifest.json"
_KRYPTERT = 0x1


@dataclass(frozen=True)
class Grenser:
    """What the receiver takes at most, in bytes and files."""

    pakke: int = 100 << 20
    fil: int = 20 << 20
    samlet: int = 400 << 20
    filer: int = 5004


@dataclass(frozen=True)
class ApnetPakke:
    """A package that holds together: its manifest, and its files by path."""

    leveranse_id: str
    manifest: Mapping[str, Any]
    filer: Mapping[str, bytes]


def leveranse_id_of(filnavn: str) -> str | None:
    """The leveranseId that a package's own name claims; None for any other name."""
    treff = _PAKKENAVN.fullmatch(filnavn)
    return treff.group(1) if treff else None


def open_package(fil: Path, apner: Apner, grenser: Grenser) -> ApnetPakke:
    """The package, when it is for us, signed, whole, and the one its name says. Raises PakkeAvvist."""
    leveranse_id = leveranse_id_of(fil.name)
    try:
        filer = _decrypt(fil, apner, grenser)
        apner.verify(filer)
        manifest = _read_manifest(filer)
        _check_manifest(manifest, filer, leveranse_id)
    except PakkeAvvist as feil:
        funn = feil.funn
    else:
        return ApnetPakke(manifest["leveranseId"], manifest, filer)
    raise PakkeAvvist(funn, leveranse_id)


def _decrypt(fil: Path, apner: Apner, grenser: Grenser) -> dict[str, bytes]:
    if fil.stat().st_size > grenser.pakke:
        raise PakkeAvvist(Funn.FOR_STOR)
    with TemporaryDirectory(prefix="referansemottak-") as katalog:
        beholder = Path(katalog) / "beholder"
        apner.decrypt(fil, beholder)
        return _read_files(beholder, grenser)


def _read_files(beholder: Path, grenser: Grenser) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(beholder) as arkiv:
            oppforinger = arkiv.infolist()
            _check_directory(oppforinger, grenser)
            return {o.filename: arkiv.read(o) for o in oppforinger}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        pass
    raise PakkeAvvist(Funn.SKADET_PAKKE)


def _check_directory(oppforinger: list[zipfile.ZipInfo], grenser: Grenser) -> None:
    """Names and declared sizes; reading never gives more bytes than are declared."""
    if len(oppforinger) > grenser.filer:
        raise PakkeAvvist(Funn.FOR_MANGE_FILER)
    navn = [o.orig_filename for o in oppforinger]
    if any(not _FILNAVN.fullmatch(ett) for ett in navn):
        raise PakkeAvvist(Funn.UGYLDIG_FILNAVN)
    if len(set(navn)) < len(navn):
        raise PakkeAvvist(Funn.DOBBEL_FIL)
    if any(o.flag_bits & _KRYPTERT for o in oppforinger):
        raise PakkeAvvist(Funn.SKADET_PAKKE)
    storrelser = [o.file_size for o in oppforinger]
    if max(storrelser, default=0) > grenser.fil or sum(storrelser) > grenser.samlet:
        raise PakkeAvvist(Funn.FOR_STOR)


def _read_manifest(filer: Mapping[str, bytes]) -> Mapping[str, Any]:
    if _MANIFEST not in filer:
        raise PakkeAvvist(Funn.MANIFEST_MANGLER)
    try:
        manifest = json.loads(filer[_MANIFEST])
    except (ValueError, RecursionError):
        manifest = None
    if not validator("manifest").is_valid(manifest):
        raise PakkeAvvist(Funn.UGYLDIG_MANIFEST)
    resultat: Mapping[str, Any] = manifest
    return resultat


def _check_manifest(manifest: Mapping[str, Any], filer: Mapping[str, bytes], leveranse_id: str | None) -> None:
    if manifest["leveranseId"] != leveranse_id:
        raise PakkeAvvist(Funn.FEIL_LEVERANSE_ID)
    meldinger = [d["meldingId"] for d in manifest["dokumenter"]]
    if len(set(meldinger)) < len(meldinger):
        raise PakkeAvvist(Funn.DOBBEL_MELDING)
    nevnt = {f"{d['meldingId']}/{f['navn']}" for d in manifest["dokumenter"] for f in d["filer"]}
    if filer.keys() - nevnt - INNPAKNING - {_MANIFEST}:
        raise PakkeAvvist(Funn.FIL_UTENFOR_MANIFEST)
    if not all_files_proven(manifest):
        raise PakkeAvvist(Funn.FEIL_MERKLE)
