"""Archives from strangers: names, links, locks, nesting, and sizes that are declared, true, or neither."""

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import replace
from typing import Any

import pytest

from tiltaksflyt.intake import standardgrenser

MB = 1024 * 1024


@pytest.mark.parametrize(
    "navn",
    [
        "../stengt.csv",
        "a/../../stengt.csv",
        "..\\stengt.csv",
        "/etc/stengt.csv",
        "\\stengt.csv",
        "C:\\stengt.csv",
        "c:stengt.csv",
        "indre.zip",
        "indre.XLSX",
        "indre.7z",
    ],
)
def test_a_name_that_climbs_out_or_is_an_archive_is_refused(
    lever: Any, regler: Any, skriv: Any, stengt: Any, navn: str
) -> None:
    fil = skriv.csv(stengt)
    assert regler(lever(skriv.zip({"stengt.csv": fil, navn: fil}))) == ["FIL003"]


def test_two_dots_inside_a_name_are_only_dots(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    assert regler(lever(skriv.zip({"eksport..mars/stengt.csv": skriv.csv(stengt)}))) == []


def test_an_archive_hidden_under_an_innocent_name_is_refused(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    fil = skriv.csv(stengt)
    indre = skriv.zip({"stengt.csv": fil})
    assert regler(lever(skriv.zip({"stengt.csv": fil, "notater.txt": indre}))) == ["FIL003"]
    assert regler(lever(skriv.zip({"stengt.csv": indre}))) == ["FIL003"]


def test_a_symlink_is_refused(lever: Any, regler: Any) -> None:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w") as arkiv:
        lenke = zipfile.ZipInfo("stengt.csv")
        lenke.create_system = 3
        lenke.external_attr = (stat.S_IFLNK | 0o777) << 16
        arkiv.writestr(lenke, "/etc/passwd")
    assert regler(lever(ut.getvalue())) == ["FIL003"]


def _flag(data: bytes, bit: int) -> bytes:
    """Set a general purpose flag in both headers of a one-entry archive."""
    ut = bytearray(data)
    for signatur, plass in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(signatur) + plass
        (flagg,) = struct.unpack_from("<H", data, start)
        struct.pack_into("<H", ut, start, flagg | bit)
    return bytes(ut)


def test_an_encrypted_entry_is_told_as_locked(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    data = skriv.zip({"stengt.csv": skriv.csv(stengt)})
    assert regler(lever(_flag(data, 0x1))) == ["FIL002"]


def test_a_compression_that_could_ask_for_any_memory_is_refused(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    fil = skriv.csv(stengt)
    assert regler(lever(skriv.zip({"stengt.csv": fil}, zipfile.ZIP_LZMA))) == ["FIL002"]
    assert regler(lever(skriv.zip({"stengt.csv": fil}, zipfile.ZIP_BZIP2))) == ["FIL002"]
    assert regler(lever(skriv.zip({"stengt.csv": fil}, zipfile.ZIP_STORED))) == []


def test_the_same_name_twice_is_refused(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w") as arkiv:
        arkiv.writestr("stengt.csv", skriv.csv(stengt))
        with pytest.warns(UserWarning, match="Duplicate name"):
            arkiv.writestr("stengt.csv", skriv.csv(stengt))
    assert regler(lever(ut.getvalue())) == ["FIL003"]


def test_too_many_entries_are_refused_and_the_limit_itself_is_not(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    filer = {"stengt.csv": skriv.csv(stengt)} | {f".{n}": b"" for n in range(4)}
    grenser = standardgrenser()
    assert regler(lever(skriv.zip(filer), grenser=replace(grenser, maks_oppforinger=5))) == []
    assert regler(lever(skriv.zip(filer), grenser=replace(grenser, maks_oppforinger=4))) == ["FIL003"]


def test_the_unpacked_size_and_the_ratio_have_exact_limits(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    fil = skriv.csv([*stengt, *[stengt[1]] * 200])
    data = skriv.zip({"stengt.csv": fil})
    grenser = standardgrenser()
    assert regler(lever(data, grenser=replace(grenser, maks_utpakket=len(fil)))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_utpakket=len(fil) - 1))) == ["FIL003"]
    forhold = -(-len(fil) // len(data))
    assert regler(lever(data, grenser=replace(grenser, maks_forhold=forhold))) == []
    assert regler(lever(data, grenser=replace(grenser, maks_forhold=forhold - 1))) == ["FIL003"]


def test_a_zip_bomb_is_refused_by_what_it_declares(lever: Any, regler: Any, skriv: Any) -> None:
    assert regler(lever(skriv.zip({"stengt.csv": b"0" * 20 * MB}))) == ["FIL003"]


def _declare(data: bytes, storrelse: int, kontrollsum: int | None = None) -> bytes:
    """Make a one-entry archive lie about the unpacked size, and the checksum if given."""
    ut = bytearray(data)
    for signatur, plass in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        start = data.index(signatur) + plass
        if kontrollsum is not None:
            struct.pack_into("<I", ut, start, kontrollsum)
        struct.pack_into("<I", ut, start + 8, storrelse)
    return bytes(ut)


def test_an_entry_that_inflates_past_what_it_declares_is_stopped(
    lever: Any, regler: Any, skriv: Any, stengt: Any
) -> None:
    fil = skriv.csv(stengt) + b"0" * MB
    data = skriv.zip({"stengt.csv": fil})
    assert regler(lever(_declare(data, 40))) == ["FIL003"]
    # Also with a checksum that fits the part that was declared: nothing beyond it may be read, nor pass unseen.
    assert regler(lever(_declare(data, 40, zlib.crc32(fil[:40])))) == ["FIL003"]


def test_an_entry_shorter_than_declared_or_changed_is_damaged(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    fil = skriv.csv(stengt)
    data = skriv.zip({"stengt.csv": fil})
    assert regler(lever(_declare(data, len(fil) + 1))) == ["FIL002"]
    assert regler(lever(_declare(data, len(fil), 1))) == ["FIL002"]
    lagret = bytearray(skriv.zip({"stengt.csv": fil}, zipfile.ZIP_STORED))
    lagret[60] ^= 1
    assert regler(lever(bytes(lagret))) == ["FIL002"]


def test_names_from_windows_and_mac_are_read_with_their_letters(lever: Any, regler: Any, skriv: Any) -> None:
    """Windows writes code page 850 without a flag, others UTF-8 without a flag, a Mac decomposed letters."""
    rader = [["Avdeling", "Stengt fra", "Stengt til"], ["810000000", "01.07.2026", "31.07.2026"]]
    fil = skriv.csv(rader, tegnsett="cp1252")
    for navn in ("Møter.csv".encode("cp850"), "Møter.csv".encode()):
        data = skriv.zip({"Stengt.csv": fil, "M" * len(navn): fil}).replace(b"M" * len(navn), navn)
        lesing = lever(data, "fagsystem-vekst")
        assert {avvik.kolonne for avvik in lesing.avvik if avvik.regelId == "FIL010"} >= {"Møtenr"}
    assert "FIL010" in regler(lever(skriv.zip({"Stengt.csv": fil, "Ma\u030al.csv": fil}), "fagsystem-vekst"))


def test_what_an_operating_system_adds_is_passed_over(lever: Any, regler: Any, skriv: Any, stengt: Any) -> None:
    filer = {
        "mappe/": b"",
        "mappe/stengt.csv": skriv.csv(stengt),
        "__MACOSX/mappe/._stengt.csv": b"\0\0",
        "mappe/.DS_Store": b"\0",
        "Thumbs.db": b"\0",
    }
    assert regler(lever(skriv.zip(filer))) == []
    # Some programs write the folder they stand in before every name.
    assert "stengt" in lever(skriv.zip({"./eksport/stengt.csv": skriv.csv(stengt)})).tabeller


def test_a_document_of_another_office_program_is_no_table(lever: Any, regler: Any, skriv: Any) -> None:
    assert regler(lever(skriv.zip({"mimetype": b"application/vnd.oasis", "content.xml": b"<a/>"}))) == ["FIL001"]
    assert regler(lever(skriv.zip({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}))) == ["FIL001"]
