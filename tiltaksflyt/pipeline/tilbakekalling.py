"""Documents of a deltakelse that was registered in error are taken back (docs/adr/0023).

What nobody has is withdrawn and sends nothing. What a recipient has, or is about to get, is followed by a version that
takes it back, to whoever got it. Safe to run twice and by two workers.
"""

from collections import Counter
from datetime import date, datetime

from expectations.dokumentkontroll import Dokumentsak, is_address_protected
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Dokumentplass,
    Forsendelsestilstand,
    NyForsendelse,
    Statuskode,
)
from tiltaksflyt.pipeline.dokumentport import ensure_sendable, note_held, note_refused
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.journalpost import UgyldigForArkivet
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import FEILREGISTRERT
from transforms.tilbakekalling import Tilbakekalling, Tilbakekallingsgrunn, build_withdrawal

_GRUNN = Tilbakekallingsgrunn.FEILREGISTRERT
_GRUNNLAG = {"tilbakekalt": _GRUNN.value}


def take_back(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]) -> None:
    """Take back the documents of one sender's deltakelser that were registered in error.

    Counts in `antall`: `trukket` sendings that had not left, `tilbakekalt` versions that take one back, `holdt` those
    of them that wait for a person, `ugyldigForArkivet` those whose title Nav's archive does not take.
    Raises UgyldigDokument.
    """
    for rad in omgivelser.ledger.deltakelser.list(orgnr):
        if rad.status == FEILREGISTRERT:
            for type_, nummer in dict.fromkeys((d.type, d.nummer) for d in omgivelser.ledger.dokumenter.list(rad.ref)):
                plass = omgivelser.ledger.dokumenter.reserve(rad.ref, type_, nummer)
                if plass.erstatter is None:
                    antall["trukket"] += omgivelser.ledger.dokumenter.withdraw(plass, Statuskode.FEILREGISTRERT)
                elif not omgivelser.ledger.dokumenter.unchanged(rad.ref, type_, nummer, _GRUNNLAG):
                    _add(rad, plass, plass.erstatter, omgivelser=omgivelser, dato=dato, now=now, antall=antall)


def _add(
    rad: Deltakelsesrad,
    plass: Dokumentplass,
    erstatter: str,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    dokumenter = omgivelser.ledger.dokumenter
    ny = Tilbakekalling(plass.melding_id, plass.versjon, on_day(dato, now), _GRUNN)
    innhold = build_withdrawal(dokumenter.read(erstatter), ny)
    try:
        ensure_sendable(innhold)
    except UgyldigForArkivet as feil:
        note_refused(rad.avsender, feil, antall)
        return
    holdes = _is_protected(rad, plass, omgivelser, dato)
    tilstand = Forsendelsestilstand.HOLDT if holdes else Forsendelsestilstand.KLAR
    statuskode = Statuskode.ADRESSEBESKYTTELSE if holdes else None
    lagt_til = dokumenter.add(
        plass,
        innhold,
        grunnlag=_GRUNNLAG,
        forsendelser=[NyForsendelse(til, tilstand, statuskode) for til in dokumenter.recipients(erstatter)],
        klar_dato=dato,
        bygget=now,
    )
    antall["tilbakekalt"] += lagt_til
    if lagt_til and holdes:
        note_held(rad.avsender, antall)


def _is_protected(rad: Deltakelsesrad, plass: Dokumentplass, omgivelser: Omgivelser, dato: date) -> bool:
    post = Deltakelsespost(omgivelser.ledger.deltakelser.read(rad.ref))
    sak = Dokumentsak(post, plass.type, None, omgivelser.oppsett.avsendere[rad.avsender])
    return is_address_protected(sak, asof=dato, regelverk=omgivelser.oppsett.regelverk)
