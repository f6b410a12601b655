"""The answer as data and workbook: both målfører whole, safe in Excel, the same bytes every time."""

import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus, Port, Stopp
from schemas.kontrakt import tabeller
from schemas.loader import SCHEMAS, load
from tests.sider.svarsaker import MAALFORMER, avvik, saker, svar
from tiltaksflyt.intake.portregler import portregler
from tiltaksflyt.pipeline.svarinnhold import render_files
from transforms.svar import render_avvik_csv, render_kvittering_json
from transforms.svar_deler import Del
from transforms.svar_regneark import render_avvik_xlsx
from transforms.svar_tekster import filstorrelse, spans, svartekster

KATALOG = SCHEMAS / "svar"
FLETTES = re.compile(r"{(\w+)}")


def texts(verdi: Any, sti: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a file, by its place."""
    if isinstance(verdi, Mapping):
        for navn, ett in verdi.items():
            yield from texts(ett, f"{sti}/{navn}")
    elif isinstance(verdi, list):
        for nr, ett in enumerate(verdi):
            yield from texts(ett, f"{sti}/{nr}")
    else:
        yield sti, verdi


def places(innhold: Any) -> dict[str, list[str]]:
    """The names that are put into each sentence, by its place."""
    return {sti: sorted(FLETTES.findall(tekst)) for sti, tekst in texts(innhold)}


def test_both_maalforer_have_the_same_texts() -> None:
    nb, nn = (load(KATALOG / f"tekster.{maalform}.yaml", "svartekster") for maalform in MAALFORMER)
    assert places(nb) == places(nn)
    assert (nb["maalform"], nn["maalform"]) == MAALFORMER


def test_every_gate_part_severity_status_and_table_has_its_words() -> None:
    t = svartekster("nb")
    assert list(t.porter) == [port.value for port in Port]
    assert list(t.deler) == list(t.virkning) == [del_.value for del_ in Del]
    assert list(t.alvorlighet) == [ett.value for ett in Alvorlighet]
    assert list(t.status) == [ett.value for ett in Innsendingsstatus]
    assert list(t.tabeller) == list(tabeller())


def test_every_rule_has_nynorsk() -> None:
    """Those of the drops and those of the door."""
    katalog = SCHEMAS.parent / "expectations" / "regler"
    alle = {rad["regel"] for fil in katalog.glob("*.yaml") for rad in load(fil, "regel")["regler"]} | set(portregler())
    oversatt = set(load(KATALOG / "regler.nn.yaml", "regeltekster")["regler"])
    assert {"mangler i regler.nn.yaml": sorted(alle - oversatt), "finnes ikke": sorted(oversatt - alle)} == {
        "mangler i regler.nn.yaml": [],
        "finnes ikke": [],
    }


def test_no_bokmaal_is_left_in_the_nynorsk() -> None:
    """Words that the two spell differently, so that a text that was only copied is seen."""
    bokmal = re.compile(r"\b(ikke|hvilke\w*|fra|noe|deltakelse\w*|deltakere\w*|flere|være|riktig\w*)\b", re.IGNORECASE)
    for fil, skjema in (("regler.nn.yaml", "regeltekster"), ("tekster.nn.yaml", "svartekster")):
        innhold = load(KATALOG / fil, skjema)
        assert [sti for sti, tekst in texts(innhold) if bokmal.search(FLETTES.sub("", tekst))] == []


@pytest.mark.parametrize(
    ("numre", "kort"),
    [
        ([], []),
        ([7], ["7"]),
        ([40, 12, 15, 16, 17, 18, 15], ["12", "15–18", "40"]),
        ([1, 2], ["1", "2"]),
        ([1, 2, 3], ["1–3"]),
        ([1, 2, 3, 5, 6], ["1–3", "5", "6"]),
    ],
)
def test_row_numbers_are_made_short(numre: list[int], kort: list[str]) -> None:
    assert spans(numre) == kort


@pytest.mark.parametrize(
    ("byte", "tekst"),
    [(0, "1 kB"), (1499, "1 kB"), (24_300, "24 kB"), (999_400, "999 kB"), (1_234_567, "1,2 MB"), (5e6, "5 MB")],
)
def test_the_size_of_a_file(byte: int, tekst: str) -> None:
    assert filstorrelse(int(byte)) == tekst


@pytest.mark.parametrize(
    ("kilde", "navn"),
    [
        ("kontrakt", "Datakontrakten for innsendinger"),
        (
            "002 L10-12; 000 L27; kontrakt",
            "Oslo Economics 2020 om AFT (linje 10–12); ASVL om arbeidsforberedende trening (linje 27); "
            "Datakontrakten for innsendinger",
        ),
        ("NAV navikt/x a/b.kt", "Navs åpne kildekode: navikt/x a/b.kt"),
        ("noe annet", "noe annet"),
    ],
)
def test_a_source_has_a_name_that_a_sender_knows(kilde: str, navn: str) -> None:
    assert svartekster("nb").kilde(kilde) == navn


def test_the_answer_for_a_machine_keeps_its_fields() -> None:
    innhold = json.loads(render_kvittering_json(saker("nn")["holdt"]))
    assert list(innhold) == [
        "innsendingId", "mottatt", "status", "maalform", "fil", "tabeller", "antall", "stoppet", "avvik",
    ]  # fmt: skip
    assert innhold["mottatt"] == "2026-03-02T08:15:00+01:00"
    assert innhold["fil"] == {"navn": "eksport-2026-03-02.xlsx", "storrelse": 148320, "lestSom": "Excel"}
    assert innhold["stoppet"][6] == {"deltakelseId": "T-23", "rad": 23, "port": "I_RADEN", "regler": ["DAT001"]}
    assert innhold["stoppet"][8] == {"deltakelseId": None, "rad": 44, "port": "FORM", "regler": ["SKJ006"]}
    [slutt] = [ett for ett in innhold["avvik"] if ett["regelId"] == "DAT001"]
    assert (slutt["melding"], slutt["tiltak"]) == ("Sluttdatoen er før startdatoen.", "Rett ein av datoane.")


def read_csv(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def read_xlsx(data: bytes) -> dict[str, list[list[Any]]]:
    bok = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {navn: bok.get_sheet_by_name(navn).to_python() for navn in bok.sheet_names}


@pytest.mark.parametrize("maalform", MAALFORMER)
def test_the_list_and_the_workbook_tell_the_same(maalform: str) -> None:
    ett = saker(maalform)["holdt"]
    rader = read_csv(render_avvik_csv(ett))
    ark = read_xlsx(render_avvik_xlsx(ett))
    assert list(ark) == ["Avvik", "Forklaring"]
    hode, *linjer = ark["Avvik"]
    assert hode[0] == {"nb": "Alvorlighet", "nn": "Alvor"}[maalform]
    assert [(linje[5], linje[6], linje[7]) for linje in linjer] == [
        (rad["melding"], rad["tiltak"], rad["regelId"]) for rad in rader
    ]
    assert linjer[0][:5] == ["Feil", "Deltakere", 12, "Fødselsnr", "P-12"]
    regler = [linje[0] for linje in ark["Forklaring"][1:]]
    assert regler == sorted({rad["regelId"] for rad in rader})


def test_nothing_in_the_workbook_can_run() -> None:
    ond = '=HYPERLINK("http://x")'
    funn = [
        Avvik("DAT001", Alvorlighet.FEIL, "deltakelse", 2, 2, "T-2", "@kolonne", ond, "http://eksempel.test"),
        avvik("DAT001", "deltakelse", "sluttDato", 3, "+47"),
    ]
    ett = svar(Innsendingsstatus.DELVIS_HOLDT, funn)
    data = render_avvik_xlsx(ett)
    with zipfile.ZipFile(io.BytesIO(data)) as arkiv:
        innhold = {navn: arkiv.read(navn).decode() for navn in arkiv.namelist()}
    arkene = [xml for navn, xml in innhold.items() if "worksheets/" in navn]
    assert len(arkene) == 2
    for xml in arkene:
        assert "<f>" not in xml
        assert "<hyperlink" not in xml
        assert 'state="frozen"' in xml
        assert "<autoFilter" in xml
    assert not [navn for navn in innhold if "externalLink" in navn or "vba" in navn]
    assert [linje[5] for linje in read_xlsx(data)["Avvik"][1:]] == [ond, funn[1].melding]
    forste, andre = read_csv(render_avvik_csv(ett))
    assert (forste["melding"], andre["nokkel"]) == ("'" + ond, "'+47")


def test_more_than_a_person_reads_is_left_to_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.svar_regneark.FLEST_LINJER", 3)
    linjer = read_xlsx(render_avvik_xlsx(saker("nb")["holdt"]))["Avvik"]
    assert len(linjer) == 5
    assert linjer[4][0] == "Bare de 3 første avvikene er med her. Resten står i avvik.csv."


def test_the_same_answer_is_the_same_bytes() -> None:
    en = [(navn, data) for navn, _, data in render_files(saker("nb")["holdt"])]
    time.sleep(1.1)  # a clock that goes into a file would show
    to = [(navn, data) for navn, _, data in render_files(saker("nb")["holdt"])]
    assert [navn for navn, _ in en] == ["kvittering.json", "kvittering.html", "avvik.csv", "avvik.xlsx"]
    assert en == to


@pytest.mark.parametrize("navn", list(saker("nb")))
def test_every_answer_has_every_file(navn: str) -> None:
    for maalform in MAALFORMER:
        for _, _, data in render_files(saker(maalform)[navn]):
            assert data


def test_a_deltakelse_that_only_stands_in_other_tables_is_told() -> None:
    ett = replace(saker("nb")["godtatt"], stoppet=(Stopp("T-1", None, Port.FORM, ("SKJ001",)),))
    assert json.loads(render_kvittering_json(ett))["stoppet"][0]["rad"] is None
