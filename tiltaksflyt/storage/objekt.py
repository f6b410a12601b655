"""What a look at the bucket shows, and when a dropped object is ready to be taken. Pure values, no I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Half a multi-part or twice-saved export looks whole for a moment (beslutninger: pick-up).
HVILETID = timedelta(seconds=5)


@dataclass(frozen=True)
class Objekt:
    """One object as one look showed it. `nokkel` in an inbox is the sender's own words: never log it."""

    nokkel: str
    storrelse: int
    etag: str
    sist_endret: datetime

    def __repr__(self) -> str:
        return f"Objekt(storrelse={self.storrelse}, sist_endret={self.sist_endret.isoformat()})"


@dataclass(frozen=True)
class Objektversjon:
    """One stored version of an object, or the marker that hides a deleted one."""

    nokkel: str
    versjon: str
    storrelse: int
    sist_endret: datetime
    er_slettemerke: bool

    def __repr__(self) -> str:
        return f"Objektversjon(versjon={self.versjon}, storrelse={self.storrelse})"


def is_ready(forste: Objekt | None, andre: Objekt | None, *, now: datetime) -> bool:
    """Whether two looks at one object show it at rest: same size and etag, and unchanged for HVILETID at `now`."""
    if forste is None or andre is None or forste.nokkel != andre.nokkel:
        return False
    if (forste.storrelse, forste.etag) != (andre.storrelse, andre.etag):
        return False
    return now - andre.sist_endret >= HVILETID
