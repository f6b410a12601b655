"""A legal-looking guess is never silent: what was found out, passed over or mended is told, and nothing else is."""

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import xlsxwriter

from tests.intake.parquetfiler import write_parquet

DELTAKER = ("deltakerId", "personident", "fornavn", "etternavn", "navEnhet")
MAL = ("malId", "deltakelseId", "maltype", "beskrivelse")


def told(lesing: Any) -> list[tuple[Any, ...]]:
    return [(a.regelId, a.tabell, a.rad, a.kolonne) for a in lesing.avvik]


def person(ident: Any, navn: str = "Kari") -> list[Any]:
    return ["D1", ident, navn, navn, "0219"]


# --- a first zero that a spreadsheet dropped


def test_a_lost_zero_is_put_back_in_every_format(lever: Any, skriv: Any, ident: str) -> None:
    uten = ident.lstrip("0")
    rad = dict(zip(DELTAKER, person(ident), strict=True))
    xml = "".join(f"<{k}>{uten if k == 'personident' else v}</{k}>" for k, v in rad.items())
    for data, plass in (
        (skriv.csv([DELTAKER, person(uten)]), 2),
        (skriv.xlsx({"deltaker": [DELTAKER, person(int(ident))]}), 2),
        (skriv.xlsx({"deltaker": [DELTAKER, person(uten)]}), 2),
        (json.dumps({"deltaker": [rad | {"personident": int(ident)}]}).encode(), 1),
        (f"<innsending><deltaker><rad>{xml}</rad></deltaker></innsending>".encode(), 1),
        (write_parquet({k: [int(ident) if k == "personident" else v] for k, v in rad.items()}), 1),
    ):
        lesing = lever(data)
        assert told(lesing) == [("IDE011", "deltaker", plass, "personident")]
        assert lesing.tabeller["deltaker"]["personident"].tolist() == [ident]


def test_a_zero_is_put_back_only_where_the_check_digits_prove_it(lever: Any, skriv: Any, ident: str) -> None:
    feil = ident[1:10] + str((int(ident[10]) + 1) % 10)
    for nummer in (feil, ident[2:], ident[1:] + "0", "1234567890", f"{ident[1:]}.0"):
        lesing = lever(skriv.csv([DELTAKER, person(nummer)]))
        assert lesing.avvik == ()
        assert lesing.tabeller["deltaker"]["personident"].tolist() == [nummer]
    # Nor in another field: ten digits may be anything there.
    mal = [MAL, [ident[1:], "L1", "YRKE", ident[1:]]]
    assert lever(skriv.csv(mal)).tabeller["mal"]["malId"].tolist() == [ident[1:]]


def test_the_check_digits_are_judged_by_the_day_of_arrival(lever: Any, skriv: Any) -> None:
    """From 2032 the first check digit has four values that hold instead of one."""
    from schemas.identer import check_personident

    ny = next(
        nummer
        for n in range(10**5)
        if not check_personident(nummer := f"018190{n:05d}", regel2032=False).gyldig
        and check_personident(nummer, regel2032=True).gyldig
    )
    data = skriv.csv([DELTAKER, person(ny[1:])])
    assert lever(data).avvik == ()
    assert told(lever(data, mottatt=datetime(2032, 1, 1, tzinfo=UTC))) == [("IDE011", "deltaker", 2, "personident")]


# --- encodings


