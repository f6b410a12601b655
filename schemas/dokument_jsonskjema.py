"""The JSON Schemas (2020-12) of the documents, made of their form: one self-contained file for each type.

Every pattern says all that it means by itself, so that a validator that asserts `format` and one that does not agree,
and so do the three families of regular expressions (ECMA, Python, Rust): no `$` before a last line feed is relied on.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from schemas.dokumentform import Dokumentform, Dokumenttype, Enkeltype, Felt, Kodeliste, Objekttype

_DIALEKT = "https://json-schema.org/draft/2020-12/schema"
_LAGET = "Laget av python -m schemas.dokumentskjemaer; rettes i schemas/dokumentform.yaml og schemas/kodeverk."
# What XML 1.0 cannot hold: a document must be the same in both forms.
_IKKE_I_XML = "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]"
_LINJESKIFT = "[\\r\\n]"
_AAR = "(19|20)[0-9]{2}"
_SKUDDAAR = "((19|20)(0[48]|[2468][048]|[13579][26])|2000)"
_DAG = (
    f"({_AAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_SKUDDAAR}-02-29)"
)
_KLOKKE = "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][+-](0[0-9]|1[0-3]):[0-5][0-9]"

Skjema = dict[str, Any]


def make_json_schemas(form: Dokumentform) -> Mapping[str, Skjema]:
    """The JSON Schema of each document type, by the name of the type."""
    felles = _common(form)
    return {navn: _document_schema(form, type_, felles) for navn, type_ in form.dokumenter.items()}


def _document_schema(form: Dokumentform, type_: Dokumenttype, felles: Skjema) -> Skjema:
    urn = form.urn(type_.navn)
    hode = _object(f"Hodet i dokumentet: {type_.tittel}.", form.hodefelter(type_), type_)
    return {
        "$schema": _DIALEKT,
        "$id": urn,
        "$comment": f"Versjon {form.versjon}. {_LAGET}",
        "title": type_.tittel,
        "description": (
            f"{type_.tittel}. {type_.beskrivelse} Den samme meldingen som XML-en i navnerommet {urn} "
            f"(schemas/xsd/{type_.navn}.xsd). {form.forord}"
        ),
        "type": "object",
        "additionalProperties": False,
        "required": ["hode", *(felt.navn for felt in form.innhold)],
        "properties": {"hode": hode, **{felt.navn: _property(felt) for felt in form.innhold}},
        "$defs": felles,
    }


def _common(form: Dokumentform) -> Skjema:
    blokk = {
        "description": "En blokk i en seksjon; type sier hvilken.",
        "oneOf": [{"$ref": f"#/$defs/{navn}"} for navn in form.blokker],
    }
    return {
        **{_name(liste.navn): _code_list(liste) for liste in form.kodelister.values()},
        **{_name(type_.navn): _simple(type_) for type_ in form.enkle.values()},
        **{_name(type_.navn): _object(type_.beskrivelse, type_.felter) for type_ in form.typer.values()},
        "blokk": blokk,
        **{navn: _block(type_) for navn, type_ in form.blokker.items()},
    }


def _name(typenavn: str) -> str:
    return typenavn[:1].lower() + typenavn[1:]


def _code_list(liste: Kodeliste) -> Skjema:
    koder = "\n".join(f"{kode}: {tekst}" for kode, tekst in liste.koder.items())
    return {"description": f"{liste.beskrivelse}\n{koder}", "enum": list(liste.koder)}


def _simple(type_: Enkeltype) -> Skjema:
    return {"description": type_.beskrivelse, **_ARTER[type_.art](type_)}


def _whole(monster: str) -> Skjema:
    return {"type": "string", "pattern": f"^{monster}$", "not": {"type": "string", "pattern": _LINJESKIFT}}


_ARTER: Mapping[str, Callable[[Enkeltype], Skjema]] = MappingProxyType(
    {
        "tekst": lambda _: {"type": "string", "minLength": 1, "not": {"type": "string", "pattern": _IKKE_I_XML}},
        "monster": lambda type_: _whole(f"({type_.monster})"),
        "heltall": lambda type_: {"type": "integer", "minimum": 1, "maximum": type_.maks},
        "tall": lambda type_: {"type": "number", "minimum": 0, "maximum": type_.maks},
        "sann": lambda _: {"const": True},
        "dato": lambda _: {"format": "date", **_whole(_DAG)},
        "tidspunkt": lambda _: {"format": "date-time", **_whole(_DAG + _KLOKKE)},
    }
)


def _object(beskrivelse: str, felter: list[Felt] | tuple[Felt, ...], dokument: Dokumenttype | None = None) -> Skjema:
    return {
        "description": beskrivelse,
        "type": "object",
        "additionalProperties": False,
        "required": [felt.navn for felt in felter if not felt.valgfri],
        "properties": {felt.navn: _property(felt, dokument) for felt in felter},
    }


def _block(type_: Objekttype) -> Skjema:
    skjema = _object(type_.beskrivelse, type_.felter)
    navn = {"description": "Hva slags blokk det er; navnet på elementet i XML.", "const": type_.navn}
    return {
        **skjema,
        "required": ["type", *skjema["required"]],
        "properties": {"type": navn, **skjema["properties"]},
    }


def _property(felt: Felt, dokument: Dokumenttype | None = None) -> Skjema:
    if dokument is not None and felt.type == dokument.kode:
        return {"description": felt.beskrivelse, "const": dokument.kode}
    vist = {"$ref": f"#/$defs/{'blokk' if felt.blokker else _name(felt.type or '')}"}
    if felt.liste is None and not felt.blokker:
        return {"description": felt.beskrivelse, **vist}
    return {"description": felt.beskrivelse, "type": "array", "minItems": 1, "items": vist}
