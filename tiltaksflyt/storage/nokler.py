"""How the bucket is laid out. Every name in it is made here, so none of them can hold a person.

innboks/<orgnr>/…                what a sender drops: the only names that are not ours, and only until the door
mottatt/<innsendingId>/<navn>    a drop that we have taken
utboks/<orgnr>/…                 what a sender reads
pakker/<leveranseId>.asice.p7m   a package until its receipt
tilside/<merknadId>              a file that a recipient laid among its receipts and that is none, for some days
mottakere/…                      the folders of a recipient on the bucket channel
manuell/<mottaker>/<leveranseId>/  a package that a person hands over, and the letter beside it
manuell/<mottaker>/kvitteringer/   where the person lays the receipts
"""

import re

from tiltaksflyt.storage.feil import Lagringskode, StorageFeil

PAKKEENDELSE = ".asice.p7m"
PAKKETYPE = "application/pkcs7-mime"

_ORGNR = re.compile(r"[0-9]{9}")
# A UUID, or a hash written in hexadecimal: random or derived, never spoken of a person.
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64}")
_NAVN = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
# What a recipient is known by: 9703, or 9703-KOMMUNE.
_MOTTAKER = re.compile(r"[0-9]{4}(?:-[A-Z]+)?")
# What a fødselsnummer looks like when someone puts one in a file name.
_IDENT = re.compile(r"(?<![0-9])[0-9]{6}[._-]?[0-9]{5}(?![0-9])")
# An id of ours within a name. One in 250 of them would otherwise look like a fødselsnummer.
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])")


def innboks(orgnr: str) -> str:
    """The prefix that one sender writes to. Raises StorageFeil for anything but nine digits."""
    return f"innboks/{_check(_ORGNR, orgnr)}/"


def utboks(orgnr: str, navn: str = "") -> str:
    """The prefix that one sender reads, or one object in it; `navn` may have folders. Raises StorageFeil."""
    return f"utboks/{_check(_ORGNR, orgnr)}/{check_path(navn) if navn else ''}"


def mottatt(innsending_id: str, navn: str = "") -> str:
    """The prefix of one drop that we have taken, or one object of it. Raises StorageFeil."""
    return f"mottatt/{_check(_ID, innsending_id)}/{check_path(navn) if navn else ''}"


def pakke(leveranse_id: str) -> str:
    """The key of one package. Raises StorageFeil."""
    return f"pakker/{_check(_ID, leveranse_id)}{PAKKEENDELSE}"


def manuell(mottaker: str, leveranse_id: str) -> str:
    """The prefix of one package that a person hands over to a recipient. Raises StorageFeil."""
    return f"manuell/{_check(_MOTTAKER, mottaker)}/{_check(_ID, leveranse_id)}/"


def manuelle_kvitteringer(mottaker: str) -> str:
    """The prefix of the receipts that a person lays there. Raises StorageFeil."""
    return f"manuell/{_check(_MOTTAKER, mottaker)}/kvitteringer/"


def til_side(merknad_id: str) -> str:
    """The key of one file that was put aside. Raises StorageFeil."""
    return f"tilside/{_check(_ID, merknad_id)}"


def check_path(sti: str) -> str:
    """A path of our own making: each part an id, or a plain lower-case name without an ident. Raises StorageFeil.

    A name may hold an id of ours.
    """
    for ledd in sti.split("/"):
        if not (_ID.fullmatch(ledd) or _is_plain_name(ledd)):
            raise StorageFeil(Lagringskode.UGYLDIG_NAVN, "name")
    return sti


def _check(monster: re.Pattern[str], verdi: str) -> str:
    if not monster.fullmatch(verdi):
        raise StorageFeil(Lagringskode.UGYLDIG_NAVN, "name")
    return verdi


def _is_plain_name(ledd: str) -> bool:
    return _NAVN.fullmatch(ledd) is not None and ".." not in ledd and _IDENT.search(_UUID.sub("id", ledd)) is None
