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
    """What became of one version of one document.

    `nummer` is that of a perioderapport and the plan.versjon of a plan; 0 where only one can be. `status` is the state
    of the forsendelse; `sendt` is None until it has left, `svar` and `svart` (the recipient's answer and its day in
    Oslo) until there is one. `leveranse` is the state of the package it travels in, None while it is in none.
    """

    deltakelse_id: str = field(repr=False)
    dokumenttype: str
    nummer: int
    status: str
    sendt: date | None
    svar: str | None
    versjon: int = 1
    svart: date | None = None
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
    if ramme is None or ramme.empty:
        return Tabellmengde(0, MappingProxyType(dict.fromkeys(valgfrie, 0)))
    # Column by column over plain arrays: a comparison of the whole frame costs twenty times as much.
    utfylt = {felt: int((ramme[felt].to_numpy(dtype=object) != "").sum()) for felt in valgfrie}
    return Tabellmengde(len(ramme), MappingProxyType(utfylt))


@dataclass(frozen=True)
class Historikk:
    """The last accepted state of one sender, by the ledger.

    `samtykker` are the consents of its records, and those of the consent store that the drop names and whose
    deltakelse is erased: they bear neither deltakerId nor deltakelseId.
    `apne_i_siste_full` is the number of open deltakelser in the last
    accepted FULL drop, None when there is none. `bekreftet` holds (rule, sak) that persons have confirmed and that
    have not run out (beslutninger 23); sak is the deltakerId or deltakelseId, or the innsendingId for FIL015.
    `leverte` are the documents that were built, each version; `sist_mottatt` the day of the last accepted drop.
    `mengder_i_siste_full` is, by table, how much the last accepted FULL drop held that had enough rows in the table to
    say what is usual (FIL016 minRader). `plasser` are the accepted plass rows, the newest of each day.
    `slettesaker` are those slettesakIder of the drop that are the sender's own.
    """

    poster: tuple[Deltakelsespost, ...] = ()
    samtykker: tuple[Rad, ...] = ()
    apne_i_siste_full: int | None = None
    bekreftet: frozenset[tuple[str, str]] = frozenset()
    leverte: tuple[Levert, ...] = ()
    sist_mottatt: date | None = None
    mengder_i_siste_full: Mapping[str, Tabellmengde] = field(default_factory=lambda: MappingProxyType({}))
    plasser: tuple[Rad, ...] = ()
    slettesaker: frozenset[str] = frozenset()

    @property
    def er_tom(self) -> bool:
        """Whether nothing was accepted before."""
        return not self.poster and not self.samtykker and not self.plasser


TOM = Historikk()
