"""The step frister: how every duty stands today, what is late, and each sender's own calendar.

docs/pipeline/frister.md. Safe to run twice: on the same state it writes the same rows and the same files.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from expectations.fristkontroll import Fristgrunnlag, Fristsak, evaluate_deadlines
from expectations.historikk import Levert
from schemas.avvik import Avvik
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
from tiltaksflyt.pipeline.etteroppfolging import asked_under_consent
from tiltaksflyt.pipeline.forhistorie import as_delivered
from tiltaksflyt.pipeline.forsok import Forsok, into_chunks, refuse_failures
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.samtykker import MERKNADER
from tiltaksflyt.storage import nokler
from transforms.forpliktelser import Forpliktelse, Forpliktelsestype, Nokkel, Oppfylt, forpliktelser, policy_of
from transforms.fristkalender import render_fristliste_csv, render_kalender, render_merknader_csv
from transforms.meldinger import MELDINGER
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import met_elsewhere
from transforms.sletting import last_kept_day

UTEN_NUMMER = 0
_UNDERVEIS = frozenset({Forsendelsestilstand.KLAR, Forsendelsestilstand.UTKAST, Forsendelsestilstand.I_LEVERANSE})


@dataclass(frozen=True)
class Avsenderbilde:
    """Everything the daily rules read of one sender, and the deltakelser that the answer speaks of, by our ids."""

    grunnlag: Fristgrunnlag
    refs: tuple[str, ...]

    @property
    def siste_dag(self) -> date:
        """The last day that what is said of its consents may be read."""
        return min((spurt.til for spurt in self.grunnlag.etterspurte), default=date.max)


def watch(omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """Recompute every duty as it stands on `dato`, ask the daily rules, and tell each sender in its outbox.

    Counts by status of the duties, and by severity of what the rules say; `avsendere` is how many got a calendar. One
    sender's failure stops no other: raises AvsendereFeilet when the others are done.
    """
    forsok = Forsok("frister")
    antall: Counter[str] = Counter()
    for bunt in into_chunks(list(omgivelser.oppsett.avsendere)):
        bilder = {
            orgnr: bilde
            for orgnr in bunt
            if (bilde := forsok.attempt(orgnr, _watch_one, orgnr, omgivelser=omgivelser, dato=dato, antall=antall))
        }
        for orgnr, avvik in _ask(bilder, forsok, omgivelser, dato).items():
            forsok.attempt(orgnr, _put_remarks, orgnr, bilder[orgnr], avvik, omgivelser=omgivelser, dato=dato)
            antall.update(ett.alvorlighet.value for ett in avvik)
    refuse_failures([forsok.antall])
    return dict(antall)


def _watch_one(orgnr: str, *, omgivelser: Omgivelser, dato: date, antall: Counter[str]) -> Avsenderbilde | None:
    """The sender as it stands; None when it has nothing."""
    avsender = omgivelser.oppsett.avsendere[orgnr]
    lagrede = list(omgivelser.ledger.deltakelser.each(orgnr))
    poster = {rad.ref: Deltakelsespost(innhold) for rad, innhold in lagrede}
    fakta = omgivelser.ledger.dokumenter.facts(poster.keys())
    plikter = _refresh(avsender, poster, fakta, omgivelser=omgivelser, dato=dato)
    if plikter:
        _put_calendar(avsender, plikter, omgivelser=omgivelser, dato=dato)
        antall.update(plikt.status.value for liste in plikter.values() for plikt in liste)
        antall["avsendere"] += 1
    holdte = {rad.ref for rad in omgivelser.ledger.innsendinger.held(orgnr)}
    saker = tuple(
        Fristsak(post, plikter[ref], tuple(_delivered(post, fakta.get(ref, ()))), ref in holdte)
        for ref, post in poster.items()
    )
    sist_mottatt = max((rad.sist_i_drop for rad, _ in lagrede), default=None)
    spurte = tuple(asked_under_consent(orgnr, omgivelser, dato))
    if not saker and not spurte:
        return None
    return Avsenderbilde(Fristgrunnlag(avsender, saker, sist_mottatt, spurte), tuple(poster))


def _delivered(post: Deltakelsespost, fakta: Sequence[Leveringsfakta]) -> Iterator[Levert]:
    """Each version of each document, a plan as the one document that it is, whatever its plan.versjon."""
    yield from (as_delivered(post, rad, rad.nummer) for rad in fakta)


def _ask(
    bilder: Mapping[str, Avsenderbilde], forsok: Forsok, omgivelser: Omgivelser, dato: date
) -> Mapping[str, tuple[Avvik, ...]]:
    """What the daily rules say of each sender. Where they fail over all, each is asked alone."""
    i_kraft = omgivelser.oppsett.regelverk
    grunnlag = [bilde.grunnlag for bilde in bilder.values()]
    samlet = forsok.attempt_together(evaluate_deadlines, grunnlag, asof=dato, regelverk=i_kraft)
    if samlet is not None:
        return dict(zip(bilder, samlet, strict=True))
    alene = {
        orgnr: forsok.attempt(orgnr, evaluate_deadlines, [bilde.grunnlag], asof=dato, regelverk=i_kraft)
        for orgnr, bilde in bilder.items()
    }
    return {orgnr: svar[0] for orgnr, svar in alene.items() if svar is not None}


def refresh(avsender: Avsender, *, omgivelser: Omgivelser, dato: date) -> None:
    """Recompute and store the duties of one sender."""
    lagrede = omgivelser.ledger.deltakelser.each(avsender.orgnr)
    poster = {rad.ref: Deltakelsespost(innhold) for rad, innhold in lagrede}
    fakta = omgivelser.ledger.dokumenter.facts(poster.keys())
    _refresh(avsender, poster, fakta, omgivelser=omgivelser, dato=dato)


def _refresh(
    avsender: Avsender,
    poster: Mapping[str, Deltakelsespost],
    fakta: Mapping[str, Sequence[Leveringsfakta]],
    *,
    omgivelser: Omgivelser,
    dato: date,
) -> Mapping[str, tuple[Forpliktelse, ...]]:
    plikter = {
        ref: duties(post, avsender, dato, fakta.get(ref, ()), omgivelser.oppsett.regelverk)
        for ref, post in poster.items()
    }
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
        underveis=on_their_way(fakta),
        rapporterer_fra=avsender.rapporterer_fra,
        levert_utenom=met_elsewhere(post, dato, avsender.rapporterer_fra),
    )


def met_by(fakta: Sequence[Leveringsfakta]) -> Mapping[Nokkel, Oppfylt]:
    """Which duties the documents meet, each by the first version that was sent and not rejected.

    A rejected one meets nothing: the duty is open again with the same deadline. A message meets none: the fact that it
    tells of does, on its own day (transforms/meldinger.py).
    """
    oppfylt: dict[Nokkel, Oppfylt] = {}
    for rad in fakta:
        if rad.sendt_dato is not None and rad.svar != "AVVIST" and rad.type not in MELDINGER:
            oppfylt.setdefault(
                (Forpliktelsestype(rad.type), rad.nummer or None), Oppfylt(rad.klar_dato, rad.sendt_dato)
            )
    return oppfylt


def on_their_way(fakta: Sequence[Leveringsfakta]) -> Mapping[Nokkel, date]:
    """The duties whose newest document waits to be sent, with the day it was complete. What is held does not count,
    nor a message: it meets no duty."""
    nyeste = {(rad.type, rad.nummer): rad for rad in fakta}
    return {
        (Forpliktelsestype(rad.type), rad.nummer or None): rad.klar_dato
        for rad in nyeste.values()
        if rad.tilstand in _UNDERVEIS and rad.type not in MELDINGER
    }


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
        return last_kept_day(
            status=rad.status,
            status_gyldig_fra=rad.status_gyldig_fra,
            slutt_dato=rad.slutt_dato,
            sist_i_drop=rad.sist_i_drop,
            slettefrist_uker=rad.slettefrist_uker,
            regelverk=deletion_policy(rad, i_kraft),
        )

    return count


def deletion_policy(rad: Deltakelsesrad, i_kraft: Sequence[Regelverk]) -> Regelverk:
    """The policy of the event that starts the clock of deletion."""
    start = rad.slutt_dato or rad.status_gyldig_fra or rad.start_dato or rad.sist_i_drop
    return find_regelverk(rad.tiltakskode, start, i_kraft)


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
    kalender, liste = render_kalender(avsender.orgnr, flate), render_fristliste_csv(flate)
    til = dato + oppbevaring().liste
    _put(avsender.orgnr, "frister/kalender.ics", "text/calendar; charset=utf-8", kalender, plikter, omgivelser, til)
    _put(avsender.orgnr, "frister/fristliste.csv", "text/csv; charset=utf-8", liste, plikter, omgivelser, til)


def _put_remarks(
    orgnr: str, bilde: Avsenderbilde, avvik: Sequence[Avvik], *, omgivelser: Omgivelser, dato: date
) -> None:
    innhold = render_merknader_csv(avvik, bilde.grunnlag.avsender.maalform)
    siste_dag = min(bilde.siste_dag, dato + oppbevaring().liste)
    _put(orgnr, MERKNADER, "text/csv; charset=utf-8", innhold, bilde.refs, omgivelser, siste_dag)


def _put(
    orgnr: str, navn: str, medietype: str, innhold: bytes, refs: Collection[str], omgivelser: Omgivelser, til: date
) -> None:
    # The row first: a file that nobody knows of is never erased.
    omgivelser.ledger.utlagte.add(nokler.utboks(orgnr, navn), orgnr, refs, til)
    omgivelser.storage.put_outbox(orgnr, navn, innhold, medietype)
