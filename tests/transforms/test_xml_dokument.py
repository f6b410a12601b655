"""The document as XML and JSON: the two are one message, valid under one pair of schemas, without loss either way."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.transforms.dokumentstrategier import documents
from transforms.dokument_form import UgyldigDokument
from transforms.dokument_formater import render
from transforms.dokument_json import check_json, to_json
from transforms.dokument_xml import check_xml, from_xml, to_xml

GOLDEN = Path(__file__).parents[1] / "golden"
DOKUMENTER = sorted(GOLDEN.glob("*/[34567]_*.json"))


def document(fil: Path) -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads(fil.read_text(encoding="utf-8"))
    return innhold


# --- any document the schemas allow ---


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
        b'<plan xmlns="urn:tiltaksflyt:plan:2.0"/>',
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
