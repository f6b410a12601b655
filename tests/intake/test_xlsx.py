"""Workbooks: what a cell says is kept, and what a workbook may do to the machine or to a reader is refused."""

import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from tiltaksflyt.intake import standardgrenser

HODE = ("malId", "deltakelseId", "maltype", "beskrivelse", "frist")
STENGT_HODE = ("avdelingOrgnr", "fraDato", "tilDato")


def test_cells_are_text_dates_and_numbers_without_loss(lever: Any, skriv: Any, ident: str) -> None:
    ark = {
        "deltaker": [
            ["deltakerId", "personident", "fornavn", "etternavn", "navEnhet"],
            [1001, int(ident), "NULL", " Å\u00a0s ", "0219"],
        ],
        "plass": [
            ["tiltakskode", "dato", "antallPlasser", "antallVeiledere", "antallVenteliste"],
            ["AVKLARING", date(2026, 3, 2), 12.5, 0.1, 3],
            ["AVKLARING", datetime(2026, 3, 3, 14, 30), 123456789012345, 1e-7, 2.5],  # noqa: DTZ001  as Excel has it
        ],
    }
    lesing = lever(skriv.xlsx(ark))
    deltaker = lesing.tabeller["deltaker"].loc[0]
    # The first zero was lost before we got it; the check digits prove it, and that it was put back is told.
    assert deltaker["personident"] == ident
    assert [(a.regelId, a.tabell, a.rad, a.post, a.kolonne) for a in lesing.avvik] == [
        ("IDE011", "deltaker", 2, 1, "personident")
    ]
    assert deltaker[["deltakerId", "fornavn", "etternavn", "navEnhet"]].tolist() == ["1001", "NULL", "Å s", "0219"]
    plass = lesing.tabeller["plass"]
    assert plass["dato"].tolist() == ["2026-03-02", "2026-03-03"]
    assert plass["antallPlasser"].tolist() == ["12.5", "123456789012345"]
    assert plass["antallVeiledere"].tolist() == ["0.1", "0.0000001"]
    assert plass["antallVenteliste"].tolist() == ["3", ""]
    assert lesing.problemer.to_numpy().tolist() == [["plass", 1, "antallVenteliste", "IKKE_HELTALL"]]


def test_a_personident_as_text_keeps_its_zero(lever: Any, skriv: Any, ident: str) -> None:
    rader = [["deltakerId", "personident", "fornavn", "etternavn", "navEnhet"], ["1", ident, "A", "B", "0219"]]
    assert lever(skriv.xlsx({"deltaker": rader})).tabeller["deltaker"].loc[0, "personident"] == ident


def test_a_number_that_is_no_date_cell_is_no_date(lever: Any, skriv: Any) -> None:
    lesing = lever(skriv.xlsx({"stengt": [STENGT_HODE, ["1", 46083, date(2026, 7, 1)]]}))
    assert lesing.problemer.to_numpy().tolist() == [["stengt", 0, "fraDato", "IKKE_DATO"]]
    assert lesing.tabeller["stengt"].loc[0, "tilDato"] == "2026-07-01"


def test_the_row_is_the_row_that_excel_shows(lever: Any, skriv: Any) -> None:
    rad = ["810000000", "2026-07-01", "2026-07-02"]
    lesing = lever(skriv.xlsx({"Stengt ": [STENGT_HODE, rad, [], ["", " "], rad]}))
    assert lesing.tabeller["stengt"]["_rad"].tolist() == [2, 5]
    assert lesing.tabeller["stengt"]["_post"].tolist() == [1, 2]
    forskjovet = [[], [], [None, *STENGT_HODE], [None, *rad], [], [None, *rad]]
    lesing = lever(skriv.xlsx({"stengt": forskjovet}))
    assert lesing.tabeller["stengt"]["_rad"].tolist() == [4, 6]
    assert lesing.tabeller["stengt"]["tilDato"].tolist() == ["2026-07-02"] * 2


def test_a_blank_sheet_is_nothing_and_an_unknown_sheet_is_told(lever: Any, skriv: Any, stengt: Any) -> None:
    assert lever(skriv.xlsx({"stengt": stengt, "Ark2": []})).avvik == ()
    lesing = lever(skriv.xlsx({"Notater": [["hei"]], "stengt": stengt}))
    assert [(avvik.regelId, avvik.kolonne) for avvik in lesing.avvik] == [("FIL009", "ark nr. 1")]
    assert not lesing.avvist


