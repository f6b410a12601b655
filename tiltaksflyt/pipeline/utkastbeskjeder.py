"""What a sender says of its drafts: a file in `stopp/` stops the one it is named for, a file in `send/` lets it go.

docs/pipeline/utkast.md. The name alone is read, never the content. Safe to run twice and by two workers: what is done
twice ends the same, and a file goes only when what it asks for is done.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from tiltaksflyt.ledger import Forsendelsesrad, Forsendelsestilstand, Statuskode
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.utkast import MAPPE, MELDING_ID, approve_due, arrange_drafts, file_name, put
from tiltaksflyt.storage import Objekt, nokler
from transforms.utkasttekster import Beskjedsvar, Beskjedutfall, render_beskjedsvar

STOPP, SEND = "stopp", "send"

_T = Forsendelsestilstand
_GATT = frozenset({_T.I_LEVERANSE, _T.SENDT, _T.GODTATT, _T.AVVIST})
# What a version with several recipients comes to is the first of these that any of them gives.
_REKKEFOLGE: Sequence[Beskjedutfall] = (
    Beskjedutfall.STANSET,
    Beskjedutfall.SENDES,
    Beskjedutfall.HAR_GATT,
    Beskjedutfall.HOLDT,
    Beskjedutfall.ERSTATTET,
    Beskjedutfall.TILBAKEKALT,
)
_TELLES: Mapping[Beskjedutfall, str] = {
    Beskjedutfall.STANSET: "utkastStanset",
    Beskjedutfall.DELVIS_STANSET: "utkastStanset",
    Beskjedutfall.SENDES: "utkastSluppet",
}


@dataclass(frozen=True)
class Beskjed:
    """One file in `stopp/` or `send/`; `melding_id` is the draft that its name tells of, None where it is none."""

    objekt: Objekt
    mappe: str
    melding_id: str | None


def is_beskjed(nokkel: str, orgnr: str) -> bool:
    """Whether an object of the inbox says something of a draft, and is not an export to read."""
    return _folder_of(nokkel, orgnr) in (STOPP, SEND)


def hear(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Do what one sender says of its drafts, and show it in `utkast/`; how many were stopped, let go, or not done."""
    antall = follow(orgnr, omgivelser=omgivelser, dato=dato, now=now)
    if antall:
        antall |= arrange_drafts(orgnr, omgivelser=omgivelser, dato=dato)
    return antall


def release_due(omgivelser: Omgivelser, dato: date, now: datetime) -> frozenset[str]:
    """Hear the senders that have drafts, and then let those go that are due; the senders that could not be heard.

    A stop that lies in the inbox now wins over the day. Where a folder cannot be put in order the log tells; nothing
    is sent or kept back for that.
    """
    forsok, rydding = Forsok("levering"), Forsok("levering")
    har_utkast = {rad.avsender for rad in omgivelser.ledger.dokumenter.forsendelser(tilstand=_T.UTKAST)}
    ser_forst = {orgnr for orgnr, avsender in omgivelser.oppsett.avsendere.items() if avsender.utkast}
    for orgnr in sorted((har_utkast | ser_forst) & omgivelser.oppsett.avsendere.keys()):
        forsok.attempt(orgnr, _hear_and_approve, orgnr, omgivelser=omgivelser, dato=dato, now=now)
        rydding.attempt(orgnr, arrange_drafts, orgnr, omgivelser=omgivelser, dato=dato)
    return frozenset(orgnr for orgnr in omgivelser.oppsett.avsendere if forsok.failed(orgnr))


def _hear_and_approve(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime) -> None:
    follow(orgnr, omgivelser=omgivelser, dato=dato, now=now)
    approve_due(orgnr, omgivelser=omgivelser, dato=dato)


