"""What was accepted before, as the rules of level HISTORIKK read it. Empty on a sender's first drop."""

from dataclasses import dataclass, field
from datetime import date

from transforms.poster import Deltakelsespost, Rad


@dataclass(frozen=True)
class Levert:
    """One document of one deltakelse as it stands with its recipient.

    `status` is a state of a forsendelse. `sendt` is the day the document was sent, None while it has not been; `svar`
    is the recipient's answer, None while there is none.
    """

    deltakelse_id: str = field(repr=False)
    dokumenttype: str
    nummer: int
    status: str
    sendt: date | None
    svar: str | None


@dataclass(frozen=True)
class Historikk:
    """The last accepted state of one sender, by the ledger.

    `samtykker` are the rows of the consent store. `apne_i_siste_full` is the number of open deltakelser in the last
    accepted FULL drop, None when there is none. `bekreftet` holds (rule, sak) that persons have confirmed and that
    have not run out (beslutninger 23); sak is the deltakerId or deltakelseId, or the innsendingId for FIL015.
    `leverte` are the documents that have been built of what was accepted. `plasser` are the accepted plass rows, the
    newest of each day.
    """

    poster: tuple[Deltakelsespost, ...] = ()
    samtykker: tuple[Rad, ...] = ()
    apne_i_siste_full: int | None = None
    bekreftet: frozenset[tuple[str, str]] = frozenset()
    leverte: tuple[Levert, ...] = ()
    plasser: tuple[Rad, ...] = ()

    @property
    def er_tom(self) -> bool:
        """Whether nothing was accepted before."""
        return not self.poster and not self.samtykker and not self.plasser


TOM = Historikk()
