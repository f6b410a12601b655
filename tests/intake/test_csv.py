"""CSV as text: separators, quoted line breaks, the physical line of each record, rows that slid, encodings (FIL007)."""

from dataclasses import replace
from typing import Any

import pytest

from tiltaksflyt.intake import standardgrenser

DELTAKER = ("deltakerId", "personident", "fornavn", "etternavn", "navEnhet")


@pytest.fixture
def deltaker(ident: str) -> list[str]:
    return ["D1", ident, "Kari", "Ødegård", "0219"]


@pytest.mark.parametrize("skille", [";", ",", "\t"])
def test_the_separator_is_found_in_the_header(lever: Any, skriv: Any, deltaker: list[str], skille: str) -> None:
    rad = [*deltaker[:3], "Øde, gård; øst", deltaker[4]]
    lesing = lever(skriv.csv([DELTAKER, rad], skille=skille))
    assert lesing.avvik == ()
    assert lesing.tabeller["deltaker"].loc[0, "etternavn"] == "Øde, gård; øst"


def test_the_hint_that_excel_writes_is_followed(lever: Any, deltaker: list[str]) -> None:
    data = "\r\n".join(["sep=|", "|".join(DELTAKER), "|".join(deltaker)]).encode()
    lesing = lever(data)
    # The gate asks for an ordinary separator on the first line, so a bar alone is no table.
    assert [avvik.regelId for avvik in lesing.avvik] == ["FIL001"]
    data = "\r\n".join(["sep=;", ";".join(DELTAKER), ";".join(deltaker)]).encode()
    assert lever(data).tabeller["deltaker"].loc[0, "_rad"] == 3


def test_leading_zeros_and_a_person_named_null_stay(lever: Any, skriv: Any, ident: str) -> None:
    rader = [DELTAKER, ["007", ident, "NaN", "Null", "0219"], ["NA", ident, "None", "N/A", "0000"]]
    deltakere = lever(skriv.csv(rader)).tabeller["deltaker"]
    assert deltakere[["deltakerId", "fornavn", "etternavn", "navEnhet"]].to_numpy().tolist() == [
        ["007", "NaN", "Null", "0219"],
        ["NA", "None", "N/A", "0000"],
    ]
    assert deltakere["personident"].tolist() == [ident, ident]
    assert ident.startswith("0")


def test_the_row_is_the_physical_line_where_the_record_starts(lever: Any, ident: str) -> None:
    linjer = [
        ";".join(DELTAKER),  # line 1
        f'D1;{ident};"Kari\r\nAnne";Dal;0219',  # 2 and 3
        "",  # 4
        f"D2;{ident};Ola;Dal;0219",  # 5
        ";;;;",  # 6, blank
        f'D3;{ident};"En ""to""\nog tre\rog fire";Dal;0219',  # 7, 8 and 9
        f"D4;{ident};Per;Dal;0219",  # 10
    ]
    deltakere = lever("\r\n".join(linjer).encode()).tabeller["deltaker"]
    assert deltakere["_rad"].tolist() == [2, 5, 7, 10]
    assert deltakere["_post"].tolist() == [1, 2, 3, 4]
    assert deltakere["fornavn"].tolist() == ["Kari Anne", "Ola", 'En "to" og tre og fire', "Per"]


def test_a_row_with_too_many_or_too_few_cells_is_told_and_not_used(lever: Any, ident: str) -> None:
    linjer = [
        ";".join(DELTAKER),
        f"D1;{ident};Kari;Dal;0219",
        f"D2;{ident};Ola;Dal;0219;ekstra",
        f"D3;{ident};Per;Dal",
        f"D4;{ident};Siv;Dal;0219",
    ]
    lesing = lever("\n".join(linjer).encode())
    assert not lesing.avvist
    feil = lesing.problemer[lesing.problemer["kode"] == "FEIL_ANTALL_CELLER"]
    assert feil[["tabell", "indeks", "kolonne"]].to_numpy().tolist() == [["deltaker", 1, ""], ["deltaker", 2, ""]]
    deltakere = lesing.tabeller["deltaker"]
    assert deltakere["fornavn"].tolist() == ["Kari", "", "", "Siv"]
    assert deltakere["_rad"].tolist() == [2, 3, 4, 5]


