"""A sender's own calendar of deadlines: as ICS for the calendar on the wall, as CSV for the list on the desk.

Both name a deltakelse by the sender's own id and never the person: calendars travel to phones (personvern.md).
"""

import csv
import io
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from schemas.avvik import Avvik
from transforms.forpliktelser import Forpliktelse, Forpliktelsesstatus, Forpliktelsestype
from transforms.svar import neutralise
from transforms.svar_tekster import svartekster

TEKSTER = {
    Forpliktelsestype.BEKREFT_BESTILLING: "Bekreft bestillingen",
    Forpliktelsestype.OPPSTARTSAMTALE: "Oppstartssamtale",
    Forpliktelsestype.PLAN: "Plan for tiltaket",
    Forpliktelsestype.HOSPITERING: "Utprøving i ordinært arbeidsliv",
    Forpliktelsestype.PERIODERAPPORT: "Perioderapport",
    Forpliktelsestype.FORLENGELSE: "Meld forlengelsen",
    Forpliktelsestype.SLUTTRAPPORT: "Sluttrapport",
    Forpliktelsestype.ETTERRAPPORT: "Etterrapport",
    Forpliktelsestype.SLETTING: "Siste dag opplysningene kan finnes",
}
APNE = frozenset({Forpliktelsesstatus.KOMMENDE, Forpliktelsesstatus.SNART, Forpliktelsesstatus.FORFALT})
_NAVNEROM = uuid.UUID("7c1d7f5e-5f0b-5d6e-9a55-3d6e2f1b7a10")
_KOLONNER = ("frist", "status", "hva", "nummer", "deltakelseId", "grunn")
_MERKNADSKOLONNER = ("nokkel", "alvorlighet", "melding", "tiltak", "regelId", "tabell")
_OKTETTER_PER_LINJE = 74


def render_fristliste_csv(plikter: Iterable[Forpliktelse]) -> bytes:
    """Every duty, one row each, as Excel in Norway opens it."""
    ut = io.StringIO(newline="")
    skriver = csv.writer(ut, delimiter=";", lineterminator="\r\n")
    skriver.writerow(_KOLONNER)
    for plikt in plikter:
        rad = (
            plikt.frist.isoformat(),
            plikt.status.value,
            TEKSTER[plikt.type],
            plikt.n,
            plikt.deltakelse_id,
            plikt.grunn,
        )
        skriver.writerow([neutralise(celle) for celle in rad])
    return b"\xef\xbb\xbf" + ut.getvalue().encode()


def render_merknader_csv(merknader: Iterable[Avvik], maalform: str) -> bytes:
    """What the daily rules say, one row each: which deltakelse by the sender's own id, what, and what to do."""
    tekster = svartekster(maalform)
    ut = io.StringIO(newline="")
    skriver = csv.writer(ut, delimiter=";", lineterminator="\r\n")
    skriver.writerow(_MERKNADSKOLONNER)
    for avvik in merknader:
        tekst = tekster.regeltekst(avvik)
        rad = (avvik.nokkel, avvik.alvorlighet.value, tekst.melding, tekst.tiltak, avvik.regelId, avvik.tabell)
        skriver.writerow([neutralise(celle) for celle in rad])
    return b"\xef\xbb\xbf" + ut.getvalue().encode()


def render_kalender(orgnr: str, plikter: Sequence[Forpliktelse]) -> bytes:
    """The open duties as all-day events (RFC 5545). The same duty keeps its UID, so a calendar updates it."""
    linjer = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tiltaksflyt//frister//NO", "CALSCALE:GREGORIAN"]
    for plikt in plikter:
        if plikt.status in APNE:
            linjer += _event(orgnr, plikt)
    return "".join(f"{_fold(linje)}\r\n" for linje in [*linjer, "END:VCALENDAR"]).encode()


def _event(orgnr: str, plikt: Forpliktelse) -> list[str]:
    uid = uuid.uuid5(_NAVNEROM, f"{orgnr}/{plikt.deltakelse_id}/{plikt.type}/{plikt.n}")
    nummer = f" {plikt.n}" if plikt.n else ""
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@tiltaksflyt",
        f"DTSTAMP:{plikt.frist:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{plikt.frist:%Y%m%d}",
        f"DTEND;VALUE=DATE:{plikt.frist + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escape(f'{TEKSTER[plikt.type]}{nummer} – {plikt.deltakelse_id}')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escape(tekst: str) -> str:
    for tegn, sikret in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        tekst = tekst.replace(tegn, sikret)
    return tekst


def _fold(linje: str) -> str:
    deler, del_ = [], ""
    for tegn in linje:
        if len((del_ + tegn).encode()) > _OKTETTER_PER_LINJE:
            deler.append(del_)
            del_ = ""
        del_ += tegn
    return "\r\n ".join([*deler, del_])
