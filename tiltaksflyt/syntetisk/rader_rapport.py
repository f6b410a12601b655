"""Rows that become perioderapport and sluttrapport: assessments, the extra points of a region, the last assessment."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from tiltaksflyt.syntetisk.forlop import Forlop, Periode
from tiltaksflyt.syntetisk.livslop import virkedag_at_or_before
from tiltaksflyt.syntetisk.rader_lop import sluttvurdering_day
from tiltaksflyt.syntetisk.rapporttekster import ANNET, SLUTT, VURDERING
from tiltaksflyt.syntetisk.sak import Sak
from tiltaksflyt.syntetisk.spor import Spor
from tiltaksflyt.syntetisk.trekning import happens

_EN_DAG = timedelta(days=1)
_UTKAST_DAGER = 6
_REGIONAL_KODE = "ARBEIDSGIVERKONTAKT"
_REGIONAL_OVERSKRIFT = "Kontakt med arbeidsgivere"


def report_rows(sak: Sak) -> Iterator[Spor]:
    """The texts of the reports of one løp; a person who never met has only a result."""
    if sak.forlop is not None:
        for periode in sak.forlop.perioder:
            yield from _assessment(sak, sak.forlop, periode)
    if sak.lop.slutt is not None:
        yield from _last_assessment(sak, sak.lop.slutt)


def _assessment(sak: Sak, forlop: Forlop, periode: Periode) -> Iterator[Spor]:
    rng = sak.rng(f"vurdering {periode.nummer}")
    dag = periode.ferdigstilt
    rad = sak.row(
        "vurdering",
        dag - timedelta(days=_UTKAST_DAGER),
        vurderingId=f"{sak.deltakelse_id}-V{periode.nummer}",
        nummer=periode.nummer,
        planVersjon=sum(plan <= dag for plan in forlop.planer),
        periodeFra=periode.fra,
        periodeTil=dag,
        statusOgFramdrift=_progress(sak, rng, periode.nummer, dag),
    )
    rad.then(
        dag,
        ferdigstilt=dag,
        endringerIPlan=sak.text(rng, VURDERING["endringerIPlan"]) if periode.ny_plan else None,
        deltakersVurdering=sak.text(rng, VURDERING["deltakersVurdering"]),
        vurderingAvFortsattDeltakelse=sak.text(rng, VURDERING["vurderingAvFortsattDeltakelse"]),
        anbefaling=periode.anbefaling,
        nestePeriode=sak.text(rng, VURDERING["nestePeriode"]),
        trengerFraNav=sak.text(rng, VURDERING["trengerFraNav"]) if happens(rng, 0.3) else None,
        nesteMote=dag + timedelta(days=rng.randint(20, 40)),
        gjennomgattMedDeltaker=virkedag_at_or_before(dag - timedelta(days=rng.randint(0, 3))),
        grunnIkkeOrdinaer=None
        if forlop.is_in_praksis_by(dag)
        else rng.choice(("IKKE_KLAR", "INGEN_EGNET_VIRKSOMHET", "AVTALT_MED_NAV")),
    )
    yield rad
    if sak.arrangor.regionale_punkter:
        yield _regional(sak, dag, "PERIODERAPPORT", periode.nummer)


def _progress(sak: Sak, rng: Random, nummer: int, dag: date) -> str:
    """What has happened in the period. Every other one has openings of its own, so that none repeats the one before."""
    innledninger, *resten = VURDERING["statusOgFramdrift"]
    return sak.text(rng, (innledninger[nummer % 2 :: 2], *resten), dag, n=str(nummer))


def _last_assessment(sak: Sak, slutt: date) -> Iterator[Spor]:
    rng = sak.rng("sluttvurdering tekst")
    ferdig = sluttvurdering_day(sak, slutt)
    rad = sak.row("sluttvurdering", slutt + _EN_DAG, resultat=sak.lop.resultat)
    if sak.forlop is None:
        yield rad.then(ferdig, ferdigstilt=ferdig)
        return
    rad.then(
        ferdig,
        ferdigstilt=ferdig,
        **{navn: sak.text(rng, setninger, slutt) for navn, setninger in SLUTT.items() if navn != "trengerFraNav"},
        trengerFraNav=sak.text(rng, SLUTT["trengerFraNav"]) if happens(rng, 0.3) else None,
        omfangKlart=max(20, sak.forlop.prosent(slutt) - 10 * rng.randint(0, 2)),
        gjennomgattMedDeltaker=max(virkedag_at_or_before(ferdig - timedelta(days=rng.randint(0, 5))), slutt),
        attestUtlevert=ferdig if sak.forlop.praksis or happens(rng, 0.4) else None,
    )
    yield rad
    if sak.arrangor.regionale_punkter:
        yield _regional(sak, ferdig, "SLUTTRAPPORT", None)


def _regional(sak: Sak, dag: date, dokumenttype: str, nummer: int | None) -> Spor:
    rng = sak.rng(f"seksjon {dokumenttype} {nummer}")
    return sak.row(
        "seksjon",
        dag,
        dokumenttype=dokumenttype,
        nummer=nummer,
        kode=_REGIONAL_KODE,
        overskrift=_REGIONAL_OVERSKRIFT,
        tekst=sak.text(rng, ANNET["seksjon"], antall=str(rng.randint(1, 10))),
    )
