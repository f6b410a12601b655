"""Spoiled documents, by the hundred, before every validator: they agree on each, within a family and across."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.dokumentform import dokumentform
from schemas.loader import SCHEMAS
from tests.transforms.dokumentmutasjoner import mutants
from tests.transforms.test_dokumentskjemaer import BYGDE
from tests.validering.validatorer import JSON, XML
from transforms.dokument_form import UgyldigDokument
from transforms.dokument_xml import to_xml

ANTALL = 150


def spoiled(type_: str, antall: int = ANTALL) -> list[dict[str, Any]]:
    """The same spoiled documents of one type in every run."""
    bygde = [dokument for dokument in BYGDE if dokument["hode"]["dokumenttype"] == type_.upper().replace("-", "_")]
    funnet: list[dict[str, Any]] = []

    @settings(
        max_examples=antall,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutants(st.sampled_from(bygde)))
    def collect(dokument: dict[str, Any]) -> None:
        if _is_json(dokument):
            funnet.append(json.loads(json.dumps(dokument)))

    collect()
    return funnet


def _is_json(dokument: dict[str, Any]) -> bool:
    try:
        json.dumps(dokument, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("type_", list(dokumentform().dokumenter))
def test_all_validators_agree_on_spoiled_documents(type_: str, tmp_path: Path) -> None:
    json_filer, xml_filer = [], {}
    for nummer, dokument in enumerate(spoiled(type_)):
        fil = tmp_path / f"{nummer}.json"
        fil.write_text(json.dumps(dokument, ensure_ascii=False), encoding="utf-8")
        json_filer.append(fil)
        try:
            xml = to_xml(dokument)
        except UgyldigDokument:
            continue
        xml_filer[fil] = tmp_path / f"{nummer}.xml"
        xml_filer[fil].write_bytes(xml)
    i_json = [validator(SCHEMAS / "json" / f"{type_}.schema.json", json_filer) for validator in JSON.values()]
    i_xml = [validator(SCHEMAS / "xsd" / f"{type_}.xsd", list(xml_filer.values())) for validator in XML.values()]
    assert i_json[0] == i_json[1] == i_json[2]
    assert i_xml[0] == i_xml[1] == i_xml[2]
    gyldige = {fil for fil in json_filer if i_json[0][str(fil)]}
    assert {fil for fil, xml in xml_filer.items() if i_xml[0][str(xml)]} == gyldige
    assert len(json_filer) // 20 < len(gyldige) < len(json_filer)
