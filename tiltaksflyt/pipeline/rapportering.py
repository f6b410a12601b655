"""The step rapportering: from accepted state to documents that lie ready for their recipient.

docs/pipeline/rapportering.md. Safe to run twice, and by two workers at once: a version is added only when its text
or its header changed, and only by the first.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from expectations.dokumentkontroll import ADRESSEREGLER, Dokumentsak, evaluate_documents
from schemas.avvik import Alvorlighet, Avvik
from schemas.oppsett import NAV, Avsender, Mottaker
from schemas.regelverk import Regelverk
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Dokumentplass,
    NyForsendelse,
)
from tiltaksflyt.pipeline import etterrapport, feil_person, frister, resultatrapport, tilbakekalling
from tiltaksflyt.pipeline.dokumentport import keep, make_hode
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.frister import UTEN_NUMMER
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.stans import is_step_stopped
from tiltaksflyt.pipeline.utkast import arrange_drafts, first_state, unticked
from transforms.dokument import Innhold, innhold_avtrykk
from transforms.dokument import build as build_innhold
from transforms.dokument_grunnlag import policy_path
from transforms.forpliktelser import policy_of
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import Rapporttekst, finished_texts, number_texts

_LOGG = logging.getLogger("tiltaksflyt")

Dokumentsvar = Sequence[Sequence[Avvik]]


@dataclass(frozen=True)
class Sak:
    """One finished text or message that may become a document."""

    rad: Deltakelsesrad
    post: Deltakelsespost
    tekst: Rapporttekst
    frist: date | None

    @property
    def type(self) -> str:
        """The document's type."""
        return self.tekst.dokumenttype

    @property
    def nummer(self) -> int:
        """The number that the ledger knows it by."""
        return self.tekst.nummer or UTEN_NUMMER


def due_senders(omgivelser: Omgivelser, dato: date) -> list[str]:
    """The senders that have any deltakelse, or had; `dato` decides nothing here, and each is looked through.

    None while the step is held.
    """
    if is_step_stopped(omgivelser, "rapportering"):
        return []
    med_deltakelse = {rad.avsender for rad in omgivelser.ledger.deltakelser.list() if rad.forst_sett <= dato}
    med_tall = {celle.avsender for celle in omgivelser.ledger.statistikk.cells()}
    return sorted((med_deltakelse | med_tall) & omgivelser.oppsett.avsendere.keys())


