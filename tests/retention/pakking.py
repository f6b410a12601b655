"""Ways to hide bytes: every container and encoding that the sweep opens, each as a function from bytes to bytes."""

import base64
import bz2
import contextlib
import gzip
import io
import json
import lzma
import quopri
import random
import sqlite3
import tarfile
import urllib.parse
import zipfile
from collections.abc import Callable

import pyarrow
import pyarrow.parquet
import pypdf
import typst
import xlsxwriter
import zstandard


def noise(antall: int, fro: int = 1) -> bytes:
    """Bytes as chance makes them, the same each time."""
    return random.Random(fro).randbytes(antall)  # noqa: S311  test data


def make_zip(innhold: bytes, metode: int = zipfile.ZIP_DEFLATED, navn: str = "dokument.bin") -> bytes:
    ut = io.BytesIO()
    with zipfile.ZipFile(ut, "w", metode) as arkiv:
        arkiv.writestr(navn, innhold)
    return ut.getvalue()


def make_tar(innhold: bytes, modus: str = "w") -> bytes:
    ut = io.BytesIO()
    with tarfile.open(fileobj=ut, mode=modus) as arkiv:  # type: ignore[call-overload]
        post = tarfile.TarInfo("mappe/fil.bin")
        post.size = len(innhold)
        arkiv.addfile(post, io.BytesIO(innhold))
    return ut.getvalue()


def make_xlsx(tekst: str) -> bytes:
    ut = io.BytesIO()
    with xlsxwriter.Workbook(ut, {"in_memory": True}) as bok:
        bok.add_worksheet("Deltakere").write_string(0, 0, tekst)
    return ut.getvalue()


def make_docx(tekst: str) -> bytes:
    """As Word writes what somebody has typed in two goes: the text stands in two runs."""
    halv = len(tekst) // 2
    kropp = "".join(f'<w:r w:rsidR="00A1"><w:t>{del_}</w:t></w:r>' for del_ in (tekst[:halv], tekst[halv:]))
    return make_zip(f"<w:document><w:body><w:p>{kropp}</w:p></w:body></w:document>".encode(), navn="word/document.xml")


def make_pdf(tekst: str) -> bytes:
    pdf = typst.compile(b"#set document(date: none)\n#text[" + tekst.encode() + b"]", format="pdf")
    assert isinstance(pdf, bytes)
    return pdf


def attach_to_pdf(innhold: bytes) -> bytes:
    skriver = pypdf.PdfWriter()
    skriver.add_blank_page(100, 100)
    skriver.add_attachment("vedlegg.bin", innhold)
    skriver.compress_identical_objects()
    ut = io.BytesIO()
    skriver.write(ut)
    return ut.getvalue()


def make_sqlite(innhold: bytes) -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as kobling:
        kobling.execute("PRAGMA page_size = 512")
        kobling.execute("CREATE TABLE t (v BLOB)")
        kobling.execute("INSERT INTO t VALUES (?)", (innhold,))
        return kobling.serialize()


def make_parquet(innhold: bytes, pakking: str = "snappy") -> bytes:
    ut = io.BytesIO()
    tekst = innhold.decode("latin-1")
    pyarrow.parquet.write_table(pyarrow.table({"v": [tekst, tekst]}), ut, compression=pakking)
    return ut.getvalue()


def escape_all(data: bytes) -> bytes:
    return "".join(f"\\u{ord(tegn):04x}" for tegn in data.decode("latin-1")).encode()


def json_in(data: bytes) -> bytes:
    return json.dumps({"felt": data.decode("latin-1"), "n": 1}).replace("/", "\\/").encode()


BEHOLDERE: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
    "zstd uten lengde": lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": make_zip,
    "zip lagret": lambda data: make_zip(data, zipfile.ZIP_STORED),
    "zip bzip2": lambda data: make_zip(data, zipfile.ZIP_BZIP2),
    "tar": make_tar,
    "tar.gz": lambda data: make_tar(data, "w:gz"),
    "sqlite": make_sqlite,
    "pdf-vedlegg": attach_to_pdf,
    "volum": lambda data: b"\x00\x17" * 999 + data + b"\xff" * 999,
}
KODINGER: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64 for URL": base64.urlsafe_b64encode,
    "base64 i linjer": lambda data: base64.encodebytes(data).replace(b"\n", b"\r\n"),
    "data-URL": lambda data: b'{"url": "data:application/octet-stream;base64,' + base64.b64encode(data) + b'"}',
    "base64 midt i ord": lambda data: b"filer/navn=" + base64.b64encode(data),
    "hex": lambda data: data.hex().encode(),
    "HEX": lambda data: data.hex().upper().encode(),
}
# These carry text: what is binary must be put in letters first.
TEKSTKODINGER: dict[str, Callable[[bytes], bytes]] = {
    "utf-16": lambda data: data.decode("latin-1").encode("utf-16"),
    "utf-16-be": lambda data: data.decode("latin-1").encode("utf-16-be"),
    "URL": lambda data: b"/sok?navn=" + urllib.parse.quote(data, safe="").encode(),
    "URL to ganger": lambda data: urllib.parse.quote(urllib.parse.quote(data, safe=""), safe="").encode(),
    "JSON": json_in,
    "JSON i JSON": lambda data: json_in(json_in(data)),
    "bare JSON-flukt": escape_all,
    "quoted-printable": lambda data: quopri.encodestring(b"Emne: " + data),
    "XML": lambda data: b"<a>" + "".join(f"&#{ord(tegn)};" for tegn in data.decode("latin-1")).encode() + b"</a>",
}
