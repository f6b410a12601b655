"""The description of the data set as DCAT-AP-NO: it parses, has what is mandatory, and leads to files that are there.

The table is that of Digdir's SHACL for DCAT-AP-NO 3 (Informasjonsforvaltning/dcat-ap-no, commit
9fd770b6059aa6414e98b005fd073d4a06c4051c, shacl/dcatapno3-core-shapes.ttl): the shapes under «mandatory properties» of
each class.
"""

from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from schemas.loader import SCHEMAS
from tiltaksflyt.referansemottak.skjema import load_skjemaer

ROT = SCHEMAS.parent
FIL = SCHEMAS / "dcat" / "tiltaksflyt.ttl"
BASE = "https://tiltaksflyt.example/"
VCARD = rdflib.Namespace("http://www.w3.org/2006/vcard/ns#")
AUTHORITY = "http://publications.europa.eu/resource/authority/"

Ref = rdflib.term.Node

# class, property, least, most
OBLIGATORISK: list[tuple[rdflib.URIRef, rdflib.URIRef, int, int | None]] = [
    (DCAT.Catalog, DCTERMS.title, 1, None),
    (DCAT.Catalog, DCTERMS.description, 1, None),
    (DCAT.Catalog, DCAT.contactPoint, 1, None),
    (DCAT.Catalog, DCTERMS.publisher, 1, 1),
    (DCAT.Dataset, DCTERMS.title, 1, None),
    (DCAT.Dataset, DCTERMS.description, 1, None),
    (DCAT.Dataset, DCAT.contactPoint, 1, None),
    (DCAT.Dataset, DCAT.theme, 1, None),
    (DCAT.Dataset, DCTERMS.publisher, 1, 1),
    (DCAT.Distribution, DCAT.accessURL, 1, None),
    (FOAF.Agent, FOAF.name, 1, None),
    (VCARD.Organization, VCARD.fn, 1, None),
]
# What DCAT-AP-NO recommends and a reader of this data set needs: also the licence, the place and the time.
ANBEFALT: list[tuple[rdflib.URIRef, rdflib.URIRef]] = [
    (DCAT.Dataset, DCAT.distribution),
    (DCAT.Dataset, DCTERMS.spatial),
    (DCAT.Dataset, DCTERMS.temporal),
    (DCAT.Dataset, DCAT.keyword),
    (DCAT.Dataset, DCTERMS.accessRights),
    (DCAT.Distribution, DCTERMS["format"]),
    (DCAT.Catalog, DCTERMS.license),
]


@pytest.fixture(scope="module")
def graf() -> rdflib.Graph:
    return rdflib.Graph().parse(FIL, format="turtle")


def of_class(graf: rdflib.Graph, klasse: rdflib.URIRef) -> list[Ref]:
    funnet = list(graf.subjects(RDF.type, klasse))
    assert funnet, klasse
    return funnet


def name(ref: object) -> str:
    return str(ref).rpartition("/")[2].rpartition("#")[2] or str(ref)


@pytest.mark.parametrize(("klasse", "egenskap", "minst", "hoyst"), OBLIGATORISK, ids=name)
def test_what_is_mandatory_is_there(
    graf: rdflib.Graph, klasse: rdflib.URIRef, egenskap: rdflib.URIRef, minst: int, hoyst: int | None
) -> None:
    for ressurs in of_class(graf, klasse):
        antall = len(list(graf.objects(ressurs, egenskap)))
        assert antall >= minst, (ressurs, egenskap)
        assert hoyst is None or antall <= hoyst, (ressurs, egenskap)


@pytest.mark.parametrize(("klasse", "egenskap"), ANBEFALT, ids=name)
def test_what_a_reader_needs_is_there(graf: rdflib.Graph, klasse: rdflib.URIRef, egenskap: rdflib.URIRef) -> None:
    for ressurs in of_class(graf, klasse):
        assert list(graf.objects(ressurs, egenskap)), (ressurs, egenskap)


def test_texts_have_a_language_and_each_language_once(graf: rdflib.Graph) -> None:
    for klasse in (DCAT.Catalog, DCAT.Dataset):
        for ressurs in of_class(graf, klasse):
            for egenskap in (DCTERMS.title, DCTERMS.description):
                tekster = list(graf.objects(ressurs, egenskap))
                sprak = [tekst.language for tekst in tekster if isinstance(tekst, rdflib.Literal)]
                assert None not in sprak
                assert len(set(sprak)) == len(sprak)


def test_the_contact_can_be_reached_and_is_an_organisation(graf: rdflib.Graph) -> None:
    for klasse in (DCAT.Catalog, DCAT.Dataset):
        for ressurs in of_class(graf, klasse):
            for kontakt in graf.objects(ressurs, DCAT.contactPoint):
                assert (kontakt, RDF.type, VCARD.Organization) in graf
                assert list(graf.objects(kontakt, VCARD.hasURL)) + list(graf.objects(kontakt, VCARD.hasEmail))


def test_codes_are_of_the_vocabularies_that_the_profile_names(graf: rdflib.Graph) -> None:
    for egenskap, liste in (
        (DCAT.theme, "data-theme/"),
        (DCTERMS.accessRights, "access-right/"),
        (DCTERMS.spatial, "country/"),
        (DCTERMS["format"], "file-type/"),
        (DCTERMS.accrualPeriodicity, "frequency/"),
        (DCTERMS.language, "language/"),
    ):
        verdier = list(graf.objects(None, egenskap))
        assert verdier
        assert all(str(verdi).startswith(AUTHORITY + liste) for verdi in verdier), egenskap


def test_the_reports_are_not_public_and_the_schemas_are_and_have_a_licence(graf: rdflib.Graph) -> None:
    rettighet = {name(ett): name(graf.value(ett, DCTERMS.accessRights)) for ett in of_class(graf, DCAT.Dataset)}
    assert rettighet == {"rapporter": "NON_PUBLIC", "skjemaer": "PUBLIC"}
    for ett in of_class(graf, DCAT.Dataset):
        for distribusjon in graf.objects(ett, DCAT.distribution):
            lisenser = [str(lisens) for lisens in graf.objects(distribusjon, DCTERMS.license)]
            assert lisenser == (["https://spdx.org/licenses/MIT"] if name(ett) == "skjemaer" else [])


def test_every_file_it_leads_to_is_there_and_every_schema_of_a_document_is_led_to(graf: rdflib.Graph) -> None:
    lenker = {
        str(verdi).removeprefix(BASE)
        for egenskap in (DCAT.accessURL, DCAT.downloadURL, DCTERMS.conformsTo, VCARD.hasURL)
        for verdi in graf.objects(None, egenskap)
    }
    assert [sti for sti in lenker if not Path(ROT, sti).is_file()] == []
    for dokumenttype in load_skjemaer():
        navn = dokumenttype.lower().replace("_", "-")
        assert {f"schemas/xsd/{navn}.xsd", f"schemas/json/{navn}.schema.json"} <= lenker
    assert "schemas/json/innsending.schema.json" in lenker
