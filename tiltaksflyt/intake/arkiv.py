"""ZIP archives from strangers: names, flags and sizes are checked before a byte is unpacked, and again while it is.

Entries are unpacked here, from the central directory's own figures, and nowhere else: an entry that inflates to more
than it declares, or to something with another checksum, never reaches a reader.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date

from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.identspor import any_holds_personident
from tiltaksflyt.intake.portregler import Avvisning

_BIT = 65536
_KRYPTERT = 0x1
_UTF8_NAVN = 0x800
_LOKALT_HODE = 30
_SENTRAL_SIGNATUR = b"PK\x01\x02"
_NESTEDE_NAVN = re.compile(r"\.(zip|7z|rar|gz|tgz|bz2|xz|tar|jar|xls[xmb]|docx|ods)$", re.IGNORECASE)
_STASJON = re.compile(r"^[A-Za-z]:")
_NESTEDE = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\xd0\xcf\x11\xe0")


class Arkiv:
    """An archive whose directory has passed every check. `names` maps readable names to entries."""

    def __init__(self, data: bytes, grenser: Grenser, dato: date) -> None:
        """Check the directory. Raises Avvisning FIL002 (damaged, encrypted), FIL003 (not allowed) or PII002."""
        self._data = memoryview(data)
        if data.count(_SENTRAL_SIGNATUR) > grenser.maks_oppforinger:
            raise Avvisning("FIL003")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as arkiv:
                innganger = arkiv.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, EOFError, OSError):
            raise Avvisning("FIL002") from None
        if not all(inngang.filename for inngang in innganger):
            # A name of nothing, or one that begins with a zero byte: no program writes it, and zipfile stumbles on it.
            raise Avvisning("FIL002")
        filer = [inngang for inngang in innganger if not inngang.is_dir()]
        self.names = {readable_name(inngang): inngang for inngang in filer}
        if any_holds_personident((readable_name(inngang) for inngang in innganger), dato):
            raise Avvisning("PII002")
        if len(self.names) != len(filer) or any(_is_forbidden(navn) for navn in map(readable_name, innganger)):
            raise Avvisning("FIL003")
        for inngang in filer:
            _refuse_entry(inngang)
        self.refuse_size(grenser.maks_utpakket, grenser.maks_forhold)

    def refuse_size(self, maks_utpakket: int, maks_forhold: int) -> None:
        """Refuse what declares more than the limits. Raises Avvisning FIL003."""
        utpakket = sum(inngang.file_size for inngang in self.names.values())
        if utpakket > maks_utpakket or utpakket > maks_forhold * len(self._data):
            raise Avvisning("FIL003")

    def unpack(self, inngang: zipfile.ZipInfo) -> Iterator[bytes]:
        """The content of an entry, piece by piece.

        Raises Avvisning FIL003 as soon as it grows past what it declares, or when it is itself an archive; FIL002
        when it is damaged or cut short.
        """
        storrelse = kontrollsum = 0
        for bit in self._inflate(inngang):
            if storrelse == 0 and bit.startswith(_NESTEDE):
                raise Avvisning("FIL003")
            storrelse += len(bit)
            if storrelse > inngang.file_size:
                raise Avvisning("FIL003")
            kontrollsum = zlib.crc32(bit, kontrollsum)
            yield bit
        if storrelse != inngang.file_size or kontrollsum != inngang.CRC:
            raise Avvisning("FIL002")

    def read(self, inngang: zipfile.ZipInfo, maks: int) -> bytes:
        """The whole content of a small entry. Raises Avvisning as `unpack`, and FIL003 when it is over `maks` bytes."""
        if inngang.file_size > maks:
            raise Avvisning("FIL003")
        return b"".join(self.unpack(inngang))

    def _inflate(self, inngang: zipfile.ZipInfo) -> Iterator[bytes]:
        raa = self._raw(inngang)
        if inngang.compress_type == zipfile.ZIP_STORED:
            for start in range(0, len(raa), _BIT):
                yield bytes(raa[start : start + _BIT])
            return
        utpakker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for start in range(0, len(raa), _BIT):
                pakket = bytes(raa[start : start + _BIT])
                while pakket and not utpakker.eof:
                    bit = utpakker.decompress(pakket, _BIT)
                    pakket = utpakker.unconsumed_tail
                    if bit:
                        yield bit
            while not utpakker.eof and (bit := utpakker.decompress(b"", _BIT)):
                yield bit
        except zlib.error:
            raise Avvisning("FIL002") from None
        if not utpakker.eof:
            raise Avvisning("FIL002")

    def _raw(self, inngang: zipfile.ZipInfo) -> memoryview:
        hode = self._data[inngang.header_offset : inngang.header_offset + _LOKALT_HODE]
        if len(hode) != _LOKALT_HODE or bytes(hode[:4]) != b"PK\x03\x04":
            raise Avvisning("FIL002")
        navn, ekstra = struct.unpack("<HH", hode[26:30])
        start = inngang.header_offset + _LOKALT_HODE + navn + ekstra
        raa = self._data[start : start + inngang.compress_size]
        if len(raa) != inngang.compress_size:
            raise Avvisning("FIL002")
        return raa


def readable_name(inngang: zipfile.ZipInfo) -> str:
    """The name as its maker wrote it: UTF-8 where flagged or valid, otherwise Windows' own code page 850."""
    if inngang.flag_bits & _UTF8_NAVN:
        return inngang.orig_filename
    raa = inngang.orig_filename.encode("cp437")
    try:
        return raa.decode("utf-8")
    except UnicodeDecodeError:
        return raa.decode("cp850")


def _is_forbidden(navn: str) -> bool:
    deler = navn.replace("\\", "/").split("/")
    klatrer = navn.startswith(("/", "\\")) or bool(_STASJON.match(navn)) or ".." in deler or "\0" in navn
    return klatrer or bool(_NESTEDE_NAVN.search(navn))


def _refuse_entry(inngang: zipfile.ZipInfo) -> None:
    if inngang.flag_bits & _KRYPTERT or inngang.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Avvisning("FIL002")
    modus = inngang.external_attr >> 16
    if stat.S_IFMT(modus) not in (0, stat.S_IFREG):
        raise Avvisning("FIL003")