def follow(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Do what lies in one sender's `stopp/` and `send/`, in the order it came, and answer it."""
    gjort = [
        (beskjed, _do(beskjed, orgnr, omgivelser))
        for beskjed in _find(orgnr, omgivelser)
        # Gone: another worker has done it, and maybe what the sender said after that.
        if omgivelser.storage.look(beskjed.objekt.nokkel) is not None
    ]
    if not gjort:
        return {}
    _answer([svar for _, svar in gjort], orgnr, omgivelser=omgivelser, dato=dato, now=now)
    for beskjed, _ in gjort:
        _let_go(beskjed.objekt, omgivelser)
    return dict(Counter(_TELLES.get(svar.utfall, "beskjederIkkeFulgt") for _, (svar, _) in gjort))


def _folder_of(nokkel: str, orgnr: str) -> str:
    mappe, skille, _ = nokkel.removeprefix(nokler.innboks(orgnr)).partition("/")
    return mappe.casefold() if skille else ""


def _find(orgnr: str, omgivelser: Omgivelser) -> list[Beskjed]:
    """What lies there, oldest first; what came in the same second ends with the stop."""
    beskjeder = [
        Beskjed(objekt, _folder_of(objekt.nokkel, orgnr), named_draft(objekt.nokkel))
        for objekt in omgivelser.storage.list_inbox(orgnr)
        if is_beskjed(objekt.nokkel, orgnr)
    ]
    return sorted(beskjeder, key=lambda beskjed: (beskjed.objekt.sist_endret, beskjed.mappe == STOPP))


def named_draft(nokkel: str) -> str | None:
    """The one id in the name, whatever stands around it: «Kopi av plan-….pdf», «plan-….pdf.txt»."""
    ider = set(MELDING_ID.findall(nokkel.lower()))
    return ider.pop() if len(ider) == 1 else None


def _do(beskjed: Beskjed, orgnr: str, omgivelser: Omgivelser) -> tuple[Beskjedsvar, frozenset[str]]:
    """Stop or let go, if the version is the sender's own; the answer, and the deltakelse it speaks of."""
    dokumenter = omgivelser.ledger.dokumenter
    melding_id = beskjed.melding_id
    if melding_id is None or not dokumenter.forsendelser(avsender=orgnr, versjon_av=melding_id):
        return Beskjedsvar(beskjed.mappe, None, beskjed.objekt.sist_endret, Beskjedutfall.UKJENT), frozenset()
    if beskjed.mappe == STOPP:
        dokumenter.hold(melding_id, Statuskode.STANSET_AV_ARRANGOR)
    else:
        dokumenter.approve(melding_id)
        dokumenter.release(melding_id, Statuskode.STANSET_AV_ARRANGOR)
    versjon = dokumenter.forsendelser(avsender=orgnr, versjon_av=melding_id)
    fil = file_name(versjon[0].type, versjon[0].nummer, melding_id)
    svar = Beskjedsvar(beskjed.mappe, fil, beskjed.objekt.sist_endret, _outcome(versjon))
    return svar, frozenset(rad.ref for rad in versjon)


def _outcome(versjon: Sequence[Forsendelsesrad]) -> Beskjedutfall:
    utfall = {_outcome_of_one(rad) for rad in versjon}
    if utfall >= {Beskjedutfall.STANSET, Beskjedutfall.HAR_GATT}:
        return Beskjedutfall.DELVIS_STANSET
    return next(ett for ett in _REKKEFOLGE if ett in utfall)


def _outcome_of_one(rad: Forsendelsesrad) -> Beskjedutfall:
    if rad.tilstand is _T.HOLDT:
        stanset = rad.statuskode is Statuskode.STANSET_AV_ARRANGOR
        return Beskjedutfall.STANSET if stanset else Beskjedutfall.HOLDT
    if rad.tilstand in _GATT:
        return Beskjedutfall.HAR_GATT
    if rad.tilstand is _T.ERSTATTET:
        return Beskjedutfall.ERSTATTET
    return Beskjedutfall.TILBAKEKALT if rad.tilstand is _T.TILBAKEKALT else Beskjedutfall.SENDES


def _answer(
    gjort: Sequence[tuple[Beskjedsvar, Collection[str]]],
    orgnr: str,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
) -> None:
    avsender = omgivelser.oppsett.avsendere[orgnr]
    tid = on_day(dato, now)
    innhold = render_beskjedsvar([svar for svar, _ in gjort], avsender.navn, avsender.maalform, tid)
    nokkel = nokler.utboks(orgnr, f"{MAPPE}/svar/{tid:%Y-%m-%d-%H.%M}-{uuid4()}.txt")
    refs = {ref for _, ene in gjort for ref in ene}
    put(nokkel, innhold, "text/plain; charset=utf-8", orgnr, refs, omgivelser, dato)


def _let_go(objekt: Objekt, omgivelser: Omgivelser) -> None:
    """Remove what is done; not what the sender has laid there since, which is a word of its own."""
    ligger = omgivelser.storage.look(objekt.nokkel)
    if ligger is not None and ligger.sist_endret == objekt.sist_endret:
        omgivelser.storage.delete(objekt.nokkel)
