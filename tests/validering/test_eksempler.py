"""The examples beside the schemas: every validator of both families says of each what its name says."""

import hashlib
import json
from pathlib import Path

import pytest

from schemas.dokumentform import dokumentform
from schemas.loader import SCHEMAS
from tests.golden.eksempler import EKSEMPLER, SJEKKSUMMER
from tests.validering.validatorer import JSON, XML, versions
from transforms.dokument_xml import from_xml, to_xml

VERSJONER = sorted(mappe.name for mappe in EKSEMPLER.iterdir() if mappe.is_dir())
SETT = [(versjon, type_.name) for versjon in VERSJONER for type_ in sorted((EKSEMPLER / versjon).glob("*/"))]


def examples(versjon: str, type_: str, endelse: str) -> list[Path]:
    return sorted((EKSEMPLER / versjon / type_).glob(f"*gyldig-*.{endelse}"))


def as_named(filer: list[Path]) -> dict[str, bool]:
    return {str(fil): fil.name.startswith("gyldig-") for fil in filer}


# An old example is checked against the schemas of today: what was valid in an older minor version still is.
@pytest.mark.parametrize("validator", XML)
@pytest.mark.parametrize(("versjon", "type_"), SETT)
def test_every_xml_example_is_what_its_name_says(versjon: str, type_: str, validator: str) -> None:
    filer = examples(versjon, type_, "xml")
    assert XML[validator](SCHEMAS / "xsd" / f"{type_}.xsd", filer) == as_named(filer), versions()


@pytest.mark.parametrize("validator", JSON)
@pytest.mark.parametrize(("versjon", "type_"), SETT)
def test_every_json_example_is_what_its_name_says(versjon: str, type_: str, validator: str) -> None:
    filer = examples(versjon, type_, "json")
    assert JSON[validator](SCHEMAS / "json" / f"{type_}.schema.json", filer) == as_named(filer), versions()


@pytest.mark.parametrize(("versjon", "type_"), SETT)
def test_each_example_stands_in_both_forms(versjon: str, type_: str) -> None:
    xml, json_ = (examples(versjon, type_, endelse) for endelse in ("xml", "json"))
    assert [fil.stem for fil in xml] == [fil.stem for fil in json_]
    assert {"gyldig-vanlig", "gyldig-minst"} <= {fil.stem for fil in xml}
    assert sum(not gyldig for gyldig in as_named(xml).values()) >= 3
    for ett, to in zip(xml, json_, strict=True):
        if ett.name.startswith("gyldig-"):
            dokument = json.loads(to.read_text(encoding="utf-8"))
            assert from_xml(ett.read_bytes()) == dokument
            assert from_xml(to_xml(dokument)) == dokument


def test_every_type_has_examples_in_the_version_of_today() -> None:
    form = dokumentform()
    assert {type_ for versjon, type_ in SETT if versjon == form.versjon} == set(form.dokumenter)


@pytest.mark.parametrize("versjon", VERSJONER)
def test_the_examples_are_frozen(versjon: str) -> None:
    mappe = EKSEMPLER / versjon
    filer = sorted(fil for fil in mappe.rglob("*") if fil.is_file() and fil.name != SJEKKSUMMER)
    summer = [f"{hashlib.sha256(fil.read_bytes()).hexdigest()}  {fil.relative_to(mappe).as_posix()}" for fil in filer]
    assert (mappe / SJEKKSUMMER).read_text(encoding="utf-8").splitlines() == summer
