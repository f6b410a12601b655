"""The list that a recipient publishes once a day: what it has received, for the sender to hold against its own."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from schemas.loader import validator
from tiltaksflyt.referansemottak.register import KVITTERINGER, Mottatt, Svar, home_of
from tiltaksflyt.referansemottak.skriving import write_whole

PERIODE = timedelta(days=14)
_VERSJON = "1.0"
_OSLO = ZoneInfo("Europe/Oslo")


def list_name(now: datetime) -> str:
    """The name of the list made at `now`: one a day, as days are in Oslo."""
    return f"avstemming-{now.astimezone(_OSLO).date().isoformat()}"


def publish_list(katalog: Path, bruker: str, enheter: Iterable[str], now: datetime) -> Path:
    """Lay the list among the receipts of one sender, under the day's own name; where it lies.

    Safe while the receiver of `katalog` runs, and again: the later list of a day stands.
    """
    liste = make_list(Mottatt(katalog), bruker, enheter, now)
    if not validator("avstemming").is_valid(liste):
        raise AssertionError("the receiver made a list that breaks its own schema")
    fil = home_of(katalog, bruker) / KVITTERINGER / f"{list_name(now)}.json"
    write_whole(fil, f"{json.dumps(liste, ensure_ascii=False, indent=1)}\n".encode())
    return fil


def make_list(mottatt: Mottatt, bruker: str, enheter: Iterable[str], now: datetime) -> dict[str, Any]:
    """Everything that came from one sender in the last two weeks (schemas/json/avstemming.schema.json)."""
    fra = now - PERIODE
    pakker = {pakke.leveranse_id: pakke for pakke in mottatt.packages(bruker, fra, now)}
    svar: dict[str, list[Svar]] = {leveranse_id: [] for leveranse_id in pakker}
    for ett in mottatt.answers(bruker, fra, now):
        # A document that came again lately, first in a package from before.
        svar.setdefault(ett.leveranse_id, []).append(ett)
    return {
        "avstemmingsversjon": _VERSJON,
        "type": "AVSTEMMING",
        "mottaker": sorted(enheter),
        "dag": now.astimezone(_OSLO).date().isoformat(),
        "fra": fra.isoformat(),
        "til": now.isoformat(),
        "leveranser": [
            {
                "leveranseId": leveranse_id,
                "status": pakker[leveranse_id].status if leveranse_id in pakker else "LEVERT",
                "tid": pakker[leveranse_id].tid if leveranse_id in pakker else rader[0].tid,
                "meldinger": _documents(rader),
            }
            for leveranse_id, rader in svar.items()
        ],
    }


def _documents(rader: Sequence[Svar]) -> list[dict[str, str]]:
    return [
        {"meldingId": rad.melding_id, "status": rad.status, "tid": rad.tid} | ({"kode": rad.kode} if rad.kode else {})
        for rad in rader
    ]
