"""NAV's own records of deltakere (amt.deltaker-ekstern-v1) as a drop: a JSON list, or JSON Lines, known by their keys.

Nested records become rows of two source tables, «amt deltakere» and «amt deltakelsesmengder», which a profile maps as
any other (schemas/profiler/amt-deltaker-ekstern). The record has no name: personalia, as NAV's personalia API answers,
may stand among the records and are joined by deltakerId, where they are of the same person. Names of fields that NAV
has used before are read too (amtfelter.yaml).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.koder import kodeverk
from tiltaksflyt.intake.celler import SAMMENSATT
from tiltaksflyt.intake.jsonleser import Radplass, decode_json, parse_json, read_lines, texts_of, write_cell
from tiltaksflyt.intake.kilde import Del, Leseoppsett, Ukjentdel, record_table
from tiltaksflyt.intake.portdata import read_portdata
from tiltaksflyt.intake.portregler import Avvisning

DELTAKERE, MENGDER = "amt deltakere", "amt deltakelsesmengder"
_MENGDELISTE = "deltakelsesmengder"
# As deep as NAV's record goes: status.aarsak.type.
_NIVAAER = 3
_SKJERMET, _UGRADERT = "SKJERMET", "UGRADERT"
_TIDSPUNKT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T.*")

Felter = dict[str, Any]


@dataclass(frozen=True)
class _Navn:
    """Other names of fields: each to NAV's name of today."""

    deltaker: Mapping[str, str]
    mengde: Mapping[str, str]
    personalia: Mapping[str, str]


@cache
def _names() -> _Navn:
    innhold = read_portdata("amtfelter")

    def turned(gruppe: str) -> Mapping[str, str]:
        return {annet["navn"]: felt for felt, andre in innhold[gruppe].items() for annet in andre}

    return _Navn(turned("deltaker"), turned("deltakelsesmengde"), turned("personalia"))


@cache
def marks() -> tuple[str, ...]:
    """The keys that a record of NAV's has, and nothing else that is dropped here."""
    return tuple(read_portdata("amtfelter")["kjennetegn"])


