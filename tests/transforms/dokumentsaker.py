"""The documents of the golden cases, built anew, and what stands in them."""

import copy
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from schemas.regelverk import regelverk
from transforms.dokument import (
    Avsenderhode,
    Dokumenthode,
    Innhold,
    Mottakerhode,
    build,
)
from transforms.dokument_formater import check
from transforms.poster import Deltakelsespost

GOLDEN = Path(__file__).parents[1] / "golden"
AFT = "ARBEIDSFORBEREDENDE_TRENING"


def record(sak: str = "arbeid") -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads((GOLDEN / sak / "1_post.json").read_text(encoding="utf-8"))
    return innhold


def make(
    innhold: dict[str, Any],
    dokumenttype: str,
    nummer: int | None = None,
    *,
    dag: str = "2026-10-16",
    modus: str = "PROD",
    versjon: int = 1,
    forrige: Innhold | None = None,
    tiltak: str = AFT,
) -> Innhold:
    hode = Dokumenthode(
        dokument_id="0d000000-0000-4000-8000-000000000001",
        melding_id=f"0e000000-0000-4000-8000-{versjon:012d}",
        versjon=versjon,
        erstatter=None if forrige is None else forrige["hode"]["meldingId"],
        opprettet=datetime.fromisoformat(f"{dag}T06:00:00+00:00"),
        frist=date(2026, 10, 30),
        modus=modus,
        maalform="nb",
        avsender=Avsenderhode("912345009", "Eksempel Vekst AS", "Eksempelsystem 4"),
        mottaker=Mottakerhode("9901", "55", "Nav Prøvebygd"),
    )
    policy = regelverk(tiltak, date(2026, 3, 2))
    dokument = build(
        Deltakelsespost(innhold), dokumenttype, nummer=nummer, hode=hode, regelverk=policy, forrige=forrige
    )
    assert check(dokument) == ()
    return dokument


def section(dokument: Innhold, kode: str) -> dict[str, Any]:
    (funnet,) = [seksjon for seksjon in dokument["seksjoner"] if seksjon["kode"] == kode]
    return dict(funnet)


def block(dokument: Innhold, kode: str, blokk: str) -> dict[str, Any]:
    (funnet,) = [b for b in section(dokument, kode)["blokker"] if b["kode"] == blokk]
    return dict(funnet)


def lines(dokument: Innhold, kode: str, blokk: str) -> dict[str, str]:
    return {rad["kode"]: rad["tekst"] for rad in block(dokument, kode, blokk)["rader"]}


def cells(blokk: dict[str, Any]) -> list[list[str]]:
    return [[celle["tekst"] for celle in rad["celler"]] for rad in blokk["rader"]]


def set_field(tabell: str, **felter: object) -> Callable[[dict[str, Any]], None]:
    def change(innhold: dict[str, Any]) -> None:
        rader = innhold[tabell] if isinstance(innhold[tabell], list) else [innhold[tabell]]
        for navn, verdi in felter.items():
            rader[0][navn] = verdi

    return change


def changed(innhold: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    kopi = copy.deepcopy(innhold)
    change(kopi)
    return kopi
