"""How a sender writes dates, numbers and truth: read strictly, and written back the same way."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from zoneinfo import ZoneInfo

from schemas.kontrakt import Felt, Felttype
from tiltaksflyt.intake.celler import LISTESKILLE, Tallcelle

_OSLO = ZoneInfo("Europe/Oslo")
_BLANKE = re.compile(r"\s+")
_TALL = re.compile(r"^([+-]?)([0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:([.,])([0-9]+))?$")
_TIDSPUNKT = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)

# Soft hyphen, zero width space, word joiner, byte order mark, and the marks that turn the direction of writing.
USYNLIGE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
# The joiners mean something in Arabic, in Indic scripts and in emoji, but never in a code, a date or a number.
_SAMMENBINDERE = re.compile("[\u200c\u200d]")
_MAKS_SIFFER = 15
_MAKS_LENGDE = 40

_DATOMONSTRE: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "yyyy-mm-dd": re.compile(r"^(?P<ar>[0-9]{4})-(?P<maned>[0-9]{2})-(?P<dag>[0-9]{2})$"),
        "dd.mm.yyyy": re.compile(r"^(?P<dag>[0-9]{1,2})\.(?P<maned>[0-9]{1,2})\.(?P<ar>[0-9]{4})$"),
        "dd/mm/yyyy": re.compile(r"^(?P<dag>[0-9]{1,2})/(?P<maned>[0-9]{1,2})/(?P<ar>[0-9]{4})$"),
        "dd-mm-yyyy": re.compile(r"^(?P<dag>[0-9]{1,2})-(?P<maned>[0-9]{1,2})-(?P<ar>[0-9]{4})$"),
        "yyyymmdd": re.compile(r"^(?P<ar>[0-9]{4})(?P<maned>[0-9]{2})(?P<dag>[0-9]{2})$"),
        "yyyy/mm/dd": re.compile(r"^(?P<ar>[0-9]{4})/(?P<maned>[0-9]{2})/(?P<dag>[0-9]{2})$"),
    }
)
_DATOSKRIVING: Mapping[str, str] = MappingProxyType(
    {
        "yyyy-mm-dd": "{ar}-{maned}-{dag}",
        "dd.mm.yyyy": "{dag}.{maned}.{ar}",
        "dd/mm/yyyy": "{dag}/{maned}/{ar}",
        "dd-mm-yyyy": "{dag}-{maned}-{ar}",
        "yyyymmdd": "{ar}{maned}{dag}",
        "yyyy/mm/dd": "{ar}/{maned}/{dag}",
    }
)


@dataclass(frozen=True)
class Formater:
    """How the sender writes dates, numbers and truth; the first of each is the one written back."""

    datoformater: tuple[str, ...] = ("dd.mm.yyyy",)
    desimaltegn: tuple[str, ...] = (".", ",")
    sanne: tuple[str, ...] = ("true", "ja", "1")
    usanne: tuple[str, ...] = ("false", "nei", "0")
    listeskille: tuple[str, ...] = ("|", ",", ";")


def clean_token(celle: str) -> str:
    """A cell that is one word of some kind: NFC, trimmed, one blank between parts, nothing invisible."""
    if celle.isascii() and celle.isalnum():
        return str(celle)
    uten = _SAMMENBINDERE.sub("", USYNLIGE.sub("", celle))
    return _BLANKE.sub(" ", unicodedata.normalize("NFC", uten)).strip()


def read_date(tekst: str, formater: Formater) -> str | None:
    """ISO text of a date in ISO or one of the sender's formats; None when it is no existing day.

    A time of day falls away; a time with an offset is the day it was in Oslo.
    """
    if _TIDSPUNKT.match(tekst):
        return _read_day_of_time(tekst)
    for format_ in ("yyyy-mm-dd", *formater.datoformater):
        treff = _DATOMONSTRE[format_].match(tekst)
        if treff:
            try:
                return date(int(treff["ar"]), int(treff["maned"]), int(treff["dag"])).isoformat()
            except ValueError:
                return None
    return None


def _read_day_of_time(tekst: str) -> str | None:
    try:
        tid = datetime.fromisoformat(tekst.replace(",", "."))
        return (tid.astimezone(_OSLO) if tid.tzinfo else tid).date().isoformat()
    except (ValueError, OverflowError):
        return None


def read_number(celle: str, formater: Formater) -> Decimal | None:
    """A number in the sender's notation, or exactly as a number cell holds it; None when it is none.

    Blanks may group thousands; a point or comma that is not the sender's decimal sign is refused, never guessed.
    """
    if isinstance(celle, Tallcelle):
        return parse_number(celle)
    treff = _TALL.match(clean_token(celle).replace("\u2212", "-"))
    if treff is None:
        return None
    fortegn, heltall, tegn, desimaler = treff.groups()
    if tegn and tegn not in formater.desimaltegn:
        return None
    return parse_number(f"{fortegn}{heltall.replace(' ', '')}.{desimaler or '0'}")


def parse_number(tekst: str) -> Decimal | None:
    """A number with a decimal point, exponent allowed; None for anything else or beyond fifteen digits each way."""
    if len(tekst) > _MAKS_LENGDE or not tekst.isascii() or "_" in tekst:
        return None
    try:
        tall = Decimal(tekst)
    except InvalidOperation:
        return None
    if not tall.is_finite() or abs(tall.adjusted()) > _MAKS_SIFFER:
        return None
    return tall


def plain_number(tall: Decimal) -> str:
    """The canonical text of a number: a point, no exponent, no zeros that say nothing."""
    if tall == 0:
        return "0"
    return format(tall.normalize(), "f")


def read_truth(tekst: str, formater: Formater) -> str | None:
    ord_ = tekst.casefold()
    if ord_ == "true" or ord_ in (sann.casefold() for sann in formater.sanne):
        return "true"
    if ord_ == "false" or ord_ in (usann.casefold() for usann in formater.usanne):
        return "false"
    return None


def write_value(felt: Felt, verdi: str, formater: Formater) -> str:
    """A canonical value in the sender's notation; the reverse of typing for everything but codes."""
    if not verdi:
        return ""
    if felt.type is Felttype.DATO:
        ar, maned, dag = verdi.split("-")
        return _DATOSKRIVING[formater.datoformater[0]].format(ar=ar, maned=maned, dag=dag)
    if felt.type is Felttype.JANEI:
        return (formater.sanne if verdi == "true" else formater.usanne)[0]
    if felt.type in (Felttype.TALL, Felttype.HELTALL):
        return verdi.replace(".", formater.desimaltegn[0])
    if felt.type is Felttype.KODELISTE:
        return verdi.replace(LISTESKILLE, formater.listeskille[0])
    return verdi