def read_amt_list(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """The tables of a JSON list of records; the place of a row is its number in the list.

    Raises Avvisning as `read_json_document` does, FIL002 also for a list of anything but objects.
    """
    tekst, lest_som = decode_json(data, oppsett)
    poster = parse_json(tekst)
    if not isinstance(poster, list) or not all(isinstance(post, dict) for post in poster):
        raise Avvisning("FIL002")
    yield from _tables(list(enumerate(poster, start=1)), oppsett, f"Nav-poster i JSON, {lest_som}")


def read_amt_lines(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """The tables of records as JSON Lines; the place of a row is its line.

    Raises Avvisning as `read_json_lines` does.
    """
    tekst, lest_som = decode_json(data, oppsett)
    yield from _tables(list(read_lines(tekst)), oppsett, f"Nav-poster i JSON Lines, {lest_som}")


def _tables(poster: Sequence[Radplass], oppsett: Leseoppsett, lest_som: str) -> Iterator[Del]:
    navn = _names()
    deltakere = [(plass, post) for plass, post in poster if not _is_personalia(post)]
    personalia = {
        write_cell(post["deltakerId"]): _rename(_flatten(post), navn.personalia)
        for _, post in poster
        if _is_personalia(post)
    }
    rader = [(plass, _rename(_flatten(post), navn.deltaker)) for plass, post in deltakere]
    forste_id = _first_ids(rader)
    yield _table(DELTAKERE, [(p, _as_row(rad, forste_id, personalia)) for p, rad in rader], oppsett, lest_som)
    yield _table(MENGDER, list(_extents(deltakere, navn.mengde)), oppsett, lest_som)


def _is_personalia(post: Mapping[str, Any]) -> bool:
    return "deltakerId" in post and not any(mark in post for mark in marks())


def _flatten(post: Mapping[str, Any], foran: str = "", nivaa: int = 1) -> Felter:
    """A record as one level of fields, with a point between the levels; lists and what lies deeper stay as they are."""
    felter: Felter = {}
    for navn, verdi in post.items():
        if isinstance(verdi, Mapping) and nivaa < _NIVAAER:
            felter |= _flatten(verdi, f"{foran}{navn}.", nivaa + 1)
        elif f"{foran}{navn}" != _MENGDELISTE:
            felter[f"{foran}{navn}"] = verdi
    return felter


def _rename(felter: Felter, navn: Mapping[str, str]) -> Felter:
    """The fields under NAV's names of today; where both names stand, today's decides."""
    gamle = {navn[felt]: verdi for felt, verdi in felter.items() if felt in navn}
    return gamle | {felt: verdi for felt, verdi in felter.items() if felt not in navn}


def _first_ids(rader: Sequence[tuple[int, Felter]]) -> Mapping[str, str]:
    """By personIdent the id that stands for the person, who has none of their own: the least of their deltakelser."""
    forste: dict[str, str] = {}
    for _, rad in rader:
        ident, id_ = write_cell(rad.get("personIdent")), write_cell(rad.get("id"))
        forste[ident] = min(forste.get(ident, id_), id_)
    return forste


def _as_row(rad: Felter, forste_id: Mapping[str, str], personalia: Mapping[str, Felter]) -> Felter:
    resultat = {felt: verdi for felt, verdi in rad.items() if felt not in _OMSATTE}
    return resultat | {
        "deltakerId": forste_id[write_cell(rad.get("personIdent"))],
        "statusGyldigFra": _day(rad.get("status.opprettetTidspunkt")),
        "aarsakBeskrivelse": _own_words(rad),
        **_person(rad, _of_same_person(rad, personalia.get(write_cell(rad.get("id")), {}))),
    }


_OMSATTE = frozenset(
    {"status.opprettetTidspunkt", "status.aarsak.beskrivelse", "navVeileder.enhetsnummer", "navVeileder"}
)


def _of_same_person(rad: Felter, personalia: Felter) -> Felter:
    """The personalia, unless they say that they are another person's."""
    ident = write_cell(personalia.get("personident"))
    return personalia if ident in ("", write_cell(rad.get("personIdent"))) else {}


def _person(rad: Felter, personalia: Felter) -> Felter:
    """What personalia adds; the office of the veileder where they say none."""
    felter = {felt: personalia.get(felt) for felt in ("fornavn", "mellomnavn", "etternavn")}
    felter["navEnhet"] = personalia.get("navEnhetsnummer") or rad.get("navVeileder.enhetsnummer")
    if "adressebeskyttelse" in personalia:
        # null says that there is none; erSkjermet that the person is kept from most of NAV's own staff.
        skjerming = _SKJERMET if personalia.get("erSkjermet") is True else _UGRADERT
        felter["adressebeskyttelse"] = personalia["adressebeskyttelse"] or skjerming
    return felter


def _own_words(rad: Felter) -> str | None:
    """The reason in somebody's own words: NAV writes the code's own text in the same field."""
    koder = kodeverk("deltakerstatus_aarsak")
    aarsak, tekst = koder.normalise(write_cell(rad.get("status.aarsak.type"))), rad.get("status.aarsak.beskrivelse")
    if aarsak is None or not koder.koder[aarsak].egenskaper["beskrivelseTillatt"] or tekst == koder.tekst(aarsak):
        return None
    return tekst


def _day(verdi: Any) -> Any:  # noqa: ANN401
    """The day of a time, which NAV writes in local time without offset; anything else as it is."""
    treff = _TIDSPUNKT.fullmatch(verdi) if isinstance(verdi, str) else None
    return treff[1] if treff else verdi


def _extents(poster: Sequence[Radplass], navn: Mapping[str, str]) -> Iterator[tuple[int, Felter]]:
    for plass, post in poster:
        mengder = post.get(_MENGDELISTE) or []
        if not isinstance(mengder, list) or not all(isinstance(mengde, dict) for mengde in mengder):
            raise Avvisning("FIL002")
        for mengde in mengder:
            yield plass, {"id": post.get("id"), **_rename(_flatten(mengde), navn)}


def _table(navn: str, rader: Sequence[tuple[int, Felter]], oppsett: Leseoppsett, lest_som: str) -> Del:
    tabell = oppsett.kjenn_tabell(navn)
    if not tabell:
        return Ukjentdel(navn, texts_of([rad for _, rad in rader]))
    kolonner = tuple(dict.fromkeys(felt for _, rad in rader for felt in rad))
    celler = ((plass, [_cell(rad.get(kolonne)) for kolonne in kolonner]) for plass, rad in rader)
    return record_table(tabell, kolonner, celler, lest_som)


def _cell(verdi: Any) -> str:  # noqa: ANN401
    return SAMMENSATT if isinstance(verdi, list) else write_cell(verdi)
