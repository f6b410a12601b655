"""Policies: what a file may say, one policy for each tiltak, and the page that is made of them."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from schemas.ikrafttredelse import load_regelverk_i_kraft
from schemas.koder import kodeverk
from schemas.loader import UgyldigFil
from schemas.oppsett import load_oppsett
from schemas.regelverk import REGELVERK, alle_forslag, alle_regelverk, load_regelverk, regelverk
from schemas.regelverksparametre import parameterslag
from schemas.regelverksside import SIDE, make_page
from tests.pipeline.saker import make_oppsett

VTA = "VARIG_TILRETTELAGT_ARBEID_SKJERMET"
TILTAK = {
    "ARBEIDSFORBEREDENDE_TRENING",
    "ARBEIDSRETTET_REHABILITERING",
    "ARBEIDSTRENING",
    "AVKLARING",
    "KVALIFISERINGSPROGRAM",
    "OPPFOLGING",
    "SUPPORTED_EMPLOYMENT",
    VTA,
}
NAVNET = "JOBBKLUBB"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A copy of a policy that leaves much open, to be made wrong."""
    shutil.copytree(REGELVERK / VTA, tmp_path / VTA)
    return tmp_path / VTA / "2016-01-01.yaml"


def write_own(oppsett: Path, kode: str = NAVNET, fra: str = "2026-01-01") -> Path:
    """A policy of the operator's own, made from the one of OPPFOLGING."""
    tekst = (REGELVERK / "OPPFOLGING" / "2016-01-01.yaml").read_text(encoding="utf-8")
    fil = oppsett / "regelverk" / kode / f"{fra}.yaml"
    fil.parent.mkdir(parents=True)
    fil.write_text(
        tekst.replace("tiltakskode: OPPFOLGING", f"tiltakskode: {kode}")
        .replace("OPPFOLGING-gjeldende", f"{kode}-egen")
        .replace("2016-01-01", fra),
        encoding="utf-8",
    )
    return fil


@pytest.mark.parametrize(
    ("fra", "til", "sted"),
    [
        ("overleveresDag: {verdi: 77", "overleveresDag: {verdi: 84", "overleveresDag"),
        ("overleveresDag: {verdi: 77", "overleveresDag: {verdi: 90", "overleveresDag"),
        ("overleveresDag: {verdi: 77", "overleveresDag: {verdi: 35", "dagligFraDag"),
        ("dagligFraDag: {verdi: 35", "dagligFraDag: {verdi: 20", "forsteDag"),
        ("dagligFraDag: {verdi: 35", "dagligFraDag: {verdi: 21", "forsteDag"),
        (
            "dager: {verdi: 84, styrke: skal, kilde: 002",
            "dager: {verdi: 77, styrke: skal, kilde: 002",
            "overleveresDag",
        ),
    ],
)
def test_what_is_done_about_a_missing_receipt_comes_in_order_and_before_the_deletion(
    policy: Path, fra: str, til: str, sted: str
) -> None:
    tekst = policy.read_text(encoding="utf-8")
    assert fra in tekst
    policy.write_text(tekst.replace(fra, til), encoding="utf-8")
    with pytest.raises(UgyldigFil, match=f"kvittering.sluttrapport.{sted}: must be before"):
        load_regelverk(policy)


def test_every_tiltak_that_is_served_has_a_policy() -> None:
    assert {versjon.tiltakskode for versjon in alle_regelverk()} == TILTAK
    assert kodeverk("tiltakskode").koder.keys() >= TILTAK


@pytest.mark.parametrize(
    ("fra", "til", "grunn"),
    [
        ("snartDager:", "snartdager:", "frister.varsel.snartDager: must be in every policy"),
        ("minProsent: {verdi: 1", "minProsent: {verdi: mye", "minProsent: must be a number"),
        ("stilleDager: {verdi: 1,", "stilleDager: {verdi: true,", "stilleDager: must be a whole number"),
        ("verdi: [hensikt]", "verdi: hensikt", "pakrevdePunkter: must be a list"),
        ("behandlingsansvarlig: {verdi: NAV", "behandlingsansvarlig: {verdi: STAT", "must be among ['KOMMUNE', 'NAV']"),
        ("lopMaaneder:", "lopmaaneder: {verdi: 2, styrke: skal, kilde: 000 L1}\n    lopMaaneder:", "is no parameter"),
        ("timerFullUke: {verdi: 37.5", "timerFullUke: {verdi: -1", "is not between 0"),
    ],
)
def test_a_faulty_parameter_is_told_by_its_path(policy: Path, fra: str, til: str, grunn: str) -> None:
    tekst = policy.read_text(encoding="utf-8")
    assert tekst.count(fra) == 1
    policy.write_text(tekst.replace(fra, til), encoding="utf-8")
    with pytest.raises(UgyldigFil) as feil:
        load_regelverk(policy)
    assert grunn in str(feil.value)


