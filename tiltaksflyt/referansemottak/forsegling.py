"""Opens what a sender has sealed: decrypts with our key, and checks the signature and every digest it covers.

With nothing but `openssl`: whoever reads this sees the commands that any recipient can use (docs/leveranse.md).
"""

import base64
import hashlib
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from tiltaksflyt.referansemottak.koder import Funn, PakkeAvvist

MIMETYPE = b"application/vnd.etsi.asic-e+zip"
ASIC_MANIFEST, SIGNATUR = "META-INF/ASiCManifest.xml", "META-INF/signature.p7s"
INNPAKNING = frozenset({"mimetype", ASIC_MANIFEST, SIGNATUR})
_ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_TIDSGRENSE = 300


@dataclass(frozen=True)
class Apner:
    """What it takes to open: our own key and certificate, and the issuers whose signatures we accept. All PEM."""

    nokkel: Path
    sertifikat: Path
    tillit: Path

    def decrypt(self, kryptert: Path, ut: Path) -> None:
        """Write the container that lies encrypted in `kryptert`. Raises PakkeAvvist."""
        valg = ["-decrypt", "-inform", "DER", "-binary", "-in", str(kryptert), "-out", str(ut)]
        if not _openssl([*valg, "-recip", str(self.sertifikat), "-inkey", str(self.nokkel)]):
            raise PakkeAvvist(Funn.IKKE_KRYPTERT_FOR_OSS)

    def verify(self, filer: Mapping[str, bytes]) -> None:
        """Check the signature of an opened container, and that it covers every file. Raises PakkeAvvist."""
        if filer.get("mimetype") != MIMETYPE or not filer.keys() >= INNPAKNING:
            raise PakkeAvvist(Funn.IKKE_ASIC_E)
        with TemporaryDirectory(prefix="referansemottak-") as katalog:
            signatur, manifest = Path(katalog) / "signatur", Path(katalog) / "manifest"
            signatur.write_bytes(filer[SIGNATUR])
            manifest.write_bytes(filer[ASIC_MANIFEST])
            valg = ["-verify", "-cades", "-inform", "DER", "-binary", "-in", str(signatur), "-content", str(manifest)]
            if not _openssl([*valg, "-purpose", "any", "-CAfile", str(self.tillit), "-out", "/dev/null"]):
                raise PakkeAvvist(Funn.UGYLDIG_SIGNATUR)
        if _covered(filer[ASIC_MANIFEST]) != {
            sti: hashlib.sha256(innhold).digest() for sti, innhold in filer.items() if sti not in INNPAKNING
        }:
            raise PakkeAvvist(Funn.SIGNATUREN_DEKKER_IKKE)


def _openssl(valg: list[str]) -> bool:
    kjort = subprocess.run(  # noqa: S603  fixed options and our own paths
        ["openssl", "cms", *valg],  # noqa: S607  the system's own openssl, wherever it lies
        capture_output=True,
        timeout=_TIDSGRENSE,
        check=False,
    )
    return kjort.returncode == 0


def _covered(manifest: bytes) -> dict[str, bytes] | None:
    """The digest of each file that the signed manifest names; None when it names one twice, or in another way."""
    if re.search(rb"<!DOCTYPE", manifest):
        return None
    leser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    dekket: dict[str, bytes] = {}
    try:
        referanser = list(etree.fromstring(manifest, leser).iter(f"{_ASIC}DataObjectReference"))
        for referanse in referanser:
            metode, verdi = referanse.find(f"{_DS}DigestMethod"), referanse.find(f"{_DS}DigestValue")
            if metode is None or verdi is None or metode.get("Algorithm") != _SHA256:
                return None
            dekket[str(referanse.get("URI"))] = base64.b64decode(verdi.text or "", validate=True)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return dekket if len(dekket) == len(referanser) else None
