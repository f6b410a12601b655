"""The form of the documents as a stranger meets it: types, fields and code lists, read from dokumentform.yaml.

The XSDs and the JSON Schemas are made of it (schemas/dokumentskjemaer.py), so the two cannot come apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, UgyldigFil, load

FIL = SCHEMAS / "dokumentform.yaml"
_DOKUMENTTYPE = "dokumenttype"
_LISTE_I_VERDI = "Gjelder i verdi når koden er {koder}."


@dataclass(frozen=True)
class Felt:
    """One key of an object. `som` is element, attributt or innhold; `liste` the element of each entry of a list."""

    navn: str
    beskrivelse: str
    type: str | None
    som: str
    valgfri: bool
    liste: str | None
    samlet: bool
    blokker: bool


@dataclass(frozen=True)
class Objekttype:
    """An object with its fields: an element in XML."""

    navn: str
    beskrivelse: str
    felter: tuple[Felt, ...]


@dataclass(frozen=True)
class Enkeltype:
    """A single value. `art` says which kind; `monster` and `maks` belong to some of them."""

    navn: str
    beskrivelse: str
    art: str
    monster: str | None
    maks: int | None


@dataclass(frozen=True)
class Kodeliste:
    """A closed list of codes with their texts."""

    navn: str
    beskrivelse: str
    koder: Mapping[str, str]
    verdi_av: tuple[str, ...]


@dataclass(frozen=True)
class Dokumenttype:
    """One document type: its name in files and elements, its code, and the fields of its header in order.

    `hode` holds fields, and the names of groups of fields that several types share.
    """

    navn: str
    kode: str
    tittel: str
    beskrivelse: str
    hode: tuple[Felt | str, ...]


@dataclass(frozen=True)
class Dokumentform:
    """Everything the schemas are made of. `kodelister` are those a field is bound to and those that rule in verdi."""

    versjon: str
    hovedversjon: str
    forord: str
    dokumenter: Mapping[str, Dokumenttype]
    grupper: Mapping[str, Objekttype]
    kodelister: Mapping[str, Kodeliste]
    enkle: Mapping[str, Enkeltype]
    typer: Mapping[str, Objekttype]
    blokker: Mapping[str, Objekttype]
    innhold: tuple[Felt, ...]

    def urn(self, navn: str) -> str:
        """The namespace and `$id` of a document type."""
        return f"urn:tiltaksflyt:{navn}:{self.hovedversjon}"

    def hodefelter(self, type_: Dokumenttype) -> list[Felt]:
        """The fields of a header, the groups opened."""
        return [f for del_ in type_.hode for f in (self.grupper[del_].felter if isinstance(del_, str) else (del_,))]


@cache
def dokumentform() -> Dokumentform:
    """The form as it stands. Raises UgyldigFil when the file breaks its schema or names a type that is not there."""
    innhold = load(FIL, "dokumentform")
    blokkfelter = _fields(innhold["blokkfelter"])
    form = Dokumentform(
        versjon=innhold["versjon"],
        hovedversjon=innhold["hovedversjon"],
        forord=innhold["forord"],
        dokumenter=MappingProxyType({navn: _document(navn, rad) for navn, rad in innhold["dokumenter"].items()}),
        grupper=_types(innhold["grupper"]),
        kodelister=_code_lists(innhold["kodelister"], innhold["verdilister"]),
        enkle=MappingProxyType(
            {
                navn: Enkeltype(navn, rad["beskrivelse"], rad["art"], rad.get("monster"), rad.get("maks"))
                for navn, rad in innhold["enkle"].items()
            }
        ),
        typer=_types(innhold["typer"]),
        blokker=_types(innhold["blokker"], blokkfelter),
        innhold=_fields(innhold["innhold"]),
    )
    _check_references(form)
    return form


def _fields(rader: Iterable[Mapping[str, Any]]) -> tuple[Felt, ...]:
    return tuple(
        Felt(
            navn=rad["navn"],
            beskrivelse=rad["beskrivelse"],
            type=rad.get("type"),
            som=rad.get("som", "element"),
            valgfri=rad.get("valgfri", False),
            liste=rad.get("liste"),
            samlet=rad.get("samlet", False),
            blokker=rad.get("blokker", False),
        )
        for rad in rader
    )


def _types(rader: Mapping[str, Any], foran: tuple[Felt, ...] = ()) -> Mapping[str, Objekttype]:
    return MappingProxyType(
        {navn: Objekttype(navn, rad["beskrivelse"], foran + _fields(rad["felter"])) for navn, rad in rader.items()}
    )


def _document(navn: str, rad: Mapping[str, Any]) -> Dokumenttype:
    kode = navn.upper().replace("-", "_")
    liste = kodeverk(_DOKUMENTTYPE)
    if kode not in liste.koder:
        raise UgyldigFil(FIL, f"dokumenter.{navn}", f"{kode} is not in the code list {_DOKUMENTTYPE}")
    hode: list[Felt | str] = ["Identitet", _head_field(_DOKUMENTTYPE, kode, "Hvilken dokumenttype det er.")]
    if "nummer" in rad:
        hode.append(_head_field("nummer", "Heltall", rad["nummer"]))
    hode += ["Avsending", rad["subjekt"]]
    if "periode" in rad:
        tekst = "Dagene dokumentet gjelder."
        hode.append(_head_field("periode", "Periode", tekst, valgfri=rad["periode"] == "valgfri"))
    return Dokumenttype(navn, kode, liste.tekst(kode), rad["beskrivelse"], (*hode, "Grunnlag"))


def _head_field(navn: str, type_: str, beskrivelse: str, *, valgfri: bool = False) -> Felt:
    return Felt(navn, beskrivelse, type_, "element", valgfri, None, samlet=False, blokker=False)


def _code_lists(bundne: Mapping[str, Any], i_verdi: Mapping[str, Any]) -> Mapping[str, Kodeliste]:
    lister = {}
    for navn in sorted({*bundne, *i_verdi}):
        rad = {**bundne.get(navn, {}), **i_verdi.get(navn, {})}
        koder = tuple(rad.get("koder", ()))
        if "egne" in rad:
            lister[navn] = Kodeliste(navn, rad["beskrivelse"], MappingProxyType(rad["egne"]), koder)
            continue
        liste = kodeverk(rad["kodeverk"])
        setninger = [f"{liste.beskrivelse} Kodeverket {liste.navn} {liste.versjon}."]
        if koder:
            setninger.append(_LISTE_I_VERDI.format(koder=" eller ".join(f"«{kode}»" for kode in koder)))
        tekster = {kode.kode: kode.tekst for kode in liste.koder.values()}
        lister[navn] = Kodeliste(navn, " ".join(setninger), MappingProxyType(tekster), koder)
    return MappingProxyType(lister)


def _check_references(form: Dokumentform) -> None:
    kjente = {*form.enkle, *form.kodelister, *form.typer, *(type_.kode for type_ in form.dokumenter.values())}
    for sted, felter in _all_fields(form):
        for felt in felter:
            if felt.type is not None and felt.type not in kjente:
                raise UgyldigFil(FIL, f"{sted}.{felt.navn}", f"{felt.type} is not a type of this file")


def _all_fields(form: Dokumentform) -> Iterable[tuple[str, Sequence[Felt]]]:
    for type_ in form.dokumenter.values():
        ukjente = [del_ for del_ in type_.hode if isinstance(del_, str) and del_ not in form.grupper]
        if ukjente:
            raise UgyldigFil(FIL, f"dokumenter.{type_.navn}", f"{ukjente[0]} is not a group of this file")
        yield type_.navn, form.hodefelter(type_)
    for samling in (form.typer, form.blokker):
        for objekt in samling.values():
            yield objekt.navn, objekt.felter
    yield "innhold", form.innhold
