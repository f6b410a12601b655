"""The certificate: its words, that nothing is hidden, that it is one page and the same page."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from schemas.loader import SCHEMAS, read_yaml
from tests.transforms.sletteattester import consent, empty, erasure, eventful, large, small, standing
from transforms.dokument_pdf import render_attest
from transforms.maned import Maned
from transforms.sletteattest import Sletteattest, attest_page

MAALFORMER = ("nb", "nn")


def lines(attest: Sletteattest) -> list[str]:
    """Every line of the page's sections, those that warn with «!» in front."""
    side = attest_page(attest)
    deler = [side["slettet"], *side["avsnitt"], *side["spalter"], side["grenser"]]
    return [("! " if rad["varsel"] else "") + rad["tekst"] for del_ in deler for rad in del_["linjer"]]


def rows(attest: Sletteattest) -> dict[str, str]:
    return {rad["hva"]: rad["antall"] for rad in attest_page(attest)["slettet"]["rader"]}


def numbers(attest: Sletteattest) -> list[tuple[str, bool]]:
    return [(ett["verdi"], ett["varsel"]) for ett in attest_page(attest)["tall"]]


def test_a_small_month_word_for_word() -> None:
    assert rows(small()) == {
        "Deltakelser der siste dag var passert": "3",
        "Samtykker som var trukket, med kontaktopplysningene": "1",
    }
    assert [linje.replace("\u00a0", " ") for linje in lines(small())][:-1] == [
        "Kopier som er fjernet: krypteringsnøkler 4, rader i databasen 28, mottatte filer 3, pakker til mottakere 6, "
        "filer i utboksen 9.",
        "Opplysninger: Navn · Telefonnummer · Folkeregisteridentifikator (personnummer/D-nummer) · Helseopplysninger "
        "(særlige kategorier av personopplysninger).",
        "Dag og antall: 02.05 (1), 09.05 (2), 20.05 (1).",
        "Alt var borte i tide, senest natten etter siste dag.",
        "Senest 84 dager etter slutt, eller før om avtalen sier det: AFT-gjeldende (3). Kilde: Oslo Economics 2020, "
        "kartlegging av arbeidsforberedende trening, linje 6505-6506. Tolkningen er ikke bekreftet av noen myndighet.",
        "Et samtykke slettes når det er trukket eller utløpt.",
        "Hver deltakelse og hvert samtykke er kryptert med sin egen nøkkel. Nøkkelen er ødelagt, så ingen kopi kan "
        "leses, heller ikke i en sikkerhetskopi. Filene og radene er fjernet i tillegg, og lagrene kontrollert, før "
        "beviset ble skrevet.",
        "Holdt tilbake av et menneske, med grunn og sluttdato: 1",
        "Skulle vært slettet innen månedens slutt, og var det ikke: 0",
        "Arrangøren har bekreftet at det er slettet også der: 1",
        "Arrangøren har ikke bekreftet: 2",
        "Arrangøren er ikke bedt om å slette: 0",
    ]
    bevis = attest_page(small())["bevis"]
    assert [rad["tekst"] for rad in bevis["rader"]] == [
        "5, fra nr. 12 til nr. 40; det siste er månedens oppgjør",
        "0a" * 32,
        "nr. 41, forankret utenfor databasen 1. juni 2026\n" + "1b" * 32,
        "2c" * 32,
    ]
    assert numbers(small()) == [("3", False), ("1", False), ("0", False), ("0", False)]


def test_what_was_late_held_or_left_over_is_said_and_marked() -> None:
    sagt = lines(eventful())
    for linje in (
        "! 2 av 8 ble slettet for sent, det seneste 3 dager. Tiden er regnet fra natten etter siste dag, eller etter "
        "at et samtykke ble trukket, også når vi fikk vite om det senere.",
        "! 1 er slettet av en eldre versjon, som ikke skrev om det var i tide.",
        "1 ble slettet senere fordi et menneske holdt slettingen tilbake; lengst 20 dager.",
        "Etter regelverk som ikke lenger er i bruk: AFT-2015 (1).",
        "! Skulle vært slettet innen månedens slutt, og var det ikke:\u00a01",
        "Arrangøren er ikke bedt om å slette:\u00a01",
    ):
        assert linje in sagt
    assert not any("i tide, senest" in linje for linje in sagt)
    assert numbers(eventful()) == [("6", False), ("2", False), ("2", True), ("1", True)]


def test_each_reason_is_a_line_of_its_own_also_one_that_has_no_words_yet() -> None:
    assert rows(eventful()) == {
        "Deltakelser der siste dag var passert": "4",
        "Deltakelser til personer med strengt fortrolig adresse": "1",
        "Deltakelser som kom tilbake med en sikkerhetskopi, og ble fjernet igjen": "1",
        "Samtykker der siste dag var passert, med kontaktopplysningene": "1",
        "Av en annen grunn (SAMTYKKE.NY_GRUNN)": "1",
    }


