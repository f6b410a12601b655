"""Columns held against the layout: the unknown is told and left alone, the missing refuses (FIL009, 010, 018)."""

import dataclasses
import zipfile
from typing import Any

import pandas as pd
import pytest

from schemas.kontrakt import tabeller
from tiltaksflyt.intake.profil import load_profil, to_source

STENGT = ["Avdeling", "Stengt fra", "Stengt til"]
RAD = ["810000000", "01.07.2026", "31.07.2026"]


@pytest.fixture
def vekst(lever: Any, skriv: Any) -> Any:
    """Drop CSV tables in the layout of fagsystem-vekst."""

    def drop(tabeller: dict[str, list[list[str]]], **kw: Any) -> Any:
        return lever(
            skriv.zip({f"{navn}.csv": skriv.csv(rader, tegnsett="cp1252") for navn, rader in tabeller.items()}),
            "fagsystem-vekst",
            **kw,
        )

    return drop


def test_the_layouts_own_columns_give_no_deviation(vekst: Any) -> None:
    lesing = vekst({"Stengt": [STENGT, RAD]})
    assert lesing.avvik == ()
    assert lesing.tabeller["stengt"].loc[0].to_dict() == {
        "avdelingOrgnr": "810000000",
        "fraDato": "2026-07-01",
        "tilDato": "2026-07-31",
        "_rad": 2,
        "_post": 1,
    }


def test_names_are_known_whatever_their_case_blanks_and_order(vekst: Any) -> None:
    lesing = vekst({" STENGT ": [["stengt  TIL", " AVDELING", "Stengt\u00a0fra"], [RAD[2], RAD[0], RAD[1]]]})
    assert lesing.avvik == ()
    assert lesing.tabeller["stengt"].loc[0, "tilDato"] == "2026-07-31"


def test_an_unknown_column_is_told_by_its_place_and_never_kept(vekst: Any) -> None:
    lesing = vekst({"Stengt": [[*STENGT, "Hemmelig kolonne"], [*RAD, "hemmelig verdi"]]})
    assert not lesing.avvist
    (avvik,) = lesing.avvik
    assert (avvik.regelId, avvik.alvorlighet, avvik.tabell, avvik.kolonne) == (
        "FIL009",
        "ADVARSEL",
        "stengt",
        "kolonne 4 (D)",
    )
    assert "emmelig" not in repr(lesing.avvik) + lesing.tabeller["stengt"].to_csv()


def test_a_declared_unused_column_or_table_is_silent(vekst: Any, skriv: Any) -> None:
    hode = ["Jobbsøkernr", "Fødselsnummer", "Navn", "Mellomnavn", "Gradering", "Nav-kontor nr", "Nav-kontor"]
    hode += ["Veileder i Nav", "Mobil", "E-post", "Sist endret av"]
    rad = ["1", skriv.ident(), "Dal, Ola", "", "", "0219", "", "", "", "", skriv.ident(3)]
    lesing = vekst({"Jobbsøkere": [hode, rad], "Ansatte": [["Navn"], [skriv.ident(5)]]})
    assert lesing.avvik == ()
    assert list(lesing.tabeller) == ["deltaker"]


def test_a_nameless_column_counts_only_when_something_stands_in_it(vekst: Any, regler: Any) -> None:
    assert regler(vekst({"Stengt": [[*STENGT, "", " "], [*RAD, "", " "]]})) == []
    assert regler(vekst({"Stengt": [[*STENGT, "", ""], [*RAD, "", "x"]]})) == ["FIL009"]


def test_an_unknown_part_with_a_fodselsnummer_refuses_the_drop(vekst: Any, regler: Any, skriv: Any, lever: Any) -> None:
    ident = skriv.ident()
    assert regler(vekst({"Stengt": [[*STENGT, "Ny"], [*RAD, f"se {ident[:6]} {ident[6:]}"]]})) == ["FIL018"]
    assert regler(vekst({"Stengt": [STENGT, RAD], "Nytt": [["a", "b"], ["1", ident]]})) == ["FIL018"]
    ark = {"stengt": [["fraDato", "tilDato"], ["2026-07-01", "2026-07-02"]], "Nytt": [["x"], [int(ident)], [ident]]}
    assert regler(lever(skriv.xlsx(ark))) == ["FIL018"]
    # Eleven digits that are no fødselsnummer only make it unknown.
    assert regler(vekst({"Stengt": [[*STENGT, "Ny"], [*RAD, "12345678901"]]})) == ["FIL009"]
    # A number cut by the border between two pieces of a large unknown file is found too.
    langt = skriv.csv([["x"]]) + b"a" * 65530 + ident.encode() + b"b" * 100
    filer = {"stengt.csv": "fraDato;tilDato\n2026-01-01;2026-01-02", "ukjent.txt": langt}
    assert regler(lever(skriv.zip(filer, zipfile.ZIP_STORED))) == ["FIL018"]


