"""The page: PDF/A-2a and PDF/UA-1, the same bytes everywhere, every text of the message on it, any letter."""

import copy
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.koder import kodeverk
from schemas.loader import UgyldigFil, read_yaml
from schemas.regelverk import Forslag, Regelverk, alle_forslag, alle_regelverk
from tests.sidetekst import page_text, read, squeeze
from transforms.avtaledokument import AVTALEDOKUMENTER
from transforms.dokument import DOKUMENTTYPER
from transforms.dokument_formater import render
from transforms.dokument_grunnlag import policy_path
from transforms.dokument_pdf import PdfFeil, Sidesettere, render_pdf
from transforms.dokument_side import page
from transforms.dokument_tegn import coverage, manglende_tegn, prepare
from transforms.dokument_tekster import MALKATALOG, MALVERSJON, tekster

GOLDEN = Path(__file__).parents[1] / "golden"
DOKUMENTER = sorted(GOLDEN.glob("*/[345]_*.json"))
LANG = " ".join(f"Setning {n} forteller hvordan det går, og hva som gjenstår før neste møte." for n in range(56))[:4000]


def document(navn: str = "arbeid/4_perioderapport") -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads((GOLDEN / f"{navn}.json").read_text(encoding="utf-8"))
    return innhold


def texts(verdi: Any) -> Iterator[str]:
    if isinstance(verdi, dict):
        for navn, under in verdi.items():
            if isinstance(under, str):
                if navn in {"tekst", "ledetekst", "overskrift", "navn", "personident"}:
                    yield under
            else:
                yield from texts(under)
    elif isinstance(verdi, list):
        for under in verdi:
            yield from texts(under)


# --- every text of the message is on the page ---


def long_document() -> dict[str, Any]:
    """Every free text 4 000 characters long, every list many times as long, and words without a place to break."""
    innhold = document("arbeid/5_sluttrapport")
    for seksjon in innhold["seksjoner"]:
        for blokk in seksjon["blokker"]:
            if blokk["type"] == "avsnitt":
                blokk["tekst"] = f"{blokk['kode']}: {LANG}\n\nSiste avsnitt\nmed to linjer."
            if blokk["type"] == "tabell":
                blokk["rader"] *= 12
                blokk["rader"][0] = copy.deepcopy(blokk["rader"][0])
                blokk["rader"][0]["celler"][-1]["tekst"] = LANG if blokk["kode"] == "utproving" else "x" * 90
    return innhold


@pytest.mark.parametrize("fil", DOKUMENTER, ids=lambda fil: f"{fil.parent.name}-{fil.stem}")
def test_every_text_of_the_message_is_on_the_page(fil: Path) -> None:
    innhold = json.loads(fil.read_text(encoding="utf-8"))
    side = page_text(innhold, render_pdf(innhold))
    borte = [tekst for tekst in texts(innhold) if squeeze(tekst) not in side]
    assert borte == []


def test_long_texts_and_lists_are_there_to_the_last_word() -> None:
    innhold = long_document()
    pdf = render_pdf(innhold)
    side = page_text(innhold, pdf)
    assert len(read(pdf).pages) > 8
    for tekst in texts(innhold["seksjoner"]):
        for del_ in (squeeze(tekst)[:60], squeeze(tekst)[-60:]):
            assert del_ in side, tekst[:40]


def test_what_is_left_out_of_the_document_is_not_on_the_page() -> None:
    innhold = document()
    innhold["seksjoner"] = [s for s in innhold["seksjoner"] if s["kode"] != "DELTAKERS_VURDERING"]
    assert squeeze("Deltakerens egen vurdering") not in page_text(innhold, render_pdf(innhold))


@pytest.mark.parametrize(
    "farlig",
    [
        r'= ikke overskrift #panic("x") *ikke fet* $x^2$ <etikett> @ref \u{41} // ikke kommentar `kode` [x] "y"',
        r'"))#panic("x") \"))#panic("x") \\"))#panic("x")',
        "to " + "\\" * 5 + "n og til slutt " + "\\",
    ],
)
def test_a_text_is_never_read_as_code_or_markup(farlig: str) -> None:
    innhold = document()
    innhold["seksjoner"][1]["blokker"][1]["tekst"] = farlig
    assert squeeze(farlig) in page_text(innhold, render_pdf(innhold))


def test_the_chart_writes_a_number_as_the_text_does() -> None:
    innhold = document()
    trinn = next(b for s in innhold["seksjoner"] for b in s["blokker"] if b["type"] == "omfang")["trinn"]
    trinn[0] |= {"prosent": 62.5, "tekst": "Et trinn"}
    side = page_text(innhold, render_pdf(innhold))
    assert "62,5%" in side
    assert "62.5" not in side


