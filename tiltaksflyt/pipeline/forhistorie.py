"""What was accepted before from one sender, gathered for the rules that ask about it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from expectations.historikk import Historikk, Levert, Tabellmengde
from expectations.regelsett import alle_regler, regler_etter_id
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from tiltaksflyt.intake import Lesing
from tiltaksflyt.ledger import Deltakelsesrad, Leveringsfakta
from tiltaksflyt.pipeline.bekreftelse import case_id
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.samtykker import consents_before
from transforms.kalender import oslo_dato
from transforms.poster import Deltakelsespost, read_dato


def history_of(
    avsender: Avsender,
    omgivelser: Omgivelser,
    lesing: Lesing,
    *,
    dato: date,
    now: datetime,
    innsending_id: str | None = None,
) -> Historikk:
    """Everything the rules may know of before. `lesing` is the drop that is asked about.

    `innsending_id` is our id of the drop; a trial has none, and nothing about it can be confirmed.
    """
    ledger, hode = omgivelser.ledger, lesing.hode
    lagrede = [(rad, Deltakelsespost(innhold)) for rad, innhold in ledger.deltakelser.each(avsender.orgnr)]
    poster = tuple(post for _, post in lagrede)
    siste_full = ledger.innsendinger.latest_accepted(avsender.orgnr, omfang="FULL")
    return Historikk(
        poster=poster,
        samtykker=tuple(consents_before(avsender.orgnr, poster, lesing, omgivelser)),
        apne_i_siste_full=siste_full.antall.get("apne") if siste_full else None,
        bekreftet=frozenset(_confirmed(avsender, omgivelser, hode, lagrede, now, innsending_id)),
        leverte=tuple(_delivered(lagrede, omgivelser)),
        sist_mottatt=max((rad.sist_i_drop for rad, _ in lagrede), default=None),
        mengder_i_siste_full=_usual_amounts(avsender, omgivelser, hode),
        slettesaker=ledger.slettebekreftelser.known(avsender.orgnr, lesing.slettesaker),
        plasser=ledger.plasser.list(avsender.orgnr, dato - oppbevaring().plass),
    )


Lagrede = Iterable[tuple[Deltakelsesrad, Deltakelsespost]]


def _delivered(lagrede: Lagrede, omgivelser: Omgivelser) -> Iterator[Levert]:
    poster = {rad.ref: post for rad, post in lagrede}
    for ref, fakta in omgivelser.ledger.dokumenter.facts(poster.keys()).items():
        yield from (as_delivered(poster[ref], rad, _plan_version(poster[ref], rad)) for rad in fakta)


def as_delivered(post: Deltakelsespost, rad: Leveringsfakta, nummer: int) -> Levert:
    """One version of a document, as the rules read it."""
    return Levert(
        deltakelse_id=post.deltakelse["deltakelseId"],
        dokumenttype=rad.type,
        nummer=nummer,
        status=rad.tilstand.value,
        sendt=rad.sendt_dato,
        svar=rad.svar,
        versjon=rad.versjon,
        svart=oslo_dato(rad.svart) if rad.svart else None,
        leveranse=rad.leveranse,
    )


def _plan_version(post: Deltakelsespost, rad: Leveringsfakta) -> int:
    """Which plan.versjon a plan was made of: the latest that was finished when it was built."""
    if rad.type != "PLAN":
        return rad.nummer
    ferdige = [
        int(plan["versjon"])
        for plan in post.rader("plan")
        if (dag := read_dato(plan, "ferdigstilt")) is not None and dag <= rad.klar_dato
    ]
    return max(ferdige, default=0)


def _usual_amounts(avsender: Avsender, omgivelser: Omgivelser, hode: Mapping[str, str]) -> Mapping[str, Tabellmengde]:
    """By table the newest whole drop of the same scope with enough rows to say what is usual (FIL016)."""
    minst = next(sted.parametre["minRader"] for sted in regler_etter_id()["FIL016"].steder)
    vanlige: dict[str, Tabellmengde] = {}
    for mengder in omgivelser.ledger.innsendinger.measures(
        avsender.orgnr,
        kildesystem=hode.get("kildesystem") or avsender.kildesystem,
        avdeling=hode.get("avdelingOrgnr") or None,
    ):
        for tabell, mengde in mengder.items():
            if tabell not in vanlige and mengde["rader"] >= minst:
                vanlige[tabell] = Tabellmengde(mengde["rader"], mengde["utfylt"])
    return vanlige


def as_amounts(mengder: Mapping[str, Tabellmengde]) -> dict[str, Any]:
    """How much a drop held, as the ledger keeps it; tables without a row are left out."""
    return {
        tabell: {"rader": mengde.rader, "utfylt": dict(mengde.utfylt)}
        for tabell, mengde in mengder.items()
        if mengde.rader
    }


def _confirmed(
    avsender: Avsender,
    omgivelser: Omgivelser,
    hode: Mapping[str, str],
    lagrede: Lagrede,
    now: datetime,
    innsending_id: str | None,
) -> Iterator[tuple[str, str]]:
    """The (rule, id) that enough persons have confirmed, the id as the sender writes it."""
    for regel in alle_regler():
        if regel.bekreftes is None:
            continue
        staar = omgivelser.ledger.bekreftelser.standing(regel.regel, now)
        nok = {sak for sak, navn in staar.items() if len(navn) >= regel.bekreftes.personer}
        if not nok:
            continue
        if regel.bekreftes.sak == "innsendingId":
            like = omgivelser.ledger.innsendinger.with_same_bytes(innsending_id) if innsending_id else ()
            if nok.intersection(like):
                yield regel.regel, hode.get("innsendingId", "")
            continue
        for _, post in lagrede:
            id_ = str(post.deltakelse[regel.bekreftes.sak])
            if case_id(omgivelser, avsender.orgnr, regel.bekreftes.sak, id_) in nok:
                yield regel.regel, id_
