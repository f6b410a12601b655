"""How the senders' own deletion is followed up: data, each number with its reason."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from schemas.loader import SCHEMAS, load


@dataclass(frozen=True)
class Sletteoppfolging:
    """The periods of schemas/regelverk/sletteoppfolging.yaml, counted from our own erasure."""

    purring: timedelta
    oppfolging: timedelta


@cache
def sletteoppfolging() -> Sletteoppfolging:
    """The periods in force. Raises UgyldigFil."""
    innhold = load(SCHEMAS / "regelverk" / "sletteoppfolging.yaml", "sletteoppfolging")
    return Sletteoppfolging(
        purring=timedelta(days=innhold["purredager"]["verdi"]),
        oppfolging=timedelta(days=innhold["oppfolgingsdager"]["verdi"]),
    )
