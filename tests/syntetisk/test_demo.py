"""The demo's three senders have the story that the demo tells, and the set-ups that ship are theirs."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from schemas.oppsett import load_oppsett
from schemas.regelverk import regelverk
from tiltaksflyt.syntetisk.demo import DAGER, RAPPORTERER_FRA, demo_drops, demo_senders
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.livslop import TILTAKSKODE
from tiltaksflyt.syntetisk.oppsett import recipients, sender_setup
from transforms.forpliktelser import Forpliktelsesstatus, forpliktelser, policy_of
from transforms.kalender import is_virkedag
from transforms.meldinger import MELDINGER
from transforms.rapporttekster import finished_texts, number_texts

OPPSETT = Path(__file__).parents[2] / "deploy" / "oppsett"
TEKSTER = (("plan", "PLAN"), ("vurdering", "PERIODERAPPORT"), ("sluttvurdering", "SLUTTRAPPORT"))


def _finished(dato: date) -> dict[tuple[str, str, object], str]:
    """Texts finished since the senders began to report: which document, of whom, at which sender."""
    ferdige = {}
    for avsender, innsending in demo_drops(dato):
        for post in innsending.poster():
            for tabell, dokumenttype in TEKSTER:
                for rad in post.rader(tabell):
                    if rad.get("ferdigstilt", "") >= RAPPORTERER_FRA.isoformat():
                        nokkel = (avsender.arrangor.orgnr, rad["deltakelseId"], rad.get("versjon", rad.get("nummer")))
                        ferdige[(dokumenttype, *nokkel)] = avsender.arrangor.orgnr
    return ferdige


def test_the_days_are_working_days_a_hundred_days_apart() -> None:
    assert all(is_virkedag(dag) for dag in DAGER)
    assert tuple(sorted(DAGER)) == DAGER
    assert DAGER[2] - DAGER[0] >= timedelta(days=100)


def test_about_sixty_deltakere_in_three_formats() -> None:
    avsendere = demo_senders()
    assert {avsender.format for avsender in avsendere} == set(Format)
    assert sum(avsender.arrangor.antall for avsender in avsendere) == 60
    assert len({avsender.arrangor.orgnr for avsender in avsendere}) == 3


def test_every_sender_owes_every_type_on_the_first_day_and_new_ones_later() -> None:
    sett: set[object] = set()
    for dag in DAGER:
        nye = {nokkel: orgnr for nokkel, orgnr in _finished(dag).items() if nokkel not in sett}
        sett |= nye.keys()
        assert {(nokkel[0], orgnr) for nokkel, orgnr in nye.items()} == {
            (dokumenttype, avsender.arrangor.orgnr) for avsender in demo_senders() for _, dokumenttype in TEKSTER
        }


def test_the_first_day_has_every_message_too() -> None:
    typer = {
        tekst.dokumenttype
        for _, innsending in demo_drops(DAGER[0])
        for post in map(number_texts, innsending.poster())
        for tekst in finished_texts(post, DAGER[0], RAPPORTERER_FRA, policy_of(TILTAKSKODE))
    }
    assert typer >= set(MELDINGER)


def test_everyone_who_had_ended_on_the_first_day_is_deleted_by_the_last() -> None:
    def ended(dag: date) -> set[tuple[str, str]]:
        return {
            (avsender.arrangor.orgnr, post.deltakelse["deltakelseId"])
            for avsender, innsending in demo_drops(dag)
            for post in innsending.poster()
            if post.deltakelse["status"] == "HAR_SLUTTET"
        }

    assert len(ended(DAGER[0])) >= 10
    assert ended(DAGER[0]).isdisjoint(ended(DAGER[2]))
    assert ended(DAGER[2])


def test_most_is_in_time() -> None:
    statuser: Counter[Forpliktelsesstatus] = Counter()
    for _, innsending in demo_drops(DAGER[0]):
        for post in innsending.poster():
            plikter = forpliktelser(
                post, lambda dag: regelverk(TILTAKSKODE, dag), DAGER[0], rapporterer_fra=RAPPORTERER_FRA
            )
            statuser.update(plikt.status for plikt in plikter)
    assert statuser[Forpliktelsesstatus.LEVERT_FOR_SENT] == 0
    assert 0 < statuser[Forpliktelsesstatus.FORFALT] <= 10


def test_the_set_ups_that_ship_are_the_ones_that_are_made() -> None:
    oppsett = load_oppsett(OPPSETT)
    avsendere = demo_senders()
    assert oppsett.avsendere.keys() == {avsender.arrangor.orgnr for avsender in avsendere}
    for avsender in avsendere:
        fil = OPPSETT / "avsendere" / f"{avsender.arrangor.orgnr}.yaml"
        laget = sender_setup(avsender.arrangor, avsender.format, RAPPORTERER_FRA)
        assert yaml.safe_load(fil.read_text(encoding="utf-8")) == laget
    assert yaml.safe_load((OPPSETT / "mottakere.yaml").read_text(encoding="utf-8")) == recipients()


def test_every_recipient_is_a_test_recipient_and_every_deltaker_has_one() -> None:
    mottakere = load_oppsett(OPPSETT).mottakere
    assert all(mottaker.er_test and mottaker.navn.startswith("TEST ") for mottaker in mottakere.values())
    for dag in DAGER:
        for _, innsending in demo_drops(dag):
            assert {post.deltaker["navEnhet"] for post in innsending.poster()} <= mottakere.keys()


@pytest.mark.parametrize("navn", ["Null", "تجريبي", "Čáhppeluođđi"])
def test_names_that_break_systems_are_in_the_demo(navn: str) -> None:
    etternavn = [post.deltaker["etternavn"] for _, innsending in demo_drops(DAGER[0]) for post in innsending.poster()]
    assert navn in etternavn
