"""The anchor of the chain of evidence: head and count, day by day, outside the database.

Whoever holds the ledger and the signing key can truncate or recompute the chain; these files say what it was. In
production the folder is an object-locked bucket or a write-once volume (docs/adr/0009). Beside them lie the entries
themselves: a ledger restored from a backup lacks those written since, and they say what must be erased again.
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tiltaksflyt.ledger import Bevis, Beviskjede, Kjedehode

_KJEDE = "kjede"
_KOPI = re.compile(r"([0-9]{8})-([0-9]{8})\.jsonl")


@dataclass(frozen=True)
class Forankring:
    """What the head of the chain was on a day."""

    dato: date
    hode: Kjedehode


class UlestForankring(Exception):
    """An anchor file cannot be read, or was written over. The text names the file."""

    kode = "ULEST_FORANKRING"


def anchor_chain(katalog: Path, dato: date, kjede: Beviskjede) -> Path:
    """Copy the entries that are not copied yet, then anchor the head: what is anchored can always be replayed."""
    kopiert = max((til for _, til in _copies(katalog)), default=0)
    _copy(katalog, kjede.entries(kopiert))
    return anchor(katalog, dato, kjede.head())


def read_chain(katalog: Path) -> tuple[Bevis, ...]:
    """Every entry that was copied, in order. Raises UlestForankring naming a file that is damaged or contradicts.

    Whether they are a chain is for `verify_chain` to say.
    """
    funnet: dict[int, Bevis] = {}
    for fra, til in _copies(katalog):
        fil = _copy_file(katalog, fra, til)
        try:
            lest = [Bevis.from_json(json.loads(linje)) for linje in fil.read_text(encoding="utf-8").splitlines()]
        except (ValueError, KeyError, TypeError):
            lest = []
        if [bevis.lopenr for bevis in lest] != list(range(fra, til + 1)) or any(
            funnet.setdefault(bevis.lopenr, bevis) != bevis for bevis in lest
        ):
            raise UlestForankring(f"{fil.name} is not what was copied there; restore it from its own copy")
    return tuple(bevis for _, bevis in sorted(funnet.items()))


def _copy(katalog: Path, oppforinger: Sequence[Bevis]) -> None:
    if not oppforinger:
        return
    (katalog / _KJEDE).mkdir(parents=True, exist_ok=True)
    innhold = "".join(f"{json.dumps(bevis.as_json(), ensure_ascii=False)}\n" for bevis in oppforinger)
    # One that is there already was written by a run beside this one, from the same chain.
    _create(_copy_file(katalog, oppforinger[0].lopenr, oppforinger[-1].lopenr), innhold)


def _copies(katalog: Path) -> list[tuple[int, int]]:
    treff = (_KOPI.fullmatch(fil.name) for fil in (katalog / _KJEDE).glob("*.jsonl"))
    return sorted((int(ett.group(1)), int(ett.group(2))) for ett in treff if ett)


def _copy_file(katalog: Path, fra: int, til: int) -> Path:
    return katalog / _KJEDE / f"{fra:08d}-{til:08d}.jsonl"


def anchor(katalog: Path, dato: date, hode: Kjedehode) -> Path:
    """Write the head of the day. The first one of a day stands; a later one with other content gets a file of its own.

    Files are created once and made read-only, never rewritten.
    """
    katalog.mkdir(parents=True, exist_ok=True)
    innhold = json.dumps({"dato": dato.isoformat(), "antall": hode.antall, "hash": hode.hash}) + "\n"
    lopenummer = 1
    while True:
        fil = katalog / f"{dato.isoformat()}-{lopenummer:03d}.json"
        if _create(fil, innhold):
            return fil
        if fil.read_text(encoding="utf-8") == innhold:
            return fil
        lopenummer += 1


def _create(fil: Path, innhold: str) -> bool:
    try:
        nummer = os.open(fil, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    except FileExistsError:
        return False
    with os.fdopen(nummer, "w", encoding="utf-8") as strom:
        strom.write(innhold)
        strom.flush()
        os.fsync(strom.fileno())
    return True


def read_anchors(katalog: Path) -> tuple[Kjedehode, ...]:
    """Every anchored head, oldest first. Raises UlestForankring naming a damaged file."""
    return tuple(anker.hode for anker in read_dated_anchors(katalog))


def read_dated_anchors(katalog: Path) -> tuple[Forankring, ...]:
    """Every anchor, oldest first. Raises UlestForankring naming a damaged file."""
    ankere = []
    for fil in sorted(katalog.glob("*.json")):
        try:
            innhold = json.loads(fil.read_text(encoding="utf-8"))
            hode = Kjedehode(antall=int(innhold["antall"]), hash=str(innhold["hash"]))
            ankere.append(Forankring(date.fromisoformat(innhold["dato"]), hode))
        except (ValueError, KeyError, TypeError):
            raise UlestForankring(f"{fil.name} is not an anchor; restore it from its own copy") from None
    return tuple(ankere)