@pytest.mark.parametrize(
    ("fra", "til", "grunn"),
    [
        ("slingringDager: {verdi: 14", "slingringDager: {verdi: 21", "must be more than slingringDager"),
        ("dager: {verdi: 21, styrke: kontrakt", "dager: {verdi: 14, styrke: kontrakt", "must be more than"),
        ("      slingringDager:", "      # slingringDager:", "slingringDager: must be there"),
        ("periodeMaaneder: {verdi: 6", "periodeMaaneder: {verdi: 5", "must be among [12, 3, 6]"),
    ],
)
def test_an_etterrapport_has_all_it_needs_and_waits_for_the_last_answer(
    tmp_path: Path, fra: str, til: str, grunn: str
) -> None:
    tekst = (REGELVERK / "ARBEIDSFORBEREDENDE_TRENING" / "2016-01-01.yaml").read_text(encoding="utf-8")
    assert tekst.count(fra) == 1
    fil = tmp_path / "ARBEIDSFORBEREDENDE_TRENING" / "2016-01-01.yaml"
    fil.parent.mkdir()
    fil.write_text(tekst, encoding="utf-8")
    assert load_regelverk(fil).heltall("frister.etterrapport.dager") == 21
    fil.write_text(tekst.replace(fra, til), encoding="utf-8")
    with pytest.raises(UgyldigFil) as feil:
        load_regelverk(fil)
    assert grunn in str(feil.value)


def test_what_is_left_open_says_what_must_be_decided(policy: Path) -> None:
    lest = load_regelverk(policy)
    assert lest.mangler("frister.plan.dager")
    assert lest.valgfritt_heltall("frister.plan.dager") is None
    assert lest.valgfritt_heltall("frister.varsel.snartDager") == 7


def test_what_is_left_open_without_a_question_is_refused(policy: Path) -> None:
    tekst = policy.read_text(encoding="utf-8")
    uten = tekst.replace("        uavklart: U20 om det skyldes en plan i tiltaket\n", "")
    assert uten != tekst
    policy.write_text(uten, encoding="utf-8")
    with pytest.raises(UgyldigFil, match=r"parametre"):
        load_regelverk(policy)


def test_an_operators_own_policy_is_in_force_beside_those_that_ship(tmp_path: Path) -> None:
    oppsett = make_oppsett(tmp_path / "oppsett")
    write_own(oppsett)
    i_kraft = load_oppsett(oppsett).regelverk
    assert regelverk(NAVNET, date(2026, 1, 1), i_kraft).versjon == "JOBBKLUBB-egen"
    assert {versjon.tiltakskode for versjon in i_kraft} == TILTAK | {NAVNET}
    assert NAVNET not in {versjon.tiltakskode for versjon in alle_regelverk()}


def test_an_operators_own_policy_takes_no_days_from_one_that_ships(tmp_path: Path) -> None:
    write_own(tmp_path, "OPPFOLGING")
    with pytest.raises(UgyldigFil, match="overlaps the version OPPFOLGING-gjeldende"):
        load_regelverk_i_kraft(tmp_path)


def test_every_parameter_of_the_register_is_used_by_some_policy() -> None:
    brukt = {sti for versjon in (*alle_regelverk(), *alle_forslag()) for sti in versjon.parametre}
    assert brukt == parameterslag().keys()


def test_the_page_is_what_the_policies_make() -> None:
    side = make_page([*alle_regelverk(), *alle_forslag()])
    assert SIDE.read_text(encoding="utf-8") == side, "run python -m schemas.regelverksside"
    for versjon in (*alle_regelverk(), *alle_forslag()):
        for sti, parameter in versjon.parametre.items():
            if parameter.uavklart:
                sporsmal = parameter.uavklart.split(" ", 1)[1] if parameter.uavklart[0] == "U" else parameter.uavklart
                assert any(sporsmal in linje and f"`{sti}`" in linje for linje in side.splitlines()), sti
