"""The extensions of one deltakelse in order, each with its number: what a duty and a message know it by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from transforms.poster import Deltakelsespost, Rad, read_dato


@dataclass(frozen=True)
class NummerertForlengelse:
    """One extension. `forrige_slutt` is the new end of the one before it, None for the first: the end that one
    extended is not in the record."""

    nummer: int
    rad: Rad
    forrige_slutt: date | None


def number_extensions(post: Deltakelsespost) -> Iterator[NummerertForlengelse]:
    """Each extension, the earliest new end first, whether Nav has agreed to it or not."""
    forrige: date | None = None
    for nummer, rad in enumerate(sorted(post.rader("forlengelse"), key=lambda rad: str(rad["nySluttDato"])), start=1):
        yield NummerertForlengelse(nummer, rad, forrige)
        forrige = read_dato(rad, "nySluttDato")
