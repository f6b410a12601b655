"""The container, held against unzip and the standard: mimetype first and bare, and every file in the manifest."""

import hashlib
import io
import subprocess
import zipfile
from base64 import b64decode
from typing import Any

import pytest
from lxml import etree

from tiltaksflyt.delivery.asice import ASIC_MANIFEST, MIMETYPE, SIGNATUR, AsiceSkriver

NS = {"a": "http://uri.etsi.org/02918/v1.2.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}
FILER = {"manifest.json": b"{}", "a/dokument.xml": b"<x/>" * 500, "a/dokument.pdf": bytes(range(256)) * 9, "tom": b""}


class Strom:
    """Takes what it is given, in order, and cannot go back."""

    def __init__(self) -> None:
        self.deler: list[bytes] = []

    def write(self, innhold: bytes) -> None:
        self.deler.append(innhold)


@pytest.fixture
def strom() -> Strom:
    ut = Strom()
    with AsiceSkriver(ut) as skriver:
        for sti, innhold in FILER.items():
            skriver.add(sti, innhold, "application/octet-stream")
        skriver.finish(lambda avtrykk: b"signert " + avtrykk)
    return ut


def test_unzip_finds_it_whole_and_in_order(strom: Strom, tmp_path: Any) -> None:
    fil = tmp_path / "beholder"
    fil.write_bytes(b"".join(strom.deler))
    assert subprocess.run(["unzip", "-tqq", str(fil)], check=False).returncode == 0
    with zipfile.ZipFile(fil) as arkiv:
        assert arkiv.namelist() == ["mimetype", *FILER, ASIC_MANIFEST, SIGNATUR]
        assert {navn: arkiv.read(navn) for navn in FILER} == FILER


def test_the_mimetype_lies_bare_where_a_reader_looks_for_it(strom: Strom) -> None:
    """ETSI EN 319 162-1 A.1: the first entry, stored, without extra fields or a data descriptor."""
    innhold = b"".join(strom.deler)
    assert innhold[30 : 38 + len(MIMETYPE)] == b"mimetype" + MIMETYPE.encode()
    with zipfile.ZipFile(io.BytesIO(innhold)) as arkiv:
        forste = arkiv.infolist()[0]
        assert (forste.compress_type, forste.extra, forste.flag_bits) == (zipfile.ZIP_STORED, b"", 0)
        assert all(not ett.flag_bits & 8 for ett in arkiv.infolist())


def test_the_manifest_names_every_file_with_its_digest(strom: Strom) -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(strom.deler))) as arkiv:
        manifest, signatur = arkiv.read(ASIC_MANIFEST), arkiv.read(SIGNATUR)
    rot = etree.fromstring(manifest)
    assert rot.xpath("string(a:SigReference/@URI)", namespaces=NS) == SIGNATUR
    avtrykk = {
        ett.get("URI"): b64decode(ett.findtext("ds:DigestValue", namespaces=NS))
        for ett in rot.iterfind("a:DataObjectReference", NS)
    }
    assert avtrykk == {sti: hashlib.sha256(innhold).digest() for sti, innhold in FILER.items()}
    assert signatur == b"signert " + hashlib.sha256(manifest).digest()


def test_what_is_finished_is_handed_on_at_once() -> None:
    ut = Strom()
    with AsiceSkriver(ut) as skriver:
        skriver.add("a", bytes(100), "application/octet-stream")
        assert b"".join(ut.deler).startswith(b"PK\x03\x04")
        foer = len(b"".join(ut.deler))
        skriver.add("b", bytes(100), "application/octet-stream")
        assert len(b"".join(ut.deler)) > foer


def test_one_that_was_not_finished_is_no_container() -> None:
    ut = Strom()
    with AsiceSkriver(ut) as skriver:
        skriver.add("a", b"x", "application/octet-stream")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(ut.deler)))
