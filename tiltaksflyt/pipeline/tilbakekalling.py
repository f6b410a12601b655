"""What no longer stands is taken back: documents of a deltakelse that was registered in error, and messages of what is
no longer so (docs/adr/0023).

What nobody has is withdrawn and sends nothing. What a recipient has, or is about to get, is followed by a version that
takes it back, to whoever got it. Safe to run twice and by two workers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from expectations.dokumentkontroll import Dokumentsak, is_address_protected
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Dokumentplass,
    NyForsendelse,
    Statuskode,
)
from tiltaksflyt.pipeline.dokumentport import keep
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.utkast import first_state
from transforms.dokument import Innhold
from transforms.forpliktelser import policy_of
from transforms.meldinger import MELDINGER, find_message
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import FEILREGISTRERT
from transforms.tilbakekalling import Tilbakekalling, Tilbakekallingsgrunn, build_withdrawal, is_withdrawal

_STATUSKODE = {
    Tilbakekallingsgrunn.FEILREGISTRERT: Statuskode.FEILREGISTRERT,
    Tilbakekallingsgrunn.GJELDER_IKKE: Statuskode.GJELDER_IKKE,
}


@dataclass(frozen=True)
class Fall:
    """One document that no longer stands, and why."""

    rad: Deltakelsesrad
    type: str
    nummer: int
    grunn: Tilbakekallingsgrunn


def take_back(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]) -> None:
    """Take back one sender's documents of what was registered in error, and messages of what is no longer so.

    Counts in `antall`: `trukket` sendings that had not left, `tilbakekalt` versions that take one back, `holdt` those
    of them that wait for a person, `ugyldigForArkivet` those whose title Nav's archive does not take.
    Raises UgyldigDokument.
    """
    rader = {rad.ref: rad for rad in omgivelser.ledger.deltakelser.list(orgnr)}
    for fall in (*_registered_in_error(rader.values(), omgivelser), *_no_longer_so(orgnr, rader, omgivelser, dato)):
        _take_back_one(fall, omgivelser=omgivelser, dato=dato, now=now, antall=antall)


def take_back_all_of(
    rad: Deltakelsesrad, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]
) -> None:
    """Take back every document of one deltakelse as registered in error, whatever its status; counts as `take_back`."""
    for fall in _each_document(rad, omgivelser):
        _take_back_one(fall, omgivelser=omgivelser, dato=dato, now=now, antall=antall)


def _take_back_one(fall: Fall, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]) -> None:
    dokumenter = omgivelser.ledger.dokumenter
    plass = dokumenter.reserve(fall.rad.ref, fall.type, fall.nummer)
    if plass.erstatter is None:
        antall["trukket"] += dokumenter.withdraw(plass, _STATUSKODE[fall.grunn])
    elif not _is_taken_back(fall, omgivelser):
        hos_nav = dokumenter.read(plass.erstatter)
        if is_withdrawal(hos_nav):
            antall["trukket"] += dokumenter.withdraw(plass, _STATUSKODE[fall.grunn])
        else:
            _add(fall, plass, hos_nav, omgivelser=omgivelser, dato=dato, now=now, antall=antall)


def _is_taken_back(fall: Fall, omgivelser: Omgivelser) -> bool:
    """Whether the newest version takes the document back already, for whatever reason."""
    unchanged = omgivelser.ledger.dokumenter.unchanged
    return any(unchanged(fall.rad.ref, fall.type, fall.nummer, _basis(grunn)) for grunn in Tilbakekallingsgrunn)


def _basis(grunn: Tilbakekallingsgrunn) -> Mapping[str, str]:
    return {"tilbakekalt": grunn.value}


def _registered_in_error(rader: Iterable[Deltakelsesrad], omgivelser: Omgivelser) -> Iterator[Fall]:
    for rad in rader:
        if rad.status == FEILREGISTRERT:
            yield from _each_document(rad, omgivelser)


def _each_document(rad: Deltakelsesrad, omgivelser: Omgivelser) -> Iterator[Fall]:
    for type_, nummer in dict.fromkeys((d.type, d.nummer) for d in omgivelser.ledger.dokumenter.list(rad.ref)):
        yield Fall(rad, type_, nummer, Tilbakekallingsgrunn.FEILREGISTRERT)


def _no_longer_so(
    orgnr: str, rader: Mapping[str, Deltakelsesrad], omgivelser: Omgivelser, dato: date
) -> Iterator[Fall]:
    """The messages whose fact is gone from the record, when it has been still as long as a correction must be.

    What was not changed since the message was built is not opened: its fact is still there.
    """
    for melding in omgivelser.ledger.dokumenter.newest_of(orgnr, MELDINGER):
        rad = rader.get(melding.ref)
        if rad is None or rad.status == FEILREGISTRERT or rad.sist_endret < melding.klar_dato:
            continue
        policy = policy_of(rad.tiltakskode, omgivelser.oppsett.regelverk)(dato)
        if dato - rad.sist_endret < timedelta(days=policy.heltall("dokument.stilleDager")):
            continue
        post = Deltakelsespost(omgivelser.ledger.deltakelser.read(rad.ref))
        if find_message(post, melding.type, melding.nummer or None) is None:
            yield Fall(rad, melding.type, melding.nummer, Tilbakekallingsgrunn.GJELDER_IKKE)


def _add(
    fall: Fall,
    plass: Dokumentplass,
    hos_nav: Innhold,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    ny = Tilbakekalling(plass.melding_id, plass.versjon, on_day(dato, now), fall.grunn)
    beskyttet = _is_protected(fall.rad, plass, omgivelser, dato)
    tilstand, statuskode = first_state(som_utkast=False, adressebeskyttet=beskyttet)
    mottakere = omgivelser.ledger.dokumenter.recipients(hos_nav["hode"]["meldingId"])
    antall["tilbakekalt"] += keep(
        fall.rad.avsender,
        plass,
        build_withdrawal(hos_nav, ny),
        grunnlag=_basis(fall.grunn),
        forsendelser=[NyForsendelse(mottaker, tilstand, statuskode) for mottaker in mottakere],
        omgivelser=omgivelser,
        dato=dato,
        now=now,
        antall=antall,
    )


def _is_protected(rad: Deltakelsesrad, plass: Dokumentplass, omgivelser: Omgivelser, dato: date) -> bool:
    post = Deltakelsespost(omgivelser.ledger.deltakelser.read(rad.ref))
    sak = Dokumentsak(post, plass.type, None, omgivelser.oppsett.avsendere[rad.avsender])
    return is_address_protected(sak, asof=dato, regelverk=omgivelser.oppsett.regelverk)
