"""Parquet: a file a table, its types as cells without loss; and what may not be believed of a file is not."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from tests.intake.parquetfiler import (
    change_footer,
    change_page,
    column_chunk,
    column_meta,
    get,
    write_parquet,
)
from tiltaksflyt.intake import standardgrenser
from tiltaksflyt.intake.parquetleser import Parquetfil

STENGT = {"avdelingOrgnr": ["810000000", None], "fraDato": ["2026-07-01"] * 2, "tilDato": ["2026-07-31"] * 2}


def cells(kolonne: Any) -> list[str]:
    fil = Parquetfil(write_parquet({"a": kolonne, "fyll": ["x"] * len(kolonne)}), standardgrenser())
    return [rad.celler[0] for rad in fil.rows()]


@pytest.mark.parametrize(
    "valg",
    [
        {},
        {"compression": "none"},
        {"compression": "gzip"},
        {"compression": "zstd"},
        {"compression": "brotli"},
        {"compression": "lz4"},
        {"data_page_version": "2.0"},
        {"use_dictionary": False},
        {"row_group_size": 1},
        {"store_schema": False, "write_statistics": False},
        {"write_page_index": True},
        {"version": "1.0"},
    ],
    ids=str,
)
def test_every_ordinary_way_to_write_a_file_is_read(lever: Any, valg: dict[str, Any]) -> None:
    lesing = lever(write_parquet(STENGT, **valg), filnavn="stengt.parquet")
    assert lesing.avvik == ()
    assert lesing.lest_som == "Parquet"
    assert lesing.tabeller["stengt"]["avdelingOrgnr"].tolist() == ["810000000", ""]
    assert lesing.tabeller["stengt"]["_rad"].tolist() == [1, 2]


def test_the_table_is_known_by_the_name_or_by_the_columns(lever: Any, regler: Any) -> None:
    data = write_parquet(STENGT)
    assert "stengt" in lever(data, filnavn="innboks/Stengt.PARQUET").tabeller
    assert "stengt" in lever(data, filnavn="part-0001.snappy").tabeller
    assert regler(lever(write_parquet({"en": [1], "to": [2]}))) == ["FIL001", "FIL009"]


@pytest.mark.parametrize(
    ("kolonne", "celler"),
    [
        (pa.array(["Null", "nan", "", None]), ["Null", "nan", "", ""]),
        (pa.array(["007", "å"], pa.large_string()), ["007", "å"]),
        (pa.array(["a", "b", "a", None]).dictionary_encode(), ["a", "b", "a", ""]),
        (pa.array([7, None], pa.int8()), ["7", ""]),
        (pa.array([2**63, 1], pa.uint64()), [str(2**63), "1"]),
        (pa.array([Decimal("12.50"), Decimal("-1"), None]), ["12.5", "-1", ""]),
        (pa.array([0.1, 3.0, None], pa.float64()), ["0.1", "3.0", ""]),
        (pa.array([0.1], pa.float32()), ["0.1"]),
        (pa.array([True, False, None]), ["true", "false", ""]),
        (pa.array([date(2026, 3, 2), None]), ["2026-03-02", ""]),
        (pa.array([date(2026, 3, 2)], pa.date64()), ["2026-03-02"]),
        (pa.array([datetime(2026, 3, 2, 8, 15)]), ["2026-03-02T08:15:00"]),  # noqa: DTZ001  without a time zone
        (pa.array([1_772_439_300_000_000_001], pa.timestamp("ns")), ["2026-03-02T08:15:00"]),
        (
            pa.array([datetime(2026, 3, 1, 23, 30, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
            ["2026-03-01T23:30:00+00:00"],
        ),
        (pa.array([0], pa.timestamp("us", tz="../../etc/passwd")), ["1970-01-01T00:00:00+00:00"]),
        (pa.array([["NAV", "DELTAKER"], [], None]), ["NAV|DELTAKER", "", ""]),
        (pa.array([None, None], pa.null()), ["", ""]),
        (pa.array([b"S\xc3\xa6ther"]), ["Sæther"]),
    ],
    ids=str,
)
def test_each_type_is_the_text_it_means(kolonne: Any, celler: list[str]) -> None:
    assert cells(kolonne) == celler


@pytest.mark.parametrize(
    ("kolonne", "kode"),
    [
        (pa.array([2**31 - 1], pa.int32()).view(pa.date32()), "IKKE_DATO"),
        (pa.array([2**62], pa.timestamp("us")), "IKKE_DATO"),
        (pa.array([1], pa.time64("us")), "IKKE_DATO"),
        (pa.array([b"12"], pa.binary(2)), "IKKE_DATO"),
        (pa.array([b"\xff"]), "IKKE_DATO"),
        (pa.array([["2026-01-01"]]), "IKKE_DATO"),
        (pa.array([float("nan")]), "FORMEL_UTEN_VERDI"),
        (pa.array([float("inf")]), "FORMEL_UTEN_VERDI"),
        (pa.array([46083]), "IKKE_DATO"),
    ],
    ids=str,
)
def test_a_value_that_is_no_date_is_the_cells_fault(lever: Any, kolonne: Any, kode: str) -> None:
    lesing = lever(write_parquet({"fraDato": kolonne, "tilDato": ["2026-07-01"]}))
    assert not lesing.avvist
    assert lesing.problemer.to_numpy().tolist() == [["stengt", 0, "fraDato", kode]]


def test_several_codes_and_days_of_times(lever: Any) -> None:
    kolonner = {
        "deltakelseId": ["L1", "L2"],
        "dato": [datetime(2026, 3, 1, 23, 30, tzinfo=UTC), None],
        "oppfolgingstype": ["TREPARTSMOTE", "STATUSMOTE"],
        "deltok": [["nav", "DELTAKER"], ["NAV", None]],
    }
    lesing = lever(write_parquet(kolonner))
    assert lesing.tabeller["oppfolging"]["dato"].tolist() == ["2026-03-02", ""]
    assert lesing.tabeller["oppfolging"]["deltok"].tolist() == ["NAV|DELTAKER", ""]
    assert lesing.problemer.to_numpy().tolist() == [["oppfolging", 1, "deltok", "UKJENT_KODE"]]


def _person(personident: Any) -> bytes:
    felles = {"fornavn": ["Kari"], "etternavn": ["Null"], "navEnhet": ["0219"]}
    return write_parquet({"deltakerId": pa.array([1001.0]), "personident": personident, **felles})


def test_a_personident_is_text_or_a_whole_number_and_never_a_fraction(lever: Any, regler: Any, ident: str) -> None:
    tekst = lever(_person([ident]))
    assert tekst.avvik == ()
    # A column of whole numbers where one is missing is what a table program makes of ids; it loses nothing.
    assert tekst.tabeller["deltaker"].loc[0, ["deltakerId", "personident"]].tolist() == ["1001", ident]
    tall = lever(_person(pa.array([int(ident)], pa.int64())))
    assert [(a.regelId, a.rad, a.kolonne) for a in tall.avvik] == [("IDE011", 1, "personident")]
    assert tall.tabeller["deltaker"].loc[0, "personident"] == ident
    brok = lever(_person(pa.array([float(ident)])))
    assert regler(brok) == []
    # With its point it is no personident, and IDE001 says so.
    assert brok.tabeller["deltaker"].loc[0, "personident"] == f"{ident.lstrip('0')}.0"


def test_columns_that_are_missing_or_unknown_are_told_as_in_other_tables(lever: Any, regler: Any, ident: str) -> None:
    lesing = lever(write_parquet({"fraDato": ["2026-07-01"]}), filnavn="stengt.parquet")
    assert [(a.regelId, a.tabell, a.kolonne) for a in lesing.avvik] == [("FIL010", "stengt", "tilDato")]
    lesing = lever(write_parquet(STENGT | {"ny": ["a", "b"]}))
    assert [(a.regelId, a.kolonne) for a in lesing.avvik] == [("FIL009", "kolonne 4")]
    assert regler(lever(write_parquet(STENGT | {"ny": [ident, "b"]}))) == ["FIL018"]
    to = pa.table([pa.array(["2026-07-01"])] * 3, names=["fraDato", "tilDato", "fraDato"])
    assert regler(lever(write_parquet(to))) == ["FIL010"]


def test_a_file_without_rows_is_empty_and_blank_rows_are_none(lever: Any, regler: Any) -> None:
    tom = {navn: pa.array([], pa.string()) for navn in STENGT}
    assert regler(lever(write_parquet(tom))) == ["FIL004"]
    blanke = {navn: [None, verdier[0]] for navn, verdier in STENGT.items()}
    assert lever(write_parquet(blanke)).tabeller["stengt"][["_rad", "_post"]].to_numpy().tolist() == [[2, 1]]


@pytest.mark.parametrize(
    "kolonne",
    [[{"a": 1}], [[{"a": 1}]], [[[1]]], [[1, 2]], pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int32()))],
    ids=["struct", "list of structs", "list of lists", "list of numbers", "map"],
)
def test_a_column_that_holds_columns_is_refused_by_its_place(lever: Any, kolonne: Any) -> None:
    (avvik,) = lever(write_parquet({"fraDato": ["2026-07-01"], "tilDato": kolonne})).avvik
    assert (avvik.regelId, avvik.kolonne) == ("FIL001", "kolonne 2")


def test_text_that_is_no_text_is_refused(lever: Any, regler: Any) -> None:
    data = write_parquet({"fraDato": ["2026-07-01"], "tilDato": ["Sjåfør"]}, compression="none")
    assert regler(lever(data.replace("Sjåfør".encode(), b"Sj\xff\xfff\xc3\xb8r"))) == ["FIL007"]
    assert regler(lever(write_parquet({"Målå": ["a"]}).replace("Målå".encode(), b"M\xff\xffl\xc3\xa5"))) == ["FIL007"]


def test_files_in_a_zip_stand_beside_csv_or_alone(lever: Any, regler: Any, skriv: Any, ident: str) -> None:
    mal = skriv.csv([["malId", "deltakelseId", "maltype", "beskrivelse"], ["1", "L1", "YRKE", "Kokk"]])
    lesing = lever(skriv.zip({"stengt.parquet": write_parquet(STENGT), "mal.csv": mal}))
    assert lesing.avvik == ()
    assert set(lesing.tabeller) == {"mal", "stengt"}
    assert lesing.lest_som == "Parquet; CSV, UTF-8 (oppdaget)"
    assert set(lever(skriv.zip({"stengt": write_parquet(STENGT)})).tabeller) == {"stengt"}
    ukjent = {"stengt.parquet": write_parquet(STENGT), "notat.parquet": write_parquet({"tekst": ["noe"]})}
    assert [(a.regelId, a.kolonne) for a in lever(skriv.zip(ukjent)).avvik] == [("FIL009", "fil nr. 2 i pakken")]
    # Packed as it is, nobody would find it in the bytes.
    skjult = {"notat.parquet": write_parquet({"tekst": [ident]}, compression="gzip")}
    assert regler(lever(skriv.zip(ukjent | skjult))) == ["FIL018"]
    halv = write_parquet(STENGT)[:-9]
    assert regler(lever(skriv.zip({"stengt.parquet": halv}))) == ["FIL002"]


def test_a_file_cut_short_anywhere_is_damaged(lever: Any, regler: Any) -> None:
    hel = write_parquet(STENGT)
    for lengde in (4, 8, 11, 12, len(hel) // 2, len(hel) - 4, len(hel) - 1):
        assert regler(lever(hel[:lengde])) == ["FIL002"], lengde
    assert regler(lever(b"PAR1" + b"\x15\x04" * 40 + b"PAR1")) == ["FIL002"]
    assert regler(lever(b"PAR2" + hel[4:])) == ["FIL001"]


def test_an_encrypted_file_is_told_as_locked(lever: Any, regler: Any) -> None:
    assert regler(lever(b"PARE" + write_parquet(STENGT)[4:-4] + b"PARE")) == ["FIL002"]

    def lock(bunn: Any) -> None:
        bunn.append([8, 12, []])

    def lock_column(bunn: Any) -> None:
        column_chunk(bunn).append([8, 12, []])

    assert regler(lever(change_footer(write_parquet(STENGT), lock))) == ["FIL002"]
    assert regler(lever(change_footer(write_parquet(STENGT), lock_column))) == ["FIL002"]


def test_a_column_that_lies_in_another_file_is_refused(lever: Any, regler: Any) -> None:
    def move(bunn: Any) -> None:
        column_chunk(bunn).insert(0, [1, 8, b"/etc/passwd"])

    assert regler(lever(change_footer(write_parquet(STENGT), move))) == ["FIL003"]


def _meta(felt: int, verdi: int) -> Any:
    def change(bunn: Any) -> None:
        get(column_meta(bunn), felt)[2] = verdi

    return change


@pytest.mark.parametrize(
    ("endre", "regel"),
    [
        (_meta(4, 3), "FIL001"),  # LZO
        (_meta(4, 99), "FIL001"),
        (_meta(5, 2**40), "FIL003"),
        (_meta(5, 3), "FIL002"),
        (_meta(5, -1), "FIL002"),
        (_meta(7, 2**40), "FIL002"),
        (_meta(7, 0), "FIL002"),
        (_meta(11, 2**62), "FIL002"),
        (lambda bunn: get(bunn, 3).__setitem__(2, 2**40), "FIL002"),
        (lambda bunn: get(bunn, 4)[2][1].clear(), "FIL002"),
        (lambda bunn: get(get(bunn, 4)[2][1][0], 3).__setitem__(2, 2**40), "FIL003"),
        (lambda bunn: get(get(bunn, 4)[2][1][0], 1)[2][1].pop(), "FIL002"),
        (lambda bunn: bunn.append([9, 8, b"x" * (9 * 1024 * 1024)]), "FIL003"),
        (lambda bunn: bunn.append([9, 9, (12, [[]] * 100_000)]), "FIL003"),
        (lambda bunn: bunn.append([9, 9, (3, [0] * 1_200_000)]), "FIL003"),
        (lambda bunn: bunn.insert(0, [1, 5, 2]), "FIL002"),  # a field twice
        # What the library reads as something else than it says: a list of other things, a number of another width.
        (lambda bunn: get(column_meta(bunn), 2).__setitem__(2, (8, [b"x"])), "FIL002"),
        (lambda bunn: get(column_meta(bunn), 9).__setitem__(1, 5), "FIL002"),
        (lambda bunn: bunn.append([70_000, 5, 1]), "FIL002"),
    ],
)
def test_a_footer_that_claims_too_much_or_contradicts_itself_is_refused(
    lever: Any, regler: Any, endre: Any, regel: str
) -> None:
    assert regler(lever(change_footer(write_parquet(STENGT), endre))) == [regel]


def _page(felt: int, verdi: int) -> Any:
    def change(side: Any) -> None:
        get(side, felt)[2] = verdi

    return change


@pytest.mark.parametrize(
    ("endre", "regel"),
    [
        (_page(2, 2**31 - 1), "FIL003"),
        (_page(2, -1), "FIL002"),
        (_page(3, 2**31 - 1), "FIL002"),
        (lambda side: get(get(side, 7)[2], 1).__setitem__(2, 2**30), "FIL002"),
        (lambda side: side.remove(get(side, 7)), "FIL002"),
    ],
)
def test_a_page_that_claims_more_than_there_is_is_refused_before_room_is_made(
    lever: Any, regler: Any, endre: Any, regel: str
) -> None:
    data = write_parquet({"fraDato": ["2026-07-01", "2026-07-02"]})
    assert regler(lever(change_page(data, lambda _: None), filnavn="stengt")) == ["FIL010"]
    assert regler(lever(change_page(data, endre), filnavn="stengt")) == [regel]


def test_texts_that_repeat_the_one_before_are_not_read(lever: Any, regler: Any) -> None:
    """A page of a megabyte may then become any number of gigabytes."""
    data = write_parquet(STENGT, use_dictionary=False, column_encoding={"fraDato": "DELTA_BYTE_ARRAY"})
    assert regler(lever(data)) == ["FIL001"]
    data = write_parquet(STENGT, use_dictionary=False, column_encoding={"fraDato": "DELTA_LENGTH_BYTE_ARRAY"})
    assert regler(lever(data)) == []


def test_the_limits_are_exact(lever: Any, regler: Any) -> None:
    data = write_parquet(STENGT)
    grenser = standardgrenser()
    assert regler(lever(data, grenser=replace(grenser, maks_kolonner=3, maks_celler=6))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_kolonner=2))) == ["FIL003"]
    assert regler(lever(data, grenser=replace(grenser, maks_celler=5))) == ["FIL003"]
    assert regler(lever(data, grenser=replace(grenser, maks_utpakket_parquet=len(data)))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_utpakket_parquet=len(data) - 1))) == ["FIL003"]


def test_one_text_in_every_row_counts_in_every_row(lever: Any, regler: Any) -> None:
    """In the file it stands once, also in a column that nobody knows."""
    lang = pa.array(["x" * 30_000] * 4000).dictionary_encode()
    ukjent = write_parquet({"fraDato": ["2026-07-01"] * 4000, "tilDato": ["2026-07-02"] * 4000, "ny": lang})
    assert len(ukjent) < 100_000
    assert regler(lever(ukjent)) == ["FIL003"]
    mal = {"deltakelseId": ["L"] * 2000, "maltype": ["YRKE"] * 2000, "beskrivelse": lang[:2000]}
    assert regler(lever(write_parquet(mal))) == ["FIL003"]


def test_who_drops_no_parquet_does_not_load_its_library() -> None:
    program = "import sys, tiltaksflyt.intake; sys.exit('pyarrow.parquet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_the_bytes_of_a_file_are_read_from_memory_and_nowhere_else(lever: Any, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    lever(write_parquet(STENGT), filnavn="../stengt.parquet")
    assert list(tmp_path.iterdir()) == []
