"""Finds fødselsnumre where none should be: in names of files and sheets, and in parts of a file nobody knows."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from schemas.identer import check_personident
from tiltaksflyt.intake.notasjon import USYNLIGE

_KANDIDAT = re.compile(r"(?<![0-9])([0-9]{6})[ .\u00a0-]?([0-9]{5})(?![0-9])")

# Skatteetaten's first check digit may leave remainder 1, 2 or 3 from this day (rule IDE002).
REGEL_2032_FRA = date(2032, 1, 1)


def holds_personident(tekst: str, dato: date) -> bool:
    """Whether `tekst` holds eleven digits that pass the check of a personident on `dato`."""
    if not tekst.isascii():
        # A sign that nobody sees between the digits, or digits of another width, hide nothing from a person.
        tekst = unicodedata.normalize("NFKC", USYNLIGE.sub("", tekst))
    regel2032 = dato >= REGEL_2032_FRA
    return any(
        check_personident(treff[1] + treff[2], regel2032=regel2032).gyldig for treff in _KANDIDAT.finditer(tekst)
    )


def any_holds_personident(tekster: Iterable[str], dato: date) -> bool:
    """The same for many texts; stops at the first one found."""
    return any(holds_personident(tekst, dato) for tekst in tekster)
