"""The catalogue agrees with the contract, code lists and policies, and with the rules that are asked (beslutninger 22)."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from expectations.regelsett import REGLER, alle_regler, regler_etter_id
from schemas.avvik import Alvorlighet
from schemas.koder import all_kodeverk, kodeverk
from schemas.kontrakt import Felttype, tabeller
from schemas.loader import load
from schemas.regelverk import alle_regelverk

KATALOG = Path(__file__).parents[2] / "expectations" / "katalog.csv"
with KATALOG.open(encoding="utf-8", newline="") as fil:
    RADER = list(csv.DictReader(fil))
IDER = [rad["regelId"] for rad in RADER]
NIVAER = {"FIL", "SKJEMA", "VERDI", "RAD", "KRYSSRAD", "HISTORIKK", "FRIST", "DOKUMENT"}
STYRKER = {"skal", "som hovedregel", "bør", "praksis", "kontrakt"}
# Tiltak that Nav has no code for and the catalogue names with a code of its own (U21).
EGNE_TILTAKSKODER = {"SUPPORTED_EMPLOYMENT", "KVALIFISERINGSPROGRAM"}
# Words of the conditions that are not fields of the contract, and the capitals that are not codes.
ANDRE_VERDIER = {"dokument", "leveranse", "kvittering", "forpliktelse"}
ORD = {"AND", "NOT", "ACTIVE", "NOSHOW", "DOCTYPE", "UUID", "FFFD", "YYYY", "ZIP_CSV", "JSONL", "PARQUET", "WINDOWS"}
TILSTANDER = {"SNART", "FORFALT", "AVVIST", "IKKE_I_SYSTEMET"}
FELT = re.compile(r"\b([a-z][A-Za-z]+)\.([a-zA-Z]+)\b")
KODE = re.compile(r"\b[A-ZÆØÅ][A-ZÆØÅ_]{2,}[A-ZÆØÅ]\b")
LIK = re.compile(r"\b([a-z][A-Za-z]+)\.([a-zA-Z]+) (?:=|<>) ([A-ZÆØÅ][A-ZÆØÅ_]+)\b")
BLANT = re.compile(r"\b([a-z][A-Za-z]+)\.([a-zA-Z]+) (?:NOT )?IN \(([A-ZÆØÅ_, ]+)\)")


def parametre(rad: dict[str, str]) -> dict[str, str]:
    """The parameters of a row, by name; a value per tiltakskode keeps the code in its value."""
    par = (del_.partition("=") for del_ in rad["parametre"].split(";") if del_)
    return {navn.split(":")[-1]: verdi for navn, _, verdi in par}


@pytest.mark.parametrize("rad", RADER, ids=IDER)
def test_the_row_is_of_its_kind(rad: dict[str, str]) -> None:
    assert re.fullmatch(r"[A-Z]{3}[0-9]{3}", rad["regelId"])
    assert rad["gruppe"] == rad["regelId"][:3]
    assert rad["alvorlighet"] in Alvorlighet.__members__
    assert rad["nivaa"] in NIVAER
    assert rad["styrke"] in STYRKER
    assert rad["kilde"]
    assert rad["melding_nb"]
    assert rad["tiltak_nb"]


def test_no_id_stands_twice() -> None:
    assert len(set(IDER)) == len(IDER)


@pytest.mark.parametrize("rad", RADER, ids=IDER)
def test_the_condition_names_one_severity(rad: dict[str, str]) -> None:
    assert set(KODE.findall(rad["vilkar"])) & set(Alvorlighet.__members__) == set(), "split the rule"


@pytest.mark.parametrize("rad", RADER, ids=IDER)
def test_every_table_and_field_is_in_the_contract(rad: dict[str, str]) -> None:
    egne = set(rad["tabeller"].split())
    assert egne <= tabeller().keys() | {"ALLE"}
    for tabell, felt in FELT.findall(rad["vilkar"]):
        if tabell in ANDRE_VERDIER:
            continue
        assert felt in tabeller()[tabell].felter, f"{tabell}.{felt}"
        assert tabell in egne or "ALLE" in egne, f"{tabell} is read and not named in tabeller"


@pytest.mark.parametrize("rad", RADER, ids=IDER)
def test_every_tiltakskode_and_code_is_in_a_list(rad: dict[str, str]) -> None:
    tiltak = kodeverk("tiltakskode").koder.keys() | EGNE_TILTAKSKODER | {"ALLE"}
    assert set(rad["tiltakskoder"].split()) <= tiltak
    kjente = {kode for liste in all_kodeverk().values() for kode in liste.koder} | ORD | TILSTANDER
    assert set(KODE.findall(f"{rad['vilkar']} {rad['parametre']}")) <= kjente


@pytest.mark.parametrize("rad", RADER, ids=IDER)
def test_every_code_that_a_field_is_compared_with_is_in_its_own_list(rad: dict[str, str]) -> None:
    for tabell, felt, kode in _comparisons(rad["vilkar"]):
        if tabell in ANDRE_VERDIER:
            continue
        egenskaper = tabeller()[tabell].felter[felt]
        assert egenskaper.type in (Felttype.KODE, Felttype.KODELISTE), f"{tabell}.{felt} is not coded"
        liste = kodeverk(str(egenskaper.kodeverk)).koder.keys() | (
            EGNE_TILTAKSKODER if felt == "tiltakskode" else set()
        )
        assert kode in liste, f"{tabell}.{felt} has no code {kode}"


def _comparisons(vilkar: str) -> Iterator[tuple[str, str, str]]:
    yield from LIK.findall(vilkar)
    for tabell, felt, koder in BLANT.findall(vilkar):
        yield from ((tabell, felt, kode.strip()) for kode in koder.split(",") if kode.strip())


@pytest.mark.parametrize("rad", RADER, ids=IDER)
def test_every_parameter_is_used_by_its_condition(rad: dict[str, str]) -> None:
    for navn in parametre(rad):
        assert re.search(rf"\b{re.escape(navn)}\b", rad["vilkar"]), f"{navn} is in parametre and not in vilkar"


@pytest.mark.parametrize("rad", [rad for rad in RADER if "@" in rad["parametre"]], ids=lambda rad: rad["regelId"])
def test_every_reference_resolves_in_the_policies_of_its_tiltak(rad: dict[str, str]) -> None:
    koder = None if rad["tiltakskoder"] == "ALLE" else set(rad["tiltakskoder"].split())
    for regelverk in alle_regelverk():
        if koder is not None and regelverk.tiltakskode not in koder:
            continue
        for verdi in parametre(rad).values():
            if verdi.startswith("@"):
                sti = verdi[1:]
                finnes = any(p == sti or p.startswith(f"{sti}.") for p in regelverk.parametre)
                assert finnes, f"{regelverk.tiltakskode}/{regelverk.versjon} has no {sti}"


def test_the_catalogue_of_219_rules_is_whole() -> None:
    nye = {"FIL017", "FIL018", "FIL019", "SKJ012", "SLE008", "SLU012", "PII013", "PII014"}
    assert len(IDER) == 219 + len(nye)
    assert nye <= set(IDER)


@pytest.mark.parametrize("regel", alle_regler(), ids=lambda regel: regel.regel)
def test_a_rule_says_what_its_row_in_the_catalogue_says(regel: object) -> None:
    egen = regler_etter_id()[str(getattr(regel, "regel", ""))]
    rad = RADER[IDER.index(egen.regel)]
    assert egen.alvorlighet == rad["alvorlighet"]
    assert egen.niva.name == rad["nivaa"]
    assert egen.melding == rad["melding_nb"]
    assert egen.tiltak == rad["tiltak_nb"]
    assert egen.kilde == rad["kilde"]
    assert egen.styrke == rad["styrke"]
    assert (egen.tiltakskoder or {"ALLE"}) == set(rad["tiltakskoder"].split())
    assert egen.referanser() == {verdi[1:] for verdi in parametre(rad).values() if verdi.startswith("@")}


@pytest.mark.parametrize("regel", alle_regler(), ids=lambda regel: regel.regel)
def test_the_tables_of_a_rule_are_those_of_its_row(regel: object) -> None:
    egen = regler_etter_id()[str(getattr(regel, "regel", ""))]
    rad = RADER[IDER.index(egen.regel)]
    lest = {sted.kontrakttabell for sted in egen.steder} | {tabell for tabell, _ in egen.leser}
    assert rad["tabeller"] == "ALLE" or lest <= set(rad["tabeller"].split())


def test_every_group_has_at_least_two_rules_and_forty_in_all() -> None:
    grupper = [regel.regel[:3] for regel in alle_regler()]
    assert len(grupper) >= 40
    for gruppe in ("SKJ", "IDE", "KOD", "DAT", "OMF", "PLA", "PER", "SLU", "SAM", "TVE"):
        assert grupper.count(gruppe) >= 2, gruppe


@pytest.mark.parametrize("fil", sorted(REGLER.glob("*.yaml")), ids=lambda fil: fil.stem)
def test_every_rule_file_satisfies_its_schema(fil: Path) -> None:
    assert load(fil, "regel")["gruppe"] == fil.stem


@pytest.mark.parametrize(
    ("regel", "sti"),
    [
        ("PLA001", "dokument.plan.pakrevdePunkter"),
        ("PER001", "dokument.perioderapport.pakrevdePunkter"),
        ("SLU001", "dokument.sluttrapport.pakrevdePunkter"),
    ],
)
def test_every_point_that_a_policy_requires_is_asked_for(regel: str, sti: str) -> None:
    spurt = {sted.kolonne for sted in regler_etter_id()[regel].steder}
    for regelverk in alle_regelverk():
        assert set(regelverk.verdi(sti)) <= spurt
