"""Reads and judges drops, as the door, `validate` and the tests all do. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from expectations.grunnlag import Innsendt
from expectations.historikk import TOM, Historikk
from expectations.innsamling import assemble
from expectations.kjoring import Kjoring
from expectations.kontroll import Kontroll, evaluate_chunk
from expectations.utfall import Deltakelsesutfall
from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from schemas.oppsett import Avsender, Mottaker
from schemas.regelverk import Regelverk
from tiltaksflyt.intake import Lesing, read_drop
from transforms.sletting import AVSLUTTET


@dataclass(frozen=True)
class Vurdering:
    """The verdict on one drop, and what is accepted of it.

    `poster` are the canonical records of the accepted deltakelser.
    """

    hode: Mapping[str, str]
    status: Innsendingsstatus
    avvik: tuple[Avvik, ...]
    antall: Mapping[str, int]
    poster: tuple[Mapping[str, Any], ...]
    holdte: tuple[Deltakelsesutfall, ...]


@dataclass(frozen=True)
class Lest:
    """One drop as the door read it, its sender, and what was accepted from that sender before."""

    lesing: Lesing
    avsender: Avsender
    historikk: Historikk = TOM


def assess(
    data: bytes,
    *,
    filnavn: str,
    avsender: Avsender,
    mottakere: Mapping[str, Mottaker],
    modus: str,
    mottatt: datetime,
    asof: date,
    regelverk: Sequence[Regelverk] | None = None,
) -> Vurdering:
    """Take one drop through the door and the rules, with nothing before it. `asof` is the day of its arrival in Oslo.

    `regelverk` are the policies in force; without them those that ship. Raises KontrollFeil when the checks
    themselves fail; a bad file is a verdict, never an exception.
    """
    lesing = read_drop(data, filnavn=filnavn, avsender=avsender, mottatt=mottatt, modus=modus)
    (vurdering,), _ = assess_chunk([Lest(lesing, avsender)], asof=asof, mottakere=mottakere, regelverk=regelverk)
    return vurdering


def assess_chunk(
    leste: Sequence[Lest],
    *,
    asof: date,
    mottakere: Mapping[str, Mottaker],
    regelverk: Sequence[Regelverk] | None = None,
) -> tuple[tuple[Vurdering, ...], Kjoring | None]:
    """The verdict on each drop, none of which can see another, and the run that Great Expectations records.

    The run is None when the door refused every file. Raises KontrollFeil when the checks themselves fail; then
    nothing is decided about any of the drops.
    """
    innsendte = [
        Innsendt(lest.lesing.tabeller, lest.lesing.problemer, lest.lesing.hode, lest.avsender, lest.historikk)
        for lest in leste
        if not lest.lesing.avvist
    ]
    if not innsendte:
        return tuple(_refused(lest.lesing) for lest in leste), None
    kontroller, kjoring = evaluate_chunk(innsendte, asof=asof, mottakere=mottakere, regelverk=regelverk)
    neste = iter(kontroller)
    return tuple(_refused(lest.lesing) if lest.lesing.avvist else _judge(lest, next(neste)) for lest in leste), kjoring


def _judge(lest: Lest, kontroll: Kontroll) -> Vurdering:
    lesing = lest.lesing
    poster = assemble(lesing.tabeller, kontroll, historikk=lest.historikk)
    avvik = tuple(sorted((*lesing.avvik, *kontroll.avvik), key=_order))
    return Vurdering(
        hode=lesing.hode,
        status=_status(kontroll.status, lesing.avvik),
        avvik=avvik,
        antall=_count(kontroll, avvik, len(poster), _open_rows(lesing)),
        poster=tuple(post.innhold for post in poster),
        holdte=kontroll.holdte,
    )


def _refused(lesing: Lesing) -> Vurdering:
    return Vurdering(
        hode=lesing.hode,
        status=Innsendingsstatus.AVVIST,
        avvik=lesing.avvik,
        antall={"deltakelser": 0, "apne": 0, "godtatt": 0, "holdt": 0, "avvik": len(lesing.avvik)},
        poster=(),
        holdte=(),
    )


def _status(status: Innsendingsstatus, ved_doren: tuple[Avvik, ...]) -> Innsendingsstatus:
    advart = any(avvik.alvorlighet is Alvorlighet.ADVARSEL for avvik in ved_doren)
    return Innsendingsstatus.GODTATT_MED_ADVARSEL if advart and status is Innsendingsstatus.GODTATT else status


def _open_rows(lesing: Lesing) -> int:
    deltakelse = lesing.tabeller.get("deltakelse")
    return 0 if deltakelse is None else int((~deltakelse["status"].isin(AVSLUTTET)).sum())


def _count(kontroll: Kontroll, avvik: tuple[Avvik, ...], godtatt: int, apne: int) -> Mapping[str, int]:
    return {
        "deltakelser": len(kontroll.utfall),
        "apne": apne,
        "godtatt": godtatt,
        "holdt": len(kontroll.holdte),
        "avvik": len(avvik),
    }


def _order(avvik: Avvik) -> tuple[int, str, int, str, str]:
    rang = list(Alvorlighet).index(avvik.alvorlighet)
    return rang, avvik.tabell or "", avvik.rad or 0, avvik.kolonne or "", avvik.regelId
