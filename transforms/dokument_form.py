"""The form of a document: which keys it has, in which order, and how each is written in XML.

It is read from schemas/dokumentform.yaml, which the schemas are made of too: one description serves both directions of
the XML, the order of the JSON, the XSDs and the JSON Schemas. Attributes carry what machines read, element text what
people read. Nothing is dropped in silence: a key that the form does not have is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.dokumentform import Felt, dokumentform

Form = Sequence["Del"]
TYPER = tuple(dokumentform().dokumenter)
_XML_MELLOMROM = " \t\r\n"


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


def _write_text(verdi: Any) -> str:  # noqa: ANN401
    if not isinstance(verdi, str):
        raise UgyldigDokument("not a text")
    return verdi


def _write_day(verdi: Any) -> str:  # noqa: ANN401
    # In XML, white space around a date is no part of it, so a text that has some cannot be held.
    tekst = _write_text(verdi)
    if tekst != tekst.strip(_XML_MELLOMROM):
        raise UgyldigDokument("white space around a date")
    return tekst


def _write_number(verdi: Any) -> str:  # noqa: ANN401
    try:
        # Adding zero makes minus zero zero, the same number in JSON.
        return format(Decimal(repr(verdi + 0)), "f") if not isinstance(verdi, bool) else _refuse_number()
    except (InvalidOperation, TypeError):
        return _refuse_number()


def _refuse_number() -> str:
    raise UgyldigDokument("not a number") from None


def _write_integer(verdi: Any) -> str:  # noqa: ANN401
    # 2.0 is the integer 2 in JSON Schema 2020-12.
    return _write_number(int(verdi) if isinstance(verdi, float) and verdi.is_integer() else verdi)


def _read_number(tekst: str) -> int | float:
    return float(tekst) if "." in tekst else int(tekst)


def _write_true(verdi: Any) -> str:  # noqa: ANN401
    if verdi is not True:
        raise UgyldigDokument("not true")
    return "true"


TEKST = Slag(_write_text, str)
DAG = Slag(_write_day, lambda tekst: tekst.strip(_XML_MELLOMROM))
TALL = Slag(_write_number, _read_number)
HELTALL = Slag(_write_integer, _read_number)
SANN = Slag(_write_true, lambda _: True)
_SLAG = MappingProxyType(
    {
        "tekst": TEKST,
        "monster": TEKST,
        "heltall": HELTALL,
        "tall": TALL,
        "sann": SANN,
        "dato": DAG,
        "tidspunkt": DAG,
    }
)


def _part(felt: Felt) -> Del:
    if felt.blokker:
        return Blokker(felt.navn, MappingProxyType({navn: block_form(navn) for navn in dokumentform().blokker}))
    typer = dokumentform().typer
    if felt.liste is not None:
        return Mange(felt.navn, felt.liste, _form(typer[felt.type or ""].felter), felt.samlet)
    if (objekt := typer.get(felt.type or "")) is not None:
        return Objekt(felt.navn, _form(objekt.felter))
    if felt.som == "innhold":
        return Innhold(felt.navn)
    enkel = dokumentform().enkle.get(felt.type or "")
    slag = TEKST if enkel is None else _SLAG[enkel.art]
    return Attributt(felt.navn, slag) if felt.som == "attributt" else Element(felt.navn, slag)


def _form(felter: Sequence[Felt]) -> Form:
    return tuple(_part(felt) for felt in felter)


@cache
def block_form(type_: str) -> Form:
    """The form of one kind of block."""
    return _form(dokumentform().blokker[type_].felter)


@cache
def document_form(navn: str) -> Form:
    """The form of one document type, by its lower-case name."""
    form = dokumentform()
    return (Objekt("hode", _form(form.hodefelter(form.dokumenter[navn]))), *_form(form.innhold))


def type_name(innhold: Mapping[str, Any]) -> str:
    """The lower-case name of a document's type, as files and elements bear it. Raises UgyldigDokument."""
    hode = innhold.get("hode")
    kode = hode.get("dokumenttype") if isinstance(hode, Mapping) else None
    for navn, type_ in dokumentform().dokumenter.items():
        if type_.kode == kode:
            return navn
    raise UgyldigDokument("hode.dokumenttype: not a type that has a schema; see schemas/xsd and schemas/json")


def namespace(innhold: Mapping[str, Any]) -> str:
    """The XML namespace of a document, the same for every minor version. Raises UgyldigDokument."""
    return dokumentform().urn(type_name(innhold))


def in_form(innhold: Mapping[str, Any]) -> dict[str, Any]:
    """The same document with its keys in the order of the form. Raises UgyldigDokument for a key it does not have."""
    return _in_form(innhold, document_form(type_name(innhold)))


def _in_form(verdi: Any, form: Form) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(verdi, Mapping):
        raise UgyldigDokument("something else where an object should be")
    ukjente = verdi.keys() - {del_.navn for del_ in form}
    if ukjente:
        raise UgyldigDokument(f"{len(ukjente)} keys that the form does not have")
    return {del_.navn: _part_in_form(verdi[del_.navn], del_) for del_ in form if del_.navn in verdi}


def _part_in_form(verdi: Any, del_: Del) -> Any:  # noqa: ANN401
    match del_:
        case Objekt():
            return _in_form(verdi, del_.form)
        case Mange():
            return [_in_form(rad, del_.form) for rad in _as_list(verdi, del_)]
        case Blokker():
            return [_block_in_form(blokk, del_) for blokk in _as_list(verdi, del_)]
        case _:
            return verdi


def _as_list(verdi: Any, del_: Mange | Blokker) -> Sequence[Any]:  # noqa: ANN401
    if not isinstance(verdi, list | tuple):
        raise UgyldigDokument(f"{del_.navn}: something else where a list should be")
    return verdi


def _block_in_form(blokk: Any, del_: Blokker) -> dict[str, Any]:  # noqa: ANN401
    type_ = blokk.get("type") if isinstance(blokk, Mapping) else None
    if not isinstance(type_, str) or type_ not in del_.former:
        raise UgyldigDokument(f"{del_.navn}: a block of a type that the form does not have")
    uten_type = {navn: verdi for navn, verdi in blokk.items() if navn != "type"}
    return {"type": type_, **_in_form(uten_type, del_.former[type_])}
