"""A minor version only adds: what was valid stays valid, and the frozen examples see a change that breaks this."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from lxml import etree

from schemas.dokument_jsonskjema import make_json_schemas
from schemas.dokument_xsd import make_xsd
from schemas.dokumentform import FIL, dokumentform
from tests.golden.eksempler import EKSEMPLER

Endring = Callable[[dict[str, Any]], object]


@pytest.fixture
def invalid_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Endring], tuple[set[str], set[str]]]:
    """Which valid frozen examples a changed form refuses, as XML and as JSON."""

    def change(endring: Endring) -> tuple[set[str], set[str]]:
        innhold = yaml.safe_load(FIL.read_text(encoding="utf-8"))
        endring(innhold)
        fil = tmp_path / "dokumentform.yaml"
        fil.write_text(yaml.safe_dump(innhold, allow_unicode=True, sort_keys=False), encoding="utf-8")
        monkeypatch.setattr("schemas.dokumentform.FIL", fil)
        form = dokumentform.__wrapped__()
        for navn, xsd in make_xsd(form).items():
            (tmp_path / navn).write_bytes(xsd)
        i_xml, i_json = set(), set()
        for navn, skjema in make_json_schemas(form).items():
            xsd_skjema = etree.XMLSchema(etree.parse(tmp_path / f"{navn}.xsd"))
            validator = jsonschema_rs.Draft202012Validator(skjema)
            for eksempel in EKSEMPLER.glob(f"*/{navn}/gyldig-*.xml"):
                if not xsd_skjema.validate(etree.parse(eksempel)):
                    i_xml.add(f"{navn}/{eksempel.stem}")
                dokument = json.loads(eksempel.with_suffix(".json").read_text(encoding="utf-8"))
                if not validator.is_valid(dokument):
                    i_json.add(f"{navn}/{eksempel.stem}")
        return i_xml, i_json

    return change


def new_optional_field(form: dict[str, Any]) -> None:
    form["versjon"] = "1.1"
    nytt = {"navn": "saksnummer", "type": "Tekst", "valgfri": True, "beskrivelse": "Saken hos Nav."}
    form["grupper"]["Grunnlag"]["felter"].append(nytt)


def new_type(form: dict[str, Any]) -> None:
    # Backwards, since a type must have its code in the code list: without this one the others are as they are with it.
    form["dokumenter"].pop("etterrapport")


def new_code(form: dict[str, Any]) -> None:
    form["kodelister"]["Merknadsart"]["egne"]["RAD"] = "Et råd."


@pytest.mark.parametrize("endring", [new_optional_field, new_type, new_code])
def test_what_a_minor_version_may_do_refuses_nothing_old(invalid_after: Any, endring: Endring) -> None:
    assert invalid_after(endring) == (set(), set())


def required(form: dict[str, Any]) -> None:
    form["grupper"]["Grunnlag"]["felter"][0].pop("valgfri")


def removed_field(form: dict[str, Any]) -> None:
    form["typer"]["Mottaker"]["felter"].pop()


def removed_code(form: dict[str, Any]) -> None:
    form["kodelister"]["Merknadsart"]["egne"].pop("INGEN")


def narrower(form: dict[str, Any]) -> None:
    form["enkle"]["Prosent"]["maks"] = 50


def other_namespace(form: dict[str, Any]) -> None:
    form["hovedversjon"] = "2.0"


@pytest.mark.parametrize("endring", [required, removed_field, removed_code, narrower])
def test_what_a_minor_version_may_not_do_is_seen_in_both_forms(invalid_after: Any, endring: Endring) -> None:
    i_xml, i_json = invalid_after(endring)
    assert i_xml == i_json != set()


def test_another_namespace_is_another_major_version(invalid_after: Any) -> None:
    i_xml, _ = invalid_after(other_namespace)
    assert len(i_xml) == len(list(EKSEMPLER.glob("*/*/gyldig-*.xml")))
