"""The document as XML and JSON: the two are one message, valid under one pair of schemas, without loss either way."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.dokumentform import dokumentform
from schemas.loader import SCHEMAS
from transforms.dokument_form import TYPER, UgyldigDokument
from transforms.dokument_formater import render
from transforms.dokument_json import check_json, to_json
from transforms.dokument_xml import check_xml, from_xml, to_xml

GOLDEN = Path(__file__).parents[1] / "golden"
DOKUMENTER = sorted(GOLDEN.glob("*/[345]_*.json"))


def document(fil: Path) -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads(fil.read_text(encoding="utf-8"))
    return innhold


# --- any document the schemas allow ---

# All that XML 1.0 can hold, with the characters that writers of XML get wrong drawn more often.
TEGN = st.one_of(
    st.sampled_from("\t\n\r <>&\"'\x80\x85\u00a0\u2028\ufeff\ufffd\U0001f9ff\U0010fffdÁčŋع漢"),
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
)
TEKST = st.text(TEGN, min_size=1, max_size=12)
DATO = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(lambda d: d.isoformat())
UUID = st.uuids().map(str)
TALL = st.one_of(st.integers(0, 10**9), st.floats(0, 1e9, allow_nan=False))
PROSENT = st.one_of(st.integers(0, 100), st.floats(0, 100))
HELTALL = st.integers(1, 999_999_999)
SANN = st.just(True)


def digits(antall: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=antall, max_size=antall)


def form(pakrevd: dict[str, Any], **valgfri: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(pakrevd, optional=valgfri)


def some(element: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(element, min_size=1, max_size=2)


OPPLYSNING = form({"kode": TEKST, "ledetekst": TEKST, "tekst": TEKST}, verdi=TEKST, framhevet=SANN)
INNSLAG = form({"tekst": TEKST}, verdi=TEKST)
LINJE = form({"kode": TEKST, "fra": DATO, "ledetekst": TEKST, "tekst": TEKST}, til=DATO)
TRINN = form({"fra": DATO, "prosent": PROSENT, "tekst": TEKST}, dagerPerUke=TALL)
POST = st.fixed_dictionaries({"kode": TEKST, "antall": TALL, "enhet": TEKST, "ledetekst": TEKST, "tekst": TEKST})
KOLONNE = st.fixed_dictionaries({"kode": TEKST, "tekst": TEKST})
TABELLRAD = form({"celler": some(INNSLAG)}, endret=SANN)
FELTER: dict[str, tuple[dict[str, Any], bool]] = {
    "avsnitt": ({"tekst": TEKST}, True),
    "merknad": ({"art": st.sampled_from(["GRENSE", "INGEN", "MERKNAD"]), "tekst": TEKST}, False),
    "fakta": ({"rader": some(OPPLYSNING)}, False),
    "liste": ({"punkter": some(INNSLAG)}, True),
    "tabell": ({"kolonner": some(KOLONNE), "rader": some(TABELLRAD)}, True),
    "tidslinje": ({"fra": DATO, "til": DATO, "linjer": some(LINJE)}, True),
    "omfang": ({"fra": DATO, "til": DATO, "trinn": some(TRINN)}, True),
    "sum": ({"poster": some(POST)}, True),
}


def block(type_: str) -> st.SearchStrategy[dict[str, Any]]:
    felter, har_overskrift = FELTER[type_]
    valgfri = {"endret": SANN} | ({"overskrift": TEKST} if har_overskrift else {})
    return form({"type": st.just(type_), "kode": TEKST, **felter}, **valgfri)


KODE = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True)
SEKSJON = st.fixed_dictionaries(
    {
        "kode": KODE,
        "nummer": HELTALL,
        "overskrift": TEKST,
        "blokker": some(st.sampled_from(sorted(FELTER)).flatmap(block)),
    }
)
PERIODE = st.fixed_dictionaries({"fra": DATO, "til": DATO})
TIDSPUNKT = st.builds(
    lambda dato, time, minutt, offset: f"{dato}T{time:02d}:{minutt:02d}:07{offset}",
    DATO,
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["+01:00", "+02:00", "-13:59", "+00:00"]),
)


def header(type_: str) -> st.SearchStrategy[dict[str, Any]]:
    pakrevd: dict[str, Any] = {
        "dokumentId": UUID,
        "meldingId": UUID,
        "versjon": HELTALL,
        "dokumenttype": st.just(type_.upper()),
        "modus": st.sampled_from(["PROD", "TEST", "KONTROLL"]),
        "tiltakskode": KODE,
        "avsender": st.fixed_dictionaries({"orgnr": digits(9), "navn": TEKST, "kildesystem": TEKST}),
        "mottaker": form({"navEnhet": digits(4), "navFylke": digits(2), "navn": TEKST}, navVeileder=TEKST),
        "deltakelseId": TEKST,
        "deltaker": st.fixed_dictionaries({"personident": digits(11), "navn": TEKST}),
        "opprettet": TIDSPUNKT,
        "regelverk": TEKST,
        "skjemaversjon": st.just("1.0"),
        "malversjon": st.just("1.0"),
    }
    if type_ != "sluttrapport":
        pakrevd["nummer"] = HELTALL
    if type_ == "perioderapport":
        return form({**pakrevd, "periode": PERIODE}, erstatter=UUID, frist=DATO)
    return form(pakrevd, erstatter=UUID, frist=DATO, periode=PERIODE)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    type_ = draw(st.sampled_from(TYPER))
    return {
        "hode": draw(header(type_)),
        "opplysninger": draw(some(OPPLYSNING)),
        "seksjoner": draw(some(SEKSJON)),
    }


def test_the_generator_knows_every_kind_of_block() -> None:
    assert FELTER.keys() == dokumentform().blokker.keys()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents())
def test_xml_and_json_are_one_message(innhold: dict[str, Any]) -> None:
    xml, json_ = to_xml(innhold), to_json(innhold)
    assert from_xml(xml) == innhold
    assert json.loads(json_) == innhold
    assert repr(json.loads(json_)) == repr(from_xml(xml))  # the order of keys, and 50 apart from 50.0
    assert to_xml(json.loads(json_)) == xml
    assert check_json(innhold) == ()
    assert check_xml(xml) == ()


# --- the documents of the golden cases ---


@pytest.mark.parametrize("fil", DOKUMENTER, ids=lambda fil: f"{fil.parent.name}-{fil.stem}")
def test_a_real_document_is_valid_and_comes_back(fil: Path) -> None:
    innhold = document(fil)
    assert check_json(innhold) == ()
    assert check_xml(to_xml(innhold)) == ()
    assert from_xml(to_xml(innhold)) == innhold


def test_the_order_of_keys_does_not_move_a_byte() -> None:
    innhold = document(DOKUMENTER[0])
    snudd = json.loads(json.dumps(innhold, sort_keys=True))
    assert list(snudd["hode"]) != list(innhold["hode"])
    for format_ in ("xml", "json"):
        assert render(snudd, format_) == render(innhold, format_)


def paths(verdi: Any, sti: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(verdi, dict | list):
        for nokkel, under in verdi.items() if isinstance(verdi, dict) else enumerate(verdi):
            yield (*sti, nokkel)
            yield from paths(under, (*sti, nokkel))


def mutants(innhold: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every value once removed and once or twice spoiled; every object once with a key too many."""
    for sti in paths(innhold):
        kopi, sted = copy_to(innhold, sti)
        del sted[sti[-1]]
        yield f"without {sti}", kopi
        for verdi in spoiled(at(innhold, sti)):
            kopi, sted = copy_to(innhold, sti)
            sted[sti[-1]] = verdi
            yield f"spoiled {sti}", kopi


