"""The XML document: a list element a table, a record in each element; read exactly or refused."""

import json
from typing import Any

import pytest

MAL = (
    "<mal><rad><malId>007</malId><deltakelseId>L1</deltakelseId><maltype>YRKE</maltype>"
    "<beskrivelse>Bli kokk &amp; servitør</beskrivelse></rad></mal>"
)


def document(*deler: str, erklaering: str = "") -> str:
    return f"{erklaering}<innsending>{''.join(deler)}</innsending>"


def test_tables_header_and_places(lever: Any) -> None:
    hode = "<innsending><omfang>ENDRING</omfang><kontraktversjon>1.0</kontraktversjon></innsending>"
    mal = MAL.replace("</mal>", "<rad><malId>2</malId></rad></mal>")
    lesing = lever(document(hode, mal, "<stengt/>").encode())
    assert lesing.avvik == ()
    assert lesing.hode["omfang"] == "ENDRING"
    assert lesing.tabeller["mal"]["malId"].tolist() == ["007", "2"]
    assert lesing.tabeller["mal"]["beskrivelse"].tolist() == ["Bli kokk & servitør", ""]
    assert lesing.tabeller["mal"]["_rad"].tolist() == [1, 2]
    assert lesing.lest_som == "XML, UTF-8"


def test_the_same_rows_as_json_are_the_same_rows(lever: Any) -> None:
    rad = {"malId": "007", "deltakelseId": "L1", "maltype": "YRKE", "beskrivelse": "Bli kokk & servitør"}
    xml, ett = lever(document(MAL).encode()), lever(json.dumps({"mal": [rad]}).encode())
    assert xml.tabeller["mal"].equals(ett.tabeller["mal"])


@pytest.mark.parametrize(
    "deler",
    [
        "<mal><post malId='007' deltakelseId='L1'/></mal>",
        "<mal><malId>007</malId><deltakelseId>L1</deltakelseId></mal>",
        "<mal malId='007' deltakelseId='L1'/>",
        "<mal><mal><malId>007</malId><deltakelseId>L1</deltakelseId></mal></mal>",
        "<n:mal xmlns:n='urn:x'><n:rad><n:malId>007</n:malId><n:deltakelseId>L1</n:deltakelseId></n:rad></n:mal>",
        "<mal> <!-- et mål --> <rad> <malId>007</malId>\n<deltakelseId>L1</deltakelseId> </rad> </mal>",
    ],
)
def test_every_way_to_write_a_record(lever: Any, deler: str) -> None:
    lesing = lever(document(deler).encode())
    assert lesing.avvik == ()
    assert lesing.tabeller["mal"][["malId", "deltakelseId"]].to_numpy().tolist() == [["007", "L1"]]


def test_one_element_a_record_is_one_table(lever: Any) -> None:
    lesing = lever(document(*(f"<mal><malId>{n}</malId></mal>" for n in range(3))).encode())
    assert lesing.tabeller["mal"]["malId"].tolist() == ["0", "1", "2"]


def test_a_field_that_stands_several_times_is_a_list(lever: Any) -> None:
    rad = "<rad><deltakelseId>L1</deltakelseId><deltok>NAV</deltok><deltok>DELTAKER</deltok></rad>"
    lesing = lever(document(f"<oppfolging>{rad}</oppfolging>").encode())
    assert lesing.tabeller["oppfolging"]["deltok"].tolist() == ["NAV|DELTAKER"]


@pytest.mark.parametrize("felt", ["<malId><id>1</id></malId>", "<malId x='1'>1</malId>", "<malId>1</malId>" * 2])
def test_more_than_one_value_where_one_belongs_is_the_cells_fault(lever: Any, felt: str) -> None:
    lesing = lever(document(f"<mal><rad>{felt}<maltype>YRKE</maltype></rad></mal>").encode())
    assert not lesing.avvist
    assert lesing.tabeller["mal"]["malId"].tolist() == [""]
    assert [tuple(rad)[2:] for rad in lesing.problemer.to_numpy().tolist()] == [("malId", "ODELAGT_TEKST")]


