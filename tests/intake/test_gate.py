"""What may come in at all: kind by content, size, emptiness, names (FIL001-FIL004, PII002)."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.avvik import Alvorlighet
from tiltaksflyt.intake import standardgrenser
from tiltaksflyt.intake.gate import Filtype, inspect
from tiltaksflyt.intake.portregler import portregler

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    "data",
    [
        PDF,
        OLE,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 20,
        b"\x1f\x8b\x08\0abc",
        b"<html><table><tr><td>deltakerId</td></tr></table></html>",
        b"<!DOCTYPE html><html><table></table></html>",
        b"{\\rtf1\\ansi deltakerId}",
        b"[1, 2]",
        b"Hei her kommer filen.\n",
        b"a;b\x00\x01\x02;c\n1;2;3\n",
    ],
    ids=["pdf", "xls97", "png", "gzip", "html", "html5", "rtf", "list", "letter", "binary"],
)
def test_a_kind_that_is_not_read_is_refused(lever: Any, regler: Any, data: bytes) -> None:
    lesing = lever(data, filnavn="deltaker.csv")
    assert regler(lesing) == ["FIL001"]
    assert lesing.avvist
    assert not lesing.tabeller
    assert lesing.problemer.empty


def test_the_file_name_is_no_evidence(lever: Any, skriv: Any, stengt: Any) -> None:
    """A workbook called .csv and a CSV called .pdf are what they are."""
    assert not lever(skriv.xlsx({"stengt": stengt}), filnavn="stengt.csv").avvist
    assert not lever(skriv.csv(stengt), filnavn="stengt.pdf").avvist
    assert lever(PDF, filnavn="stengt.csv").avvist


def test_every_kind_is_known_by_its_content(skriv: Any, stengt: Any) -> None:
    from datetime import date

    def kind(data: bytes) -> Filtype:
        return inspect(data, "x", standardgrenser(), date(2026, 1, 1))

    assert kind(skriv.xlsx({"stengt": stengt})) is Filtype.XLSX
    assert kind(skriv.zip({"stengt.csv": skriv.csv(stengt)})) is Filtype.ZIP_CSV
    assert kind(skriv.csv(stengt)) is Filtype.CSV
    assert kind("\ufeffa;b".encode("utf-16")) is Filtype.CSV
    assert kind(b"\xef\xbb\xbf  {\n }") is Filtype.JSON
    assert kind(b"<a/>") is Filtype.XML
    assert kind(b"PAR1....PAR1") is Filtype.PARQUET
    assert kind(b'{"tabell": "stengt"}') is Filtype.JSONL
    assert kind(b'{"fraDato": "2026-07-01", "tabell": "stengt"}\n\n{"tabell": "mal"}\n') is Filtype.JSONL
    assert kind(b'{"stengt": []}\n') is Filtype.JSON
    assert kind(b'{\n"tabell": {}}\n{') is Filtype.JSON
    # A CSV whose first column begins with the letters PK is no archive.
    assert kind(b"PK;navn\n1;2\n") is Filtype.CSV


@pytest.mark.parametrize("data", [b"", b"   \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe\r\0\n\0", b"{}", b'{"deltaker": []}'])
def test_an_empty_file_is_told_as_empty(lever: Any, regler: Any, data: bytes) -> None:
    assert regler(lever(data)) == ["FIL004"]


def test_a_header_without_rows_is_empty_and_one_row_is_not(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    assert regler(lever(skriv.csv(stengt[:1]))) == ["FIL004"]
    assert regler(lever(skriv.csv([*stengt[:1], ["", " ", ""]]))) == ["FIL004"]
    assert regler(lever(skriv.csv(stengt))) == []
    assert regler(lever(skriv.zip({}))) == ["FIL004"]


def test_the_size_limit_itself_passes_and_one_byte_more_does_not(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    data = skriv.csv(stengt)
    grenser = standardgrenser()
    assert regler(lever(data, grenser=replace(grenser, maks_storrelse=len(data)))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_storrelse=len(data) - 1))) == ["FIL003"]


def test_the_limits_are_those_of_the_rule_catalogue() -> None:
    grenser = standardgrenser()
    megabyte = 1024 * 1024
    assert grenser.maks_storrelse == 200 * megabyte
    assert grenser.maks_utpakket == 2000 * megabyte
    assert grenser.maks_forhold == 100


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0'?><!DOCTYPE innsending [<!ENTITY a 'b'>]><innsending>&a;</innsending>",
        '<!DOCTYPE i SYSTEM "file:///etc/passwd"><i/>'.encode("utf-16"),
    ],
)
def test_xml_with_a_doctype_is_not_allowed(lever: Any, regler: Any, data: bytes) -> None:
    assert regler(lever(data)) == ["FIL003"]


def test_a_locked_workbook_is_told_as_locked(lever: Any, regler: Any) -> None:
    assert regler(lever(OLE + "EncryptedPackage".encode("utf-16-le"))) == ["FIL002"]


@pytest.mark.parametrize("form", ["{}.csv", "rapport_{}_mars", "{0:.6}-{1}.xlsx", "{0:.6} {1}"])
def test_a_file_name_with_a_fodselsnummer_is_refused(
    lever: Any, regler: Any, skriv: Any, stengt: Any, ident: str, form: str
) -> None:
    navn = form.format(ident, ident[6:])
    assert regler(lever(skriv.csv(stengt), filnavn=navn)) == ["PII002"]


def test_eleven_digits_that_are_no_fodselsnummer_may_stand_in_a_file_name(
    lever: Any, regler: Any, skriv: Any, stengt: Any, ident: str
) -> None:
    feil_kontrollsiffer = ident[:-1] + str((int(ident[-1]) + 1) % 10)
    assert regler(lever(skriv.csv(stengt), filnavn=f"{feil_kontrollsiffer}.csv")) == []
    assert regler(lever(skriv.csv(stengt), filnavn=f"9{ident}.csv")) == []
    assert regler(lever(skriv.csv(stengt), filnavn=f"{ident[:10]}.csv")) == []


def test_a_zip_entry_or_a_sheet_named_by_a_fodselsnummer_is_refused(
    lever: Any, regler: Any, skriv: Any, stengt: Any, ident: str
) -> None:
    fil = skriv.csv(stengt)
    assert regler(lever(skriv.zip({"stengt.csv": fil, f"{ident}.txt": b"x"}))) == ["PII002"]
    assert regler(lever(skriv.zip({f"{ident}/stengt.csv": fil}))) == ["PII002"]
    assert regler(lever(skriv.xlsx({"stengt": stengt, ident: stengt}))) == ["PII002"]
    assert regler(lever(skriv.xlsx({"stengt": stengt, "Ark 12345678901": [[]]}))) == []


def test_a_half_uploaded_file_is_refused_in_every_container(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    for hel in (skriv.xlsx({"stengt": stengt}), skriv.zip({"stengt.csv": skriv.csv(stengt)})):
        for andel in (0.3, 0.6, 0.95):
            assert regler(lever(hel[: int(len(hel) * andel)])) == ["FIL002"]
    assert regler(lever(b'{"stengt": [{"fraDato": "2026-07-')) == ["FIL002"]


AVVISER = "FIL001 FIL002 FIL003 FIL004 FIL005 FIL006 FIL007 FIL008 FIL010 FIL012 FIL013 FIL017 FIL018 PII002"


def test_every_rule_of_the_door_has_its_words_and_its_severity() -> None:
    regler = portregler()
    assert {regler[r].alvorlighet for r in AVVISER.split()} == {Alvorlighet.AVVIST_FIL}
    assert regler["FIL009"].alvorlighet is Alvorlighet.ADVARSEL
    for regel in regler.values():
        assert regel.melding.endswith(".")
        assert regel.tiltak.endswith(".")