def copy_to(innhold: dict[str, Any], sti: tuple[Any, ...]) -> tuple[dict[str, Any], Any]:
    """A copy, and the place in it that holds the last step of the path."""
    kopi = copy.deepcopy(innhold)
    return kopi, at(kopi, sti[:-1])


def at(verdi: Any, sti: tuple[Any, ...]) -> Any:
    for ledd in sti:
        verdi = verdi[ledd]
    return verdi


def spoiled(verdi: Any) -> tuple[Any, ...]:
    match verdi:
        case True:
            return (False,)
        case int() | float():
            return (-1, 10**9 + 0.5)
        case str():
            return ("", "¤")
        case list():
            return ([],)
        case _:
            return ({**verdi, "fremmed": "x"},)


def is_refused_as_xml(innhold: dict[str, Any]) -> bool:
    try:
        return bool(check_xml(to_xml(innhold)))
    except UgyldigDokument:
        return True


def is_refused_as_json(innhold: dict[str, Any]) -> bool:
    try:
        return bool(check_json(innhold))
    except UgyldigDokument:
        return True


@pytest.mark.parametrize("navn", ["3_plan_2", "4_perioderapport", "5_sluttrapport"])
def test_a_changed_document_is_refused_by_both_schemas_or_by_neither(navn: str) -> None:
    innhold = smaller(document(GOLDEN / "arbeid" / f"{navn}.json"))
    dommer = [(hva, is_refused_as_xml(m), is_refused_as_json(m)) for hva, m in mutants(innhold)]
    assert [dom for dom in dommer if dom[1] != dom[2]] == []
    assert sum(xml for _, xml, _ in dommer) > len(dommer) / 2
    assert any(not xml for _, xml, _ in dommer)


