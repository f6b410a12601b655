"""What was accepted before, as the rules of level HISTORIKK read it. Empty on a sender's first drop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from expectations.tabeller import Ramme
from schemas.kontrakt import tabeller
from transforms.poster import Deltakelsespost, Rad


@dataclass(frozen=True)
class Levert:
    """One document of one deltakelse as it stands with its recipient.

    `status` is a state of a forsendelse. `sendt` is the day the document was sent, None while it has not been; `svar`
    is the recipient's answer, None while there is none. `leveranse` is the state of the package it travels in, None
    while it is in no package.
    """

    deltakelse_id: str = field(repr=False)
    dokumenttype: str
    nummer: int
    status: str
    sendt: date | None
    svar: str | None
    leveranse: str | None = None


@dataclass(frozen=True)
class Tabellmengde:
    """How much one table of a drop held: its rows, and for each optional field the rows that fill it. No content."""

    rader: int
    utfylt: Mapping[str, int]


def measure(rammer: Mapping[str, Ramme]) -> Mapping[str, Tabellmengde]:
    """How much a drop held, by table, from its frames as intake gives them; a table without rows is 0 rows.

    Kept of an accepted FULL drop, it is what FIL016 holds the next one to.
    """
    return MappingProxyType(
        {tabell: _measure_table(tabell, rammer.get(tabell)) for tabell in tabeller() if tabell != "innsending"}
    )


def _measure_table(tabell: str, ramme: Ramme | None) -> Tabellmengde:
    valgfrie = [felt.navn for felt in tabeller()[tabell].felter.values() if not felt.pakrevd]
    if ramme is None:
        return Tabellmengde(0, MappingProxyType(dict.fromkeys(valgfrie, 0)))
    utfylt = ramme[valgfrie].ne("").sum()
    return Tabellmengde(len(ramme), MappingProxyType({felt: int(utfylt[felt]) for felt in valgfrie}))


@dataclass(frozen=True)
class Historikk:
    """The last accepted state of one sender, by the ledger.

    `samtykker` are the rows of the consent store. `apne_i_siste_full` is the number of open deltakelser in the last
    accepted FULL drop, None when there is none. `bekreftet` holds (rule, sak) that persons have confirmed and that
    have not run out (beslutninger 23); sak is the deltakerId or deltakelseId, or the innsendingId for FIL015.
    `leverte` are the documents that have been built of what was accepted. `mengder_i_siste_full` is, by table, how
    much the last accepted FULL drop held that had enough rows in the table to say what is usual (FIL016 minRader).
    """

    poster: tuple[Deltakelsespost, ...] = ()
    samtykker: tuple[Rad, ...] = ()
    apne_i_siste_full: int | None = None
    bekreftet: frozenset[tuple[str, str]] = frozenset()
    leverte: tuple[Levert, ...] = ()
    mengder_i_siste_full: Mapping[str, Tabellmengde] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def er_tom(self) -> bool:
        """Whether nothing was accepted before."""
        return not self.poster and not self.samtykker


TOM = Historikk()