@pytest.mark.parametrize("tegnsett", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found_out_and_told(lever: Any, skriv: Any, tegnsett: str) -> None:
    rader = [MAL, ["1", "L1", "YRKE", "Sjåfør på øya"]]
    lesing = lever(skriv.csv(rader, tegnsett=tegnsett))
    assert told(lesing) == [("FIL020", None, None, None)]
    assert lesing.tabeller["mal"]["beskrivelse"].tolist() == ["Sjåfør på øya"]
    dokument = json.dumps({"mal": [dict(zip(*rader, strict=True))]}, ensure_ascii=False)
    # JSON and XML begin with a sign that is the same in all of them, so there is nothing to find out.
    for tekst in (dokument, f"<innsending><mal><rad malId='1' beskrivelse='{rader[1][3]}'/></mal></innsending>"):
        lesing = lever(tekst.encode(tegnsett))
        assert lesing.avvik == ()
        assert lesing.tabeller["mal"]["beskrivelse"].tolist() == ["Sjåfør på øya"]


def test_an_encoding_is_told_once_a_drop_and_not_when_it_was_said(lever: Any, skriv: Any) -> None:
    mal = skriv.csv([MAL, ["1", "L1", "YRKE", "Sjåfør"]], tegnsett="cp1252")
    stengt = skriv.csv([["fraDato", "tilDato", "å"], ["2026-07-01", "2026-07-02", ""]], tegnsett="cp1252")
    lesing = lever(skriv.zip({"mal.csv": mal, "stengt.csv": stengt}))
    assert [a.regelId for a in lesing.avvik] == ["FIL020", "FIL009"]
    rader = [["Avdeling", "Stengt fra", "Stengt til"], ["810000000", "01.07.2026", "31.07.2026"]]
    assert lever(skriv.csv(rader, tegnsett="cp1252"), "fagsystem-vekst").avvik == ()


# --- what stands above the header


TITLER = [["Utskrift fra Vekst", "", ""], ["Skrevet ut 2. mars 2026"], []]


def test_title_rows_are_passed_over_and_told(lever: Any, skriv: Any) -> None:
    rader = [MAL, ["1", "L1", "YRKE", "Kokk"]]
    lesing = lever(skriv.csv([*TITLER, *rader]))
    assert told(lesing) == [("FIL021", None, None, None)]
    assert lesing.tabeller["mal"][["malId", "_rad", "_post"]].to_numpy().tolist() == [["1", 5, 1]]
    lesing = lever(skriv.xlsx({"mal": [*TITLER, *rader]}))
    assert told(lesing) == [("FIL021", None, None, "ark nr. 1")]
    assert lesing.tabeller["mal"][["malId", "_rad", "_post"]].to_numpy().tolist() == [["1", 5, 1]]
    # Also where the title alone has no separator, and with another separator than the table.
    assert told(lever(b"Dato, sted\nTittel\n" + skriv.csv(rader))) == [("FIL021", None, None, None)]


def test_a_title_that_names_somebody_refuses_the_drop(lever: Any, regler: Any, skriv: Any, ident: str) -> None:
    rader = [[f"Utskrift for {ident}"], MAL, ["1", "L1", "YRKE", "Kokk"]]
    assert regler(lever(skriv.csv(rader))) == ["FIL018"]
    assert regler(lever(skriv.xlsx({"mal": rader}))) == ["FIL018"]


def test_ten_rows_may_stand_above_and_not_eleven(lever: Any, regler: Any, skriv: Any) -> None:
    rader = [MAL, ["1", "L1", "YRKE", "Kokk"]]
    for antall, svar in ((10, {"FIL021"}), (11, {"FIL010", "FIL009"})):
        titler = [[f"Tittel {n}", "med mer"] for n in range(antall)]
        assert set(regler(lever(skriv.csv([*titler, *rader]), filnavn="mal"))) == svar
        assert set(regler(lever(skriv.xlsx({"mal": [*titler, *rader]})))) == svar


def test_a_header_that_lacks_a_column_is_still_the_first_row(lever: Any, regler: Any, skriv: Any) -> None:
    rader = [MAL[1:], ["L1", "YRKE", "Kokk"]]
    assert regler(lever(skriv.csv(rader), filnavn="mal")) == []
    assert regler(lever(skriv.csv([r[1:] for r in rader]), filnavn="mal")) == ["FIL010"]


# --- sheets that a person does not see as they are


def _sheet(endre: Any) -> bytes:
    ut = io.BytesIO()
    bok = xlsxwriter.Workbook(ut, {"in_memory": True})
    forste, ark = bok.add_worksheet("Notat"), bok.add_worksheet("mal")
    ark.write_row(0, 0, MAL)
    ark.write_row(1, 0, ["1", "L1", "YRKE", "Kokk"])
    ark.write_row(2, 0, ["2", "L1", "YRKE", "Kelner"])
    forste.activate()
    endre(bok, ark)
    bok.close()
    return ut.getvalue()


@pytest.mark.parametrize(
    ("endre", "svar"),
    [
        (lambda bok, ark: None, []),  # noqa: ARG005
        (lambda bok, ark: ark.hide(), ["FIL022"]),  # noqa: ARG005
        (lambda bok, ark: ark.very_hidden(), ["FIL022"]),  # noqa: ARG005
        (lambda bok, ark: ark.set_row(2, None, None, {"hidden": True}), ["FIL022"]),  # noqa: ARG005
        (lambda bok, ark: ark.merge_range(1, 1, 2, 1, "L1", bok.add_format()), ["FIL023"]),
        (lambda bok, ark: ark.merge_range(0, 5, 0, 6, "", bok.add_format()), []),
    ],
    ids=["plain", "hidden", "very hidden", "hidden row", "merged", "merged header"],
)
def test_hidden_and_merged_are_read_and_told(lever: Any, endre: Any, svar: list[str]) -> None:
    lesing = lever(_sheet(endre))
    assert [(a.regelId, a.kolonne) for a in lesing.avvik] == [(regel, "ark nr. 2") for regel in svar]
    assert lesing.tabeller["mal"]["malId"].tolist() == ["1", "2"]


def test_the_days_of_a_workbook_from_an_old_mac_are_the_days_it_shows(lever: Any) -> None:
    ut = io.BytesIO()
    bok = xlsxwriter.Workbook(ut, {"in_memory": True, "date_1904": True})
    ark = bok.add_worksheet("stengt")
    ark.write_row(0, 0, ["fraDato", "tilDato"])
    for kolonne in (0, 1):
        ark.write_datetime(1, kolonne, date(2026, 7, 1), bok.add_format({"num_format": "dd.mm.yyyy"}))
    bok.close()
    assert lever(ut.getvalue()).tabeller["stengt"]["fraDato"].tolist() == ["2026-07-01"]


# --- text that a spreadsheet would run


@pytest.mark.parametrize(
    "tekst",
    ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+HYPERLINK(A1)", "-2+3+cmd|' /C calc'!A0", " =1", "\t=1"],
)
def test_a_formula_in_a_text_is_told_once_a_field_and_kept_as_text(lever: Any, skriv: Any, tekst: str) -> None:
    lesing = lever(skriv.csv([MAL, ["1", "L1", "YRKE", "Kokk"], *[[n, "L1", "YRKE", tekst] for n in "23"]]))
    assert told(lesing) == [("SKJ013", "mal", 3, "beskrivelse")]
    assert not lesing.avvist
    assert lesing.tabeller["mal"].loc[1, "beskrivelse"] == tekst.strip()


@pytest.mark.parametrize(
    "tekst", ["- møtte presis", "-møtte (nesten) presis", "+47 900 00 000", "-2", "3 = 3", "a@b.no"]
)
def test_a_dash_is_only_a_dash(lever: Any, skriv: Any, tekst: str) -> None:
    assert lever(skriv.csv([MAL, ["1", "L1", "YRKE", tekst]])).avvik == ()


# --- names and values that look like nothing


@pytest.mark.parametrize("navn", ["Null", "NULL", "NA", "N/A", "None", "nan", "NaN", "True", "inf", "#N/A"])
def test_a_person_may_be_called_anything(lever: Any, skriv: Any, ident: str, navn: str) -> None:
    rad = dict(zip(DELTAKER, person(ident, navn), strict=True))
    felter = "".join(f"<{k}>{v}</{k}>" for k, v in rad.items())
    for data in (
        skriv.csv([DELTAKER, list(rad.values())]),
        skriv.xlsx({"deltaker": [DELTAKER, list(rad.values())]}),
        json.dumps({"deltaker": [rad]}).encode(),
        json.dumps({"tabell": "deltaker", **rad}).encode(),
        f"<innsending><deltaker><rad>{felter}</rad></deltaker></innsending>".encode(),
        write_parquet({k: [v] for k, v in rad.items()}),
    ):
        lesing = lever(data)
        assert lesing.avvik == ()
        assert lesing.tabeller["deltaker"].loc[0, ["fornavn", "etternavn"]].tolist() == [navn, navn]


@pytest.mark.parametrize(
    "filnavn",
    ["../../stengt.csv", "/etc/stengt.csv", "C:\\stengt.csv", "sten\ngt.csv", "\u202evsc.tgnets", "", ".", "/", "\0"],
)
def test_a_file_name_is_only_a_name(
    lever: Any, skriv: Any, stengt: Any, filnavn: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lesing = lever(skriv.csv(stengt), filnavn=filnavn)
    assert lesing.avvik == ()
    assert len(lesing.tabeller["stengt"]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["{0}\u200b{1}", "{0}\u202e{1}", "{0}\u00ad{1}", "{0}\u00a0{1}", "{0}\u2009{1}"])
def test_an_identifier_in_a_name_is_found_through_what_nobody_sees(
    lever: Any, regler: Any, skriv: Any, stengt: Any, ident: str, form: str
) -> None:
    navn = form.format(ident[:6], ident[6:])
    assert regler(lever(skriv.csv(stengt), filnavn=f"{navn}.csv")) == ["PII002"]
    assert regler(lever(skriv.zip({"stengt.csv": skriv.csv(stengt), navn: b"x"}))) == ["PII002"]
    bred = str.maketrans("0123456789", "０１２３４５６７８９")
    assert regler(lever(skriv.csv(stengt), filnavn=ident.translate(bred))) == ["PII002"]


def test_a_zero_byte_in_a_cell_is_that_cells_fault_and_in_the_header_the_files(
    lever: Any, regler: Any, skriv: Any
) -> None:
    lesing = lever(skriv.csv([MAL, ["1", "L1", "YRKE", "a\0b"]]))
    assert lesing.problemer.to_numpy().tolist() == [["mal", 0, "beskrivelse", "ODELAGT_TEKST"]]
    assert regler(lever(skriv.csv([[*MAL[:3], "besk\0rivelse"], ["1", "L1", "YRKE", "a"]]))) == ["FIL001"]


# --- what nobody knows


def test_content_that_nobody_knows_is_told_as_unknown_with_its_place(lever: Any, skriv: Any) -> None:
    ukjent = [["a", "b"], ["1", "2"]]
    for data, plass in (
        (skriv.csv(ukjent), "filen"),
        (skriv.xlsx({"Ark1": ukjent}), "ark nr. 1"),
        (skriv.zip({"x.csv": skriv.csv(ukjent)}), "fil nr. 1 i pakken"),
        (json.dumps({"x": [{"a": 1}]}).encode(), "element nr. 1"),
        (b'{"tabell": "x", "a": 1}', "fra linje 1"),
        (b"<innsending><x><a>1</a></x></innsending>", "element nr. 1"),
        (write_parquet({"a": [1]}), "filen"),
    ):
        assert told(lever(data)) == [("FIL009", None, None, plass), ("FIL001", None, None, None)]
    # A table that is known and has no rows is empty, whatever stands beside it.
    tom = lever(skriv.xlsx({"Ark1": ukjent, "mal": [MAL]}))
    assert [a.regelId for a in tom.avvik] == ["FIL009", "FIL004"]


def test_a_single_file_that_lacks_one_column_is_told_which(lever: Any, skriv: Any) -> None:
    uten = [[k for k in DELTAKER if k != "etternavn"], ["D1", "1", "Kari", "0219"]]
    assert told(lever(skriv.csv(uten))) == [("FIL010", "deltaker", None, "etternavn")]
    assert told(lever(write_parquet({k: ["x"] for k in uten[0]}))) == [("FIL010", "deltaker", None, "etternavn")]