def build(orgnumre: Sequence[str], *, omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Refresh the duties of some senders and build what is finished, new or changed; counts.

    One sender's failure stops no other; `feilet` counts them. `bygget` new versions, `holdt` those of them that wait
    for a person, `utkastLagt` pages laid in `utkast/`, `ufullstendig` texts that a rule of the document stops,
    `utenMottaker` those whose Nav-enhet is not in the register, `utenFylkeskontor` those that go to the Nav-kontor
    alone because the fylke has no enhet there, `ugyldigForArkivet` those with a value that Nav's archive does not take
    (the log says which field and limit), `feilPerson` those on a person that documents were taken back for, `uendret`
    the rest. `trukket` and `tilbakekalt`: documents of what was registered in error. `resultatrapporter` and
    `etterrapporter` are those of `bygget` that are about an avtale; `forFaSpurte` are etterrapporter of too few.
    """
    forsok = Forsok("rapportering")
    antall: Counter[str] = Counter(bygget=0)
    saker = {
        orgnr: forsok.attempt(orgnr, _find_due, orgnr, omgivelser=omgivelser, dato=dato, antall=antall) or []
        for orgnr in orgnumre
    }
    svar = _ask_together(saker, forsok, omgivelser, dato)
    for orgnr in orgnumre:
        if not forsok.failed(orgnr):
            forsok.attempt(
                orgnr,
                _build_all,
                orgnr,
                saker[orgnr],
                svar.get(orgnr),
                omgivelser=omgivelser,
                dato=dato,
                now=now,
                antall=antall,
            )
            for avtalens in (resultatrapport, etterrapport):
                forsok.attempt(orgnr, avtalens.build, orgnr, omgivelser=omgivelser, dato=dato, now=now, antall=antall)
    return {**antall, **forsok.antall}


def _find_due(orgnr: str, *, omgivelser: Omgivelser, dato: date, antall: Counter[str]) -> list[Sak]:
    avsender = omgivelser.oppsett.avsendere[orgnr]
    return [sak for sak in _finished(avsender, omgivelser, dato) if _is_due(sak, omgivelser, dato, antall)]


def _ask_together(
    saker: Mapping[str, Sequence[Sak]], forsok: Forsok, omgivelser: Omgivelser, dato: date
) -> Mapping[str, Dokumentsvar]:
    """The deviations of each sender's documents; nothing where the rules fail over all, and each is asked alone."""
    avsendere = omgivelser.oppsett.avsendere
    alle = [_document_of(sak, avsendere[orgnr]) for orgnr, egne in saker.items() for sak in egne]
    i_kraft = omgivelser.oppsett.regelverk
    samlet = forsok.attempt_together(evaluate_documents, alle, asof=dato, regelverk=i_kraft)
    if samlet is None:
        return {}
    svar = iter(samlet)
    return {orgnr: [next(svar) for _ in egne] for orgnr, egne in saker.items()}


def _document_of(sak: Sak, avsender: Avsender) -> Dokumentsak:
    return Dokumentsak(sak.post, sak.type, sak.tekst.radnummer, avsender)


def _build_all(
    orgnr: str,
    saker: Sequence[Sak],
    svar: Dokumentsvar | None,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    avsender = omgivelser.oppsett.avsendere[orgnr]
    tilbakekalling.take_back(orgnr, omgivelser=omgivelser, dato=dato, now=now, antall=antall)
    if svar is None:
        egne = [_document_of(sak, avsender) for sak in saker]
        svar = evaluate_documents(egne, asof=dato, regelverk=omgivelser.oppsett.regelverk)
    for sak, avvik in zip(saker, svar, strict=True):
        stopp = {ett.regelId for ett in avvik if ett.alvorlighet is Alvorlighet.FEIL}
        enhet = sak.post.deltaker.get("navEnhet", "")
        mottaker = omgivelser.oppsett.recipient_of(enhet, _policy(sak, omgivelser))
        if stopp - ADRESSEREGLER:
            antall["ufullstendig"] += 1
        elif mottaker is None or (omgivelser.er_test and not mottaker.er_test):
            antall["utenMottaker"] += 1
        else:
            _add(sak, avsender, mottaker, bool(stopp), omgivelser=omgivelser, dato=dato, now=now, antall=antall)
    frister.refresh(avsender, omgivelser=omgivelser, dato=dato)
    antall.update(arrange_drafts(orgnr, omgivelser=omgivelser, dato=dato))


def _finished(avsender: Avsender, omgivelser: Omgivelser, dato: date) -> Iterator[Sak]:
    for rad, innhold in omgivelser.ledger.deltakelser.each(avsender.orgnr):
        post = number_texts(Deltakelsespost(innhold))
        oppslag = policy_of(post.deltakelse["tiltakskode"], omgivelser.oppsett.regelverk)
        tekster = finished_texts(post, dato, avsender.rapporterer_fra, oppslag, avsender.meldes_pa_annen_mate)
        if tekster:
            alle = frister.duties(post, avsender, dato, (), omgivelser.oppsett.regelverk)
            plikter = {(plikt.type, plikt.n): plikt.frist for plikt in alle}
            for tekst in tekster:
                yield Sak(rad, post, tekst, plikter.get(tekst.plikt) if tekst.plikt else None)


def _is_due(sak: Sak, omgivelser: Omgivelser, dato: date, antall: Counter[str]) -> bool:
    """Whether the text is new, or changed and still since then (docs/adr/0011)."""
    dokumenter = omgivelser.ledger.dokumenter
    if dokumenter.unchanged(sak.rad.ref, sak.type, sak.nummer, _basis(sak)):
        antall["uendret"] += 1
        return False
    if feil_person.is_marked(omgivelser, sak.rad.ref, sak.post):
        antall["feilPerson"] += 1
        return False
    if dokumenter.latest(sak.rad.ref, sak.type, sak.nummer) is None:
        return True
    stille = timedelta(days=_policy(sak, omgivelser).heltall("dokument.stilleDager"))
    if dato - sak.rad.sist_endret < stille:
        antall["venter"] += 1
        return False
    return True


def _basis(sak: Sak) -> Mapping[str, str]:
    return {"avtrykk": innhold_avtrykk(sak.post, sak.type, sak.tekst.radnummer)}


def _policy(sak: Sak, omgivelser: Omgivelser) -> Regelverk:
    return policy_of(sak.post.deltakelse["tiltakskode"], omgivelser.oppsett.regelverk)(sak.tekst.ferdigstilt)


def _add(
    sak: Sak,
    avsender: Avsender,
    mottaker: Mottaker,
    adressebeskyttet: bool,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    dokumenter = omgivelser.ledger.dokumenter
    plass = dokumenter.reserve(sak.rad.ref, sak.type, sak.nummer)
    # Asked again with the place in hand: another worker may have added this very text since it was found to be due.
    if dokumenter.unchanged(sak.rad.ref, sak.type, sak.nummer, _basis(sak)):
        return
    innhold = _build(sak, plass, avsender, mottaker, omgivelser, opprettet=on_day(dato, now))
    tilstand, statuskode = first_state(
        som_utkast=avsender.utkast,
        adressebeskyttet=adressebeskyttet,
        utenfor_avtalen=bool(unticked(innhold, avsender)),
    )
    mottakere = [mottaker, *_copied_to(sak, mottaker, omgivelser, antall)]
    antall["bygget"] += keep(
        avsender.orgnr,
        plass,
        innhold,
        grunnlag=_basis(sak),
        forsendelser=[NyForsendelse(en.nokkel, tilstand, statuskode) for en in mottakere],
        omgivelser=omgivelser,
        dato=dato,
        now=now,
        antall=antall,
    )


def _copied_to(sak: Sak, mottaker: Mottaker, omgivelser: Omgivelser, antall: Counter[str]) -> Iterator[Mottaker]:
    """The Nav fylke of the Nav-kontor, where the policy says that it gets a copy; it is told when there is none."""
    sti, policy = policy_path(sak.type, "kopiTilFylke"), _policy(sak, omgivelser)
    if mottaker.behandlingsansvarlig != NAV or policy.mangler(sti) or not policy.verdi(sti):
        return
    fylkeskontor = omgivelser.oppsett.fylkeskontor(mottaker.fylke)
    if fylkeskontor is None or fylkeskontor.er_test != omgivelser.er_test:
        antall["utenFylkeskontor"] += 1
        _LOGG.warning("rapportering: no Nav fylke in mottakere.yaml for fylke %s: no copy is sent", mottaker.fylke)
        return
    yield fylkeskontor


def _build(
    sak: Sak,
    plass: Dokumentplass,
    avsender: Avsender,
    mottaker: Mottaker,
    omgivelser: Omgivelser,
    *,
    opprettet: datetime,
) -> Innhold:
    hode = make_hode(
        plass, avsender, mottaker, omgivelser, kildesystem=sak.rad.kildesystem, opprettet=opprettet, frist=sak.frist
    )
    forrige = omgivelser.ledger.dokumenter.read(plass.erstatter) if plass.erstatter else None
    return build_innhold(
        sak.post, sak.type, nummer=sak.tekst.radnummer, hode=hode, regelverk=_policy(sak, omgivelser), forrige=forrige
    )
