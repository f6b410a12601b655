"""The XSDs of the documents, made of their form: one file of code lists, one of common types, one for each type.

The common files have no namespace of their own; the file of a type takes them into its own (chameleon include).
XSD 1.0 only, so that every processor reads them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lxml import etree

from schemas.dokumentform import Dokumentform, Dokumenttype, Enkeltype, Felt, Kodeliste, Objekttype

_XS = "http://www.w3.org/2001/XMLSchema"
_XML = "http://www.w3.org/XML/1998/namespace"
_KODELISTER, _FELLES = "kodelister.xsd", "dokument.xsd"
_LAGET = " Laget av python -m schemas.dokumentskjemaer; rettes i schemas/dokumentform.yaml og schemas/kodeverk. "
_AAR = "(19|20)[0-9]{2}"
# What the lexical form is held to beyond the built-in type; the calendar itself is the built-in type's.
_DATO = f"{_AAR}-[0-9]{{2}}-[0-9]{{2}}"
_TIDSPUNKT = f"{_DATO}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][+\\-](0[0-9]|1[0-3]):[0-5][0-9]"
_HELTALL = "[1-9][0-9]{0,8}"
_TALL = "[0-9]+(\\.[0-9]+)?"


def make_xsd(form: Dokumentform) -> Mapping[str, bytes]:
    """Every XSD by file name."""
    filer = {
        _KODELISTER: _file(form, "Kodelistene i dokumentene.", map(_code_list, form.kodelister.values())),
        _FELLES: _file(
            form,
            f"Felles typer for dokumentene. {form.forord}",
            [
                _xs("include", schemaLocation=_KODELISTER),
                *map(_simple, form.enkle.values()),
                *(_group(gruppe) for gruppe in form.grupper.values()),
                *(_complex(type_, form) for type_ in (*form.typer.values(), *form.blokker.values())),
                *(_wrapper(felt) for felt in form.innhold if felt.samlet),
            ],
        ),
    }
    for type_ in form.dokumenter.values():
        filer[f"{type_.navn}.xsd"] = _document_file(form, type_)
    return filer


def _xs(merke: str, *barn: etree._Element, **attributter: str) -> etree._Element:
    el = etree.Element(etree.QName(_XS, merke), attributter)
    el.extend(barn)
    return el


def _file(form: Dokumentform, beskrivelse: str, deler: Iterable[etree._Element], urn: str | None = None) -> bytes:
    navnerom: Any = {"xs": _XS} if urn is None else {None: urn, "xs": _XS}
    rot = etree.Element(etree.QName(_XS, "schema"), nsmap=navnerom)
    if urn is not None:
        rot.set("targetNamespace", urn)
    rot.set("elementFormDefault", "qualified")
    rot.set("version", form.versjon)
    rot.append(_documentation(beskrivelse))
    rot.extend(deler)
    rot.insert(0, etree.Comment(_LAGET))
    etree.indent(rot)
    return etree.tostring(rot, encoding="UTF-8", xml_declaration=True) + b"\n"


def _documentation(tekst: str) -> etree._Element:
    dokumentasjon = _xs("documentation")
    dokumentasjon.set(etree.QName(_XML, "lang"), "nb")
    dokumentasjon.text = tekst
    return _xs("annotation", dokumentasjon)


def type_name(navn: str) -> str:
    """The name of an XSD type for a block or a document: melding-slutt becomes MeldingSlutt."""
    return "".join(del_[:1].upper() + del_[1:] for del_ in navn.split("-"))


def _code_list(liste: Kodeliste) -> etree._Element:
    koder = [_xs("enumeration", _documentation(tekst), value=kode) for kode, tekst in liste.koder.items()]
    return _xs(
        "simpleType", _documentation(liste.beskrivelse), _xs("restriction", *koder, base="xs:string"), name=liste.navn
    )


def _simple(type_: Enkeltype) -> etree._Element:
    base, fasetter = _FASETTER[type_.art](type_)
    deler = [_xs(fasett, *_meaning(fasett, type_), value=verdi) for fasett, verdi in fasetter]
    return _xs("simpleType", _documentation(type_.beskrivelse), _xs("restriction", *deler, base=base), name=type_.navn)


def _meaning(fasett: str, type_: Enkeltype) -> list[etree._Element]:
    return [_documentation(type_.beskrivelse)] if fasett == "enumeration" else []


Fasetter = tuple[str, tuple[tuple[str, str], ...]]
_FASETTER: Mapping[str, Callable[[Enkeltype], Fasetter]] = MappingProxyType(
    {
        "tekst": lambda _: ("xs:string", (("minLength", "1"),)),
        "monster": lambda type_: ("xs:string", (("pattern", type_.monster or ""),)),
        "heltall": lambda type_: ("xs:positiveInteger", (("pattern", _HELTALL), ("maxInclusive", str(type_.maks)))),
        "tall": lambda type_: ("xs:double", (("pattern", _TALL), ("maxInclusive", str(type_.maks)))),
        "sann": lambda _: ("xs:string", (("enumeration", "true"),)),
        "dato": lambda _: ("xs:date", (("pattern", _DATO),)),
        "tidspunkt": lambda _: ("xs:dateTime", (("pattern", _TIDSPUNKT),)),
    }
)


def _group(gruppe: Objekttype) -> etree._Element:
    return _xs(
        "group", _documentation(gruppe.beskrivelse), _xs("sequence", *map(_element, gruppe.felter)), name=gruppe.navn
    )


def _element(felt: Felt) -> etree._Element:
    return _named(felt.navn, felt.type or "", felt.beskrivelse, {"minOccurs": "0"} if felt.valgfri else {})


def _named(navn: str, type_: str, beskrivelse: str, antall: Mapping[str, str]) -> etree._Element:
    return _xs("element", _documentation(beskrivelse), name=navn, type=type_, **antall)


def _complex(type_: Objekttype, form: Dokumentform) -> etree._Element:
    attributter = [_attribute(felt) for felt in type_.felter if felt.som == "attributt"]
    innhold = next((felt for felt in type_.felter if felt.som == "innhold"), None)
    if innhold is not None:
        tekst = f"{type_.beskrivelse} Innholdet i elementet: {innhold.beskrivelse[:1].lower()}{innhold.beskrivelse[1:]}"
        kropp = [_xs("simpleContent", _xs("extension", *attributter, base=innhold.type or ""))]
    else:
        tekst = type_.beskrivelse
        deler = [_part(felt, form) for felt in type_.felter if felt.som == "element"]
        kropp = [_xs("sequence", *deler), *attributter]
    return _xs("complexType", _documentation(tekst), *kropp, name=type_name(type_.navn))


def _attribute(felt: Felt) -> etree._Element:
    bruk = {} if felt.valgfri else {"use": "required"}
    return _xs("attribute", _documentation(felt.beskrivelse), name=felt.navn, type=felt.type or "", **bruk)


def _part(felt: Felt, form: Dokumentform) -> etree._Element:
    if felt.blokker:
        return _xs(
            "choice",
            _documentation(felt.beskrivelse),
            *(_named(navn, type_name(navn), blokk.beskrivelse, {}) for navn, blokk in form.blokker.items()),
            maxOccurs="unbounded",
        )
    if felt.liste is not None:
        return _named(felt.liste, felt.type or "", felt.beskrivelse, {"maxOccurs": "unbounded"})
    return _element(felt)


def _wrapper(felt: Felt) -> etree._Element:
    under = _named(felt.liste or "", felt.type or "", felt.beskrivelse, {"maxOccurs": "unbounded"})
    return _xs("complexType", _documentation(felt.beskrivelse), _xs("sequence", under), name=type_name(felt.navn))


def _document_file(form: Dokumentform, type_: Dokumenttype) -> bytes:
    hodenavn = f"{type_name(type_.navn)}hode"
    deler = [
        _named("hode", hodenavn, "Hvilket dokument det er, fra hvem, til hvem og om hva.", {}),
        *(_named(felt.navn, type_name(felt.navn), felt.beskrivelse, {}) for felt in form.innhold),
    ]
    tekst = f"{type_.tittel}. {type_.beskrivelse} Tiltaksflyts eget skjema; Nav har ikke gitt ut noe."
    return _file(
        form,
        tekst,
        [
            _xs("include", schemaLocation=_FELLES),
            _xs("element", _documentation(tekst), _xs("complexType", _xs("sequence", *deler)), name=type_.navn),
            _xs(
                "complexType",
                _documentation(f"Hodet i dokumentet: {type_.tittel}."),
                _xs("sequence", *_head(type_)),
                name=hodenavn,
            ),
        ],
        form.urn(type_.navn),
    )


def _head(type_: Dokumenttype) -> Sequence[etree._Element]:
    deler = []
    for del_ in type_.hode:
        if isinstance(del_, str):
            deler.append(_xs("group", ref=del_))
        elif del_.type == type_.kode:
            en_kode = _xs(
                "restriction", _xs("enumeration", _documentation(type_.tittel), value=type_.kode), base="xs:string"
            )
            deler.append(_xs("element", _documentation(del_.beskrivelse), _xs("simpleType", en_kode), name=del_.navn))
        else:
            deler.append(_element(del_))
    return deler
