"""The form of a document: which keys it has, in which order, and how each is written in XML.

One description serves both directions of the XML and the order of the JSON. Attributes carry what machines read,
element text what people read. Nothing is dropped in silence: a key that the form does not have is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

Form = Sequence["Del"]
TYPER = ("plan", "perioderapport", "sluttrapport")


class UgyldigDokument(Exception):
    """A document does not have the form of its type. The message names the place, never what stands there."""


@dataclass(frozen=True)
class Slag:
    """How one kind of value is written and read."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Attributt:
    """A key that is an attribute."""

    navn: str
    slag: Slag


@dataclass(frozen=True)
class Element:
    """A key that is a child element with text."""

    navn: str
    slag: Slag


@dataclass(frozen=True)
class Innhold:
    """A key that is the text of the element itself."""

    navn: str


@dataclass(frozen=True)
class Objekt:
    """A key that is a child element with a form of its own."""

    navn: str
    form: Form


@dataclass(frozen=True)
class Mange:
    """A key that is a list: one child element `element` for each, inside an element of the key's name if `samlet`."""

    navn: str
    element: str
    form: Form
    samlet: bool = False


@dataclass(frozen=True)
class Blokker:
    """A key that is a list of blocks: one child element for each, named by its type."""

    navn: str
    former: Mapping[str, Form]


Del = Attributt | Element | Innhold | Objekt | Mange | Blokker


def _write_number(verdi: Any) -> str:  # noqa: ANN401
    try:
        return format(Decimal(repr(verdi)), "f")
    except InvalidOperation:
        raise UgyldigDokument("not a number") from None


def _read_number(tekst: str) -> int | float:
    return float(tekst) if "." in tekst else int(tekst)


TEKST = Slag(str, str)
TALL = Slag(_write_number, _read_number)
SANN = Slag(lambda verdi: "true" if verdi is True else str(verdi), lambda tekst: True if tekst == "true" else tekst)


def _tekster(*navn: str) -> tuple[Element, ...]:
    return tuple(Element(n, TEKST) for n in navn)


def _attributter(*navn: str) -> tuple[Attributt, ...]:
    return tuple(Attributt(n, TEKST) for n in navn)


_BLOKK = (Attributt("kode", TEKST), Attributt("endret", SANN))
_OVERSKRIFT = _tekster("overskrift")
_OPPLYSNING: Form = (*_attributter("kode", "verdi"), Attributt("framhevet", SANN), *_tekster("ledetekst", "tekst"))
_INNSLAG: Form = (*_attributter("verdi"), Innhold("tekst"))
_RAD: Form = (Attributt("endret", SANN), Mange("celler", "celle", _INNSLAG))
_LINJE: Form = (*_attributter("kode", "fra", "til"), *_tekster("ledetekst", "tekst"))
_TRINN: Form = (
    Attributt("fra", TEKST),
    Attributt("prosent", TALL),
    Attributt("dagerPerUke", TALL),
    Innhold("tekst"),
)
_POST: Form = (
    Attributt("kode", TEKST),
    Attributt("antall", TALL),
    Attributt("enhet", TEKST),
    *_tekster("ledetekst", "tekst"),
)
_KOLONNE: Form = (Attributt("kode", TEKST), Innhold("tekst"))
BLOKKFORMER: Mapping[str, Form] = MappingProxyType(
    {
        "avsnitt": (*_BLOKK, *_OVERSKRIFT, *_tekster("tekst")),
        "merknad": (*_BLOKK, *_attributter("art"), *_tekster("tekst")),
        "fakta": (*_BLOKK, Mange("rader", "rad", _OPPLYSNING)),
        "liste": (*_BLOKK, *_OVERSKRIFT, Mange("punkter", "punkt", _INNSLAG)),
        "tabell": (*_BLOKK, *_OVERSKRIFT, Mange("kolonner", "kolonne", _KOLONNE), Mange("rader", "rad", _RAD)),
        "tidslinje": (*_BLOKK, *_attributter("fra", "til"), *_OVERSKRIFT, Mange("linjer", "linje", _LINJE)),
        "omfang": (*_BLOKK, *_attributter("fra", "til"), *_OVERSKRIFT, Mange("trinn", "trinn", _TRINN)),
        "sum": (*_BLOKK, *_OVERSKRIFT, Mange("poster", "post", _POST)),
    }
)
_HODE: Form = (
    *_tekster("dokumentId", "meldingId"),
    Element("versjon", TALL),
    *_tekster("erstatter", "dokumenttype"),
    Element("nummer", TALL),
    *_tekster("modus", "tiltakskode"),
    Objekt("avsender", _tekster("orgnr", "navn", "kildesystem")),
    Objekt("mottaker", _tekster("navEnhet", "navFylke", "navn", "navVeileder")),
    *_tekster("deltakelseId"),
    Objekt("deltaker", _tekster("personident", "navn")),
    Objekt("periode", _tekster("fra", "til")),
    *_tekster("frist", "opprettet", "regelverk", "skjemaversjon", "malversjon"),
)
DOKUMENT: Form = (
    Objekt("hode", _HODE),
    Mange("opplysninger", "opplysning", _OPPLYSNING, samlet=True),
    Mange(
        "seksjoner",
        "seksjon",
        (
            Attributt("kode", TEKST),
            Attributt("nummer", TALL),
            *_OVERSKRIFT,
            Blokker("blokker", BLOKKFORMER),
        ),
        samlet=True,
    ),
)


def type_name(innhold: Mapping[str, Any]) -> str:
    """The lower-case name of a document's type, as files and elements bear it. Raises UgyldigDokument."""
    hode = innhold.get("hode")
    navn = str(hode.get("dokumenttype")).lower() if isinstance(hode, Mapping) else ""
    if navn not in TYPER:
        raise UgyldigDokument("hode.dokumenttype: not a type that has a schema; see schemas/xsd and schemas/json")
    return navn


def in_form(innhold: Mapping[str, Any], form: Form = DOKUMENT) -> dict[str, Any]:
    """The same document with its keys in the order of the form. Raises UgyldigDokument for a key it does not have."""
    ukjente = innhold.keys() - {del_.navn for del_ in form} - {"type"}
    if ukjente:
        raise UgyldigDokument(f"{len(ukjente)} keys that the form does not have")
    ordnet: dict[str, Any] = {"type": innhold["type"]} if "type" in innhold else {}
    for del_ in form:
        if del_.navn in innhold:
            ordnet[del_.navn] = _part_in_form(innhold[del_.navn], del_)
    return ordnet


def _part_in_form(verdi: Any, del_: Del) -> Any:  # noqa: ANN401
    match del_:
        case Objekt():
            return in_form(verdi, del_.form)
        case Mange():
            return [in_form(rad, del_.form) for rad in verdi]
        case Blokker():
            if any(blokk.get("type") not in del_.former for blokk in verdi):
                raise UgyldigDokument(f"{del_.navn}: a block of a type that the form does not have")
            return [in_form(blokk, del_.former[blokk["type"]]) for blokk in verdi]
        case _:
            return verdi
