"""The sweep finds a planted identity in each kind of store and encoding, and nothing where there is none."""

import base64
import contextlib
import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.retention.pakking import make_pdf, make_xlsx, make_zip, noise
from tiltaksflyt.retention.funn import Mangel, Mangelgrunn, Treff
from tiltaksflyt.retention.sveip import Grenser, Sveip, make_naler, search_bytes, search_tree

KANARI = "15819010029"  # synthetic: month + 80
NAVN = "Kanarifugl Ærødottir"


SVEIP = Sveip(make_naler(KANARI))


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


@settings(deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16-le"]))
def test_wherever_it_stands(foran: bytes, bak: bytes, koding: str) -> None:
    data = foran + KANARI.encode(koding) + bak
    assert any(isinstance(funn, Treff) and funn.posisjon == len(foran) for funn in SVEIP.bytes_(data, "x"))


@settings(deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_base64_at_any_alignment(foran: bytes, bak: bytes) -> None:
    kodet = base64.b64encode(foran + KANARI.encode() + bak)
    assert [funn for funn in SVEIP.bytes_(kodet, "x") if isinstance(funn, Treff)]


# --- names: a file's, a folder's, a member's, and where a link leads ----


@pytest.mark.parametrize("navn", [f"eksport {KANARI}.csv", f"eksport%20{NAVN}.csv", "eksport MTU4MTkwMTAwMjk=.csv"])
def test_a_name_is_a_place_too_and_the_place_does_not_repeat_it(navn: str, tmp_path: Path) -> None:
    mappe = tmp_path / "innboks" / navn
    mappe.mkdir(parents=True)
    (mappe / "fil.txt").write_text(f"{KANARI} {NAVN}", encoding="utf-8")
    funn = list(search_tree(tmp_path, (*make_naler(KANARI), *make_naler(NAVN))))
    steder = {treff.sti for treff in funn}
    inode = f"innboks/[inode {mappe.stat().st_ino}]"
    assert f"{inode}/fil.txt" in steder
    assert any(sted.startswith(f"{inode}!navn") for sted in steder)
    assert not any(KANARI in sted or NAVN in sted or "MTU4MTkw" in sted for sted in steder)


def test_the_name_of_a_zip_member_and_the_goal_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(make_zip(b"tom", navn=f"CV {KANARI}.pdf"))
    (tmp_path / "lenke").symlink_to(tmp_path / f"borte-{KANARI}")
    funn = {treff.sti for treff in search_tree(tmp_path, make_naler(KANARI))}
    assert {sti.split("!")[0] for sti in funn} == {"a.zip", f"[inode {(tmp_path / 'lenke').lstat().st_ino}]"}


# --- what was not searched whole is told ----


def make_encrypted_pdf() -> bytes:
    skriver = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(make_pdf("hemmelig"))))
    skriver.encrypt("passord", algorithm="AES-256")
    ut = io.BytesIO()
    skriver.write(ut)
    return ut.getvalue()


def make_encrypted_zip() -> bytes:
    pakke = bytearray(make_zip(b"hemmelig" * 9))
    pakke[6] |= 1
    return bytes(pakke)


def packed(antall: int) -> bytes:
    data = b"innerst"
    for _ in range(antall):
        data = gzip.compress(data)
    return data


CMS = bytes.fromhex("308006092a864886f70d010703a080") + bytes(range(200))
MANGLER = {
    "gzip til et punkt": (gzip.compress(bytes(range(256)) * 90)[:-30], Mangelgrunn.SKADET, True),
    "gzip med feil i": (gzip.compress(noise(9000))[:4000] + b"x" * 9000, Mangelgrunn.SKADET, True),
    "zstd til et punkt": (compress(noise(900))[:-30], Mangelgrunn.SKADET, True),
    "zip til et punkt": (make_zip(noise(900))[:500], Mangelgrunn.SKADET, True),
    "rest av gzip": (b"." * 99 + gzip.compress(noise(9000))[:4000], Mangelgrunn.SKADET, False),
    "pdf uten slutt": (make_pdf("hei")[:-400], Mangelgrunn.SKADET, True),
    "kryptert pdf": (make_encrypted_pdf(), Mangelgrunn.KRYPTERT, False),
    "kryptert zip": (make_encrypted_zip(), Mangelgrunn.KRYPTERT, False),
    "forseglet til mottaker": (CMS, Mangelgrunn.KRYPTERT, False),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04" + b"x" * 99, Mangelgrunn.UKJENT_PAKKING, True),
    "ødelagt database": (b"SQLite format 3\x00 but no database", Mangelgrunn.SKADET, True),
    "for dypt": (packed(12), Mangelgrunn.FOR_DYPT, True),
    "for stort": (gzip.compress(bytes(9_000_000)), Mangelgrunn.FOR_STORT, True),
    "for stor pdf": (make_pdf("hei").replace(b"%%EOF", b" " * 5_000_000), Mangelgrunn.FOR_STORT, True),
    "for mange samtidig": (b"".join(gzip.compress(bytes(99))[:-9] for _ in range(40)), Mangelgrunn.FOR_STORT, True),
}


@pytest.mark.parametrize("navn", MANGLER)
def test_what_could_not_be_searched_whole_is_told(navn: str, tmp_path: Path) -> None:
    innhold, grunn, alvorlig = MANGLER[navn]
    (tmp_path / "fil").write_bytes(innhold)
    grenser = Grenser(dybde=8, utpakket=8_000_000, i_minnet=4_000_000)
    mangler = [funn for funn in Sveip(make_naler(KANARI), grenser).tree(tmp_path) if isinstance(funn, Mangel)]
    assert (grunn, alvorlig) in {(mangel.grunn, mangel.alvorlig) for mangel in mangler}
    assert any(mangel.alvorlig for mangel in mangler) is alvorlig


def test_what_is_before_the_damage_is_searched() -> None:
    skadet = gzip.compress(f"{KANARI}\n".encode() + noise(9000))[:-2000] + b"\xff" * 2000
    assert list(search_bytes(skadet, make_naler(KANARI), "x"))


def test_whole_and_open_is_told_of_nothing(tmp_path: Path) -> None:
    for navn, make in {**LAGER, "docx": lambda verdi: make_zip(verdi.encode())}.items():
        if navn != "avkuttet gzip":
            (tmp_path / navn).write_bytes(make("ingen"))
    assert [funn for funn in SVEIP.tree(tmp_path) if isinstance(funn, Mangel)] == []


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    (mangel,) = SVEIP.tree(tmp_path / "feil-skrevet")
    assert isinstance(mangel, Mangel)
    assert (mangel.grunn, mangel.alvorlig) == (Mangelgrunn.ULESELIG, True)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fil").write_text("x", encoding="utf-8")

    def refuse(*_valg: object, **_flere: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert [funn for funn in SVEIP.tree(tmp_path) if isinstance(funn, Mangel)] == [
        Mangel("fil", Mangelgrunn.ULESELIG, 0, alvorlig=True)
    ]
