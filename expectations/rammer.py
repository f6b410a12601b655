"""Typed records to the text frames the rules read, and back: one spelling of each value in both directions."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pandas as pd

from expectations.tabeller import INNSENDING, Ramme
from schemas.kontrakt import Felttype, barnetabeller, tabeller
from schemas.teksttype import TEKSTTYPE
from transforms.poster import Deltakelsespost, Rad

LISTESKILLE = "|"
_ENKELTRADER = ("deltaker", "deltakelse", "avtale")


def to_tekst(verdi: object) -> str:
    """A JSON value as canonical text; "" for None."""
    if verdi is None:
        return ""
    if isinstance(verdi, bool):
        return "true" if verdi else "false"
    if isinstance(verdi, float) and verdi.is_integer():
        return str(int(verdi))
    if isinstance(verdi, list | tuple):
        return LISTESKILLE.join(str(del_) for del_ in verdi)
    return str(verdi)


def to_verdi(tekst: str, type_: Felttype) -> Any:  # noqa: ANN401  JSON values
    """Canonical text as the JSON value of its type. The text has passed SKJ002, SKJ003 and KOD001."""
    if type_ is Felttype.HELTALL:
        return int(tekst)
    if type_ is Felttype.TALL:
        tall = float(tekst)
        return int(tall) if tall.is_integer() else tall
    if type_ is Felttype.JANEI:
        return tekst == "true"
    if type_ is Felttype.KODELISTE:
        return tekst.split(LISTESKILLE)
    return tekst


def text_frame(tabell: str, rader: Iterable[Rad], innsendinger: Iterable[int]) -> Ramme:
    """Rows of one table as text, with all the contract's columns and the number of the drop each belongs to."""
    kolonner = list(tabeller()[tabell].felter)
    rader = list(rader)
    if not rader:
        return _empty_frame(tabell).copy(deep=False)
    tekster = [[to_tekst(rad.get(kolonne)) for kolonne in kolonner] for rad in rader]
    ramme = pd.DataFrame(tekster, columns=kolonner, dtype=TEKSTTYPE)
    ramme[INNSENDING] = pd.Series(list(innsendinger), dtype="int64")
    return ramme


@cache
def _empty_frame(tabell: str) -> Ramme:
    ramme = pd.DataFrame(columns=list(tabeller()[tabell].felter), dtype=TEKSTTYPE)
    return ramme.assign(**{INNSENDING: pd.Series(dtype="int64")})


def post_frames(poster: Iterable[tuple[int, Deltakelsespost]]) -> Mapping[str, Ramme]:
    """The rows of many deltakelser as text frames, one per table, each row marked with the number beside its post.

    A person or an avtale that several posts share is one row.
    """
    rader: dict[str, list[Rad]] = {tabell: [] for tabell in tabeller()}
    numre: dict[str, list[int]] = {tabell: [] for tabell in tabeller()}
    sett: set[tuple[str, int, str]] = set()
    for nummer, post in poster:
        for tabell, rad in _rows(post):
            nokkel = rad.get(f"{tabell}Id", "") if tabell in _ENKELTRADER else ""
            if nokkel and (tabell, nummer, nokkel) in sett:
                continue
            sett.add((tabell, nummer, nokkel))
            rader[tabell].append(rad)
            numre[tabell].append(nummer)
    return {tabell: text_frame(tabell, rader[tabell], numre[tabell]) for tabell in rader if tabell != "innsending"}


def _rows(post: Deltakelsespost) -> Iterable[tuple[str, Rad]]:
    yield "deltaker", post.deltaker
    yield "deltakelse", post.deltakelse
    if post.avtale:
        yield "avtale", post.avtale
    for tabell in (*barnetabeller(), "stengt"):
        for rad in post.rader(tabell):
            yield tabell, rad