def test_an_older_version_is_not_called_in_time() -> None:
    eldre = {felt: verdi for felt, verdi in erasure("2026-05-02").items() if felt not in ("dagerForSent", "fullfort")}
    sagt = lines(replace(small(), slettinger=[eldre], samtykker=[]))
    assert "! 1 er slettet av en eldre versjon, som ikke skrev om det var i tide." in sagt
    assert not any("Alt var borte i tide" in linje for linje in sagt)
    assert "Dag og antall: 02.05\u00a0(1)." in sagt


def test_a_month_with_nothing_erased_claims_no_deletion() -> None:
    sagt = lines(empty())
    assert sagt[0] == "Ingenting ble slettet denne måneden."
    assert not any("ødelagt" in linje or "i tide, senest" in linje for linje in sagt)
    assert rows(empty()) == {}


def test_a_leap_day_and_the_turn_of_a_year_are_days_like_others() -> None:
    skudd = replace(small(), maned=Maned(2028, 2), slettinger=[erasure("2028-02-29")], samtykker=[])
    assert "Dag og antall: 29.02\u00a0(1)." in lines(skudd)
    assert attest_page(skudd)["maned"] == "Februar 2028"
    nyttar = replace(small(), maned=Maned(2026, 12), stand=standing(dato="2027-01-01"))
    assert (attest_page(nyttar)["maned"], attest_page(nyttar)["oppgjort"]) == (
        "Desember 2026",
        "Oppgjort 1. januar 2027",
    )


def test_the_day_it_was_finished_counts_and_not_the_day_it_was_begun() -> None:
    sagt = lines(replace(small(), slettinger=[erasure("2026-05-02", fullfort="2026-05-04")], samtykker=[]))
    assert "Dag og antall: 04.05\u00a0(1)." in sagt


def _shape(verdi: Any) -> Iterator[str]:
    """Keys and the fields to fill in."""
    for navn, under in verdi.items():
        if isinstance(under, dict):
            yield from (f"{navn}.{sti}" for sti in _shape(under))
        else:
            yield f"{navn} {sorted(re.findall(r'{[a-z]+}', str(under)))}"


def test_both_languages_say_as_much() -> None:
    nb, nn = (read_yaml(SCHEMAS / "pdf" / "1.0" / f"sletteattest.{maalform}.yaml") for maalform in MAALFORMER)
    assert list(_shape(nb)) == list(_shape(nn))
    assert len(lines(eventful("nn"))) == len(lines(eventful("nb")))
    assert not set(lines(eventful("nn"))[2:]) & set(lines(eventful("nb"))[2:])


# --- the page ---


@pytest.mark.parametrize("maalform", MAALFORMER)
@pytest.mark.parametrize("lag", [small, eventful, large, empty])
def test_it_is_one_page_in_its_language(lag: Any, maalform: str) -> None:
    pdf = PdfReader(BytesIO(render_attest(lag(maalform))))
    assert len(pdf.pages) == 1
    assert pdf.root_object["/Lang"] == f"{maalform}-NO"
    tekst = re.sub(r"\s+", "", pdf.pages[0].extract_text())
    for linje in lines(lag(maalform)):
        assert re.sub(r"\s+", "", linje.removeprefix("! ")) in tekst
    assert "".join(lag(maalform).navn.split()) in tekst


def test_a_name_with_letters_that_no_font_has_is_set_all_the_same() -> None:
    pdf = PdfReader(BytesIO(render_attest(replace(small(), navn='Vekst \U0010ffff #strong[AS] \\ "sitat"'))))
    tekst = re.sub(r"\s+", "", pdf.pages[0].extract_text())
    assert '[U+10FFFF]#strong[AS]\\"sitat"' in tekst


def test_the_same_month_is_the_same_bytes_and_is_dated_by_its_entry() -> None:
    pdf = render_attest(eventful())
    assert render_attest(eventful()) == pdf
    metadata = PdfReader(BytesIO(pdf)).metadata
    assert metadata is not None
    assert metadata.creation_date == datetime(2026, 5, 31, 22, 15, tzinfo=UTC)
    assert metadata.title == "Sletteattest Mai 2026"
    annet = replace(eventful(), kjede=replace(eventful().kjede, forankret=date(2026, 6, 2)))
    assert render_attest(annet) != pdf


def test_no_id_of_a_case_reaches_the_page() -> None:
    sak = "5f0a3c1e-0000-4000-8000-1234567890ab"
    attest = replace(
        small(), slettinger=[erasure("2026-05-02", slettesakId=sak)], samtykker=[consent("2026-05-03", slettesakId=sak)]
    )
    assert sak not in str(attest_page(attest))
