"""Text to canonical text, field type by field type; what cannot be read is blank and told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.koder import kodeverk
from schemas.kontrakt import Felttype, felt, tabeller
from tiltaksflyt.intake.celler import FEILVERDI, SAMMENSATT, Listecelle, Tallcelle
from tiltaksflyt.intake.notasjon import Formater
from tiltaksflyt.intake.typer import absence_words, type_cell, type_column

STANDARD = Formater()
NORSK = Formater(datoformater=("dd.mm.yyyy",), desimaltegn=(",",), sanne=("Ja", "x"), usanne=("Nei", "-"))
DATO = felt("stengt", "fraDato")
TALL = felt("plass", "antallPlasser")
HELTALL = felt("plan", "versjon")
JANEI = felt("deltakelse", "bestillingUklar")
KODE = felt("deltakelse", "status")
KODELISTE = felt("oppfolging", "deltok")
TEKST = felt("deltaker", "etternavn")
FRITEKST = felt("plan", "hensikt")
ID = felt("deltakelse", "deltakelseId")
IDENT = felt("deltaker", "personident")
ORGNR = felt("stengt", "avdelingOrgnr")
FRAVAER = felt("fravaer", "fravaerstype")


@pytest.mark.parametrize(
    ("tekst", "dato"),
    [
        ("2026-03-02", "2026-03-02"),
        ("02.03.2026", "2026-03-02"),
        ("2.3.2026", "2026-03-02"),
        (" 02.03.2026\u00a0", "2026-03-02"),
        ("2024-02-29", "2024-02-29"),
        ("29.02.2024", "2024-02-29"),
        ("2026-03-02T08:15:00", "2026-03-02"),
        ("2026-03-02 08:15", "2026-03-02"),
        ("2026-03-02T23:30:00Z", "2026-03-03"),  # half past midnight in Oslo
        ("2026-07-02T00:30:00+02:00", "2026-07-02"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_a_date_is_read(tekst: str, dato: str) -> None:
    assert type_cell(DATO, tekst, STANDARD) == (dato, None)


@pytest.mark.parametrize(
    "tekst",
    [
        "02.03.26",
        "2/3/26",
        "26-03-02",
        "2026-02-29",
        "31.04.2026",
        "2026-13-01",
        "00.01.2026",
        "46083",
        "20260302",
        "02/03/2026",
        "2. mars 2026",
        "2026-03-02T25:00",
        "9999-12-31T23:59:00-12:00",
        "٢٠٢٦-٠٣-٠٢",
        "2026-03-02x",
        "snarest",
    ],
)
def test_a_date_is_never_guessed(tekst: str) -> None:
    assert type_cell(DATO, tekst, STANDARD) == ("", "IKKE_DATO")


def test_a_profile_adds_its_own_date_formats() -> None:
    assert type_cell(DATO, "20260302", Formater(datoformater=("yyyymmdd",))) == ("2026-03-02", None)
    assert type_cell(DATO, "02/03/2026", Formater(datoformater=("dd/mm/yyyy",))) == ("2026-03-02", None)
    assert type_cell(DATO, "02.03.2026", Formater(datoformater=("yyyymmdd",))) == ("", "IKKE_DATO")
    assert type_cell(DATO, "2026-03-02", Formater(datoformater=("yyyymmdd",))) == ("2026-03-02", None)


@pytest.mark.parametrize(
    ("tekst", "formater", "tall"),
    [
        ("37.5", STANDARD, "37.5"),
        ("37,50", STANDARD, "37.5"),
        ("37,5", NORSK, "37.5"),
        ("007", STANDARD, "7"),
        ("1 234,5", NORSK, "1234.5"),
        ("1\u00a0234\u202f567", NORSK, "1234567"),
        ("-0,0", NORSK, "0"),
        ("\u22125", NORSK, "-5"),
        ("+5", NORSK, "5"),
        ("100", NORSK, "100"),
        (Tallcelle("37.5"), NORSK, "37.5"),
        (Tallcelle("1e2"), NORSK, "100"),
        (Tallcelle("1.5e-05"), NORSK, "0.000015"),
    ],
)
def test_a_number_is_read(tekst: str, formater: Formater, tall: str) -> None:
    assert type_cell(TALL, tekst, formater) == (tall, None)


@pytest.mark.parametrize(
    ("tekst", "formater"),
    [
        ("37.5", NORSK),  # a point may be a thousands sign where the comma is the decimal sign
        ("1.234,5", STANDARD),
        ("1,234.5", STANDARD),
        ("1234 567", NORSK),
        ("50 %", STANDARD),
        ("37,5 timer", NORSK),
        ("1e2", STANDARD),
        ("0x10", STANDARD),
        ("1_000", STANDARD),
        ("٣", STANDARD),
        ("nan", STANDARD),
        ("Infinity", STANDARD),
        (Tallcelle("1e999999"), STANDARD),
        (Tallcelle("9" * 50), STANDARD),
        (Tallcelle("0." + "1" * 50), STANDARD),
        ("1" * 50, STANDARD),
        (",5", NORSK),
        ("5,", NORSK),
        ("--5", STANDARD),
    ],
)
def test_a_number_is_never_guessed(tekst: str, formater: Formater) -> None:
    assert type_cell(TALL, tekst, formater) == ("", "IKKE_TALL")


@pytest.mark.parametrize(
    ("tekst", "typet"),
    [("3", ("3", None)), ("3,0", ("3", None)), (Tallcelle("3.0"), ("3", None)), ("3,5", ("", "IKKE_HELTALL"))],
)
def test_a_whole_number_is_whole(tekst: str, typet: tuple[str, str | None]) -> None:
    assert type_cell(HELTALL, tekst, STANDARD) == typet


@pytest.mark.parametrize(
    ("tekst", "formater", "typet"),
    [
        ("true", STANDARD, ("true", None)),
        ("JA", STANDARD, ("true", None)),
        ("0", STANDARD, ("false", None)),
        ("x", STANDARD, ("", "IKKE_JANEI")),
        ("X", NORSK, ("true", None)),
        ("-", NORSK, ("false", None)),
        ("1", NORSK, ("", "IKKE_JANEI")),
        ("FALSE", NORSK, ("false", None)),
        ("kanskje", NORSK, ("", "IKKE_JANEI")),
        (" ", NORSK, ("", None)),
    ],
)
def test_truth_is_read(tekst: str, formater: Formater, typet: tuple[str, str | None]) -> None:
    assert type_cell(JANEI, tekst, formater) == typet


def test_a_code_is_normalised_or_told() -> None:
    assert type_cell(KODE, " deltar ", STANDARD) == ("DELTAR", None)
    assert type_cell(KODE, "har\u00adsluttet", STANDARD) == ("", "UKJENT_KODE")
    assert type_cell(KODE, "HAR_\u200bSLUTTET", STANDARD) == ("HAR_SLUTTET", None)
    alias = felt("deltakelse", "tiltakskode")
    assert type_cell(alias, "Tilpasset_Jobbstotte", STANDARD) == ("TILRETTELAGT_ARBEID_ORDINAER", None)


def test_a_code_table_translates_or_says_so() -> None:
    koder = {"I tiltak": "DELTAR", "Sluttet": "HAR_SLUTTET"}
    celler = ["i  TILTAK", "sluttet\u00a0", "", "DELTAR", "På ferie"]
    assert type_column(KODE, celler, STANDARD, koder) == (
        ["DELTAR", "HAR_SLUTTET", "", "", ""],
        [(3, "UOVERSATT_KODE"), (4, "UOVERSATT_KODE")],
    )


def test_several_codes_in_a_cell() -> None:
    assert type_cell(KODELISTE, "nav, DELTAKER;nav|", STANDARD) == ("NAV|DELTAKER", None)
    assert type_cell(KODELISTE, Listecelle("nav|DELTAKER"), STANDARD) == ("NAV|DELTAKER", None)
    assert type_cell(KODELISTE, "NAV,naboen", STANDARD) == ("", "UKJENT_KODE")
    assert type_column(KODELISTE, ["D/N", "D/Q"], Formater(listeskille=("/",)), {"D": "DELTAKER", "N": "NAV"}) == (
        ["DELTAKER|NAV", ""],
        [(1, "UOVERSATT_KODE")],
    )


@pytest.mark.parametrize(
    ("tekst", "rent"),
    [
        ("  Åse\u00a0 Marie ", "Åse Marie"),
        ("A\u030ase", "Åse"),
        ("ord\u00addeling", "orddeling"),
        ("\ufeffOla\u200b", "Ola"),
        ("\u202eOla\u202c", "Ola"),
        ("Linje\r\nto\tog", "Linje to og"),
        ("Null", "Null"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("João Ângela Ærlig", "João Ângela Ærlig"),
        ("SÃO PAULO", "SÃO PAULO"),
    ],
)
def test_text_on_one_line_is_cleaned_and_nothing_else(tekst: str, rent: str) -> None:
    assert type_cell(TEKST, tekst, STANDARD) == (rent, None)


def test_free_text_keeps_its_lines_and_its_joiners() -> None:
    assert type_cell(FRITEKST, " En \r\nto\u2028tre\rfire\t5 \n", STANDARD) == ("En\nto\ntre\nfire\t5", None)
    familie = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert type_cell(FRITEKST, familie, STANDARD) == (familie, None)
    assert type_cell(FRITEKST, "\u200b\u00a0 \n", STANDARD) == ("", None)


@pytest.mark.parametrize(
    "tekst",
    [
        "bl\ufffdtt",
        "a\x00b",
        "a\x0bb",
        "a\x1fb",
        "a\x7fb",
        "a\x9bb",
        "SjÃ¥fÃ¸r",
        "blÃ¦",
        "Ã…se",
        "Ã˜st",
        "Ã†rlig",
        "â€“",
        "Â«ja",
        "\ud800",
    ],
)
@pytest.mark.parametrize("felt_", [TEKST, FRITEKST, ID, IDENT], ids=lambda f: f.type)
def test_broken_text_is_told(felt_: Any, tekst: str) -> None:
    assert type_cell(felt_, tekst, STANDARD) == ("", "ODELAGT_TEKST")


def test_identifiers_keep_every_digit() -> None:
    assert type_cell(ID, " 007 ", STANDARD) == ("007", None)
    assert type_cell(ID, Tallcelle("1001"), STANDARD) == ("1001", None)
    assert type_cell(ORGNR, "810 000 000", STANDARD) == ("810000000", None)
    assert type_cell(IDENT, "018190\u00a012345", STANDARD) == ("01819012345", None)
    assert type_cell(IDENT, "01.81.90", STANDARD) == ("01.81.90", None)
    uuid = felt("slettebekreftelse", "slettesakId")
    assert type_cell(uuid, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", STANDARD)[0].startswith("a0eebc99")


def test_error_cells_and_composite_cells_are_told_by_type() -> None:
    assert type_cell(TALL, FEILVERDI, STANDARD) == ("", "FORMEL_UTEN_VERDI")
    assert type_cell(TEKST, FEILVERDI, STANDARD) == ("", "FORMEL_UTEN_VERDI")
    assert type_cell(TALL, SAMMENSATT, STANDARD) == ("", "IKKE_TALL")
    assert type_cell(TEKST, Listecelle("a"), STANDARD) == ("", "ODELAGT_TEKST")


@pytest.mark.parametrize(
    ("ord_", "kode"),
    [
        ("Sykdom", "MELDT"),
        ("EGENMELDING", "MELDT"),
        ("sykt barn", "MELDT"),
        ("sykt-barn", "MELDT"),
        ("SYKT_BARN", "MELDT"),
        ("Ugyldig", "IKKE_MELDT"),
        ("ikke møtt", "IKKE_MELDT"),
        ("Permisjon", "AVTALT"),
        ("avtalt", "AVTALT"),
        ("IKKE_MELDT", "IKKE_MELDT"),
    ],
)
def test_the_cause_of_an_absence_is_folded_away(ord_: str, kode: str) -> None:
    assert type_cell(FRAVAER, ord_, STANDARD) == (kode, None)


def test_an_absence_nobody_knows_is_told_and_not_kept() -> None:
    assert type_cell(FRAVAER, "innleggelse", STANDARD) == ("", "UKJENT_KODE")


def test_every_word_for_absence_folds_to_a_code_of_the_list() -> None:
    assert set(absence_words().values()) == set(kodeverk("fravaerstype").koder)
    # A cause folded in one field is no cause to fold in another.
    assert type_cell(KODE, "sykdom", STANDARD) == ("", "UKJENT_KODE")


@given(st.text(max_size=60), st.sampled_from([f for t in tabeller().values() for f in t.felter.values()]))
def test_typing_never_raises_and_is_stable(tekst: str, felt_: Any) -> None:
    """Whatever stands in a cell: a text or a problem, never both; and canonical text is read as itself."""
    verdi, problem = type_cell(felt_, tekst, STANDARD)
    assert problem is None or verdi == ""
    if verdi and felt_.type is not Felttype.TIDSPUNKT:
        assert type_cell(felt_, verdi, STANDARD) == (verdi, None)
        verdi.encode("utf-8")
