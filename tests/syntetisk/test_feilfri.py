"""A drop without faults is what a good sender exports: the rules have nothing to say but what is true of the world."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from schemas.avvik import Alvorlighet, Innsendingsstatus
from schemas.oppsett import load_avsender, load_mottakere
from tiltaksflyt.pipeline.vurdering import Vurdering, assess
from tiltaksflyt.syntetisk.arrangorer import make_arrangorer
from tiltaksflyt.syntetisk.demo import DAGER, RAPPORTERER_FRA, demo_drops
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending, generate
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop
from transforms.kalender import OSLO

# Some senders have deltakere who never come to an ordinary virksomhet (002 L5293-5311), and are told so.
SANT = frozenset({"AKT004"})


def _assess(innsending: Innsending, format_: Format, rapporterer_fra: date, mappe: Path) -> Vurdering:
    fil = mappe / f"eksport-{innsending.dato}.{format_.endelse}"
    write_drop(innsending, format_, fil)
    return assess(
        fil.read_bytes(),
        filnavn=fil.name,
        avsender=load_avsender(write_sender_setup(innsending.arrangor, format_, rapporterer_fra, mappe)),
        mottakere=load_mottakere(write_recipients(mappe)),
        modus="TEST",
        mottatt=datetime(innsending.dato.year, innsending.dato.month, innsending.dato.day, 7, 0, tzinfo=OSLO),
        asof=innsending.dato,
    )


def _told(vurderinger: Iterable[Vurdering]) -> Counter[str]:
    """How often each rule says more than a piece of information."""
    return Counter(
        avvik.regelId
        for vurdering in vurderinger
        for avvik in vurdering.avvik
        if avvik.alvorlighet is not Alvorlighet.INFO
    )


@pytest.mark.parametrize("dag", DAGER, ids=str)
def test_what_the_demo_drops_is_accepted_without_a_remark(dag: date, tmp_path: Path) -> None:
    vurderinger = [
        _assess(innsending, avsender.format, RAPPORTERER_FRA, tmp_path) for avsender, innsending in demo_drops(dag)
    ]
    assert _told(vurderinger) == {}
    assert {vurdering.status for vurdering in vurderinger} == {Innsendingsstatus.GODTATT}


@pytest.mark.parametrize("fra_forste_dag", [True, False], ids=["since-the-beginning", "since-today"])
@pytest.mark.parametrize("dag", [date(2026, 2, 28), date(2026, 8, 6), date(2026, 11, 20)], ids=str)
def test_three_senders_hear_only_what_is_true(dag: date, fra_forste_dag: bool, tmp_path: Path) -> None:
    """In each format; a sender who has always reported owes every document, one who begins today none of the old."""
    rapporterer_fra = date(2022, 1, 1) if fra_forste_dag else dag
    vurderinger = [
        _assess(innsending, format_, rapporterer_fra, tmp_path)
        for innsending, format_ in _drops_in_each_format(dag, None if fra_forste_dag else dag)
    ]
    assert _told(vurderinger).keys() <= SANT
    assert sum(vurdering.antall["holdt"] for vurdering in vurderinger) == 0
    assert sum(vurdering.antall["godtatt"] for vurdering in vurderinger) >= 150


def _drops_in_each_format(dag: date, rapporterer_fra: date | None) -> Iterator[tuple[Innsending, Format]]:
    arrangorer = [
        replace(arrangor, tegnsett=format_.tegnsett, rapporterer_fra=rapporterer_fra)
        for arrangor, format_ in zip(make_arrangorer(3, 150, 3), Format, strict=True)
    ]
    yield from zip(generate(3, 150, dag, arrangorer=arrangorer), Format, strict=True)


def test_nobody_goes_without_a_visit_over_a_closed_summer() -> None:
    """The first visit within a month and then one in two (000 L94), also where the avdeling is closed in July."""
    (arrangor,) = make_arrangorer(4, 150, 1)
    for uke in range(12):
        dag = date(2026, 6, 29) + timedelta(weeks=uke)
        (innsending,) = generate(4, 150, dag, arrangorer=[replace(arrangor, sommerstengt=True)])
        for post in innsending.poster():
            besok = {date.fromisoformat(rad["dato"]) for rad in post.rader("oppfolging") if _is_with_employer(rad)}
            for rad in post.rader("aktivitet"):
                fra = date.fromisoformat(rad["fraDato"])
                if rad["arena"] == "ORDINAER" and "tilDato" not in rad and fra + timedelta(days=31) <= dag:
                    assert any(ett >= max(fra, dag - timedelta(days=62)) for ett in besok)


def _is_with_employer(rad: dict[str, object]) -> bool:
    deltok = rad["deltok"]
    return isinstance(deltok, list) and "ARBEIDSGIVER" in deltok
