"""What an integrasjonspunkt hands out: an ASiC-E container that is already opened for us, with one file in it."""

import io
import zipfile
import zlib

from tiltaksflyt.delivery.kanal import MAKS_KVITTERING

# The container's own, and what the integrasjonspunkt puts in beside the file.
_EGNE = frozenset({"mimetype", "manifest.xml"})
_SIGNATURER = "META-INF/"


def read_single(beholder: bytes) -> bytes:
    """The one file in a container, and no more of it than one byte over MAKS_KVITTERING; empty when it is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(beholder)) as arkiv:
            navn = [n for n in arkiv.namelist() if n not in _EGNE and not n.startswith(_SIGNATURER)]
            if len(navn) != 1:
                return b""
            with arkiv.open(navn[0]) as fil:
                return fil.read(MAKS_KVITTERING + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError):
        # Cut short, encrypted, of an unknown kind: not a file that can be read.
        return b""
