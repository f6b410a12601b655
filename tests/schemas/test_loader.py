"""The loader fails loudly, naming the file and the place."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from schemas.koder import all_kodeverk, kodeverk
from schemas.kontrakt import barnetabeller, tabeller
from schemas.loader import SCHEMAS, UgyldigFil, load, read_yaml
from schemas.oppsett import load_avsender
from schemas.regelverk import REGELVERK, ManglerRegelverk, alle_regelverk, load_regelverk, regelverk

AFT = "ARBEIDSFORBEREDENDE_TRENING"


def test_every_code_list_is_read_and_has_codes() -> None:
    assert len(all_kodeverk()) == 44
    assert all(verk.koder for verk in all_kodeverk().values())


def test_an_alias_is_accepted_and_never_written() -> None:
    status = kodeverk("avtalestatus")
    assert status.normalise("paabegynt") == "PÅBEGYNT"
    assert status.normalise("PÅBEGYNT") == "PÅBEGYNT"
    assert status.normalise("ukjent") is None


def test_the_contract_names_only_code_lists_and_categories_that_exist() -> None:
    for tabell in tabeller().values():
        assert set(tabell.nokkel) <= tabell.felter.keys()
        for felt in tabell.felter.values():
            assert felt.kodeverk is None or felt.kodeverk in all_kodeverk(), felt
            assert felt.personopplysning is None or felt.personopplysning in kodeverk("personopplysning").koder, felt


def test_child_tables_hang_on_deltakelse() -> None:
    assert "plan" in barnetabeller()
    assert not {"deltaker", "samtykke", "etteroppfolging", "plass", "deltakelse"} & set(barnetabeller())


def test_yaml_with_a_key_twice_is_refused(tmp_path: Path) -> None:
    fil = tmp_path / "to.yaml"
    fil.write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(UgyldigFil, match=r"to\.yaml.*occurs twice"):
        read_yaml(fil)


def test_yaml_that_makes_objects_is_refused(tmp_path: Path) -> None:
    fil = tmp_path / "ond.yaml"
    fil.write_text("a: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    with pytest.raises(UgyldigFil):
        read_yaml(fil)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UgyldigFil, match=r"borte\.yaml"):
        load(tmp_path / "borte.yaml", "regelverk")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    mappe = tmp_path / AFT
    shutil.copytree(REGELVERK / AFT, mappe)
    return mappe / "2016-01-01.yaml"


@pytest.mark.parametrize(
    ("fra", "til", "sted"),
    [
        ("verdi: 84", "verdi: 14", r"sletting\.dager"),  # as early as the sluttrapport itself
        ("sletting:", "bevaring:", r"sletting\.dager"),  # never deletes
        ("verdi: 84", "verdi: 36500", r"sletting\.dager"),  # as good as never
        ("verdi: 84", "verdi: 85", r"sletting\.dager"),  # a day after the twelve weeks
        ("styrke: skal", "styrke: kanskje", r"parametre"),
        ("versjon: AFT-gjeldende", "versjon: AFT gjeldende", r"versjon"),
        ("gyldigFra: 2016-01-01", "gyldigFra: 2016-02-30", r"gyldigFra"),
    ],
)
def test_a_faulty_policy_is_refused(policy: Path, fra: str, til: str, sted: str) -> None:
    tekst = policy.read_text(encoding="utf-8")
    assert fra in tekst
    policy.write_text(tekst.replace(fra, til), encoding="utf-8")
    with pytest.raises(UgyldigFil, match=sted):
        load_regelverk(policy)


def test_deletion_the_day_after_the_sluttrapports_deadline_is_lawful(policy: Path) -> None:
    tekst = policy.read_text(encoding="utf-8")
    for felt, dag, tidligere in (
        ("dager", 84, 15),
        ("overleveresDag", 77, 14),
        ("dagligFraDag", 35, 13),
        ("forsteDag", 21, 12),
    ):
        assert f"{felt}: {{verdi: {dag}," in tekst
        tekst = tekst.replace(f"{felt}: {{verdi: {dag},", f"{felt}: {{verdi: {tidligere},")
    policy.write_text(tekst, encoding="utf-8")
    assert load_regelverk(policy).heltall("sletting.dager") == 15


def test_a_policy_under_another_name_is_refused(policy: Path) -> None:
    with pytest.raises(UgyldigFil, match="another tiltak or day"):
        load_regelverk(policy.rename(policy.with_name("2017-01-01.yaml")))


def test_the_policy_of_the_events_own_day() -> None:
    assert regelverk(AFT, date(2016, 1, 1)).versjon == "AFT-gjeldende"
    with pytest.raises(ManglerRegelverk):
        regelverk(AFT, date(2015, 12, 31))
    with pytest.raises(ManglerRegelverk):
        regelverk("FINNES_IKKE", date(2026, 1, 1))


def test_every_parameter_has_strength_and_source() -> None:
    for versjon in alle_regelverk():
        for sti, parameter in versjon.parametre.items():
            assert parameter.styrke, sti
            assert parameter.kilde, sti


def test_a_sender_with_an_unknown_category_is_refused(tmp_path: Path) -> None:
    oppsett = {
        "orgnr": "310000009",
        "navn": "X",
        "rapportererFra": "2026-01-01",
        "adressebeskyttelse": "I_SYSTEMET",
        "innsending": {"kildesystem": "sys", "omfang": "FULL", "modus": "TEST"},
        "roller": {
            "behandlingsansvarlig": "NAV",
            "databehandleravtale": {"referanse": "DBA-1", "fra": "2025-01-01"},
            "underdatabehandlerGodkjent": "2025-01-01",
            "tillattePersonopplysninger": ["SKOSTORRELSE"],
        },
    }
    fil = tmp_path / "310000009.yaml"
    fil.write_text(json.dumps(oppsett), encoding="utf-8")
    with pytest.raises(UgyldigFil, match="navn"):
        load_avsender(fil)
    oppsett["navn"] = "Eksempel Vekst AS"
    fil.write_text(json.dumps(oppsett), encoding="utf-8")
    with pytest.raises(UgyldigFil, match=r"orgnr|SKOSTORRELSE"):
        load_avsender(fil)


def test_every_json_schema_is_itself_valid() -> None:
    filer = sorted((SCHEMAS / "json").glob("*.schema.json"))
    assert filer
    for fil in filer:
        assert json.loads(fil.read_text(encoding="utf-8"))["$schema"].endswith("2020-12/schema"), fil


@pytest.mark.parametrize(
    ("tekst", "linje"),
    [
        ("profil: x\nversjon: 1\nformat: [\n", 4),  # never closed
        ("profil: x\nprofil: y\n", 2),
        ("profil: x\n\tversjon: 1\n", 2),  # a tab
        (
            "profil: p\nversjon: 0\nbeskrivelse: Ti tegn og flere.\nformat: CSV\ntabeller: {T: {til: {mal: {a: b}}}}\n",
            2,
        ),
        (
            "profil: p\nversjon: 1\nbeskrivelse: Ti tegn og flere.\nformat: CSV\ntabeller:\n"
            "  Min tabell. Nr. 2:\n    til:\n      mal:\n        a: b\n        c: {eval: 1}\n",
            10,
        ),
        (
            "profil: p\nversjon: 1\nbeskrivelse: Ti tegn og flere.\nformat: CSV\ntabeller: {T: {til: {mal: {a: b}}}}\n"
            "kodetabeller:\n  status: {A: B}\n  Status 2: {A: B}\n",
            8,  # a name that the schema does not allow
        ),
        (
            "profil: p\nversjon: 1\nbeskrivelse: Ti tegn og flere.\nformat: CSV\ntabeller: {T: {til: {mal: {a: b}}}}\n"
            "datoformat: [dd.mm.yyyy,\n  mm.dd.yyyy]\n",
            7,
        ),
    ],
)
def test_a_faulty_file_is_told_by_its_line(tmp_path: Path, tekst: str, linje: int) -> None:
    fil = tmp_path / "1.yaml"
    fil.write_text(tekst, encoding="utf-8")
    with pytest.raises(UgyldigFil, match=rf"1\.yaml, line {linje}: ") as feil:
        load(fil, "profil")
    assert feil.value.linje == linje


def test_a_key_that_may_not_be_there_is_told_by_its_own_line(policy: Path) -> None:
    tekst = policy.read_text(encoding="utf-8") + "ukjent: 1\n"
    policy.write_text(tekst, encoding="utf-8")
    with pytest.raises(UgyldigFil, match="ukjent") as feil:
        load_regelverk(policy)
    assert feil.value.linje == len(tekst.splitlines())


def test_a_fault_that_no_schema_sees_is_told_by_its_line(policy: Path) -> None:
    tekst = policy.read_text(encoding="utf-8").replace("verdi: 84", "verdi: 14")
    policy.write_text(tekst, encoding="utf-8")
    with pytest.raises(UgyldigFil) as feil:
        load_regelverk(policy)
    linje = tekst.splitlines()[(feil.value.linje or 0) - 1]
    assert "verdi: 14" in linje


@pytest.mark.parametrize(("tekst", "linje"), [('{"a": 1,\n "b": }', 2), ("", 1)])
def test_a_json_file_is_told_by_its_line(tmp_path: Path, tekst: str, linje: int) -> None:
    fil = tmp_path / "mottakere.json"
    fil.write_text(tekst, encoding="utf-8")
    with pytest.raises(UgyldigFil) as feil:
        load(fil, "mottakere")
    assert feil.value.linje == linje


def test_a_value_that_occurs_twice_is_told_where_it_does_again(tmp_path: Path) -> None:
    fil = tmp_path / "liste.yaml"
    fil.write_text("koder:\n  - kode: A\n  - kode: B\n  - kode: A\n", encoding="utf-8")
    assert UgyldigFil(fil, "A", "the code occurs twice").linje == 4
    assert UgyldigFil(fil, "koder[1].kode", "x").linje == 3
    assert UgyldigFil(fil, "C", "x").linje is None
