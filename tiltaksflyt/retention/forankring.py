"""The anchor of the chain of evidence: head and count, day by day, outside the database.

Whoever holds the ledger and the signing key can truncate or recompute the chain; these files say what it was. In
production the folder is an object-locked bucket or a write-once volume (docs/adr/0009).
"""

import json
import os
from datetime import date
from pathlib import Path

from tiltaksflyt.ledger import Kjedehode


class UlestForankring(Exception):
    """An anchor file cannot be read, or was written over. The text names the file."""

    kode = "ULEST_FORANKRING"


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
    hoder = []
    for fil in sorted(katalog.glob("*.json")):
        try:
            innhold = json.loads(fil.read_text(encoding="utf-8"))
            hoder.append(Kjedehode(antall=int(innhold["antall"]), hash=str(innhold["hash"])))
        except (ValueError, KeyError, TypeError):
            raise UlestForankring(f"{fil.name} is not an anchor; restore it from its own copy") from None
    return tuple(hoder)
