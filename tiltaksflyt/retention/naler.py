"""What the sweep looks for: the byte patterns that give an identity away."""

import base64
import contextlib
import json
import quopri
import unicodedata
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_IDENT_LENGDE: Final = 11
_BASE64_FORSKYVNINGER: Final = 3
# UTF-8 and what older systems write Norwegian in; cp865 and cp437 name the members of a ZIP archive.
_KODINGER: Final = ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp865", "cp437")


@dataclass(frozen=True)
class Nal:
    """One byte pattern that gives an identity away, and the encoding it stands in."""

    bytes_: bytes
    koding: str


def make_naler(verdi: str) -> tuple[Nal, ...]:
    """The patterns of one identity, each once: as people and as machines write it.

    Longer texts around it, and what lies in containers, are decoded by the sweep itself; these are for what stands
    alone and is too short to be known as an encoding. Raises ValueError for an empty identity.
    """
    if not verdi:
        raise ValueError("an empty identity is found everywhere")
    naler: dict[bytes, str] = {}
    for form, navn in _forms(verdi):
        for koding in _KODINGER:
            with contextlib.suppress(UnicodeEncodeError):
                naler.setdefault(form.encode(koding), f"{navn}, {koding}")
    for koding in ("utf-8", "cp1252"):
        with contextlib.suppress(UnicodeEncodeError):
            for bytes_, navn in _encoded(verdi.encode(koding)):
                naler.setdefault(bytes_, navn)
    return tuple(Nal(bytes_, navn) for bytes_, navn in naler.items())


def _forms(verdi: str) -> Iterator[tuple[str, str]]:
    yield verdi, "tekst"
    if len(verdi) == _IDENT_LENGDE and verdi.isdigit():
        yield f"{verdi[:6]} {verdi[6:]}", "tekst med mellomrom"
        yield f"{verdi[:6]}\u00a0{verdi[6:]}", "tekst med hardt mellomrom"
        yield f"{verdi[:6]}.{verdi[6:]}", "tekst med punktum"
        yield f"{verdi[:6]}-{verdi[6:]}", "tekst med bindestrek"
        yield f"{verdi[:2]}.{verdi[2:4]}.{verdi[4:6]} {verdi[6:]}", "tekst som dato"
        return
    yield unicodedata.normalize("NFD", verdi), "tekst, oppløst"
    yield verdi.upper(), "store bokstaver"
    yield verdi.lower(), "små bokstaver"
    skrevet = json.dumps(verdi)[1:-1]
    yield skrevet, "JSON"
    yield urllib.parse.quote(verdi), "URL"
    yield urllib.parse.quote_plus(verdi), "URL"
    yield quopri.encodestring(verdi.encode()).decode(), "quoted-printable"


def _encoded(ren: bytes) -> Iterator[tuple[bytes, str]]:
    yield ren.hex().encode(), "hex"
    yield ren.hex().upper().encode(), "hex"
    for forskyvning in range(_BASE64_FORSKYVNINGER):
        kjerne = _base64_core(ren, forskyvning)
        yield kjerne, f"base64, forskyvning {forskyvning}"
        yield kjerne.translate(bytes.maketrans(b"+/", b"-_")), f"base64 for URL, forskyvning {forskyvning}"


def _base64_core(verdi: bytes, forskyvning: int) -> bytes:
    # Only the characters that depend on the value alone: the first and the last mix with its neighbours.
    kodet = base64.b64encode(b"\x00" * forskyvning + verdi)
    forste = -(-forskyvning * 8 // 6)
    siste = (forskyvning + len(verdi)) * 8 // 6
    return kodet[forste:siste]
