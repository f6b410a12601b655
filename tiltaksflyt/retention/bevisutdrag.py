"""The evidence of one sender, as files that anyone can verify apart from us, with openssl alone.

What an entry says is shown only to the sender it is about; of everybody else's only the hash. No personal data: an
entry has none (docs/adr/0009). The files' own texts lie in schemas/bevis/.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.loader import SCHEMAS
from tiltaksflyt.ledger import MANEDSSTAND, Bevis
from tiltaksflyt.retention.forankring import Forankring
from transforms.maned import Maned
from transforms.sletteattest import day_of

KJEDE, FORANKRINGER = "kjede.txt", "forankringer.txt"
_FASTE = ("LES-MEG.md", "kontroller.sh")


def of_sender(oppforinger: Sequence[Bevis], avsender: str) -> tuple[Bevis, ...]:
    """The entries about one sender, in order."""
    return tuple(bevis for bevis in oppforinger if bevis.values().get("avsender") == avsender)


def of_month(egne: Sequence[Bevis], maned: Maned) -> tuple[Bevis, ...]:
    """Of one sender's entries those of a month: what was erased in it, and the entry that closed it.

    A closed month never grows. What is erased as of a day before that on which the sender's latest month was closed is
    of the month of the closing.
    """
    i_maneden = []
    tidligst = date.min
    for bevis in egne:
        verdier = bevis.values()
        if verdier["art"] == MANEDSSTAND:
            tidligst = date.fromisoformat(verdier["dato"])
            er_med = verdier["maned"] == str(maned)
        else:
            er_med = Maned.of(max(tidligst, day_of(verdier))) == maned
        if er_med:
            i_maneden.append(bevis)
    return tuple(i_maneden)


def make_bundle(
    oppforinger: Sequence[Bevis],
    forankringer: Sequence[Forankring],
    *,
    avsender: str,
    maned: Maned | None,
    nokkel: Ed25519PrivateKey,
) -> Mapping[str, bytes]:
    """The files by name. `oppforinger` is the whole chain, verified; `nokkel` signs the lists as it signs entries."""
    filer: dict[str, bytes] = {navn: (SCHEMAS / "bevis" / navn).read_bytes() for navn in _FASTE}
    filer["offentlig-nokkel.pem"] = nokkel.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    # Each list says what it is, and is never empty: openssl verifies no empty file.
    linjer = ["# nummer sha256 fil\n"]
    egne = of_sender(oppforinger, avsender)
    vises = {bevis.lopenr for bevis in (egne if maned is None else of_month(egne, maned))}
    for bevis in oppforinger:
        fil = "-"
        if bevis.lopenr in vises:
            fil = f"bevis/{bevis.lopenr:08d}.json"
            filer[fil] = bevis.innhold.encode()
            filer[f"{fil}.sig"] = bevis.signatur
        linjer.append(f"{bevis.lopenr} {bevis.hash} {fil}\n")
    ankerlinjer = ["# dato antall sha256\n"]
    ankerlinjer += [f"{anker.dato.isoformat()} {anker.hode.antall} {anker.hode.hash}\n" for anker in forankringer]
    for navn, innhold in ((KJEDE, linjer), (FORANKRINGER, ankerlinjer)):
        filer[navn] = "".join(innhold).encode()
        filer[f"{navn}.sig"] = nokkel.sign(filer[navn])
    return filer


def write_bundle(katalog: Path, filer: Mapping[str, bytes]) -> None:
    """Write the files to an empty or a new folder. Raises FileExistsError when something lies there."""
    katalog.mkdir(parents=True, exist_ok=True)
    if any(katalog.iterdir()):
        raise FileExistsError(katalog)
    (katalog / "bevis").mkdir()
    for navn, innhold in filer.items():
        (katalog / navn).write_bytes(innhold)