# --- every page ---


def test_every_page_says_test_and_which_page_document_and_version_it_is() -> None:
    innhold = document()
    sider = [side.extract_text() for side in read(render_pdf(innhold)).pages]
    assert len(sider) > 1
    for nummer, tekst in enumerate(sider, start=1):
        assert tekster().side["TEST"] in tekst
        assert f"Side {nummer} av {len(sider)}" in tekst
        assert f"versjon 1 · dokument {innhold['hode']['dokumentId']}" in tekst
        assert innhold["hode"]["meldingId"] in tekst


@pytest.mark.parametrize(("modus", "merke"), [("PROD", None), ("KONTROLL", "utkast som ikke er sendt")])
def test_only_a_test_document_says_test(modus: str, merke: str | None) -> None:
    innhold = document("ikke_mott/5_sluttrapport")
    innhold["hode"]["modus"] = modus
    leser = read(render_pdf(innhold))
    assert "TEST" not in leser.pages[0].extract_text()
    assert merke is None or merke in leser.pages[0].extract_text()
    assert str(leser.metadata.title).startswith("KONTROLL – ") is (modus == "KONTROLL")


# --- the standards, as the file says itself ---


def test_it_calls_itself_pdf_a_2a_and_pdf_ua_1_and_is_tagged() -> None:
    leser = read(render_pdf(document()))
    xmp = leser.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    katalog = leser.trailer["/Root"]
    assert katalog["/MarkInfo"]["/Marked"]
    assert katalog["/Lang"] == "nb-NO"
    assert katalog["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_sections_are_headings_and_the_tables_have_header_cells() -> None:
    leser = read(render_pdf(document()))
    roller: list[str] = []
    koe = [leser.trailer["/Root"]["/StructTreeRoot"]]
    while koe:
        element = koe.pop().get_object()
        if isinstance(element, list):
            koe.extend(element)
        elif isinstance(element, dict):
            roller.append(str(element.get("/S", "")))
            koe.append(element.get("/K", []))
    assert roller.count("/H1") == 1
    assert roller.count("/H2") == len(document()["seksjoner"])
    assert {"/Table", "/TH", "/TD", "/P"} <= set(roller)


def test_every_font_is_embedded() -> None:
    leser = read(render_pdf(long_document()))
    fonter = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for side in leser.pages
        for font in side["/Resources"]["/Font"].get_object().values()
    ]
    assert fonter
    assert all({"/FontFile2", "/FontFile3"} & set(font) for font in fonter)


def test_the_title_is_that_of_the_archive_and_the_times_are_those_of_the_document() -> None:
    leser = read(render_pdf(document()))
    assert leser.metadata.title.startswith("TEST – Perioderapport 2")
    assert leser.metadata.creation_date.isoformat() == "2026-09-02T04:00:00+00:00"


# --- the same bytes everywhere ---

_BYTES = """
import hashlib, json, sys
from transforms.dokument_formater import render
innhold = json.loads(sys.stdin.read())
for format_ in ("xml", "json", "pdf"):
    sys.stdout.write(hashlib.sha256(render(innhold, format_)).hexdigest() + "\\n")
"""


def test_the_bytes_are_the_same_in_another_zone_home_and_language(tmp_path: Path) -> None:
    innhold = document()
    venter = [hashlib.sha256(render(innhold, f)).hexdigest() for f in ("xml", "json", "pdf")]
    for sone, lokale in (("Pacific/Kiritimati", "C"), ("America/St_Johns", "nb_NO.UTF-8")):
        miljo = {**os.environ, "TZ": sone, "HOME": str(tmp_path), "LC_ALL": lokale, "SOURCE_DATE_EPOCH": "1"}
        svar = subprocess.run(
            [sys.executable, "-c", _BYTES],
            input=json.dumps(innhold),
            env=miljo,
            capture_output=True,
            text=True,
            check=True,
        )
        assert svar.stdout.split() == venter


def test_another_content_gives_other_bytes() -> None:
    innhold = document()
    forste = render_pdf(innhold)
    innhold["seksjoner"][0]["blokker"][0]["rader"][0]["tekst"] += "."
    assert render_pdf(innhold) != forste
    assert render_pdf(document()) == forste


# --- letters ---


def with_text(tekst: str) -> dict[str, Any]:
    innhold = document("ikke_mott/5_sluttrapport")
    innhold["seksjoner"][1]["blokker"] = [{"type": "avsnitt", "kode": "x", "tekst": tekst}]
    return innhold


