"""Reads and judges drops, as the door, `validate` and the tests all do. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from expectations.avvik import is_safe_key
from expectations.grunnlag import Innsendt
from expectations.historikk import TOM, Historikk, Tabellmengde, measure
from expectations.innsamling import (
    Samtykkeinnhold,
    assemble,
    assemble_capacity,
    assemble_confirmations,
    assemble_consents,
)
from expectations.kjoring import Kjoring
from expectations.kontroll import Kontroll, evaluate_chunk
from expectations.porter import gate
from expectations.regel import Virkning
from expectations.regelsett import regler_etter_id
from expectations.utfall import Deltakelsesutfall
from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus, Port, Stopp
from schemas.oppsett import Avsender, Mottaker
from schemas.regelverk import Regelverk
from tiltaksflyt.intake import Lesing, read_drop
from tiltaksflyt.pipeline.fristsvar import Fletting, Godtatt, Post, Sted, tell_of_time
from transforms.sletting import AVSLUTTET


@dataclass(frozen=True)
class Vurdering:
    """The verdict on one drop, and what is accepted of it.

    `poster` are the canonical records of the accepted deltakelser and `steder` where in the file each stands, None
    where only its child rows do; `stoppet` is where each held one stopped. `tabeller`
    is the number of rows read, by contract table; `lest_som` tells format and encoding. `mengder` says how much a FULL
    drop held, `plasser` and `slettebekreftelser` are its accepted rows of those tables, which stand for themselves,
    `samtykker` what it says of consents. `slettes_straks`: it names somebody who may not be in it, and
    `strengt_fortrolige` are the sender's own ids of those persons.
    """

    hode: Mapping[str, str]
    status: Innsendingsstatus
    avvik: tuple[Avvik, ...]
    antall: Mapping[str, int]
    poster: tuple[Mapping[str, Any], ...]
    holdte: tuple[Deltakelsesutfall, ...]
    steder: tuple[Sted | None, ...] = field(repr=False, default=())
    stoppet: tuple[Stopp, ...] = ()
    tabeller: Mapping[str, int] = field(default_factory=dict)
    lest_som: str = ""
    mengder: Mapping[str, Tabellmengde] = field(default_factory=dict)
    plasser: tuple[Mapping[str, Any], ...] = ()
    slettebekreftelser: tuple[Mapping[str, Any], ...] = ()
    samtykker: Samtykkeinnhold = field(repr=False, default_factory=Samtykkeinnhold)
    slettes_straks: bool = False
    strengt_fortrolige: tuple[str, ...] = field(repr=False, default=())


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


def _on_top(lagret: Post, droppet: Post) -> Post:
    return {**lagret, **droppet}


def assess_chunk(
    leste: Sequence[Lest],
    *,
    asof: date,
    mottakere: Mapping[str, Mottaker],
    regelverk: Sequence[Regelverk] | None = None,
    flett: Fletting = _on_top,
) -> tuple[tuple[Vurdering, ...], Kjoring | None]:
    """The verdict on each drop, none of which can see another, and the run that Great Expectations records.

    The run is None when the door refused every file. `flett` puts a dropped record on the stored one. Raises
    KontrollFeil when the checks themselves fail; then nothing is decided about any of the drops.
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
    vurderinger = [_refused(lest.lesing) if lest.lesing.avvist else _judge(lest, next(neste)) for lest in leste]
    godtatte = [
        Godtatt(vurdering.poster, vurdering.steder, lest.avsender, lest.historikk)
        for lest, vurdering in zip(leste, vurderinger, strict=True)
    ]
    tidsavvik = tell_of_time(godtatte, asof=asof, flett=flett, regelverk=regelverk)
    return tuple(map(_with_time, vurderinger, tidsavvik)), kjoring


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
        steder=tuple(_place(utfall, lesing) for utfall in kontroll.godtatte),
        stoppet=tuple(_stop(utfall, lesing) for utfall in kontroll.holdte),
        tabeller={navn: len(ramme) for navn, ramme in lesing.tabeller.items() if len(ramme)},
        lest_som=lesing.lest_som,
        mengder=measure(lesing.tabeller) if lesing.hode.get("omfang") == "FULL" else {},
        plasser=() if kontroll.avvist else assemble_capacity(lesing.tabeller, kontroll),
        slettebekreftelser=() if kontroll.avvist else assemble_confirmations(lesing.tabeller, kontroll),
        samtykker=assemble_consents(lesing.tabeller, kontroll),
        slettes_straks=kontroll.slett_straks,
        strengt_fortrolige=_strictly_protected(lesing, avvik) if kontroll.slett_straks else (),
    )


def _strictly_protected(lesing: Lesing, avvik: Sequence[Avvik]) -> tuple[str, ...]:
    """The sender's own ids of the persons whose row must be erased at once."""
    regler = regler_etter_id()
    rader = {
        ett.rad for ett in avvik if ett.regelId in regler and Virkning.SLETT_STRAKS in regler[ett.regelId].virkning
    }
    deltaker = lesing.tabeller["deltaker"]
    return tuple(sorted(set(deltaker.loc[deltaker["_rad"].isin(rader), "deltakerId"].astype(str)) - {""}))


def _stop(utfall: Deltakelsesutfall, lesing: Lesing) -> Stopp:
    """Where a held deltakelse stopped: the first gate in order, however many rules it breaks at later ones."""
    porter = {gate(regler_etter_id()[regel]) for regel in utfall.regler}
    return Stopp(
        deltakelse_id=utfall.deltakelse_id if is_safe_key(utfall.deltakelse_id) else None,
        rad=sted[0] if (sted := _place(utfall, lesing)) else None,
        port=min(porter, key=list(Port).index),
        regler=utfall.regler,
    )


def _place(utfall: Deltakelsesutfall, lesing: Lesing) -> Sted | None:
    if utfall.indeks is None:
        return None
    ramme = lesing.tabeller["deltakelse"]
    return int(ramme.at[utfall.indeks, "_rad"]), int(ramme.at[utfall.indeks, "_post"])


def _with_time(vurdering: Vurdering, tidsavvik: tuple[Avvik, ...]) -> Vurdering:
    """The verdict with what the last gate says; it holds nothing back."""
    if not tidsavvik:
        return vurdering
    avvik = tuple(sorted((*vurdering.avvik, *tidsavvik), key=_order))
    antall = {**vurdering.antall, "avvik": len(avvik)}
    return replace(vurdering, avvik=avvik, antall=antall, status=_status(vurdering.status, tidsavvik))


def _refused(lesing: Lesing) -> Vurdering:
    return Vurdering(
        hode=lesing.hode,
        status=Innsendingsstatus.AVVIST,
        avvik=lesing.avvik,
        antall={"deltakelser": 0, "apne": 0, "godtatt": 0, "holdt": 0, "avvik": len(lesing.avvik)},
        poster=(),
        holdte=(),
        lest_som=lesing.lest_som,
    )


def _status(status: Innsendingsstatus, flere: tuple[Avvik, ...]) -> Innsendingsstatus:
    """The status when other gates have said something too, at most a warning."""
    advart = any(avvik.alvorlighet is Alvorlighet.ADVARSEL for avvik in flere)
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
