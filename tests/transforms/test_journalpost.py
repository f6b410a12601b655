"""The request to Nav's archive: what stands in it, what it never does, and that a value too long is an error."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from schemas.arkivfelter import FIL, Enhet, find_excess, journalpostfelter
from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, load, validator
from transforms.dokument import arkivtittel
from transforms.journalpost import UgyldigForArkivet, build_journalpost, render_journalpost

GOLDEN = Path(__file__).parents[1] / "golden"
DOKUMENTER = sorted(GOLDEN.glob("*/[34567]_*.json"))


def document(fil: Path = GOLDEN / "arbeid" / "4_perioderapport.json") -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads(fil.read_text(encoding="utf-8"))
    return innhold


@pytest.mark.parametrize("fil", DOKUMENTER, ids=lambda fil: f"{fil.parent.name}/{fil.stem}")
def test_the_request_has_the_form_and_says_what_the_document_says(fil: Path) -> None:
    innhold = document(fil)
    journalpost = json.loads(render_journalpost(innhold))
    validator("journalpost").validate(journalpost)
    hode = innhold["hode"]
    assert journalpost["eksternReferanseId"] == hode["meldingId"]
    if "deltaker" in hode:
        assert journalpost["bruker"] == {"id": hode["deltaker"]["personident"], "idType": "FNR"}
        assert hode["deltaker"]["navn"] not in journalpost["tittel"]
    else:
        assert journalpost["bruker"] == {"id": hode["avsender"]["orgnr"], "idType": "ORGNR"}
    assert journalpost["avsenderMottaker"]["id"] == hode["avsender"]["orgnr"]
    assert journalpost["tittel"] == arkivtittel(innhold)
    assert render_journalpost(copy.deepcopy(innhold)) == render_journalpost(innhold)


def test_one_file_for_the_archive_and_each_variant_once() -> None:
    """dokarkiv, DokumentValidator: exactly one ARKIV, PDF or PDF/A, and no variantformat twice."""
    (dokument,) = build_journalpost(document())["dokumenter"]
    varianter = dokument["dokumentvarianter"]
    formater = [variant["variantformat"] for variant in varianter]
    assert formater.count("ARKIV") == 1
    assert len(set(formater)) == len(formater)
    assert [v["filtype"] for v in varianter if v["variantformat"] == "ARKIV"] == ["PDFA"]
    assert not any("fysiskDokument" in variant for variant in varianter)


def test_local_time_in_summer_and_winter() -> None:
    innhold = document()
    innhold["hode"]["opprettet"] = "2026-07-01T22:30:00+00:00"
    assert build_journalpost(innhold)["datoDokument"] == "2026-07-02T00:30:00.000"
    innhold["hode"]["opprettet"] = "2026-01-01T22:30:00+00:00"
    assert build_journalpost(innhold)["datoDokument"] == "2026-01-01T23:30:00.000"


def test_a_new_version_names_the_one_before() -> None:
    innhold = document(GOLDEN / "arbeid" / "3_plan_2.json")
    opplysninger = {rad["nokkel"]: rad["verdi"] for rad in build_journalpost(innhold)["tilleggsopplysninger"]}
    assert opplysninger["tiltaksflyt_forrige"] == innhold["hode"]["erstatter"]
    assert "tiltaksflyt_forrige" not in {r["nokkel"] for r in build_journalpost(document())["tilleggsopplysninger"]}


def test_a_document_without_a_person_is_about_the_sender() -> None:
    innhold = document()
    del innhold["hode"]["deltaker"]
    journalpost = build_journalpost(innhold)
    assert journalpost["bruker"] == {"id": innhold["hode"]["avsender"]["orgnr"], "idType": "ORGNR"}
    validator("journalpost").validate(journalpost)


def test_a_name_that_is_too_long_is_an_error_with_the_limit_and_without_the_name() -> None:
    innhold = document()
    navn = "Ø" * 100  # 200 bytes: the last that goes in
    innhold["hode"]["avsender"]["navn"] = navn
    assert build_journalpost(innhold)["avsenderMottaker"]["navn"] == navn
    innhold["hode"]["avsender"]["navn"] = navn + "A"
    with pytest.raises(UgyldigForArkivet, match=r"avsenderMottaker\.navn is 201 bytes .* at most 200 bytes") as feil:
        build_journalpost(innhold)
    assert "ØØ" not in str(feil.value)
    assert feil.value.brudd.felt == "avsenderMottaker.navn"


def at_the_field(felt: str, verdi: str) -> dict[str, Any]:
    """A request that has nothing but one field."""
    resultat: Any = verdi
    for navn in reversed(felt.split(".")):
        er_liste = navn in ("dokumenter", "dokumentvarianter", "tilleggsopplysninger")
        resultat = {navn: [resultat] if er_liste else resultat}
    return dict(resultat)


@pytest.mark.parametrize("felt", journalpostfelter().grenser)
def test_every_limit_holds_at_its_last_sign_and_not_beyond(felt: str) -> None:
    grense = journalpostfelter().grenser[felt]
    assert find_excess(at_the_field(felt, "1" * grense.maks)) is None
    brudd = find_excess(at_the_field(felt, "1" * (grense.maks + 1)))
    assert brudd is not None
    assert (brudd.felt, brudd.er_for_lang) == (felt, True)
    tegn = find_excess(at_the_field(felt, "Æ" * grense.maks))
    assert (tegn is None) == (grense.enhet is Enhet.TEGN and grense.monster is None)


def test_a_reference_with_signs_that_the_archive_refuses() -> None:
    brudd = find_excess({"eksternReferanseId": "med mellomrom"})
    assert brudd is not None
    assert not brudd.er_for_lang
    assert "signs that are not allowed" in str(UgyldigForArkivet(brudd))


def test_every_text_of_the_request_has_a_limit_or_is_a_code_of_its_own() -> None:
    egne = {"journalposttype", "tema", "datoDokument"}
    felter = set(re.findall(r'"(\w+)": "', render_journalpost(document()).decode()))
    med_grense = {felt.rpartition(".")[2] for felt in journalpostfelter().grenser}
    assert felter - med_grense - egne == {"idType", "filtype", "variantformat"}


def test_the_data_names_codes_that_nav_has_and_where_each_limit_comes_from() -> None:
    innhold = load(FIL, "arkivfelter")["journalpost"]
    assert innhold["tema"]["verdi"] in kodeverk("tema").koder
    assert all("dokarkiv" in grense["kilde"] for grense in innhold["grenser"].values())
    assert (SCHEMAS / "json" / "journalpost.schema.json").exists()
