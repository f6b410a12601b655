"""The sweep finds a planted identity in each kind of store and encoding, and nothing where there is none."""

import base64
import contextlib
import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typst
import xlsxwriter
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tiltaksflyt.retention.sveip import Treff, make_naler, search_bytes, search_tree

KANARI = "15819010029"  # synthetic: month + 80
NAVN = "Kanarifugl Ærødottir"


def make_zip(innhold: bytes, metode: int = zipfile.ZIP_DEFLATED) -> bytes:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", metode) as arkiv:
        arkiv.writestr("dokument.bin", innhold)
    return ut.getvalue()


def make_xlsx(tekst: str) -> bytes:
    ut = io.BytesIO()
    with xlsxwriter.Workbook(ut, {"in_memory": True}) as bok:
        bok.add_worksheet("Deltakere").write_string(0, 0, tekst)
    return ut.getvalue()


def make_pdf(tekst: str) -> bytes:
    pdf = typst.compile(b"#set document(date: none)\n#text[" + tekst.encode() + b"]", format="pdf")
    assert isinstance(pdf, bytes)
    return pdf


def compress(verdi: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(verdi * 20)


LAGER: dict[str, Callable[[str], bytes]] = {
    "logg": lambda verdi: f"2026-01-01 INFO {verdi} lest\n".encode(),
    "utf-16": lambda verdi: verdi.encode("utf-16"),
    "utf-16-be": lambda verdi: verdi.encode("utf-16-be"),
    "hex": lambda verdi: verdi.encode().hex().encode(),
    "base64-0": lambda verdi: base64.b64encode(f"{verdi}...".encode()),
    "base64-1": lambda verdi: base64.b64encode(f"x{verdi}...".encode()),
    "base64-2": lambda verdi: base64.b64encode(f"xy{verdi}...".encode()),
    "gzip": lambda verdi: gzip.compress(verdi.encode() * 20),
    "zstd": lambda verdi: compress(verdi.encode()),
    "zip": lambda verdi: make_zip(verdi.encode() * 20),
    "zip-lagret": lambda verdi: make_zip(verdi.encode() * 20, zipfile.ZIP_STORED),
    "xlsx": make_xlsx,
    "pdf": make_pdf,
    "pdf-i-zip-i-gzip": lambda verdi: gzip.compress(make_zip(make_pdf(verdi))),
    "volumfil": lambda verdi: b"\x00\x17" * 999 + gzip.compress(verdi.encode() * 20) + b"\xff" * 999,
    "avkuttet gzip": lambda verdi: gzip.compress(verdi.encode() * 20 + bytes(range(256)) * 400)[:-9],
}


@pytest.mark.parametrize("lager", LAGER)
def test_a_planted_number_is_found(lager: str, tmp_path: Path) -> None:
    (tmp_path / "fil.bin").write_bytes(LAGER[lager](KANARI))
    assert list(search_tree(tmp_path, make_naler(KANARI)))


@pytest.mark.parametrize("lager", LAGER)
def test_another_number_is_not(lager: str, tmp_path: Path) -> None:
    (tmp_path / "fil.bin").write_bytes(LAGER[lager]("15819010100"))
    assert list(search_tree(tmp_path, make_naler(KANARI))) == []


@pytest.mark.parametrize("lager", ["logg", "utf-16", "hex", "base64-1", "gzip", "zip", "xlsx", "pdf"])
def test_a_planted_name_is_found(lager: str, tmp_path: Path) -> None:
    (tmp_path / "fil.bin").write_bytes(LAGER[lager](NAVN))
    assert list(search_tree(tmp_path, make_naler(NAVN)))


@pytest.mark.parametrize("skrevet", ["158190 10029", "158190.10029", "15.81.90 10029"])
def test_the_ways_a_person_writes_it(skrevet: str) -> None:
    assert list(search_bytes(skrevet.encode(), make_naler(KANARI), "x"))


def test_a_file_name_is_a_place_too(tmp_path: Path) -> None:
    (tmp_path / f"eksport {KANARI}.csv").touch()
    assert list(search_tree(tmp_path, make_naler(KANARI)))


def test_a_deleted_row_in_a_write_ahead_log(tmp_path: Path) -> None:
    """The value is gone from every query and still lies in the WAL: exactly what the sweep is for."""
    kobling = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    kobling.execute("PRAGMA journal_mode = WAL")
    kobling.execute("PRAGMA wal_autocheckpoint = 0")
    kobling.execute("CREATE TABLE t (v TEXT)")
    kobling.execute("INSERT INTO t VALUES (?)", (KANARI,))
    kobling.execute("DELETE FROM t")
    treff = list(search_tree(tmp_path, make_naler(KANARI)))
    assert {hit.sti.split("!")[0] for hit in treff} == {"ledger.db-wal"}
    kobling.execute("PRAGMA secure_delete = ON")
    kobling.execute("VACUUM")
    kobling.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert list(search_tree(tmp_path, make_naler(KANARI))) == []
    kobling.close()


def test_a_value_across_two_database_pages(tmp_path: Path) -> None:
    """Somewhere a long cell is cut in the middle of the number: no page holds it, the cell does."""
    for hale in range(1200, 1800):
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as kobling:
            kobling.execute("PRAGMA page_size = 512")
            kobling.execute("CREATE TABLE t (v TEXT)")
            kobling.execute("INSERT INTO t VALUES (?)", ("." * 100 + KANARI + "." * hale,))
            fil = kobling.serialize()
        if KANARI.encode() not in fil:
            break
    else:
        pytest.fail("no cell was cut")
    (tmp_path / "ledger.db").write_bytes(fil)
    assert {hit.sti for hit in search_tree(tmp_path, make_naler(KANARI))} == {"ledger.db!t"}


def test_a_hit_never_carries_the_value(tmp_path: Path) -> None:
    (tmp_path / "logg.txt").write_text(f"deltaker {KANARI}", encoding="utf-8")
    assert list(search_tree(tmp_path, make_naler(KANARI))) == [Treff("logg.txt", "tekst, utf-8", 9)]


def test_damaged_containers_do_not_stop_it(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"PK\x03\x04\x00 \x1f\x8b\x08\x00 %PDF-1.7 junk %%EOF \x28\xb5\x2f\xfd\x00")
    (tmp_path / "b.bin").write_bytes(b"SQLite format 3\x00 but no database")
    (tmp_path / "c.bin").write_text(KANARI, encoding="utf-8")
    assert [hit.sti for hit in search_tree(tmp_path, make_naler(KANARI))] == ["c.bin"]


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16-le"]))
def test_wherever_it_stands(foran: bytes, bak: bytes, koding: str) -> None:
    assert any(
        hit.posisjon == len(foran) for hit in search_bytes(foran + KANARI.encode(koding) + bak, make_naler(KANARI), "x")
    )


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_base64_at_any_alignment(foran: bytes, bak: bytes) -> None:
    kodet = base64.b64encode(foran + KANARI.encode() + bak)
    assert list(search_bytes(kodet, make_naler(KANARI), "x"))
