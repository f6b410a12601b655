"""What the page needs beyond the message itself: printable texts, dates in words, and how wide the columns are."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from transforms.dokument import arkivtittel, avtale_name, is_about_avtale, tittel
from transforms.dokument_grunnlag import shorten
from transforms.dokument_tegn import prepare
from transforms.dokument_tekster import Tekster, words_of

# Points. A column is never narrower than its longest word, since nothing is hyphenated: what stands on the page can
# be searched for as it stands in the message. A letter of a table takes about _BOKSTAV at most.
_FLATE = 464.0
_BOKSTAV = 5.2
_LUFT = 10.0
_SMAL = 12
_BRED = 90
_KORT = 60
_LANG_CELLE = 220
_LANG_RAD = 420
_MANGE_KOLONNER = 3
_TOPP = 40
_MELLOM_ORD = re.compile(r"[\s\u200b]+")
_MELLOM_AVSNITT = re.compile(r"\n[^\S\n]*\n\s*")


def page(innhold: Mapping[str, Any], fonter: Sequence[str]) -> dict[str, Any]:
    """What the template reads: the document made printable, and the words that stand around it."""
    hode, ord_ = innhold["hode"], words_of(innhold)
    navn, under = _subject(innhold, ord_)
    side: dict[str, Any] = {
        "dokument": _printable(innhold),
        "tittel": tittel(innhold),
        "arkivtittel": prepare(arkivtittel(innhold)),
        "gjelder": {"navn": prepare(navn), "under": prepare(under)},
        "topp": {"navn": _on_one_line(navn), "avsender": _on_one_line(hode["avsender"]["navn"])},
        "side": dict(ord_.side),
        "fonter": list(fonter),
        "opprettet": ord_.dato(datetime.fromisoformat(hode["opprettet"]).date()),
    }
    if is_about_avtale(innhold):
        side["side"]["TEST"] = ord_.side["TEST_AVTALE"]
    if "frist" in hode:
        side["frist"] = ord_.dato(date.fromisoformat(hode["frist"]))
    if "periode" in hode:
        side["periode"] = _period(hode["periode"], ord_)
    return side


def _subject(innhold: Mapping[str, Any], ord_: Tekster) -> tuple[str, str]:
    """Whom or what the document is about, and what stands beside it under the title."""
    hode = innhold["hode"]
    if is_about_avtale(innhold):
        return avtale_name(innhold), hode["avsender"]["navn"]
    return hode["deltaker"]["navn"], f"{ord_.side['fodselsnummer']} {hode['deltaker']['personident']}"


def _on_one_line(navn: str) -> str:
    """A name as the running head repeats it; the whole name stands on the first page."""
    return prepare(shorten(navn, _TOPP) or "")


def _period(periode: Mapping[str, str], ord_: Tekster) -> str:
    fra, til = (ord_.dato(date.fromisoformat(periode[ende])) for ende in ("fra", "til"))
    return ord_.setning("fra_til", fra=fra, til=til)


def _printable(verdi: Any) -> Any:  # noqa: ANN401  a document is JSON
    if isinstance(verdi, str):
        return _MELLOM_AVSNITT.sub("\n\n", prepare(verdi))
    if isinstance(verdi, Mapping):
        klar = {navn: _printable(under) for navn, under in verdi.items()}
        return _with_widths(klar) if klar.get("type") == "tabell" else klar
    if isinstance(verdi, list | tuple):
        return [_printable(under) for under in verdi]
    return verdi


def _with_widths(tabell: dict[str, Any]) -> dict[str, Any]:
    """A table with the width of each column in points; None when it reads better as one card a row."""
    rader = [[celle["tekst"] for celle in rad["celler"]] for rad in tabell["rader"]]
    kolonner = list(zip(*[[kolonne["tekst"] for kolonne in tabell["kolonner"]], *rader], strict=True))
    minst = [max(map(_unbreakable, tekstene)) * _BOKSTAV + _LUFT for tekstene in kolonner]
    for rad in tabell["rader"]:
        for celle in rad["celler"]:
            celle["kort"] = len(celle["tekst"]) <= _KORT
    if sum(minst) > _FLATE or any(_is_long(rad) for rad in rader):
        return {**tabell, "bredder": None}
    lengder = [max(map(len, tekstene)) for tekstene in kolonner]
    vekter = [math.sqrt(min(lengde, _BRED)) if lengde > _SMAL else 0.0 for lengde in lengder]
    rest = (_FLATE - sum(minst)) / (sum(vekter) or 1)
    return {**tabell, "bredder": [round(m + rest * v, 2) for m, v in zip(minst, vekter, strict=True)]}


def _unbreakable(tekst: str) -> int:
    """The letters that must stand on one line: a short text whole, else its longest word."""
    return len(tekst) if len(tekst) <= _SMAL else max(map(len, _MELLOM_ORD.split(tekst)))


def _is_long(celler: Sequence[str]) -> bool:
    lengder = [len(celle) for celle in celler]
    return max(lengder) > _LANG_CELLE or (len(lengder) > _MANGE_KOLONNER and sum(lengder) > _LANG_RAD)
