"""What rapportering builds of each avtale months after: how many are still in work, to its Nav fylke.

docs/pipeline/resultatrapport.md, ADR 29. Made of counts alone, frozen before the consents were erased. Safe to run
twice, and by two workers at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from schemas.oppsett import Avsender, Mottaker
from schemas.statistikk import VARIGE, statistikkregler
from tiltaksflyt.ledger import Dokumentplass, Forsendelsestilstand, NyForsendelse
from tiltaksflyt.pipeline.dokumentport import keep, make_hode
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.resultatrapport import Lagret, read_version, recipient_of, stored_by_area
from tiltaksflyt.pipeline.statistikk import frozen_cells
from transforms.avtaledokument import ETTERRAPPORT, Avtalehode, build_etterrapport, target_of
from transforms.dokument import Innhold
from transforms.forpliktelser import policy_of
from transforms.resultatperioder import MANEDER_I_KVARTAL, Resultatperiode, due_periods
from transforms.resultattall import Avtaleomrade, Ettertall, agreed_target, area_of, follow_up_figures
from transforms.statistikk import Celle, first_apart

_MAAL = "varigResultatmaal"
_FRIST = "frister.etterrapport"


@dataclass(frozen=True)
class Ettersak:
    """One area and one period that may become a document."""

    omrade: Avtaleomrade
    periode: Resultatperiode
    tall: Ettertall
    avsender: Avsender
    mottaker: Mottaker

    @property
    def basis(self) -> Mapping[str, str | int]:
        """What makes a new version: the period, the counts and the recipient."""
        tall = self.tall
        perioden = {"fra": tall.fra.isoformat(), "til": tall.til.isoformat(), "mottaker": self.mottaker.nokkel}
        return {**perioden, "spurt": tall.spurt, "svart": tall.svart, "iArbeid": tall.i_arbeid}


def build(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]) -> None:
    """Build the etterrapporter of one sender that are due and new.

    Counts up `etterrapporter` (also among `bygget`), `uendret`, `forFaSpurte` where fewer were asked than a figure may
    be of, and `utenMottaker` where the register has no Nav fylke for the fylke.
    """
    celler = [celle for celle in frozen_cells(omgivelser, orgnr) if celle.telling in VARIGE]
    if not celler:
        return
    avsender = omgivelser.oppsett.avsendere[orgnr]
    lagrede = stored_by_area(orgnr, omgivelser)
    for omrade, periode, tall in _asked(avsender, celler, omgivelser, dato):
        if tall.spurt < statistikkregler(tall.til).min_gruppe:
            antall["forFaSpurte"] += 1
            continue
        mottaker = recipient_of(omrade, omgivelser, antall)
        if mottaker is not None:
            sak = Ettersak(omrade, periode, replace(tall, maal=_target(lagrede, omrade, tall)), avsender, mottaker)
            _build_one(sak, omgivelser=omgivelser, dato=dato, now=now, antall=antall)


def _asked(
    avsender: Avsender, celler: Sequence[Celle], omgivelser: Omgivelser, dato: date
) -> Iterator[tuple[Avtaleomrade, Resultatperiode, Ettertall]]:
    """Each area and due period in which anyone was asked."""
    forste = first_apart(dato, statistikkregler(dato))
    for omrade in sorted({area_of(celle) for celle in celler}):
        perioder = due_periods(
            policy_of(omrade.tiltakskode, omgivelser.oppsett.regelverk),
            avsender.rapporterer_fra,
            dato,
            forste,
            lengde=f"{_FRIST}.periodeMaaneder",
            ventetid=f"{_FRIST}.dager",
        )
        for periode in perioder:
            etter = periode.regelverk.heltall(f"{_FRIST}.maaneder") // MANEDER_I_KVARTAL
            tall = follow_up_figures(celler, omrade, periode.fra, periode.til, etter=etter)
            if tall.spurt and periode.fra.plus(-etter) >= forste:
                yield omrade, periode, tall


def _target(lagrede: Iterable[Lagret], omrade: Avtaleomrade, tall: Ettertall) -> float | None:
    return agreed_target([lagret.post for lagret in lagrede if lagret.omrade == omrade], tall.til, _MAAL)


def _build_one(sak: Ettersak, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]) -> None:
    dokumenter, omrade, nummer = omgivelser.ledger.dokumenter, sak.omrade, sak.periode.nummer
    ref = omgivelser.ledger.avtaler.find_or_create(omrade.avsender, omrade.tiltakskode, omrade.fylke)
    if dokumenter.unchanged(ref, ETTERRAPPORT, nummer, sak.basis):
        antall["uendret"] += 1
        return
    plass = dokumenter.reserve(ref, ETTERRAPPORT, nummer)
    # Asked again with the place in hand: another worker may have added these very figures since.
    if dokumenter.unchanged(ref, ETTERRAPPORT, nummer, sak.basis):
        return
    lagt_til = keep(
        omrade.avsender,
        plass,
        _build(sak, plass, omgivelser, opprettet=on_day(dato, now)),
        grunnlag=sak.basis,
        forsendelser=[NyForsendelse(sak.mottaker.nokkel, Forsendelsestilstand.KLAR)],
        omgivelser=omgivelser,
        dato=dato,
        now=now,
        antall=antall,
    )
    antall["bygget"] += lagt_til
    antall["etterrapporter"] += lagt_til


def _build(sak: Ettersak, plass: Dokumentplass, omgivelser: Omgivelser, *, opprettet: datetime) -> Innhold:
    avsender, tall = sak.avsender, sak.tall
    hode = make_hode(
        plass, avsender, sak.mottaker, omgivelser, kildesystem=avsender.kildesystem, opprettet=opprettet, frist=None
    )
    siste = omgivelser.ledger.dokumenter.latest(plass.ref, plass.type, plass.nummer)
    if tall.maal is None and siste is not None and (for_ := read_version(siste.melding_id, omgivelser)) is not None:
        tall = replace(tall, maal=target_of(for_, _MAAL))
    forrige = read_version(plass.erstatter, omgivelser) if plass.erstatter else None
    avtale = Avtalehode(sak.omrade.tiltakskode, sak.omrade.fylke, sak.periode.regelverk)
    return build_etterrapport(tall, avtale, hode=hode, forrige=forrige)
