"""The last two things that happen to a drop: what is accepted is stored, and the sender is answered."""

from datetime import date, datetime

from expectations.utfall import Deltakelsesutfall
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from tiltaksflyt.ledger import Holdt, Innsendingsrad, Leie, Svar
from tiltaksflyt.pipeline import etteroppfolging
from tiltaksflyt.pipeline.forhistorie import as_amounts
from tiltaksflyt.pipeline.frister import last_day
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.samtykker import consents_of
from tiltaksflyt.pipeline.svarinnhold import make_svarinnhold, render_files
from tiltaksflyt.pipeline.vurdering import Vurdering
from tiltaksflyt.storage import nokler


def accept(
    leie: Leie, vurdering: Vurdering, avsender: Avsender, *, omgivelser: Omgivelser, dato: date, now: datetime
) -> tuple[str, ...]:
    """Store what is accepted and record the answer, as one commit; our ids of the deltakelser. Raises LeieTapt."""
    hode = vurdering.hode
    opprettet = hode.get("opprettet")
    svar = Svar(
        status=vurdering.status,
        besvart=now,
        dato=dato,
        antall=vurdering.antall,
        avvik=vurdering.avvik,
        holdte=[_held(utfall, dato) for utfall in vurdering.holdte if utfall.lagres],
        omfang=hode.get("omfang") or None,
        avdeling=hode.get("avdelingOrgnr") or None,
        kildesystem=hode.get("kildesystem") or None,
        opprettet=datetime.fromisoformat(opprettet) if opprettet else None,
        mengder=as_amounts(vurdering.mengder) or None,
    )
    with omgivelser.ledger.transaction():
        lagrede = omgivelser.ledger.deltakelser.store_many(
            avsender.orgnr,
            vurdering.poster,
            kildesystem=hode.get("kildesystem") or avsender.kildesystem,
            accepted_on=dato,
            siste_dag=last_day(omgivelser.oppsett.regelverk),
        )
        refs = tuple(lagret.ref for lagret in lagrede)
        omgivelser.ledger.samtykker.store_many(avsender.orgnr, consents_of(vurdering, refs, dato), dato)
        etteroppfolging.take_in(avsender.orgnr, vurdering, refs, omgivelser=omgivelser, dato=dato)
        omgivelser.ledger.plasser.store(avsender.orgnr, vurdering.plasser)
        for rad in vurdering.slettebekreftelser:
            # One that is not the sender's own confirms nothing; SLE009 has told.
            omgivelser.ledger.slettinger.confirm_by_sender(
                avsender.orgnr, rad["slettesakId"], date.fromisoformat(rad["slettet"])
            )
        omgivelser.ledger.innsendinger.answer(leie, svar)
    return refs


def _held(utfall: Deltakelsesutfall, dato: date) -> Holdt:
    return Holdt(
        ekstern_id=utfall.deltakelse_id,
        regler=utfall.regler,
        siste_dag=dato + oppbevaring().holdt,
        tiltakskode=utfall.tiltakskode or None,
        start_dato=_day(utfall.start_dato),
        slutt_dato=_day(utfall.slutt_dato),
    )


def _day(tekst: str) -> date | None:
    return date.fromisoformat(tekst) if tekst else None


def tell(
    rad: Innsendingsrad,
    vurdering: Vurdering,
    avsender: Avsender,
    refs: tuple[str, ...],
    *,
    filnavn: str = "",
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
) -> None:
    """Write the answer to the sender's outbox; then let the raw drop go. `refs`: whom the answer speaks of.

    `filnavn` is the sender's own name of the file, "" where it is no longer known.
    """
    svar = make_svarinnhold(
        vurdering,
        avsender,
        innsending_id=rad.innsending_id,
        storrelse=rad.storrelse,
        filnavn=filnavn,
        mottatt=on_day(dato, now),
    )
    mappe = f"innsendinger/{rad.innsending_id}"
    for navn, medietype, innhold in render_files(svar):
        # The row first: a file that nobody knows of is never erased.
        nokkel = nokler.utboks(avsender.orgnr, f"{mappe}/{navn}")
        omgivelser.ledger.utlagte.add(nokkel, avsender.orgnr, refs, dato + oppbevaring().svar)
        omgivelser.storage.put_outbox(avsender.orgnr, f"{mappe}/{navn}", innhold, medietype)
    if rad.objekt is not None:
        omgivelser.storage.delete(rad.objekt)
    omgivelser.ledger.innsendinger.raw_removed(rad.innsending_id)
