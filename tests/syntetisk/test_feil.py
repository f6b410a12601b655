"""Faults that are put in stand in the rows, are counted, and are found by the rule that is named."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from datetime import date, datetime, timedelta

import pytest

from expectations.historikk import TOM, Historikk
from schemas.oppsett import load_avsender, load_mottakere
from tiltaksflyt.intake.drop import read_drop
from tiltaksflyt.pipeline.vurdering import Lest, Vurdering, assess_chunk
from tiltaksflyt.syntetisk.feil import VANLIGE_RATER, Feilrater, Feilslag, InjisertFeil
from tiltaksflyt.syntetisk.formater import Format
from tiltaksflyt.syntetisk.generering import Innsending, generate
from tiltaksflyt.syntetisk.oppsett import write_recipients, write_sender_setup
from tiltaksflyt.syntetisk.skriving import write_drop
from transforms.kalender import OSLO

DATO = date(2026, 5, 20)
RAPPORTERER_FRA = date(2022, 1, 1)
I_EN_DROP = frozenset({"IDE002", "TVE001", "SKJ010", "PLA001", "PER001", "SLU001", "ARB001"})
# Rules about deadlines speak of the deltakelse, once each, and only of those that no other fault holds back.
FRISTREGLER = frozenset({"FRI001", "FRI003", "FRI004", "FRI008"})
SENE = Feilrater(sen_bekreftelse=0.1, sen_plan=0.2, sen_perioderapport=0.2, sen_sluttrapport=0.2)
# Rules that hold a drop up to the one before it; nothing that is registered in time waits for as long as TVE011 asks.
I_TO_DROPP = ((Feilslag.SEN_RAD, "TVE011", 0.5), (Feilslag.GJENBRUKT_ID, "IDE004", 1.0))
FORRIGE = DATO - timedelta(days=20)


def _drop(antall: int, rater: Feilrater | None, seed: int = 11, dato: date = DATO) -> Innsending:
    (innsending,) = generate(seed, antall, dato, arrangorer=1, rater=rater)
    return innsending


def test_every_kind_has_a_rate_of_its_own() -> None:
    assert {felt.name for felt in fields(Feilrater)} == {slag.value for slag in Feilslag}
    assert Feilrater().er_null
    assert all(0 < getattr(VANLIGE_RATER, slag.value) <= 0.15 for slag in Feilslag)


def test_without_rates_there_are_none() -> None:
    assert list(_drop(40, None).feil()) == []
    assert list(_drop(40, None).rader()) == list(_drop(40, Feilrater()).rader())


@pytest.mark.parametrize("slag", list(Feilslag))
def test_each_kind_changes_rows_and_is_labelled(slag: Feilslag) -> None:
    rater = replace(Feilrater(), **{slag.value: 1.0})
    med, uten = _drop(60, rater), _drop(60, None)
    feil = list(med.feil())
    assert feil
    assert {ett.slag for ett in feil} == {slag}
    assert {ett.orgnr for ett in feil} == {med.arrangor.orgnr}
    rader_med, rader_uten = list(med.rader()), list(uten.rader())
    assert rader_med != rader_uten
    tabeller = {ett.tabell for ett in feil}
    borte = [rad for rad in rader_uten if rad not in rader_med]
    nye = [rad for rad in rader_med if rad not in rader_uten]
    assert {tabell for tabell, _ in borte + nye} <= tabeller | {"plan", "vurdering", "sluttvurdering"}


@pytest.mark.parametrize(
    ("slag", "andel"),
    [(Feilslag.SEN_PLAN, 0.12), (Feilslag.SEN_BEKREFTELSE, 0.08), (Feilslag.DUPLIKAT_ID, 0.01)],
)
def test_rates_are_kept(slag: Feilslag, andel: float) -> None:
    """As a share of the rows that the fault can hit, in a population large enough to tell."""
    rader: Counter[str] = Counter()
    feil = 0
    for innsending in generate(3, 700, DATO, arrangorer=3, rater=replace(Feilrater(), **{slag.value: andel})):
        for gruppe in innsending.persongrupper():
            feil += len(gruppe.feil)
            rader.update(tabell for tabell, rad in gruppe.rader if rad.get("versjon", 1) == 1)
    tabell = {Feilslag.SEN_PLAN: "plan", Feilslag.SEN_BEKREFTELSE: "deltakelse", Feilslag.DUPLIKAT_ID: "aktivitet"}[
        slag
    ]
    assert feil / rader[tabell] == pytest.approx(andel, abs=0.45 * andel)


def _verdict(innsending: Innsending, tmp_path_factory: pytest.TempPathFactory, historikk: Historikk = TOM) -> Vurdering:
    """The drop through the real door and the real rules."""
    mappe = tmp_path_factory.mktemp("kontroll")
    avsender = load_avsender(write_sender_setup(innsending.arrangor, Format.JSON, RAPPORTERER_FRA, mappe))
    mottakere = load_mottakere(write_recipients(mappe))
    fil = mappe / f"eksport-{DATO}.json"
    write_drop(innsending, Format.JSON, fil)
    mottatt = datetime(DATO.year, DATO.month, DATO.day, 7, 0, tzinfo=OSLO)
    lest = read_drop(fil.read_bytes(), filnavn=fil.name, avsender=avsender, mottatt=mottatt, modus="TEST")
    assert not lest.avvist
    (vurdering,), _ = assess_chunk([Lest(lest, avsender, historikk)], asof=DATO, mottakere=mottakere)
    return vurdering


def _found(vurdering: Vurdering, regler: Collection[str]) -> Counter[tuple[str, str]]:
    """Rule and row key of every deviation, each row once."""
    return Counter({(avvik.regelId, avvik.nokkel or "") for avvik in vurdering.avvik if avvik.regelId in regler})


def _expected(feil: Iterable[InjisertFeil], regler: Collection[str]) -> Counter[tuple[str, str]]:
    """Rule and row key of every fault; the key a rule reports is the one the sender knows the row by."""
    return Counter({(ett.regel, ett.nokkel.split("/")[0]) for ett in feil if ett.regel in regler})


def test_the_rules_find_exactly_the_faults_that_were_put_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    innsending = _drop(200, VANLIGE_RATER)
    ventet = _expected(innsending.feil(), I_EN_DROP)
    assert {regel for regel, _ in ventet} == I_EN_DROP
    vurdering = _verdict(innsending, tmp_path_factory)
    assert _found(vurdering, I_EN_DROP) == ventet
    # A first zero that was dropped is no fault of the row: the door puts it back, and tells of each.
    tapte = [ett for ett in innsending.feil() if ett.regel == "IDE011"]
    assert tapte
    assert [avvik.regelId for avvik in vurdering.avvik].count("IDE011") == len(tapte)


def test_the_deadlines_find_exactly_what_was_late(tmp_path_factory: pytest.TempPathFactory) -> None:
    innsending = _drop(200, SENE)
    ventet = {(ett.regel, re.sub(r"(/|-V).*", "", ett.nokkel)) for ett in innsending.feil()}
    assert {regel for regel, _ in ventet} == FRISTREGLER
    assert _found(_verdict(innsending, tmp_path_factory), FRISTREGLER).keys() == ventet


@pytest.mark.parametrize(("slag", "regel", "rate"), I_TO_DROPP)
def test_what_the_drop_before_tells_is_found(
    slag: Feilslag, regel: str, rate: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rater = replace(Feilrater(), **{slag.value: rate})
    forrige, innsending = _drop(200, rater, dato=FORRIGE), _drop(200, rater)
    kjente = {post.deltakelse["deltakelseId"] for post in forrige.poster()}
    kjente |= {post.deltaker["deltakerId"] for post in forrige.poster()}
    nye = set(innsending.feil()) - set(forrige.feil())
    ventet = _expected((ett for ett in nye if ett.nokkel.split("-O-")[0] in kjente), [regel])
    assert len(ventet) > 5
    assert _found(_verdict(innsending, tmp_path_factory, Historikk(poster=tuple(forrige.poster()))), [regel]) == ventet
