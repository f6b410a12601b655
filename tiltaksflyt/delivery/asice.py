"""An ASiC-E container (ETSI EN 319 162-1) with a CAdES signature, written as a stream.

mimetype first and stored, then the files, then META-INF/ASiCManifest.xml with the digest of each, and a signature over
that. What is written can be handed on at once: nothing waits for the end, and no file is held.
"""

import hashlib
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from lxml import etree

MIMETYPE = "application/vnd.etsi.asic-e+zip"
ASIC_MANIFEST = "META-INF/ASiCManifest.xml"
SIGNATUR = "META-INF/signature.p7s"
_NS = "http://uri.etsi.org/02918/v1.2.1#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_TIDSMERKE = (1980, 1, 1, 0, 0, 0)
# Most of a package is pages, which are compressed already: 6 makes it 6 % smaller than 1, and takes twice as long.
_PAKKING = 1
_UNIX, _LESES_AV_EIER = 3, 0o100600 << 16


class Mottakerstrom(Protocol):
    """Where the container goes."""

    def write(self, innhold: bytes) -> object:
        """Take a stretch of it."""


class AsiceSkriver:
    """Writes one container to `ut`, within `with`: `add` the files, then `finish` with what signs.

    What has been written is no container when `finish` was not reached.
    """

    def __init__(self, ut: Mottakerstrom) -> None:
        self._strom = _Etterslep(ut)
        self._arkiv = zipfile.ZipFile(self._strom, "w")
        self._referanser = _open_manifest()
        self._write("mimetype", MIMETYPE.encode(), zipfile.ZIP_STORED)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, type_: type[BaseException] | None, feil: BaseException | None, spor: TracebackType | None
    ) -> None:
        """End. What an unfinished archive still wants to say goes nowhere."""
        self._arkiv.close()

    def add(self, sti: str, innhold: bytes, medietype: str) -> None:
        """One file."""
        self._write(sti, innhold, zipfile.ZIP_DEFLATED)
        referanse = etree.SubElement(self._referanser, f"{{{_NS}}}DataObjectReference", URI=sti, MimeType=medietype)
        etree.SubElement(referanse, f"{{{_DS}}}DigestMethod", Algorithm=_SHA256)
        avtrykk = etree.SubElement(referanse, f"{{{_DS}}}DigestValue")
        avtrykk.text = b64encode(hashlib.sha256(innhold).digest()).decode()

    def finish(self, sign: Callable[[bytes], bytes]) -> None:
        """End the container. `sign` makes the signature from the SHA-256 of the manifest."""
        manifest = etree.tostring(self._referanser, xml_declaration=True, encoding="UTF-8", standalone=True)
        self._write(ASIC_MANIFEST, manifest, zipfile.ZIP_DEFLATED)
        self._write(SIGNATUR, sign(hashlib.sha256(manifest).digest()), zipfile.ZIP_DEFLATED)
        self._arkiv.close()
        self._strom.hand_on()

    def _write(self, sti: str, innhold: bytes, pakking: int) -> None:
        """One entry whose bytes depend on nothing but name and content."""
        oppforing = zipfile.ZipInfo(sti, _TIDSMERKE)
        oppforing.create_system = _UNIX
        oppforing.external_attr = _LESES_AV_EIER
        oppforing.compress_type = pakking
        self._arkiv.writestr(oppforing, innhold, compresslevel=_PAKKING)
        self._strom.hand_on()


class _Etterslep(io.BytesIO):
    """A stream whose last entry may still be changed: zipfile goes back to write its length and checksum.

    On a stream that cannot, it would write them behind each entry, and `mimetype` may not have that.
    """

    def __init__(self, ut: Mottakerstrom) -> None:
        super().__init__()
        self._ut = ut
        self._gitt_videre = 0

    def tell(self) -> int:
        return self._gitt_videre + super().tell()

    def seek(self, plass: int, fra: int = io.SEEK_SET, /) -> int:
        return self._gitt_videre + super().seek(plass - self._gitt_videre if fra == io.SEEK_SET else plass, fra)

    def hand_on(self) -> None:
        """Let go of what is finished."""
        ferdig = self.getvalue()
        self._ut.write(ferdig)
        self._gitt_videre += len(ferdig)
        super().seek(0)
        self.truncate(0)


def _open_manifest() -> etree._Element:
    rot = etree.Element(f"{{{_NS}}}ASiCManifest", nsmap={"asic": _NS, "ds": _DS})
    etree.SubElement(rot, f"{{{_NS}}}SigReference", URI=SIGNATUR, MimeType="application/x-pkcs7-signature")
    return rot
