"""Try before you send: a sender's own export in `prove/` is read in memory, answered with drafts, and forgotten.

docs/pipeline/prove.md. The file is judged as if it were sent, by the rules and against what is stored. Nothing of it
is kept in the ledger and nothing is sent; the file goes at once, the answer the night after the next day.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from expectations.dokumentkontroll import Dokumentsak, evaluate_documents
from expectations.historikk import Historikk
from schemas.avvik import Alvorlighet
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender, Mottaker
from schemas.regelverk import Regelverk
from tiltaksflyt.intake import read_drop, standardgrenser
from tiltaksflyt.intake.hode import KONTROLL
from tiltaksflyt.intake.lesing import refused
from tiltaksflyt.intake.portregler import make_avvik
from tiltaksflyt.ledger import merge
from tiltaksflyt.pipeline.forhistorie import history_of
from tiltaksflyt.pipeline.fristsvar import put_on_stored
from tiltaksflyt.pipeline.klokke import arrival, on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.strengt_fortrolig import erase_at_once
from tiltaksflyt.pipeline.svarinnhold import make_svarinnhold, render_files
from tiltaksflyt.pipeline.vurdering import Lest, Vurdering, assess_chunk
from tiltaksflyt.storage import Objekt, nokler
from transforms.dokument import Avsenderhode, Dokumenthode, Mottakerhode, build
from transforms.dokument_pdf import PdfFeil
from transforms.forpliktelser import policy_of
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import Rapporttekst, finished_texts, number_texts

MAPPE = "prove"
FOR_STOR = "FIL003"


@dataclass(frozen=True)
class Utkast:
    """A document that would have been made: of which row of the file, and its frozen content."""

    navn: str
    innhold: Mapping[str, Any]


def is_trial(nokkel: str, orgnr: str) -> bool:
    """Whether an object of the inbox is dropped to be tried, and not to be sent."""
    return nokkel.startswith(f"{nokler.innboks(orgnr)}{MAPPE}/")


def answer_trials(
    objekter: Sequence[Objekt], orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime
) -> dict[str, int]:
    """Answer files at rest in one sender's `prove/`; how many, and how many drafts were drawn.

    Safe to run twice and by two workers: the file is erased when its answer is written, and an answer that two
    workers write lies there twice.
    """
    if not objekter:
        return {}
    utkast = sum(_answer(objekt, orgnr, omgivelser=omgivelser, dato=dato, now=now) for objekt in objekter)
    return {"prover": len(objekter), "utkast": utkast}


def _answer(objekt: Objekt, orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime) -> int:
    avsender = omgivelser.oppsett.avsendere[orgnr]
    filnavn = objekt.nokkel.removeprefix(f"{nokler.innboks(orgnr)}{MAPPE}/")
    vurdering, historikk = _judge(objekt, filnavn, avsender, omgivelser=omgivelser, dato=dato, now=now)
    if vurdering.slettes_straks:
        # The file alone: a trial changes nothing of what is stored.
        erase_at_once(orgnr, (), objekt.nokkel, omgivelser=omgivelser, dato=dato, now=now)
    prove_id = str(uuid.uuid4())
    svar = make_svarinnhold(
        vurdering,
        avsender,
        innsending_id=prove_id,
        storrelse=objekt.storrelse,
        filnavn=filnavn,
        mottatt=on_day(dato, now),
    )
    for navn, medietype, innhold in render_files(svar):
        _put(orgnr, f"{MAPPE}/{prove_id}/{navn}", innhold, medietype, omgivelser, dato)
    utkast = list(
        islice(_drafts(vurdering, historikk, avsender, omgivelser, dato, now), oppbevaring().utkast_per_prove)
    )
    for ett, side in zip(utkast, omgivelser.sidesettere.render_many([ett.innhold for ett in utkast]), strict=True):
        if isinstance(side, PdfFeil):
            raise side
        _put(orgnr, f"{MAPPE}/{prove_id}/utkast/{ett.navn}.pdf", side, "application/pdf", omgivelser, dato)
    omgivelser.storage.delete(objekt.nokkel)
    return len(utkast)


def _judge(
    objekt: Objekt,
    filnavn: str,
    avsender: Avsender,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
) -> tuple[Vurdering, Historikk]:
    grenser = standardgrenser()
    if objekt.storrelse > grenser.maks_storrelse:
        lesing = refused((make_avvik(FOR_STOR),))
    else:
        data = omgivelser.storage.read(objekt.nokkel, maks_bytes=grenser.maks_storrelse)
        lesing = read_drop(data, filnavn=filnavn, avsender=avsender, mottatt=arrival(dato, now), modus=KONTROLL)
    # From here it is judged as if it were sent: real persons in production, synthetic ones in a test deployment.
    som_sendt = replace(lesing, hode={**lesing.hode, "modus": omgivelser.modus})
    historikk = history_of(avsender, omgivelser, lesing, dato=dato, now=now)
    (vurdering,), _ = assess_chunk(
        [Lest(som_sendt, avsender, historikk)],
        asof=dato,
        mottakere=omgivelser.oppsett.mottakere,
        regelverk=omgivelser.oppsett.regelverk,
        flett=merge,
    )
    return replace(vurdering, hode=lesing.hode), historikk


def _drafts(
    vurdering: Vurdering, historikk: Historikk, avsender: Avsender, omgivelser: Omgivelser, dato: date, now: datetime
) -> Iterator[Utkast]:
    """The documents that the accepted deltakelser would give today, by the row of the deltakelse in the file.

    A deltakelse that the file names only in other tables has no row, and is named by its place among the accepted.
    """
    poster = map(number_texts, put_on_stored(vurdering.poster, historikk, merge))
    i_kraft, utenom = omgivelser.oppsett.regelverk, avsender.meldes_pa_annen_mate
    saker = [
        (f"deltakelse-{nummer}" if sted is None else f"rad-{sted[0]}", post, tekst)
        for nummer, (post, sted) in enumerate(zip(poster, vurdering.steder, strict=True), start=1)
        for oppslag in [policy_of(post.deltakelse["tiltakskode"], i_kraft)]
        for tekst in finished_texts(post, dato, avsender.rapporterer_fra, oppslag, utenom)
    ]
    svar = evaluate_documents(
        [Dokumentsak(post, tekst.dokumenttype, tekst.radnummer, avsender) for _, post, tekst in saker],
        asof=dato,
        regelverk=omgivelser.oppsett.regelverk,
    )
    for (sted, post, tekst), avvik in zip(saker, svar, strict=True):
        regelverk = policy_of(post.deltakelse["tiltakskode"], omgivelser.oppsett.regelverk)(tekst.ferdigstilt)
        mottaker = omgivelser.oppsett.recipient_of(post.deltaker.get("navEnhet", ""), regelverk)
        if mottaker is not None and not any(ett.alvorlighet is Alvorlighet.FEIL for ett in avvik):
            nummer = f"-{tekst.nummer}" if tekst.nummer else ""
            innhold = _build(post, tekst, avsender, mottaker, regelverk, on_day(dato, now))
            yield Utkast(f"{sted}-{tekst.dokumenttype.lower()}{nummer}", innhold)


def _build(
    post: Deltakelsespost,
    tekst: Rapporttekst,
    avsender: Avsender,
    mottaker: Mottaker,
    regelverk: Regelverk,
    opprettet: datetime,
) -> Mapping[str, Any]:
    hode = Dokumenthode(
        dokument_id=str(uuid.uuid4()),
        melding_id=str(uuid.uuid4()),
        versjon=1,
        erstatter=None,
        opprettet=opprettet,
        frist=None,
        modus=KONTROLL,
        maalform=avsender.maalform,
        avsender=Avsenderhode(avsender.orgnr, avsender.navn, avsender.kildesystem),
        mottaker=Mottakerhode.of(mottaker),
    )
    return build(post, tekst.dokumenttype, nummer=tekst.radnummer, hode=hode, regelverk=regelverk)


def _put(orgnr: str, navn: str, innhold: bytes, medietype: str, omgivelser: Omgivelser, dato: date) -> None:
    # The row first: a file that nobody knows of is never erased.
    omgivelser.ledger.utlagte.add(nokler.utboks(orgnr, navn), orgnr, (), dato + oppbevaring().prove)
    omgivelser.storage.put_outbox(orgnr, navn, innhold, medietype)
