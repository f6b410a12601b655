"""A file of an unknown layout, read by the ordinary readers with every table let through under its own name."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from tiltaksflyt.intake.forslag.kobling import Filtabell
from tiltaksflyt.intake.forslag.kolonneinnhold import Kolonneinnhold
from tiltaksflyt.intake.gate import Filtype, inspect
from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.kilde import Kildetabell, Leseoppsett, column_place
from tiltaksflyt.intake.lesere import LESERE, Leser
from tiltaksflyt.intake.portregler import Avvisning

# As many rows of a table as are looked at: enough to know its columns by, and few enough for any file.
_RADER = 5000


@dataclass(frozen=True)
class Lestfil:
    """What a file holds: its kind, its tables, and the encoding and separator of a text file (None where they vary)."""

    filtype: Filtype
    tabeller: tuple[Filtabell, ...]
    tegnsett: str | None
    skilletegn: str | None


def read_tables(data: bytes, filnavn: str, dato: date, grenser: Grenser) -> Lestfil:
    """The tables of a file. `dato` is today.

    Raises Avvisning as the door does. Of a JSON or XML document, what is no list of records is passed over.
    """
    filtype = inspect(data, filnavn, grenser, dato)
    leser = LESERE.get(filtype)
    if leser is None:
        raise Avvisning("FIL001")

    def read(kjenn: Callable[[str], str | None]) -> list[tuple[Filtabell, Kildetabell]]:
        oppsett = _reading(filnavn, dato, grenser, kjenn)
        return list(_take(leser, data, oppsett))

    try:
        lest = read(lambda navn: navn)
    except Avvisning:
        lest = [ett for navn in _names(leser, data, filnavn, dato, grenser) for ett in _read_alone(read, navn)]
        if not lest:
            raise
    dialekter = [kilde.dialekt for _, kilde in lest if kilde.dialekt and len(kilde.kolonner) > 1]
    return Lestfil(
        filtype,
        tuple(tabell for tabell, _ in lest),
        _only({dialekt.tegnsett for dialekt in dialekter}),
        _only({dialekt.skilletegn for dialekt in dialekter}),
    )


def _reading(filnavn: str, dato: date, grenser: Grenser, kjenn: Callable[[str], str | None]) -> Leseoppsett:
    return Leseoppsett(
        filnavn=filnavn,
        dato=dato,
        grenser=grenser,
        kjenn_tabell=kjenn,
        kjenn_kolonner=lambda _: None,
        er_overskrift=looks_like_header,
        tegnsett=None,
        skilletegn=None,
    )


def looks_like_header(_tabell: str | None, celler: Sequence[str]) -> bool:
    """Whether a row of an unknown layout names columns: several filled cells, and nothing in them but words."""
    fylte = [celle for celle in celler if celle.strip()]
    return len(fylte) > 1 and not any(tegn.isdigit() for celle in fylte for tegn in celle)


def _only(alle: set[str]) -> str | None:
    return alle.pop() if len(alle) == 1 else None


def _names(leser: Leser, data: bytes, filnavn: str, dato: date, grenser: Grenser) -> list[str]:
    """The names of the tables, when nothing in them is read."""
    navn: dict[str, None] = {}

    def remember(ett: str) -> None:
        navn[ett] = None

    for _ in leser(data, _reading(filnavn, dato, grenser, remember)):
        pass
    return list(navn)


def _read_alone(
    read: Callable[[Callable[[str], str | None]], list[tuple[Filtabell, Kildetabell]]], navn: str
) -> list[tuple[Filtabell, Kildetabell]]:
    try:
        return read(lambda ett: navn if ett == navn else "")
    except Avvisning:
        return []


def _take(leser: Leser, data: bytes, oppsett: Leseoppsett) -> Iterator[tuple[Filtabell, Kildetabell]]:
    for nummer, del_ in enumerate(leser(data, oppsett), start=1):
        if isinstance(del_, Kildetabell):
            yield _look_at(del_, nummer), del_


def _look_at(tabell: Kildetabell, nummer: int) -> Filtabell:
    rader = [rad for rad in islice(tabell.rader, _RADER) if not rad.skadet]
    kolonner = tuple(
        Kolonneinnhold(
            navn,
            tabell.plasser[indeks] if indeks < len(tabell.plasser) else column_place(indeks),
            [(rad.rad, rad.celler[indeks]) for rad in rader if indeks < len(rad.celler) and rad.celler[indeks].strip()],
        )
        for indeks, navn in enumerate(tabell.kolonner)
    )
    return Filtabell(tabell.navn, f"tabell nr. {nummer}", kolonner, len(rader))
