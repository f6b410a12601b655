"""The categories of personal data that a document holds."""

import json
from typing import Any

import pytest

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS
from transforms.dokument_kategorier import categories_of

EKSEMPLER = SCHEMAS / "eksempler" / "1.0"


def example(navn: str) -> dict[str, Any]:
    return dict(json.loads((EKSEMPLER / navn / "gyldig-vanlig.json").read_text(encoding="utf-8")))


def with_block(blokk: dict[str, Any]) -> frozenset[str]:
    innhold = example("plan")
    return categories_of({**innhold, "opplysninger": [], "seksjoner": [{"kode": "X", "blokker": [blokk]}]})


IDENTITET = frozenset({"FOLKEREGISTER_IDENTIFIKATOR", "NAVN"})


@pytest.mark.parametrize("navn", ["plan", "perioderapport", "sluttrapport"])
def test_every_category_is_one_of_navs_and_identity_is_among_them(navn: str) -> None:
    funnet = categories_of(example(navn))
    assert IDENTITET < funnet <= kodeverk("personopplysning").koder.keys()
    assert "ANNET" not in funnet


@pytest.mark.parametrize("navn", ["resultatrapport", "etterrapport"])
def test_a_document_about_no_one_holds_none(navn: str) -> None:
    assert categories_of(example(navn)) == frozenset()


@pytest.mark.parametrize(
    ("blokk", "ekstra"),
    [
        ({"type": "avsnitt", "kode": "tilrettelegging", "tekst": "Kort vei."}, {"HELSEOPPLYSNINGER"}),
        ({"type": "avsnitt", "kode": "ukjent", "tekst": "Ingenting å si."}, set()),
        ({"type": "avsnitt", "kode": "ukjent", "tekst": "Har angst i grupper."}, {"HELSEOPPLYSNINGER"}),
        ({"type": "merknad", "kode": "ukjent", "tekst": "Har angst i grupper."}, set()),
        ({"type": "liste", "kode": "ukjent", "punkter": [{"tekst": "Er muslim."}]}, {"RELIGION"}),
        ({"type": "liste", "kode": "ukjent", "punkter": [{"tekst": "Er muslim.", "verdi": "KODE"}]}, set()),
        ({"type": "avsnitt", "kode": "ukjent", "tekst": "Etter fengsel."}, set()),  # no agreement has a word for it
    ],
)
def test_fields_by_their_tag_and_texts_by_their_words(blokk: dict[str, Any], ekstra: set[str]) -> None:
    assert with_block(blokk) == IDENTITET | ekstra