@pytest.mark.parametrize(
    "tekst",
    [
        "Áhčči, Čáhci, Đavvi, Ŋuorta, Šuoš, Ŧeahtta, Žvak",
        "Łódź Žižek Ґанна Ελένη",
        "漢字かな한국어",
        "😀 👍🏽 👨‍👩‍👧 🇳🇴 1️⃣",
    ],
)
def test_letters_of_the_country_and_of_names_are_printed(tekst: str) -> None:
    innhold = with_text(tekst)
    assert manglende_tegn(innhold) == ()
    assert squeeze(tekst) in page_text(innhold, render_pdf(innhold))


def test_an_arabic_and_a_hebrew_name_are_printed_letter_for_letter() -> None:
    innhold = with_text("Navn: محمد علي og אברהם.")
    assert manglende_tegn(innhold) == ()
    side = page_text(innhold, render_pdf(innhold))
    for navn in ("محمد", "علي", "אברהם"):
        assert set(navn) <= set(unicodedata.normalize("NFKC", side))


def test_a_character_without_a_glyph_is_printed_as_its_code_point_and_told() -> None:
    innhold = with_text("før\U00010fff\ue123etter ᠮ")
    assert manglende_tegn(innhold) == ("U+10FFF", "U+182E", "U+E123")
    assert "før[U+10FFF][U+E123]etter[U+182E]" in page_text(innhold, render_pdf(innhold)).replace(" ", "")


def test_a_private_or_control_character_is_told_even_where_a_font_has_a_glyph() -> None:
    assert manglende_tegn(with_text("a\U000fe4e5b\x85")) == ("U+FE4E5",)
    assert prepare("\x00\U000fe82c") == "[U+0000][U+FE82C]"
    assert render_pdf(with_text("a\U000fe4e5b")).startswith(b"%PDF")


def test_what_has_no_ink_is_left_out_and_what_turns_the_order_too() -> None:
    assert prepare("a\ufeffb\u202ec\ufe05d\U000e0100e\u2028f") == "abcde\u2028f".replace("\u2028", prepare("\u2028"))
    assert manglende_tegn(with_text("a\ufeffb\u202ec")) == ()


def test_a_word_too_long_for_a_column_can_break_but_a_cluster_cannot() -> None:
    assert prepare("a" * 30) == "\u200b".join(["a" * 10] * 3)
    assert prepare("a" * 29) == "a" * 29
    familier = "👨‍👩‍👧" * 10
    assert prepare(familier) == familier


def test_any_number_of_blank_lines_is_one_gap() -> None:
    (blokk,) = page(with_text("a\n \n\n\nb\nc"), ())["dokument"]["seksjoner"][1]["blokker"]
    assert blokk["tekst"] == "a\n\nb\nc"


def test_the_quick_way_through_is_only_for_letters_that_the_fonts_have() -> None:
    vanlige = [*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x2010, 0x2028)]
    assert [hex(punkt) for punkt in vanlige if punkt not in coverage()] == []


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200), st.data())
def test_no_text_fails_a_document(tekst: str, data: st.DataObject) -> None:
    dekket = data.draw(st.lists(st.sampled_from(sorted(coverage())), max_size=200))
    assert render_pdf(with_text(tekst + "".join(map(chr, dekket)))).startswith(b"%PDF-1.7")


# --- many ---


def test_many_documents_are_those_made_one_by_one_and_one_fault_stops_no_other() -> None:
    dokumenter = [json.loads(fil.read_text(encoding="utf-8")) for fil in DOKUMENTER] * 6
    ukjent = copy.deepcopy(dokumenter[0])
    ukjent["hode"]["malversjon"] = "99.0"
    dokumenter.insert(3, ukjent)
    fasit = {json.dumps(d): render_pdf(d) for d in dokumenter if d is not ukjent}
    with Sidesettere() as settere:
        svar = settere.render_many(dokumenter)
    assert len(svar) == len(dokumenter)
    assert isinstance(svar[3], PdfFeil)
    assert "99.0" in str(svar[3])
    assert all(pdf == fasit[json.dumps(d)] for d, pdf in zip(dokumenter, svar, strict=True) if d is not ukjent)


def test_a_worker_that_dies_costs_no_document() -> None:
    dokumenter = [with_text(f"Dokument {n}. {LANG}") for n in range(30)]
    drept = threading.Event()
    drap = threading.Thread(target=_kill_one_worker, args=(drept,))
    drap.start()
    with Sidesettere() as settere:
        svar = settere.render_many(dokumenter)
        # The pool that broke is gone, and the next documents have a new one.
        assert settere.render_many(dokumenter[:1]) == svar[:1]
    drap.join()
    assert drept.is_set()
    assert svar[0] == render_pdf(dokumenter[0])
    assert all(isinstance(pdf, bytes) and pdf.startswith(b"%PDF") for pdf in svar)


