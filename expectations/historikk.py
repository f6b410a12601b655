"""What was accepted before, as the rules of level HISTORIKK read it. Empty on a sender's first drop."""

from dataclasses import dataclass, field
from datetime import date

from transforms.poster import Deltakelsespost, Rad


@dataclass(frozen=True)
class Levert:
    """What became of one version of one document.

    `nummer` is that of a perioderapport, 0 for the others. `status` is the state of the forsendelse; `sendt` is None
    until it has left, `svar` and `svart` (the recipient's answer and its day in Oslo) until there is one.
    """

    deltakelse_id: str = field(repr=False)
    dokumenttype: str
    nummer: int
    status: str
    sendt: date | None
    svar: str | None
    versjon: int = 1
    svart: date | None = None


@dataclass(frozen=True)
class Historikk:
    """The last accepted state of one sender, by the ledger.

    `samtykker` are the rows of the consent store. `apne_i_siste_full` is the number of open deltakelser in the last
    accepted FULL drop, None when there is none. `bekreftet` holds (rule, sak) that persons have confirmed and that
    have not run out (beslutninger 23); sak is the deltakerId or deltakelseId, or the innsendingId for FIL015.
    `leverte` are the documents that were built, each version; `sist_mottatt` the day of the last accepted drop.
    """

    poster: tuple[Deltakelsespost, ...] = ()
    samtykker: tuple[Rad, ...] = ()
    apne_i_siste_full: int | None = None
    bekreftet: frozenset[tuple[str, str]] = frozenset()
    leverte: tuple[Levert, ...] = ()
    sist_mottatt: date | None = None

    @property
    def er_tom(self) -> bool:
        """Whether nothing was accepted before."""
        return not self.poster and not self.samtykker


TOM = Historikk()