def test_a_damaged_row_keeps_an_id_only_when_a_whole_row_has_it_too(lever: Any, skriv: Any) -> None:
    """What belongs to it must be held; text that slid into the id's place must not be shown as an id."""
    mal = "malId;deltakelseId;maltype;beskrivelse\nM1;L1;YRKE;a;b\nfri tekst;om L1;YRKE\nM3;L2;YRKE;hel\n"
    deltakelse = "deltakelseId;deltakerId;tiltakskode;status\nL1;D1;AVKLARING;DELTAR\n"
    lesing = lever(skriv.zip({"mal.csv": mal.encode(), "deltakelse.csv": deltakelse.encode()}))
    rader = lesing.tabeller["mal"][["malId", "deltakelseId", "beskrivelse"]].to_numpy().tolist()
    assert rader == [["", "L1", ""], ["", "", ""], ["M3", "L2", "hel"]]


def test_a_stray_quotation_mark_does_not_swallow_the_rows_after_it(lever: Any, ident: str) -> None:
    linjer = [
        ";".join(DELTAKER),
        f"D1;{ident};Kari;Dal;0219",
        f'D2;{ident};"Ola;Dal;0219',
        f"D3;{ident};Per;Dal;0219",
        f'D4;{ident};"Siv"a;Dal;0219',
        f"D5;{ident};Tor;Dal;0219",
    ]
    lesing = lever("\n".join(linjer).encode())
    deltakere = lesing.tabeller["deltaker"]
    assert deltakere["fornavn"].tolist() == ["Kari", "", "Per", "", "Tor"]
    assert deltakere["_rad"].tolist() == [2, 3, 4, 5, 6]
    assert lesing.problemer["indeks"].tolist() == [1, 3]


def test_a_file_of_stray_quotation_marks_is_damaged_as_a_whole(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    rader = b'x;"y;z\n' * 10
    grenser = standardgrenser()
    data = skriv.csv(stengt) + rader
    assert regler(lever(data, filnavn="stengt", grenser=replace(grenser, maks_skadede_rader=10))) == []
    assert regler(lever(data, filnavn="stengt", grenser=replace(grenser, maks_skadede_rader=9))) == ["FIL002"]


def test_too_many_columns_cells_or_too_long_a_line_are_refused(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    grenser = standardgrenser()
    data = skriv.csv(stengt)
    assert regler(lever(data, grenser=replace(grenser, maks_kolonner=3, maks_celler=3))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_kolonner=2))) == ["FIL003"]
    assert regler(lever(data, grenser=replace(grenser, maks_celler=2))) == ["FIL003"]
    assert regler(lever(data + b"x" * (5 * 1024 * 1024))) == ["FIL003"]


