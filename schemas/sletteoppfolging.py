"""How the senders' own deletion is followed up, and how long a deletion may be held back: data, with its reasons."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from schemas.loader import SCHEMAS, load


@dataclass(frozen=True)
class Sletteoppfolging:
    """The periods of schemas/regelverk/sletteoppfolging.yaml.

    `purring` and `oppfolging` are counted from our own erasure, `tilbakehold` from the day that a hold is begun.
    """

    purring: timedelta
    oppfolging: timedelta
    tilbakehold: timedelta


@cache
def sletteoppfolging() -> Sletteoppfolging:
    """The periods in force. Raises UgyldigFil."""
    innhold = load(SCHEMAS / "regelverk" / "sletteoppfolging.yaml", "sletteoppfolging")
    return Sletteoppfolging(
        purring=timedelta(days=innhold["purredager"]["verdi"]),
        oppfolging=timedelta(days=innhold["oppfolgingsdager"]["verdi"]),
        tilbakehold=timedelta(days=innhold["tilbakeholdsdager"]["verdi"]),
    )
