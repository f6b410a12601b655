"""What rapportering builds of each avtale: the resultatrapport to its Nav fylke, with no person in it.

docs/pipeline/resultatrapport.md. Safe to run twice, and by two workers at once: a version is added only when the
figures or the recipient changed, and only by the first.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from schemas.oppsett import Avsender, Mottaker
from schemas.statistikk import statistikkregler
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Dokumentplass,
    Forsendelsestilstand,
    NokkelSlettet,
    NyForsendelse,
    Uleselig,
)
from tiltaksflyt.pipeline.dokumentport import keep, make_hode
from tiltaksflyt.pipeline.klokke import on_day
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.statistikk import cells_of, fylke_by_enhet
from transforms.avtaledokument import (
    RESULTATRAPPORT,
    Avtalehode,
    build_resultatrapport,
    capacity_of,
    target_of,
)
from transforms.dokument import Innhold
from transforms.forpliktelser import policy_of
from transforms.poster import Deltakelsespost
from transforms.resultatperioder import Resultatperiode, due_periods
from transforms.resultattall import (
    Avtaleomrade,
    Kapasitet,
    Resultattall,
    agreed_target,
    area_of,
    capacity_on,
    result_figures,
    took_part_on,
)
from transforms.statistikk import Celle, first_apart
from transforms.statistikk_bidrag import ended_on, fylke_of

_LOGG = logging.getLogger("tiltaksflyt")
_DAGER_I_UKEN = 7


@dataclass(frozen=True)
class Lagret:
    """One stored deltakelse, and the area it counts in."""

    rad: Deltakelsesrad
    post: Deltakelsespost
    omrade: Avtaleomrade


@dataclass(frozen=True)
class Avtalesak:
    """One area and one period that may become a document. `lagrede` are those of the area that are still stored."""

    omrade: Avtaleomrade
    periode: Resultatperiode
    lagrede: Sequence[Lagret]
    avsender: Avsender
    mottaker: Mottaker

    @property
    def nummer(self) -> int:
        """The number that the ledger knows the document by."""
        return self.periode.nummer


def build(orgnr: str, *, omgivelser: Omgivelser, dato: date, now: datetime, antall: Counter[str]) -> None:
    """Build the resultatrapporter of one sender that are due, new or changed.

    Counts up `resultatrapporter` new versions (also among `bygget`), `uendret`, `venter` for figures that changed too
    lately, and `utenMottaker` where the register has no Nav fylke for the fylke; those are built when it has.
    """
    avsender = omgivelser.oppsett.avsendere[orgnr]
    perioder = _due(avsender, omgivelser, dato)
    if not perioder:
        return
    celler = cells_of(orgnr, omgivelser, dato)
    lagrede = stored_by_area(orgnr, omgivelser)
    for tiltakskode, periode in perioder:
        omrader = _areas(orgnr, tiltakskode, periode, celler, lagrede, omgivelser)
        for omrade in sorted(omrader):
            mottaker = recipient_of(omrade, omgivelser, antall)
            if mottaker is None:
                continue
            egne = [lagret for lagret in lagrede if lagret.omrade == omrade]
            sak = Avtalesak(omrade, periode, egne, avsender, mottaker)
            kapasitet = _capacity(sak, omrader, omgivelser, dato)
            maal = agreed_target([lagret.post for lagret in egne], periode.til.siste_dag)
            tall = result_figures(celler, omrade, periode.fra, periode.til, kapasitet=kapasitet, maal=maal)
            _build_one(sak, tall, omgivelser=omgivelser, dato=dato, now=now, antall=antall)


def recipient_of(omrade: Avtaleomrade, omgivelser: Omgivelser, antall: Counter[str]) -> Mottaker | None:
    """The Nav fylke of an area; None, counted and logged, where the register has none."""
    mottaker = omgivelser.oppsett.fylkeskontor(omrade.fylke)
    if mottaker is None or (omgivelser.er_test and not mottaker.er_test):
        _LOGG.warning("rapportering: no Nav fylke for %s in the register: %s", omrade.fylke or "?", omrade.tiltakskode)
        antall["utenMottaker"] += 1
        return None
    return mottaker


def _due(avsender: Avsender, omgivelser: Omgivelser, dato: date) -> list[tuple[str, Resultatperiode]]:
    i_kraft = omgivelser.oppsett.regelverk
    forste = first_apart(dato, statistikkregler(dato))
    return [
        (tiltakskode, periode)
        for tiltakskode in sorted({versjon.tiltakskode for versjon in i_kraft})
        for periode in due_periods(policy_of(tiltakskode, i_kraft), avsender.rapporterer_fra, dato, forste)
    ]


def stored_by_area(orgnr: str, omgivelser: Omgivelser) -> list[Lagret]:
    """The stored deltakelser of a sender, each with the area it counts in."""
    fylker = fylke_by_enhet(omgivelser)
    lagrede = []
    for rad, innhold in omgivelser.ledger.deltakelser.each(orgnr):
        post = Deltakelsespost(innhold)
        lagrede.append(Lagret(rad, post, Avtaleomrade(orgnr, rad.tiltakskode, fylke_of(post, fylker))))
    return lagrede


def _areas(
    orgnr: str,
    tiltakskode: str,
    periode: Resultatperiode,
    celler: Iterable[Celle],
    lagrede: Iterable[Lagret],
    omgivelser: Omgivelser,
) -> set[Avtaleomrade]:
    """Where somebody ended in the period or took part on its last day, and where a report is there to be corrected."""
    dag = periode.til.siste_dag
    med_tall = {area_of(celle) for celle in celler if periode.fra <= celle.kvartal <= periode.til}
    i_bruk = {lagret.omrade for lagret in lagrede if took_part_on(lagret.post, dag)}
    omrader = {omrade for omrade in med_tall | i_bruk if omrade.tiltakskode == tiltakskode}
    for rad in omgivelser.ledger.avtaler.list(orgnr):
        er_bygget = omgivelser.ledger.dokumenter.latest(rad.ref, RESULTATRAPPORT, periode.nummer) is not None
        if rad.tiltakskode == tiltakskode and er_bygget:
            omrader.add(Avtaleomrade(rad.avsender, rad.tiltakskode, rad.fylke))
    return omrader


def _capacity(sak: Avtalesak, omrader: set[Avtaleomrade], omgivelser: Omgivelser, dato: date) -> Kapasitet:
    """The places, while they can be counted: whoever took part on the last day is stored at least so long."""
    dag = sak.periode.til.siste_dag
    minst = timedelta(days=_DAGER_I_UKEN * sak.periode.regelverk.heltall("sletting.minUker"))
    kan_telles = dato <= dag + minst
    return capacity_on(
        omgivelser.ledger.plasser.list(sak.avsender.orgnr, date.min),
        sak.omrade.tiltakskode,
        dag,
        i_bruk=sum(took_part_on(lagret.post, dag) for lagret in sak.lagrede) if kan_telles else None,
        for_flere_fylker=len(omrader) > 1,
    )


def _build_one(
    sak: Avtalesak,
    tall: Resultattall,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> None:
    dokumenter, omrade = omgivelser.ledger.dokumenter, sak.omrade
    ref = omgivelser.ledger.avtaler.find_or_create(omrade.avsender, omrade.tiltakskode, omrade.fylke)
    if dokumenter.unchanged(ref, RESULTATRAPPORT, sak.nummer, _basis(sak, tall)):
        antall["uendret"] += 1
        return
    if dokumenter.latest(ref, RESULTATRAPPORT, sak.nummer) is not None and not _has_been_still(sak, dato):
        antall["venter"] += 1
        return
    plass = dokumenter.reserve(ref, RESULTATRAPPORT, sak.nummer)
    # Asked again with the place in hand: another worker may have added these very figures since.
    if dokumenter.unchanged(ref, RESULTATRAPPORT, sak.nummer, _basis(sak, tall)):
        return
    lagt_til = keep(
        omrade.avsender,
        plass,
        _build(sak, tall, plass, omgivelser, dato=dato, opprettet=on_day(dato, now)),
        grunnlag=_basis(sak, tall),
        forsendelser=[NyForsendelse(sak.mottaker.nokkel, Forsendelsestilstand.KLAR)],
        omgivelser=omgivelser,
        dato=dato,
        now=now,
        antall=antall,
    )
    antall["bygget"] += lagt_til
    antall["resultatrapporter"] += lagt_til


def _basis(sak: Avtalesak, tall: Resultattall) -> Mapping[str, str | int]:
    """What makes a new version: the period, the counts of the ended, and the recipient. Places are counted once."""
    return {
        "fra": tall.fra.isoformat(),
        "til": tall.til.isoformat(),
        "avsluttet": tall.avsluttet,
        "arbeid": tall.arbeid,
        "utdanning": tall.utdanning,
        "aldriMott": tall.aldri_mott,
        "mottaker": sak.mottaker.nokkel,
    }


def _has_been_still(sak: Avtalesak, dato: date) -> bool:
    """Whether no record of the ended has changed for `dokument.stilleDager` (docs/adr/0011)."""
    stille = timedelta(days=sak.periode.regelverk.heltall("dokument.stilleDager"))
    fra, til = sak.periode.fra.forste_dag, sak.periode.til.siste_dag
    endret = [
        lagret.rad.sist_endret
        for lagret in sak.lagrede
        if (slutt := ended_on(lagret.post, dato)) is not None and fra <= slutt <= til
    ]
    return all(dato - dag >= stille for dag in endret)


def _build(
    sak: Avtalesak,
    tall: Resultattall,
    plass: Dokumentplass,
    omgivelser: Omgivelser,
    *,
    dato: date,
    opprettet: datetime,
) -> Innhold:
    avsender, periode = sak.avsender, sak.periode
    hode = make_hode(
        plass, avsender, sak.mottaker, omgivelser, kildesystem=avsender.kildesystem, opprettet=opprettet, frist=None
    )
    rettes_til = periode.til.siste_dag + timedelta(days=periode.regelverk.heltall("sletting.dager"))
    avtale = Avtalehode(
        sak.omrade.tiltakskode,
        sak.omrade.fylke,
        periode.regelverk,
        rapporterer_fra=avsender.rapporterer_fra if periode.er_kortere else None,
        rettes_til=rettes_til if dato <= rettes_til else None,
    )
    siste = omgivelser.ledger.dokumenter.latest(plass.ref, plass.type, plass.nummer)
    if siste is not None and (for_ := read_version(siste.melding_id, omgivelser)) is not None:
        maal = target_of(for_) if tall.maal is None else tall.maal
        tall = replace(tall, kapasitet=capacity_of(for_), maal=maal)
    forrige = read_version(plass.erstatter, omgivelser) if plass.erstatter else None
    return build_resultatrapport(tall, avtale, hode=hode, forrige=forrige)


def read_version(melding_id: str, omgivelser: Omgivelser) -> Innhold | None:
    """An earlier version; None when its key was lost, and nothing of it can be repeated."""
    try:
        return omgivelser.ledger.dokumenter.read(melding_id)
    except (NokkelSlettet, Uleselig):
        return None