def test_errors_and_formulas_without_a_value_are_told(lever: Any, skriv: Any) -> None:
    def celle(ref: str, innhold: str, egenskaper: str = "") -> str:
        return f'<c r="{ref}"{egenskaper}>{innhold}</c>'

    tekst = "<is><t>{}</t></is>"
    rader = skriv.rad(1, *HODE) + "".join(
        [
            '<row r="2">',
            celle("A2", "<f>1+1</f><v></v>"),
            celle("B2", "<f>X()</f><v>L1</v>", ' t="str"'),
            celle("C2", tekst.format("YRKE"), ' t="inlineStr"'),
            celle("D2", '<f>IF(1,"","")</f><v></v>', ' t="str"'),
            celle("E2", "<v>#DIV/0!</v>", ' t="e"'),
            "</row>",
        ]
    )
    lesing = lever(skriv.raa_xlsx(rader, navn="mal"))
    assert lesing.problemer.to_numpy().tolist() == [
        ["mal", 0, "malId", "FORMEL_UTEN_VERDI"],
        ["mal", 0, "frist", "FORMEL_UTEN_VERDI"],
    ]
    assert lesing.tabeller["mal"].loc[0, ["deltakelseId", "maltype", "beskrivelse"]].tolist() == ["L1", "YRKE", ""]


def test_a_number_shown_in_percent_is_the_percent_that_is_shown(lever: Any) -> None:
    ut = io.BytesIO()
    bok = xlsxwriter.Workbook(ut, {"in_memory": True})
    ark = bok.add_worksheet("arbeidsforhold")
    ark.write_row(0, 0, ["deltakelseId", "art", "fraDato", "stillingsprosent", "timerPerUke"])
    for rad, (format_, verdi) in enumerate([("0%", 0.5), ("0.00 %", 0.075), ('0" %"', 50), ("General", 0.5)], start=1):
        ark.write_row(rad, 0, ["L", "ARBEID", "2026-01-01"])
        ark.write_number(rad, 3, verdi, bok.add_format({"num_format": format_}))
    ark.write_number(1, 4, 37.5)
    bok.close()
    arbeid = lever(ut.getvalue()).tabeller["arbeidsforhold"]
    assert arbeid["stillingsprosent"].tolist() == ["50", "7.5", "50", "0.5"]
    assert arbeid["timerPerUke"].tolist() == ["37.5", "", "", ""]


@pytest.mark.parametrize(
    "del_",
    [
        "xl/vbaProject.bin",
        "xl/vbaProjectSignature.bin",
        "xl/macrosheets/sheet1.xml",
        "xl/externalLinks/externalLink1.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/activeX/activeX1.xml",
        "xl/embeddings/bok.xlsx",
    ],
)
def test_macros_external_links_and_embedded_files_are_refused(
    lever: Any, regler: Any, skriv: Any, stengt: Any, del_: str
) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    assert regler(lever(skriv.raa_xlsx(rader, ekstra={"xl/media/image1.png": b"\x89PNG"}))) == []
    assert regler(lever(skriv.raa_xlsx(rader, ekstra={del_: b"<a/>"}))) == ["FIL003"]


