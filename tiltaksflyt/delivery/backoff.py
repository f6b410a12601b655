"""When a package that did not arrive is tried again: data (schemas/regelverk/nyforsok.yaml), in real hours.

The pauses are timedeltas added to an instant, never to a wall clock: an hour is an hour on the night that the clocks
change.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from schemas.loader import SCHEMAS, load

_POLICY = SCHEMAS / "regelverk" / "nyforsok.yaml"
_HELE = 1 << 32


@dataclass(frozen=True)
class Nyforsok:
    """The pause after each failed attempt, and by which fraction a pause is lengthened at most."""

    pauser: tuple[timedelta, ...]
    spredning: float


@cache
def nyforsok(fil: Path = _POLICY) -> Nyforsok:
    """The policy in force. Raises UgyldigFil."""
    innhold = load(fil, "nyforsok")
    pauser = tuple(timedelta(minutes=p.get("minutter", 0), hours=p.get("timer", 0)) for p in innhold["pauser"])
    return Nyforsok(pauser, innhold["spredningProsent"] / 100)


def next_attempt(forsok: int, *, now: datetime, leveranse_id: str, policy: Nyforsok | None = None) -> datetime | None:
    """When to try again after attempt number `forsok` (1 is the first) failed at `now`, in UTC.

    None when the attempts are used up: a person takes over. The spread comes from the leveranseId, so the same call
    gives the same answer. Raises ValueError for a time without offset or an attempt before the first.
    """
    if now.tzinfo is None:
        raise ValueError("a time without offset is no instant")
    if forsok < 1:
        raise ValueError("the first attempt is number 1")
    plan = policy or nyforsok()
    if forsok > len(plan.pauser):
        return None
    pause = plan.pauser[forsok - 1]
    return now.astimezone(UTC) + pause * (1 + plan.spredning * _fraction(leveranse_id, forsok))


def _fraction(leveranse_id: str, forsok: int) -> float:
    """A number from 0 up to 1 that differs between packages and attempts."""
    return int.from_bytes(hashlib.sha256(f"{leveranse_id}:{forsok}".encode()).digest()[:4], "big") / _HELE
