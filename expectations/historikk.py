"""What was accepted before, as the rules of level HISTORIKK read it. Empty on a sender's first drop."""

from dataclasses import dataclass

from transforms.poster import Deltakelsespost, Rad


@dataclass(frozen=True)
class Historikk:
    """The last accepted state of one sender, by the ledger.

    `samtykker` are the rows of the consent store. `apne_i_siste_full` is the number of open deltakelser in the last
    accepted FULL drop, None when there is none. `bekreftet` holds (rule, sak) that persons have confirmed and that
    have not run out (beslutninger 23); sak is the deltakerId or deltakelseId, or the innsendingId for FIL015.
    """

    poster: tuple[Deltakelsespost, ...] = ()
    samtykker: tuple[Rad, ...] = ()
    apne_i_siste_full: int | None = None
    bekreftet: frozenset[tuple[str, str]] = frozenset()

    @property
    def er_tom(self) -> bool:
        """Whether nothing was accepted before."""
        return not self.poster and not self.samtykker


TOM = Historikk()