def test_a_doctype_in_any_part_that_is_read_is_refused(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    entitet = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">]>'
    assert regler(lever(skriv.raa_xlsx(rader, foran=entitet))) == ["FIL003"]
    # Wherever it lies about the border between two pieces.
    for lengde in range(65490, 65515):
        assert regler(lever(skriv.raa_xlsx(rader, foran=f"<!-- {'x' * lengde} --><!DOCTYPE a>"))) == ["FIL003"]
    stiler = {"xl/styles.xml": f"{entitet}<styleSheet/>".encode()}
    assert regler(lever(skriv.raa_xlsx(rader, ekstra=stiler))) == ["FIL003"]
    utf16 = {"xl/styles.xml": f"{entitet}<styleSheet/>".encode("utf-16")}
    assert regler(lever(skriv.raa_xlsx(rader, ekstra=utf16))) == ["FIL003"]


def test_a_sheet_that_spans_the_whole_grid_is_refused_before_it_is_allocated(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    fjern = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert regler(lever(skriv.raa_xlsx(rader + fjern))) == ["FIL003"]
    # The same without references: the row says where it is.
    uten_ref = '<row r="1048576">' + "<c><v>1</v></c>" * 100 + "</row>"
    assert regler(lever(skriv.raa_xlsx(rader + uten_ref))) == ["FIL003"]
    # Hidden behind a sign that a search in the text would stop at.
    gjemt = '<row r="1048576"><c s=">" r="XFD1048576"><v>1</v></c></row>'
    assert regler(lever(skriv.raa_xlsx(rader + gjemt))) == ["FIL003"]
    # A formatted cell without content, as when a whole column is coloured, spans nothing.
    stil = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert regler(lever(skriv.raa_xlsx(rader + stil))) == []


def test_a_part_that_declares_another_encoding_is_counted_as_the_library_reads_it(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    """In EBCDIC the same bytes are no markup at all: a count that believed the declaration would see nothing."""
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1]) + '<row r="9"><c r="XFD1048576"><v>1</v></c></row>'
    for tegnsett in ("cp037", "finnes-ikke"):
        ark = skriv.raa_xlsx(rader, erklaering=f' encoding="{tegnsett}"')
        assert regler(lever(ark)) == ["FIL003"]


def test_cells_that_claim_one_place_or_only_faults_count_too(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    grenser = replace(standardgrenser(), maks_celler=1000)
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    samme = '<row r="3">' + '<c r="A3"><v>1</v></c>' * 1200 + "</row>"
    feil = '<row r="3">' + '<c r="A3" t="e"/>' * 60 + "</row>"
    # An attribute whose value is the name of another must not hide where the cell is.
    gjemt = '<row r="3"><c s="r" r="XFD1048576"><v>1</v></c></row>'
    assert regler(lever(skriv.raa_xlsx(rader), grenser=grenser)) == []
    for mer in (samme, feil, gjemt):
        assert regler(lever(skriv.raa_xlsx(rader + mer), grenser=grenser)) == ["FIL003"]


def test_the_limit_on_cells_is_exact_and_counts_every_sheet(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    grenser = standardgrenser()
    en = skriv.raa_xlsx(skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1]))
    assert regler(lever(en, grenser=replace(grenser, maks_celler=6))) == []
    assert regler(lever(en, grenser=replace(grenser, maks_celler=5))) == ["FIL003"]
    # Two sheets of six cells and five shared strings.
    to = skriv.xlsx({"stengt": stengt, "plass": [["a", "b", "c"], ["d", "e", "f"]]})
    assert "FIL003" in regler(lever(to, grenser=replace(grenser, maks_celler=12)))
    assert "FIL003" not in regler(lever(to, grenser=replace(grenser, maks_celler=30)))


def test_too_many_columns_are_refused(lever: Any, regler: Any, skriv: Any) -> None:
    grenser = replace(standardgrenser(), maks_kolonner=2)
    assert regler(lever(skriv.xlsx({"stengt": [STENGT_HODE, ["1", "2", "3"]]}), grenser=grenser)) == ["FIL003"]


@pytest.mark.parametrize(
    ("del_", "innhold"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"),
        ("xl/workbook.xml", b"<workbook"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships></Relationships>"),
    ],
)
def test_a_workbook_with_a_broken_part_is_damaged(
    lever: Any, regler: Any, skriv: Any, stengt: Any, del_: str, innhold: bytes
) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    assert regler(lever(skriv.raa_xlsx(rader, ekstra={del_: innhold}))) == ["FIL002"]


def test_a_shared_string_that_is_not_there_is_a_damaged_workbook(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    rader = skriv.rad(1, *stengt[0]) + '<row r="2"><c r="A2" t="s"><v>77</v></c></row>'
    assert regler(lever(skriv.raa_xlsx(rader))) == ["FIL002"]


def test_a_part_that_is_two_things_at_once_is_refused(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    """Counted as one of them, it would be read as the other: styles with a sheet in them, whatever the case."""
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    for del_ in ("xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        for navn in (del_, del_.upper().replace("XL/", "xl/")):
            kobling = KOBLINGER.format(mal=navn.removeprefix("xl/"))
            bok = BOK.format(ark="".join(f'<sheet name="{a}" sheetId="1" r:id="rId1"/>' for a in ("stengt", "Ark2")))
            if del_ == "xl/worksheets/sheet1.xml":
                ekstra = {"xl/workbook.xml": bok.encode()}
            else:
                ekstra = {"xl/_rels/workbook.xml.rels": kobling.encode(), "xl/styles.xml": b"<styleSheet/>"}
            assert regler(lever(skriv.raa_xlsx(rader, ekstra=ekstra))) == ["FIL002"], navn


KOBLINGER = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="worksheet" Target="{mal}"/></Relationships>'
)
BOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{ark}</sheets></workbook>'
)


def _shared(*tekster: str) -> dict[str, bytes]:
    deler = "".join(f"<si><t>{tekst}</t></si>" for tekst in tekster)
    return {"xl/sharedStrings.xml": f"<sst>{deler}</sst>".encode()}


@pytest.mark.parametrize(
    "celle",
    [
        '<c r="A{n}" t="s"><v>0</v></c>',
        '<c r="A{n}" t="s"><v> 0 </v></c>',
        '<c r="A{n}" t="s"><f>A1</f><v>0</v></c>',
        '<c r="A{n}" t="s"><si/><v>0</v></c>',
        '<c r="A{n}" t="s"><v>0</v><v>0</v></c>',
    ],
)
def test_a_text_that_many_cells_share_counts_in_each_of_them(lever: Any, regler: Any, skriv: Any, celle: str) -> None:
    """The library makes a copy for every cell: a workbook of a megabyte becomes ten gigabytes."""
    grenser = replace(standardgrenser(), maks_tekst=100_000)
    for antall, svar in ((20, False), (120, True)):
        rader = "".join(f'<row r="{n}">{celle.format(n=n)}</row>' for n in range(1, antall))
        data = skriv.raa_xlsx(rader, ekstra=_shared("x" * 1000))
        assert ("FIL003" in regler(lever(data, grenser=grenser))) is svar
    # A reference that is no number is none of ours to guess.
    rad = '<row r="1"><c r="A1" t="s"><v>+0</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    assert regler(lever(skriv.raa_xlsx(rad, ekstra=_shared("x")))) == ["FIL002"]


def test_the_text_of_a_drop_has_a_limit_in_every_cell_it_stands(lever: Any, regler: Any, skriv: Any) -> None:
    rader = [HODE, *[["1", "L1", "YRKE", "x" * 1000, ""]] * 50]
    data = skriv.csv(rader)
    grenser = standardgrenser()
    assert regler(lever(data, grenser=replace(grenser, maks_tekst=51_000))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_tekst=50_000))) == ["FIL003"]


@pytest.mark.parametrize(
    "plass", ["A99999999", "A999999999999999999999999999999", "1A", "AAAA1", "A", "7", "A1B2", "Å1"]
)
def test_a_cell_that_says_no_place_is_refused_before_room_is_made(
    lever: Any, regler: Any, skriv: Any, stengt: Any, plass: str
) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    celle = f'<row r="3"><c r="{plass}"><v>1</v></c></row>'
    assert regler(lever(skriv.raa_xlsx(rader + celle))) == ["FIL002"]


@pytest.mark.parametrize("nummer", ["99999999", "-1", "x", "1e3"])
def test_a_row_that_says_no_number_is_refused(lever: Any, regler: Any, skriv: Any, stengt: Any, nummer: str) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    assert regler(lever(skriv.raa_xlsx(rader + f'<row r="{nummer}"><c><v>1</v></c></row>'))) == ["FIL002"]


@pytest.mark.parametrize(
    ("hevdet", "regel"), [("2", []), ("4294967296", ["FIL003"]), ("9" * 30, ["FIL002"]), ("-1", ["FIL002"])]
)
def test_a_list_of_texts_may_not_claim_more_than_the_limit(
    lever: Any, regler: Any, skriv: Any, stengt: Any, hevdet: str, regel: list[str]
) -> None:
    rader = skriv.rad(1, *stengt[0]) + skriv.rad(2, *stengt[1])
    liste = f'<sst uniqueCount="{hevdet}"><si><t>a</t></si></sst>'
    assert regler(lever(skriv.raa_xlsx(rader, ekstra={"xl/sharedStrings.xml": liste.encode()}))) == regel
