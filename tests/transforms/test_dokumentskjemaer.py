"""The two schemas of a document say the same: what one refuses the other refuses, whatever has been done to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.dokumentform import FIL, dokumentform
from schemas.dokumentskjemaer import make_files
from schemas.loader import SCHEMAS, UgyldigFil
from tests.transforms.dokumentmutasjoner import mutants, xml_mutants
from tests.transforms.dokumentstrategier import documents
from transforms.avtaledokument import AVTALEDOKUMENTER
from transforms.dokument import DOKUMENTTYPER
from transforms.dokument_form import UgyldigDokument
from transforms.dokument_hode import SKJEMAVERSJON
from transforms.dokument_json import check_json
from transforms.dokument_xml import check_xml, from_xml, to_xml

GOLDEN = Path(__file__).parents[1] / "golden"
SAKTE = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


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


BYGDE = [smaller(json.loads(fil.read_text(encoding="utf-8"))) for fil in sorted(GOLDEN.glob("*/[34567]_*.json"))]
ENHVER = st.one_of(st.sampled_from(BYGDE), st.sampled_from(BYGDE), documents())


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


@SAKTE
@given(mutants(ENHVER))
def test_a_changed_document_is_refused_by_both_schemas_or_by_neither(innhold: dict[str, Any]) -> None:
    refused = is_refused_as_json(innhold)
    assert is_refused_as_xml(innhold) is refused
    if not refused:
        assert from_xml(to_xml(innhold)) == innhold


@SAKTE
@given(xml_mutants(ENHVER.map(to_xml)))
def test_changed_xml_that_the_xsd_takes_is_a_document_that_the_json_schema_takes(xml: bytes) -> None:
    try:
        refused = bool(check_xml(xml))
    except UgyldigDokument:
        refused = True
    if refused:
        with pytest.raises(UgyldigDokument):
            from_xml(xml)
        return
    innhold = from_xml(xml)
    assert check_json(innhold) == ()
    assert check_xml(to_xml(innhold)) == ()
    assert from_xml(to_xml(innhold)) == innhold


# --- the schema files ---


@pytest.mark.parametrize("sti", make_files(), ids=str)
def test_the_file_is_what_the_form_and_the_code_lists_give(sti: Path) -> None:
    assert (SCHEMAS / sti).read_bytes() == make_files()[sti], "run python -m schemas.dokumentskjemaer"


def test_no_other_document_schema_lies_there() -> None:
    laget = {sti.name for sti in make_files()}
    assert {fil.name for fil in (SCHEMAS / "xsd").glob("*.xsd")} == {navn for navn in laget if navn.endswith(".xsd")}
    form = dokumentform()
    urner = {json.loads((SCHEMAS / sti).read_text())["$id"] for sti in make_files() if sti.suffix == ".json"}
    assert urner == {form.urn(navn) for navn in form.dokumenter}


def test_every_type_that_is_built_has_schemas_and_says_their_version() -> None:
    form = dokumentform()
    assert {type_.kode for type_ in form.dokumenter.values()} == {*DOKUMENTTYPER, *AVTALEDOKUMENTER}
    assert form.versjon == SKJEMAVERSJON


@pytest.mark.parametrize("fil", sorted((SCHEMAS / "xsd").glob("*.xsd")), ids=lambda fil: fil.name)
def test_everything_in_the_xsd_is_documented(fil: Path) -> None:
    xs = "{http://www.w3.org/2001/XMLSchema}"
    navngitte = [el for el in etree.parse(fil).iter(f"{xs}*") if el.get("name") or el.tag == f"{xs}enumeration"]
    assert navngitte
    assert [el.get("name") for el in navngitte if not el.findtext(f"{xs}annotation/{xs}documentation")] == []


def test_everything_in_the_json_schema_is_documented() -> None:
    for sti in make_files():
        if sti.suffix == ".json":
            skjema = json.loads((SCHEMAS / sti).read_text(encoding="utf-8"))
            objekter = [skjema, *skjema["$defs"].values(), skjema["properties"]["hode"]]
            felter = [felt for objekt in objekter for felt in objekt.get("properties", {}).values()]
            udokumenterte = [del_ for del_ in (*objekter, *felter) if not del_.get("description")]
            assert udokumenterte == []


def test_a_value_beside_a_code_is_from_the_list_that_is_named_for_it() -> None:
    lister = {kode: liste for liste in dokumentform().kodelister.values() for kode in liste.verdi_av}
    sett = set()
    for fil in sorted(GOLDEN.glob("*/[34567]_*.json")):
        for kode, verdi in coded(json.loads(fil.read_text(encoding="utf-8"))):
            if kode in lister:
                assert verdi in lister[kode].koder, kode
                sett.add(lister[kode].navn)
    assert sett == {liste.navn for liste in lister.values()}


def coded(verdi: Any) -> Iterator[tuple[str, str]]:
    """Every value of a document with the code of the line or the column it stands in."""
    if isinstance(verdi, list):
        for under in verdi:
            yield from coded(under)
    elif isinstance(verdi, dict):
        if "kolonner" in verdi:
            for rad in verdi["rader"]:
                for kolonne, celle in zip(verdi["kolonner"], rad["celler"], strict=True):
                    if "verdi" in celle:
                        yield kolonne["kode"], celle["verdi"]
        elif {"kode", "verdi"} <= verdi.keys():
            yield verdi["kode"], verdi["verdi"]
        for under in verdi.values():
            yield from coded(under)


@pytest.mark.parametrize(
    ("sti", "verdi", "grunn"),
    [
        (("typer", "Avsender", "felter", 0, "type"), "Ukjent", "not a type"),
        (("dokumenter", "plan", "subjekt"), "Ukjent", "not a group"),
        (("dokumenter", "ukjent"), {"beskrivelse": "x", "subjekt": "Person"}, "not in the code list"),
        (("enkle", "Tall", "art"), "brok", "is not one of"),
    ],
)
def test_a_faulty_form_is_told_by_its_place(
    sti: tuple[Any, ...], verdi: Any, grunn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    innhold = yaml.safe_load(FIL.read_text(encoding="utf-8"))
    sted = innhold
    for ledd in sti[:-1]:
        sted = sted[ledd]
    sted[sti[-1]] = verdi
    fil = tmp_path / "dokumentform.yaml"
    fil.write_text(yaml.safe_dump(innhold, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr("schemas.dokumentform.FIL", fil)
    with pytest.raises(UgyldigFil, match=grunn):
        dokumentform.__wrapped__()
