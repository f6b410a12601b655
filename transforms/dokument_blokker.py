"""The blocks a document is made of. What a person reads is text; what a machine reads (codes, ISO dates, numbers)
stands beside it. Every maker answers a list: empty when there is nothing to say, so that makers can be joined.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from transforms.dokument_tekster import kort_dato

Blokk = dict[str, Any]
Celle = dict[str, Any]
TOM_CELLE = "–"


def avsnitt(kode: str, tekst: str | None, overskrift: str | None = None) -> list[Blokk]:
    """Free text, as the arrangør wrote it."""
    return [_block("avsnitt", kode, overskrift, tekst=tekst)] if tekst else []


def merknad(kode: str, tekst: str, art: str = "MERKNAD") -> list[Blokk]:
    """One sentence of ours: a limit that has been passed (GRENSE), an empty point (INGEN), or a remark."""
    return [_block("merknad", kode, None, art=art, tekst=tekst)]


def opplysning(
    kode: str, ledetekst: str, tekst: str | None, verdi: str | None = None, *, framhevet: bool = False
) -> Celle | None:
    """One line «ledetekst: tekst», None when there is no text."""
    if not tekst:
        return None
    return _present({"kode": kode, "ledetekst": ledetekst, "tekst": tekst, "verdi": verdi, "framhevet": framhevet})


def fakta(kode: str, rader: Iterable[Celle | None]) -> list[Blokk]:
    """Lines with a lead text each."""
    funnet = [rad for rad in rader if rad is not None]
    return [_block("fakta", kode, None, rader=funnet)] if funnet else []


def liste(kode: str, punkter: Iterable[Celle | None], overskrift: str | None = None) -> list[Blokk]:
    """Bullet points."""
    funnet = [punkt for punkt in punkter if punkt is not None]
    return [_block("liste", kode, overskrift, punkter=funnet)] if funnet else []


def celle(tekst: str | None, verdi: str | None = None) -> Celle | None:
    """A cell or a bullet point; None when there is no text."""
    return _present({"tekst": tekst, "verdi": verdi}) if tekst else None


def datocelle(dag: date | None) -> Celle | None:
    """A cell with a date."""
    return None if dag is None else celle(kort_dato(dag), dag.isoformat())


@dataclass(frozen=True)
class Kolonne:
    """One column: its code, its heading, and a cell for each row, None where there is nothing."""

    kode: str
    overskrift: str
    celler: Sequence[Celle | None]


def tabell(kode: str, kolonner: Iterable[Kolonne], overskrift: str | None = None) -> list[Blokk]:
    """A table. A column without a single filled cell is left out; a table without columns is nothing."""
    brukt = [kolonne for kolonne in kolonner if any(celle is not None for celle in kolonne.celler)]
    if not brukt:
        return []
    rader = [
        {"celler": [celle or {"tekst": TOM_CELLE} for celle in rad]}
        for rad in zip(*(kolonne.celler for kolonne in brukt), strict=True)
    ]
    hoder = [{"kode": kolonne.kode, "tekst": kolonne.overskrift} for kolonne in brukt]
    return [_block("tabell", kode, overskrift, kolonner=hoder, rader=rader)]


def tidslinje(kode: str, fra: date, til: date, linjer: Sequence[Celle]) -> list[Blokk]:
    """Activities as bars over time."""
    if not linjer or til < fra:
        return []
    return [_block("tidslinje", kode, None, fra=fra.isoformat(), til=til.isoformat(), linjer=list(linjer))]


def omfang(kode: str, fra: date, til: date, trinn: Sequence[Celle], overskrift: str | None = None) -> list[Blokk]:
    """Extent as stairs over time; each step holds until the next begins."""
    if not trinn or til < fra:
        return []
    return [_block("omfang", kode, overskrift, fra=fra.isoformat(), til=til.isoformat(), trinn=list(trinn))]


def summer(kode: str, poster: Sequence[Celle], overskrift: str | None = None) -> list[Blokk]:
    """Counted things with their unit."""
    return [_block("sum", kode, overskrift, poster=list(poster))] if poster else []


def sumpost(kode: str, ledetekst: str, antall: float, enhet: str, tekst: str) -> Celle:
    """One counted thing."""
    return {"kode": kode, "antall": antall, "enhet": enhet, "ledetekst": ledetekst, "tekst": tekst}


def _block(type_: str, kode: str, overskrift: str | None, **innhold: Any) -> Blokk:  # noqa: ANN401
    return _present({"type": type_, "kode": kode, "overskrift": overskrift, **innhold})


def _present(felter: dict[str, Any]) -> dict[str, Any]:
    return {navn: verdi for navn, verdi in felter.items() if verdi is not None and verdi is not False}