def test_a_single_file_is_known_by_its_name_or_by_its_columns(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    data = skriv.csv(stengt)
    assert "stengt" in lever(data, filnavn="innboks/2026/Stengt.CSV").tabeller
    assert "stengt" in lever(data, filnavn="eksport 2026-03-01").tabeller
    ukjent = skriv.csv([["kolonne", "annen"], ["1", "2"]])
    assert regler(lever(ukjent)) == ["FIL001", "FIL009"]


@pytest.mark.parametrize(
    ("tegnsett", "lest_som"),
    [
        ("utf-8", "CSV, UTF-8 (oppdaget)"),
        ("utf-8-sig", "CSV, UTF-8 (merket i filen)"),
        ("utf-16", "CSV, UTF-16 (merket i filen)"),
        ("utf-16-le", "CSV, UTF-16 (oppdaget)"),
        ("utf-16-be", "CSV, UTF-16 (oppdaget)"),
        ("cp1252", "CSV, Windows-1252 (oppdaget)"),
        ("iso-8859-1", "CSV, Windows-1252 (oppdaget)"),
    ],
)
def test_norwegian_letters_survive_every_encoding(
    lever: Any, skriv: Any, deltaker: list[str], tegnsett: str, lest_som: str
) -> None:
    rader = [DELTAKER, [*deltaker[:2], "Åse Bjørg", "Sæther–Ødegård" if "iso" not in tegnsett else "Sæther", "0219"]]
    lesing = lever(skriv.csv(rader, tegnsett=tegnsett))
    # What was not said but found out is told.
    assert [avvik.regelId for avvik in lesing.avvik] == (
        ["FIL020"] if lest_som in ("CSV, Windows-1252 (oppdaget)", "CSV, UTF-16 (oppdaget)") else []
    )
    assert lesing.lest_som == lest_som
    assert lesing.tabeller["deltaker"].loc[0, ["fornavn", "etternavn"]].tolist() == rader[1][2:4]


@pytest.mark.parametrize("tegnsett", ["cp850", "cp865", "mac_roman"])
def test_encodings_where_letters_become_other_signs_are_refused(
    lever: Any, regler: Any, skriv: Any, deltaker: list[str], tegnsett: str
) -> None:
    rader = [DELTAKER, [*deltaker[:2], "Bjørg", "Sæther", "0219"]]
    assert regler(lever(skriv.csv(rader, tegnsett=tegnsett))) == ["FIL007"]


def test_bytes_that_no_encoding_has_are_refused(lever: Any, regler: Any, skriv: Any, deltaker: list[str]) -> None:
    data = skriv.csv([DELTAKER, deltaker])
    assert regler(lever(data.replace("Ø".encode(), b"\x81"))) == ["FIL007"]
    # UTF-8 with one letter cut in two is neither UTF-8 nor Windows-1252.
    assert regler(lever(data + b"D2;\xc3\n")) == ["FIL007"]
    assert regler(lever("\ufeffa;b\nc;d".encode("utf-16") + b"\x00")) == ["FIL007"]


def test_the_encoding_that_the_profile_declares_must_hold(lever: Any, regler: Any, skriv: Any) -> None:
    rader = [["Avdeling", "Stengt fra", "Stengt til"], ["810000000", "01.07.2026", "31.07.2026"]]
    assert regler(lever(skriv.csv(rader, tegnsett="cp1252"), "fagsystem-vekst")) == []
    assert regler(lever(skriv.csv(rader) + b"\x81;;\n", "fagsystem-vekst")) == ["FIL007"]
    # A first line that is UTF-8 where Windows-1252 is declared: the letters of every row would be wrong.
    mal = [["Målnr", "Tiltaksløp", "Type mål", "Mål"], ["1", "2", "Yrkesmål", "Kokk"]]
    assert regler(lever(skriv.csv(mal), "fagsystem-vekst", filnavn="Mål.csv")) == ["FIL007"]
    # A byte order mark is never wrong about itself.
    assert "FIL007" not in regler(lever(skriv.csv(mal, tegnsett="utf-8-sig"), "fagsystem-vekst", filnavn="Mål.csv"))


def test_a_large_file_is_read_in_pieces_with_letters_across_every_border(lever: Any, skriv: Any) -> None:
    """Each row has one byte more of three-byte letters, so that some letter is cut by every piece."""
    rader = [["malId", "deltakelseId", "maltype", "beskrivelse"]]
    rader += [[f"M{n}", "L1", "YRKE", "€" * (1 + n % 97) + "x" * (n % 7)] for n in range(4000)]
    for tegnsett in ("utf-8", "utf-16"):
        lest = lever(skriv.csv(rader, tegnsett=tegnsett), filnavn="mal").tabeller["mal"]
        assert lest["beskrivelse"].tolist() == [rad[3] for rad in rader[1:]]