def _kill_one_worker(drept: threading.Event) -> None:
    barn_av_oss = Path(f"/proc/{os.getpid()}/task")
    frist = time.monotonic() + 30
    while time.monotonic() < frist:
        barn = {int(pid) for fil in barn_av_oss.glob("*/children") for pid in fil.read_text().split()}
        for pid in barn:
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                time.sleep(0.5)
                os.kill(pid, 9)
                drept.set()
                return
        time.sleep(0.02)


# --- the template ---


def test_a_template_version_that_does_not_ship_is_said() -> None:
    innhold = document()
    innhold["hode"]["malversjon"] = "99.0"
    with pytest.raises(UgyldigFil, match=r"99\.0"):
        render_pdf(innhold)


def test_a_fault_in_the_page_carries_no_text() -> None:
    innhold = with_text("hemmelig")
    del innhold["opplysninger"][0]["ledetekst"]
    with pytest.raises(PdfFeil) as funnet:
        render_pdf(innhold)
    assert "hemmelig" not in str(funnet.value)
    assert funnet.value.__cause__ is None


def test_the_titles_are_those_of_the_code_list() -> None:
    """The list adds in brackets that those about an avtale name nobody."""
    titler = tekster().titler
    assert set(titler) == {*DOKUMENTTYPER, *AVTALEDOKUMENTER}
    assert dict(titler) == {
        kode: kodeverk("dokumenttype").tekst(kode).split(" (")[0].removesuffix(" per avtale") for kode in titler
    }


def values_of(setning: str) -> set[str]:
    """The names of what a sentence is given."""
    return {felt for _, felt, _, _ in Formatter().parse(setning) if felt}


def test_the_two_malformer_say_the_same_things() -> None:
    """Every key of bokmål is in nynorsk and the other way; a sentence takes the same values."""
    nb, nn = (read_yaml(MALKATALOG / MALVERSJON / f"tekster.{maalform}.yaml") for maalform in ("nb", "nn"))
    for del_ in ("titler", "ord", "side", "enheter", "setninger", "aktivitetstyper", "anbefalinger", "resultater"):
        assert nb[del_].keys() == nn[del_].keys(), del_
    for navn, setning in nb["setninger"].items():
        assert values_of(setning) == values_of(nn["setninger"][navn]), navn
    faste = ("nummer", "kode", "vedIkkeMott", "etterRegelverk")
    for dokumenttype, punkter in nb["seksjoner"].items():
        egne = nn["seksjoner"][dokumenttype]
        assert [[p.get(felt) for felt in faste] for p in punkter] == [[p.get(felt) for felt in faste] for p in egne]
        assert [bool(p.get("tom")) for p in punkter] == [bool(p.get("tom")) for p in egne]


def test_nynorsk_has_words_only_for_codes_that_are() -> None:
    for liste, koder in read_yaml(MALKATALOG / MALVERSJON / "tekster.nn.yaml")["koder"].items():
        assert koder.keys() <= kodeverk(liste).koder.keys(), liste
        assert [kode for kode, tekst in koder.items() if tekst == kodeverk(liste).tekst(kode)] == [], liste


@pytest.mark.parametrize("versjon", [*alle_regelverk(), *alle_forslag()], ids=lambda versjon: versjon.versjon)
def test_a_policy_lists_only_points_that_the_template_has(versjon: Regelverk | Forslag) -> None:
    for dokumenttype in DOKUMENTTYPER:
        sti = policy_path(dokumenttype, "seksjoner")
        if sti in versjon.parametre:
            punkter = versjon.parametre[sti].verdi
            maler = {mal.kode: mal.nummer for mal in tekster().seksjoner[dokumenttype]}
            assert set(punkter) <= maler.keys()
            assert len({maler[kode] for kode in punkter}) == len(punkter), "two points with one number"


def test_the_template_has_a_word_for_every_mode_and_ships_its_files() -> None:
    assert {"TEST", "KONTROLL"} <= tekster().side.keys()
    assert {fil.name for fil in (MALKATALOG / MALVERSJON).iterdir()} == {
        "blokker.typ",
        "diagram.typ",
        "dokument.typ",
        "farger.typ",
        "sletteattest.nb.yaml",
        "sletteattest.nn.yaml",
        "sletteattest.typ",
        "tekster.nb.yaml",
        "tekster.nn.yaml",
    }
