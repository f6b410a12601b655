"""A word list points to what reveals, and leaves working life alone."""

import json
import shutil
from pathlib import Path

import pytest

from schemas import ordliste as modul
from schemas.koder import kodeverk
from schemas.loader import UgyldigFil
from schemas.ordliste import ORDLISTER, ordliste

NAVN = "saerlige-kategorier-v1"


def test_every_list_is_read_and_names_categories_that_exist() -> None:
    for fil in ORDLISTER.glob("*.yaml"):
        koder = set(ordliste(fil.stem).personopplysning.values())
        assert koder <= {None, *kodeverk("personopplysning").koder}


@pytest.mark.parametrize(
    ("kategori", "ordene"),
    [
        (
            "DIAGNOSE",
            "Angst, ADHD-diagnose «depresjonen» brystkreft kreftbehandling PTSD (F32.1) F41 M54.5 P76 dysleksi",
        ),
        ("RUS", "rus RUS/alkohol rusfri LAR-behandling tablettmisbruk cannabis avrusning"),
        ("STRAFFBARE_FORHOLD", "fengsel fengslet soning dømt straffesak kriminalomsorgen fengselsbetjent/fengsel"),
        ("RELIGION", "muslim islamsk kristne jødisk Jehovas moskeen menigheten"),
        ("ETNISITET", "etnisk etnisitet romani kurdisk samer"),
        ("SEKSUELL_ORIENTERING", "homofil lesbisk legning transperson LHBT+"),
        ("BARNEVERN", "barnevernet barneverntjenesten fosterhjem omsorgsovertakelse"),
    ],
)
def test_words_that_reveal(kategori: str, ordene: str) -> None:
    for ord_ in ordene.split():
        assert ordliste(NAVN).kategorier(ord_) == {kategori}, ord_


@pytest.mark.parametrize(
    "ordene",
    [
        # occupations
        "sykepleier psykolog fengselsbetjent prest barnevernspedagog ruskonsulent religionslærer menighetspedagog",
        "kreftsykepleier fosterhjemskonsulent imam diakon vernepleier helsefagarbeider",
        # words that hold a sensitive one, or look like it
        "bekreftet bekreftelse krefter kreftene arbeidskraft gangsti fangst langstrakt gangster",
        "russisk rustfri rusten brus krus bedømt fordømt fengslende teknisk Romania hindring islandsk",
        "lymfedrenasje diagnoseverktøy alkoholservering alkoholfri hasjtag metadata hivert",
        # nynorsk, zones, aims, crooked boards
        "me same kven lar soner siktet skeiv",
        # roads, keys, certificates, rooms and licences
        "E18 F10 G11 T1 C1E A12 M365 B96 P1 F12-tasten 24.12.2026",
    ],
)
def test_words_of_working_life(ordene: str) -> None:
    for ord_ in ordene.split():
        assert ordliste(NAVN).kategorier(ord_) == frozenset(), ord_


def test_a_word_can_point_two_ways() -> None:
    assert ordliste(NAVN).kategorier("rus/fengsel/ADHD") == {"RUS", "STRAFFBARE_FORHOLD", "DIAGNOSE"}


@pytest.mark.parametrize(
    ("gammelt", "nytt", "grunn"),
    [
        ("personopplysning: RELIGION", "personopplysning: TRO", "personopplysning"),
        ("versjon: 1", "versjon: 2", "file name"),
        ("- islam*", "- is*lam", "does not match"),
        ("- islam*", "- islam*\n      - islam*", "non-unique"),
    ],
)
def test_a_faulty_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gammelt: str, nytt: str, grunn: str
) -> None:
    shutil.copy(ORDLISTER / f"{NAVN}.yaml", tmp_path)
    fil = tmp_path / f"{NAVN}.yaml"
    fil.write_text(fil.read_text(encoding="utf-8").replace(gammelt, nytt), encoding="utf-8")
    monkeypatch.setattr(modul, "ORDLISTER", tmp_path)
    with pytest.raises(UgyldigFil, match=grunn):
        ordliste.__wrapped__(NAVN)


def test_the_schema_is_named_by_the_list_itself() -> None:
    forste = (ORDLISTER / f"{NAVN}.yaml").read_text(encoding="utf-8").splitlines()[0]
    skjema = ORDLISTER / forste.partition("$schema=")[2]
    assert json.loads(skjema.read_text(encoding="utf-8"))["$id"] == "urn:tiltaksflyt:ordliste:1.0"
