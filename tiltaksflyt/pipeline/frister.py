"""The step frister: how every duty stands today, what is late, and each sender's own calendar.

docs/pipeline/frister.md. Safe to run twice: on the same state it writes the same rows and the same files.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from schemas.regelverk import Regelverk
from schemas.regelverk import regelverk as find_regelverk
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Forpliktelsesrad,
    Forsendelsestilstand,
    Leveringsfakta,
)
from tiltaksflyt.pipeline.forsok import Forsok, refuse_failures
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.storage import nokler
from transforms.forpliktelser import Forpliktelse, Forpliktelsestype, Nokkel, Oppfylt, Regelverkoppslag, forpliktelser
from transforms.fristkalender import render_fristliste_csv, render_kalender
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import met_elsewhere
from transforms.sletting import last_kept_day

UTEN_NUMMER = 0


def policy_of(tiltakskode: str, i_kraft: Sequence[Regelverk] | None = None) -> Regelverkoppslag:
    """The policies of one tiltak, asked for by the event's own day; without `i_kraft` those that ship."""

    def find(dato: date) -> Regelverk:
        return find_regelverk(tiltakskode, dato, i_kraft)

    return find


def watch(omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """Recompute every duty as it stands on `dato`, and put each sender's calendar in its outbox.

    Counts by status; `avsendere` is how many got a calendar. One sender's failure stops no other: raises
    AvsendereFeilet when the others are done.
    """
    forsok = Forsok("frister")
    antall: Counter[str] = Counter()
    for orgnr, avsender in omgivelser.oppsett.avsendere.items():
        forsok.attempt(orgnr, _watch_one, avsender, omgivelser=omgivelser, dato=dato, antall=antall)
    refuse_failures([forsok.antall])
    return dict(antall)


def _watch_one(avsender: Avsender, *, omgivelser: Omgivelser, dato: date, antall: Counter[str]) -> None:
    plikter = refresh(avsender, omgivelser=omgivelser, dato=dato)
    if plikter:
        _put_calendar(avsender, plikter, omgivelser=omgivelser, dato=dato)
        antall.update(plikt.status.value for liste in plikter.values() for plikt in liste)
        antall["avsendere"] += 1


def refresh(avsender: Avsender, *, omgivelser: Omgivelser, dato: date) -> dict[str, tuple[Forpliktelse, ...]]:
    """Recompute and store the duties of one sender; the answer is by our id of the deltakelse."""
    poster = {rad.ref: Deltakelsespost(innhold) for rad, innhold in omgivelser.ledger.deltakelser.each(avsender.orgnr)}
    fakta = omgivelser.ledger.dokumenter.facts(poster.keys())
    i_kraft = omgivelser.oppsett.regelverk
    plikter = {ref: duties(post, avsender, dato, fakta.get(ref, ()), i_kraft) for ref, post in poster.items()}
    omgivelser.ledger.forpliktelser.replace_many(
        {ref: rows_of(ref, liste, fakta.get(ref, ())) for ref, liste in plikter.items()}
    )
    return plikter


def duties(
    post: Deltakelsespost,
    avsender: Avsender,
    dato: date,
    fakta: Sequence[Leveringsfakta],
    i_kraft: Sequence[Regelverk],
) -> tuple[Forpliktelse, ...]:
    """The duties of one deltakelse under the policies in force, met by what was sent and not rejected."""
    return forpliktelser(
        post,
        policy_of(post.deltakelse["tiltakskode"], i_kraft),
        dato,
        oppfylt=met_by(fakta),
        rapporterer_fra=avsender.rapporterer_fra,
        levert_utenom=met_elsewhere(post, dato, avsender.rapporterer_fra),
    )


def met_by(fakta: Sequence[Leveringsfakta]) -> Mapping[Nokkel, Oppfylt]:
    """Which duties the documents meet, each by the first version that was sent and not rejected.

    A rejected one meets nothing: the duty is open again with the same deadline.
    """
    oppfylt: dict[Nokkel, Oppfylt] = {}
    for rad in fakta:
        if rad.sendt_dato is not None and rad.svar != "AVVIST":
            oppfylt.setdefault(
                (Forpliktelsestype(rad.type), rad.nummer or None), Oppfylt(rad.klar_dato, rad.sendt_dato)
            )
    return oppfylt


def rows_of(ref: str, plikter: Sequence[Forpliktelse], fakta: Sequence[Leveringsfakta]) -> list[Forpliktelsesrad]:
    """The duties as the ledger keeps them, with the days of the newest document that answers each."""
    nyeste = {(rad.type, rad.nummer): rad for rad in fakta}
    rader = []
    for plikt in plikter:
        rad = nyeste.get((plikt.type.value, plikt.n or UTEN_NUMMER))
        rader.append(
            Forpliktelsesrad(
                ref=ref,
                type=plikt.type.value,
                n=plikt.n or UTEN_NUMMER,
                frist=plikt.frist,
                status=plikt.status.value,
                klar_dato=rad.klar_dato if rad else None,
                sendt_dato=rad.sendt_dato if rad else None,
                holdt=rad is not None and rad.tilstand is Forsendelsestilstand.HOLDT,
                grunn=plikt.grunn,
            )
        )
    return rader


def last_day(i_kraft: Sequence[Regelverk]) -> Callable[[Deltakelsesrad], date]:
    """The last kept day of a deltakelse as the ledger knows it, by the policy of the event that starts the clock."""

    def count(rad: Deltakelsesrad) -> date:
        start = rad.slutt_dato or rad.status_gyldig_fra or rad.start_dato or rad.sist_i_drop
        return last_kept_day(
            status=rad.status,
            status_gyldig_fra=rad.status_gyldig_fra,
            slutt_dato=rad.slutt_dato,
            sist_i_drop=rad.sist_i_drop,
            slettefrist_uker=rad.slettefrist_uker,
            regelverk=find_regelverk(rad.tiltakskode, start, i_kraft),
        )

    return count


def _put_calendar(
    avsender: Avsender,
    plikter: Mapping[str, Sequence[Forpliktelse]],
    *,
    omgivelser: Omgivelser,
    dato: date,
) -> None:
    flate = sorted(
        (plikt for liste in plikter.values() for plikt in liste), key=lambda plikt: (plikt.frist, plikt.type)
    )
    for navn, medietype, innhold in (
        ("frister/kalender.ics", "text/calendar; charset=utf-8", render_kalender(avsender.orgnr, flate)),
        ("frister/fristliste.csv", "text/csv; charset=utf-8", render_fristliste_csv(flate)),
    ):
        # The row first: a file that nobody knows of is never erased.
        nokkel = nokler.utboks(avsender.orgnr, navn)
        omgivelser.ledger.utlagte.add(nokkel, avsender.orgnr, plikter.keys(), dato + oppbevaring().liste)
        omgivelser.storage.put_outbox(avsender.orgnr, navn, innhold, medietype)
