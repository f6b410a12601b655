"""What a reader hands over: the tables of a file as text, with the place of every row, before anything has meaning."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tiltaksflyt.intake.grenser import Grenser

MAKS_TITTELRADER = 10
"""How many filled rows may stand above the row that names the columns."""

_BLANKE = re.compile(r"\s+")
_USYNLIGE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


class Kilderad(NamedTuple):
    """One record. `rad` is its place in the file, `post` its number; `skadet` when its cells do not fit the header."""

    rad: int
    post: int
    celler: Sequence[str]
    skadet: bool = False


@dataclass(frozen=True)
class Dialekt:
    """How a text file was read: the encoding by the profile's name for it, and the separator."""

    tegnsett: str
    skilletegn: str


@dataclass(frozen=True)
class Kildetabell:
    """One table of the file. `rader` is read once.

    `navn` is the name as the layout knows it (never as the file spells it), `plasser` says in Norwegian where each
    column stands. `har_overskrift` is false for JSON and XML, where a row simply lacks a key. `dialekt` is that of CSV.
    """

    navn: str
    kolonner: Sequence[str]
    plasser: Sequence[str]
    rader: Iterable[Kilderad]
    har_overskrift: bool
    lest_som: str
    dialekt: Dialekt | None = None


def record_table(
    navn: str, kolonner: Sequence[str], rader: Iterable[tuple[int, Sequence[str]]], lest_som: str
) -> Kildetabell:
    """A table of a file whose records name their own fields, as in JSON and XML: each with its place in the file."""
    plasser = [f"felt nr. {i}" for i in range(1, len(kolonner) + 1)]
    poster = (Kilderad(plass, post, celler) for post, (plass, celler) in enumerate(rader, start=1))
    return Kildetabell(navn, kolonner, plasser, poster, False, lest_som)


@dataclass(frozen=True)
class Ukjentdel:
    """A file, sheet or list that the layout does not know. `tekster` is looked through for fødselsnumre, no more."""

    plass: str
    tekster: Iterable[str]


@dataclass(frozen=True)
class Opplysning:
    """What a reader had to find out by itself, or passes over: an INFO, by its rule and place.

    `tekster` is what it passes over, to be looked through for fødselsnumre.
    """

    regel_id: str
    plass: str | None = None
    tekster: Iterable[str] = ()


Del = Kildetabell | Ukjentdel | Opplysning


@dataclass(frozen=True)
class Leseoppsett:
    """What a reader must know of the drop (`dato` is the day it arrived) and of its layout.

    `kjenn_tabell` gives the layout's own spelling of a table name, "" for one that is declared unused, None for
    one that is not known. `kjenn_kolonner` finds the table of a single file from its header.
    `er_overskrift` says whether a row has every column that its table must have (any table, when it is not known).
    """

    filnavn: str
    dato: date
    grenser: Grenser
    kjenn_tabell: Callable[[str], str | None]
    kjenn_kolonner: Callable[[Sequence[str]], str | None]
    er_overskrift: Callable[[str | None, Sequence[str]], bool]
    tegnsett: str | None
    skilletegn: str | None


def name_key(navn: str) -> str:
    """What two spellings of a name have in common: case, blanks around and between, invisible characters aside."""
    return _BLANKE.sub(" ", _USYNLIGE.sub("", unicodedata.normalize("NFC", navn))).strip().casefold()


def column_place(indeks: int) -> str:
    """Where a column stands, 0-based in, as a person finds it: «kolonne 7 (G)»."""
    bokstaver = ""
    rest = indeks + 1
    while rest:
        rest, siste = divmod(rest - 1, 26)
        bokstaver = chr(ord("A") + siste) + bokstaver
    return f"kolonne {indeks + 1} ({bokstaver})"