def smaller(innhold: dict[str, Any]) -> dict[str, Any]:
    """The same document with one block of each type, and one element of each list in it."""
    sett: set[str] = set()
    seksjoner = []
    for seksjon in innhold["seksjoner"]:
        blokker = [b for b in seksjon["blokker"] if not (b["type"] in sett or sett.add(b["type"]))]
        if blokker:
            seksjoner.append({**seksjon, "blokker": [one_each(b) for b in blokker]})
    return {"hode": innhold["hode"], "opplysninger": innhold["opplysninger"][:2], "seksjoner": seksjoner}


def one_each(verdi: Any) -> Any:
    if isinstance(verdi, dict):
        return {navn: one_each(under) for navn, under in verdi.items()}
    return [one_each(under) for under in verdi[:1]] if isinstance(verdi, list) else verdi


@pytest.mark.parametrize(
    ("gammelt", "nytt"),
    [
        ("<versjon>1</versjon>", "<versjon>01</versjon>"),
        ("<versjon>1</versjon>", "<versjon>1</versjon><versjon>1</versjon>"),
        ("<modus>TEST</modus>", "<modus>PROVE</modus>"),
        ("</hode>", "<ukjent/></hode>"),
        ('nummer="1"', 'nummer="1" ekstra="x"'),
        ("<frist>2026-10-30</frist>", "<frist>2026-02-30</frist>"),
        ("<orgnr>912345009</orgnr>", "<orgnr>91234500</orgnr>"),
        ("<dokumenttype>SLUTTRAPPORT</dokumenttype>", "<dokumenttype>PLAN</dokumenttype>"),
        ("urn:tiltaksflyt:sluttrapport:1.0", "urn:tiltaksflyt:sluttrapport:2.0"),
    ],
)
def test_xml_that_is_not_ours_is_refused(gammelt: str, nytt: str) -> None:
    xml = to_xml(document(GOLDEN / "arbeid" / "5_sluttrapport.json")).decode()
    assert gammelt in xml
    assert check_xml(xml.replace(gammelt, nytt, 1).encode()) != ()


@pytest.mark.parametrize(
    "xml",
    [
        b"not xml",
        b'<!DOCTYPE plan [<!ENTITY x "y">]><plan xmlns="urn:tiltaksflyt:plan:1.0">&x;</plan>',
        b'<dokument xmlns="urn:tiltaksflyt:dokument:1.0"/>',
    ],
)
def test_what_is_no_document_is_refused_before_the_schema(xml: bytes) -> None:
    with pytest.raises(UgyldigDokument):
        check_xml(xml)
    with pytest.raises(UgyldigDokument):
        from_xml(xml)


def test_an_element_out_of_place_is_not_read_past() -> None:
    xml = to_xml(document(GOLDEN / "ikke_mott" / "5_sluttrapport.json"))
    for gammelt, nytt in (
        (b"</hode>", b"<mer/></hode>"),
        (b'kode="RESULTAT"', b'kode="RESULTAT" mer="x"'),
        (b"<opplysninger>", b"<opplysninger><mer/>"),
        (b"<frist>", b"<frist>2026-01-01</frist><frist>"),
    ):
        with pytest.raises(UgyldigDokument):
            from_xml(xml.replace(gammelt, nytt, 1))


def test_a_breach_is_told_without_the_value() -> None:
    innhold = document(GOLDEN / "arbeid" / "3_plan.json")
    innhold["hode"]["deltaker"]["personident"] = "1483941205X"
    brudd = [*check_json(innhold), *check_xml(to_xml(innhold))]
    assert len(brudd) >= 2
    assert "1483941205X" not in " ".join(brudd)
    innhold["hode"]["deltaker"]["1483941205X"] = "x"
    with pytest.raises(UgyldigDokument) as funnet:
        to_xml(innhold)
    assert "1483941205X" not in str(funnet.value)
    assert funnet.value.__cause__ is None


# --- the schemas themselves ---


def test_the_three_json_schemas_share_their_parts() -> None:
    deler = [json.loads((SCHEMAS / "json" / f"{navn}.schema.json").read_text())["$defs"] for navn in TYPER]
    assert deler[0] == deler[1] == deler[2]


def test_what_people_read_is_text_and_what_machines_read_is_attributes() -> None:
    """Every text of the sections in the JSON is element text in the XML, and no other element text is there."""
    for fil in DOKUMENTER:
        innhold = document(fil)
        xml = to_xml(innhold).decode()
        seksjoner = xml[xml.index("<seksjoner>") :]
        lest = [unescape(t) for t in re.findall(r">([^<]+)<", seksjoner) if t.strip()]
        assert sorted(lest) == sorted(read_texts(innhold["seksjoner"]))


def unescape(tekst: str) -> str:
    return tekst.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def read_texts(verdi: Any) -> Iterator[str]:
    if isinstance(verdi, Mapping):
        for navn, under in verdi.items():
            if isinstance(under, str):
                if navn in {"tekst", "ledetekst", "overskrift"}:
                    yield under
            else:
                yield from read_texts(under)
    elif isinstance(verdi, list):
        for under in verdi:
            yield from read_texts(under)