@pytest.mark.parametrize("tegnsett", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_read(lever: Any, tegnsett: str) -> None:
    data = document(MAL, erklaering=f"<?xml version='1.0' encoding='{tegnsett}'?>").encode(tegnsett)
    assert lever(data).tabeller["mal"]["beskrivelse"].tolist() == ["Bli kokk & servitør"]


@pytest.mark.parametrize(
    ("data", "regel"),
    [
        (b"<innsending><mal><rad>", "FIL002"),
        (b"<innsending/><innsending/>", "FIL002"),
        (b"<eksport><mal/></eksport>", "FIL001"),
        (document("<mal>lost<rad><malId>1</malId></rad></mal>").encode(), "FIL002"),
        (document("<mal><rad><malId>1</malId>lost</rad></mal>").encode(), "FIL002"),
        (document("lost", MAL).encode(), "FIL002"),
        (document(MAL).encode("cp1252"), "FIL002"),
        (document("<mal><rad><malId>&ukjent;</malId></rad></mal>").encode(), "FIL002"),
        (document(MAL, erklaering="<?xml version='1.0' encoding='cp037'?>").encode(), "FIL002"),
        (b"<!DOCTYPE innsending []><innsending/>", "FIL003"),
        (b"<!DOCTYPE i [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><innsending><mal>&a;</mal></innsending>", "FIL003"),
        ("<!DOCTYPE innsending []><innsending/>".encode("utf-16"), "FIL003"),
        (b"<innsending/>", "FIL004"),
        (b"<innsending><mal/></innsending>", "FIL004"),
    ],
)
def test_what_is_no_list_of_records_or_asks_for_more_is_refused(
    lever: Any, regler: Any, data: bytes, regel: str
) -> None:
    assert regler(lever(data)) == [regel]


def test_a_doctype_hidden_by_an_encoding_is_refused(lever: Any) -> None:
    """The bytes do not show it: libxml2 knows UTF-7."""
    skjult = "<!DOCTYPE innsending [<!ENTITY a 'x'>]><innsending><mal><rad><malId>&a;</malId></rad></mal></innsending>"
    data = b'<?xml version="1.0" encoding="UTF-7"?>' + skjult.replace("!", "\x00").encode("utf-7").replace(
        b"+AAA-", b"+ACE-"
    )
    lesing = lever(data)
    assert lesing.avvist
    assert not lesing.tabeller


def test_an_unknown_list_is_told_and_searched(lever: Any, regler: Any, ident: str) -> None:
    lesing = lever(document("<notater><notat>noe</notat></notater>", MAL).encode())
    assert [(avvik.regelId, avvik.kolonne) for avvik in lesing.avvik] == [("FIL009", "element nr. 1")]
    for skjult in (f"<n><d>{ident}</d></n>", f"<n d='{ident}'/>", f"<n><d/>{ident}</n>"):
        assert regler(lever(document(skjult, MAL).encode())) == ["FIL018"]


def test_an_attribute_of_no_record_is_told_and_searched(lever: Any, regler: Any, ident: str) -> None:
    liste = MAL.replace("<mal>", "<mal antall='1'>")
    data = document(liste).replace("<innsending>", "<innsending versjon='1.0'>")
    lesing = lever(data.encode())
    assert [(avvik.regelId, avvik.kolonne) for avvik in lesing.avvik] == [
        ("FIL009", "rotelementet"),
        ("FIL009", "element nr. 1"),
    ]
    assert len(lesing.tabeller["mal"]) == 1
    assert regler(lever(document(MAL.replace("<mal>", f"<mal eier='{ident}'>")).encode())) == ["FIL018"]
    xsi = "<innsending xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='x y'>"
    assert lever(document(MAL).replace("<innsending>", xsi).encode()).avvik == ()


def test_an_unknown_field_is_told_by_place(lever: Any) -> None:
    lesing = lever(document("<mal><rad><malId>1</malId><navn>Kari</navn></rad></mal>").encode())
    assert [(avvik.regelId, avvik.kolonne) for avvik in lesing.avvik] == [("FIL009", "felt nr. 2")]
