"""What a sender's chain of evidence says of one closed month, as its certificate needs it.

Only from entries and anchors, so that it is the same whenever it is made: an auditor gets the same numbers from the
files of `bevisutdrag`, with sha256sum and openssl.
"""

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tiltaksflyt.ledger import MANEDSSTAND, Bevis
from tiltaksflyt.retention.forankring import Forankring
from transforms.maned import Maned
from transforms.sletteattest import Beviskjeden


def closing_entry(egne: Sequence[Bevis], maned: Maned) -> Bevis | None:
    """The entry that closes a month among one sender's entries; None while the month stands open."""
    for bevis in egne:
        verdier = bevis.values()
        if verdier["art"] == MANEDSSTAND and verdier["maned"] == str(maned):
            return bevis
    return None


def first_covering(forankringer: Sequence[Forankring], bevis: Bevis) -> Forankring | None:
    """The shortest anchored chain that holds the entry; a later anchor never changes which that is."""
    dekker = (anker for anker in forankringer if anker.hode.antall >= bevis.lopenr)
    return min(dekker, key=lambda anker: (anker.hode.antall, anker.dato), default=None)


def describe_chain(i_maneden: Sequence[Bevis], anker: Forankring, nokkel: Ed25519PublicKey) -> Beviskjeden:
    """The part of the page that leads an auditor to the chain. `i_maneden` are the month's entries, never none.

    The hash of them is that of the lines «number hash», as kjede.txt of the month's extract has them.
    """
    linjer = "".join(f"{bevis.lopenr} {bevis.hash}\n" for bevis in i_maneden)
    der = nokkel.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Beviskjeden(
        forste=i_maneden[0].lopenr,
        siste=i_maneden[-1].lopenr,
        antall=len(i_maneden),
        avtrykk=hashlib.sha256(linjer.encode()).hexdigest(),
        hode_antall=anker.hode.antall,
        hode=anker.hode.hash,
        forankret=anker.dato,
        nokkelavtrykk=hashlib.sha256(der).hexdigest(),
    )