def test_a_header_that_is_somebodys_data_is_never_repeated(vekst: Any, skriv: Any) -> None:
    """A file exported without its first line: the first person would be the header."""
    lesing = vekst({"Jobbsøkere": [["1", skriv.ident(), "Dal, Ola", "0219"], ["2", skriv.ident(9), "Li, Siv", "0219"]]})
    assert lesing.avvist
    assert {avvik.regelId for avvik in lesing.avvik} == {"FIL009", "FIL010", "FIL018"}
    tekst = repr([dataclasses.asdict(avvik) for avvik in lesing.avvik])
    assert not any(verdi in tekst for verdi in ("Dal", "Ola", "0219", skriv.ident()[:6], "Siv"))


@pytest.mark.parametrize("kolonne", STENGT)
def test_a_mapped_column_that_is_missing_refuses_and_is_named(vekst: Any, kolonne: str) -> None:
    indeks = STENGT.index(kolonne)
    lesing = vekst({"Stengt": [STENGT[:indeks] + STENGT[indeks + 1 :], RAD[:indeks] + RAD[indeks + 1 :]]})
    assert [(a.regelId, a.tabell, a.kolonne) for a in lesing.avvik] == [("FIL010", "stengt", kolonne)]


def test_a_mapped_column_twice_refuses(vekst: Any) -> None:
    lesing = vekst({"Stengt": [[*STENGT, "STENGT TIL "], [*RAD, RAD[2]]]})
    assert [(a.regelId, a.kolonne) for a in lesing.avvik] == [("FIL010", "Stengt til")]


def test_a_table_twice_refuses(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    fil = skriv.csv(stengt)
    assert regler(lever(skriv.zip({"a/stengt.csv": fil, "b/Stengt.csv": fil}))) == ["FIL010"]


def test_a_file_without_a_header_line_lacks_its_columns(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    filer = {"stengt.csv": skriv.csv(stengt), "plass.csv": b""}
    assert set(regler(lever(skriv.zip(filer)))) == {"FIL010"}
    assert set(regler(lever(skriv.xlsx({"stengt": stengt, "plass": []})))) == {"FIL010"}


def test_a_missing_and_an_unknown_column_are_told_together(vekst: Any, regler: Any) -> None:
    assert regler(vekst({"Stengt": [["Avdeling", "Fra", "Stengt til"], RAD]})) == ["FIL009", "FIL010"]


def test_an_optional_column_may_be_missing_but_not_stand_twice(lever: Any, regler: Any, skriv: Any) -> None:
    profil = load_profil("regneark-arena", 1)
    hode, _ = to_source(profil, {})["Deltakere"]
    rad = {"Deltakernr": "1", "Fødselsnr": skriv.ident(), "Navn": "Dal, Ola", "Enhetsnr": "0219"}

    def drop(kolonner: list[str]) -> Any:
        return lever(skriv.xlsx({"Deltakere": [kolonner, [rad.get(k, "") for k in kolonner]]}), "regneark-arena")

    assert regler(drop([k for k in hode if k not in ("Telefon", "Epost", "Kontor", "Avtale", "Kommentar")])) == []
    assert regler(drop([*hode, "Telefon"])) == ["FIL010"]
    assert regler(drop([k for k in hode if k != "Enhetsnr"])) == ["FIL010"]


def test_without_a_profile_the_contracts_required_columns_must_be_there(lever: Any, regler: Any, skriv: Any) -> None:
    assert regler(lever(skriv.csv([["fraDato"], ["2026-01-01"]]).replace(b"\r", b";\r"), filnavn="stengt.csv")) == [
        "FIL010"
    ]
    # navEnhet may be replaced by the name of the office.
    rader = [
        ["deltakerId", "personident", "fornavn", "etternavn", "navKontorNavn"],
        ["1", "2", "A", "B", "Nav Frogner"],
    ]
    assert regler(lever(skriv.csv(rader))) == []


def test_every_frame_has_every_field_as_text_and_its_places_as_numbers(lever: Any, skriv: Any) -> None:
    kolonner = [felt.navn for felt in tabeller()["deltaker"].felter.values() if felt.pakrevd]
    lesing = lever(skriv.csv([kolonner, ["x"] * len(kolonner)]))
    ramme = lesing.tabeller["deltaker"]
    assert list(ramme.columns) == [*tabeller()["deltaker"].felter, "_rad", "_post"]
    assert isinstance(ramme.index, pd.RangeIndex)
    for kolonne, type_ in ramme.dtypes.items():
        assert type_ == ("int64" if str(kolonne).startswith("_") else "str")
    assert not ramme.isna().to_numpy().any()
    assert dict(lesing.problemer.dtypes.astype(str)) == {
        "tabell": "str",
        "indeks": "int64",
        "kolonne": "str",
        "kode": "str",
    }


def test_a_table_with_a_header_and_no_rows_is_there_and_an_absent_table_is_not(vekst: Any) -> None:
    """It replaces what is stored; an absent one leaves it."""
    mal = ["Målnr", "Tiltaksløp", "Type mål", "Mål", "Kjennetegn", "Frist", "Status", "Status dato", "Gjort"]
    lesing = vekst({"Stengt": [STENGT, RAD], "Mål": [mal]})
    assert list(lesing.tabeller) == ["mal", "stengt"]
    assert len(lesing.tabeller["mal"]) == 0
    assert lesing.tabeller["mal"]["frist"].dtype == "str"


def test_one_source_row_feeds_several_tables_and_repeats_count_once(lever: Any, skriv: Any) -> None:
    profil = load_profil("regneark-arena", 1)
    hode, _ = to_source(profil, {})["Deltakere"]
    person = {"Deltakernr": "1", "Fødselsnr": skriv.ident(), "Navn": "Dal, Ola", "Enhetsnr": "0219"}
    lop = {"Tiltak": "ARBFORB", "Status": "Gjennomføres", "Fra dato": "02.01.2026"}
    rader = [
        person | lop | {"Deltakelse": "L1"},
        person | {"Navn": "Dal,  Ola\u00a0"} | lop | {"Deltakelse": "L2"},
        person | {"Deltakernr": "2"},
    ]
    ark = {"Deltakere": [hode, *[[rad.get(k, "") for k in hode] for rad in rader]]}
    lesing = lever(skriv.xlsx(ark), "regneark-arena")
    assert lesing.avvik == ()
    assert lesing.tabeller["deltaker"][["deltakerId", "_rad"]].to_numpy().tolist() == [["1", 2], ["2", 4]]
    deltakelser = lesing.tabeller["deltakelse"]
    assert deltakelser[["deltakelseId", "deltakerId", "_rad", "_post"]].to_numpy().tolist() == [
        ["L1", "1", 2, 1],
        ["L2", "1", 3, 2],
    ]


def test_a_damaged_row_of_a_shared_table_is_one_deviation(vekst: Any) -> None:
    hode, _ = to_source(load_profil("fagsystem-vekst", 1), {})["Tiltak"]
    lesing = vekst({"Tiltak": [hode, ["L1"] * (len(hode) + 1)], "Stengt": [STENGT, RAD]})
    assert lesing.problemer.to_numpy().tolist() == [["deltakelse", 0, "", "FEIL_ANTALL_CELLER"]]
    assert len(lesing.tabeller["deltakelsesmengde"]) == 0


def test_words_that_the_profile_does_not_translate_are_told(vekst: Any) -> None:
    mal = ["Målnr", "Tiltaksløp", "Type mål", "Mål", "Kjennetegn", "Frist", "Status", "Status dato", "Gjort"]
    rader = [["1", "L1", "YRKESMÅL", "Kokk", "", "1.3.26", "Åpent", "", ""], ["2", "L1", "YRKE", "x", *[""] * 5]]
    lesing = vekst({"Mål": [mal, *rader]})
    assert lesing.problemer.to_numpy().tolist() == [
        ["mal", 1, "maltype", "UOVERSATT_KODE"],
        ["mal", 0, "frist", "IKKE_DATO"],
    ]
    assert lesing.tabeller["mal"]["maltype"].tolist() == ["YRKE", ""]
    assert lesing.tabeller["mal"]["status"].tolist() == ["APENT", ""]
