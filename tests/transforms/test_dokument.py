"""What a document says: sections, empty points, periods, sums. The cases are those of tests/golden."""

import json
from typing import Any

import pytest

from schemas.kontrakt import tabeller
from schemas.regelverk import alle_regelverk
from tests.transforms.dokumentsaker import AFT, block, cells, lines, make, record, section
from transforms.dokument import (
    ManglerGrunnlag,
)
from transforms.dokument_tekster import tekster

# --- every field the contract gives a document's text row has its place ---


@pytest.mark.parametrize(
    ("dokumenttype", "tabell", "utelatt"),
    [
        ("PLAN", "plan", {"deltakelseId", "versjon", "ferdigstilt"}),
        ("PERIODERAPPORT", "vurdering", {"vurderingId", "deltakelseId", "nummer", "ferdigstilt"}),
        ("SLUTTRAPPORT", "sluttvurdering", {"deltakelseId", "ferdigstilt"}),
    ],
)
def test_every_field_of_the_text_row_is_on_the_page(dokumenttype: str, tabell: str, utelatt: set[str]) -> None:
    innhold = record()
    rad = innhold[tabell][-1]
    for felt in tabeller()[tabell].felter.values():
        if felt.navn not in rad and felt.type.value == "fritekst":
            rad[felt.navn] = f"Fritekst i {felt.navn}."
    rad.setdefault("grunnIkkeOrdinaer", "IKKE_KLAR")
    fullt = json.dumps(make(innhold, dokumenttype), ensure_ascii=False)
    for navn in tabeller()[tabell].felter.keys() - utelatt:
        verdi = rad.get(navn)
        if navn == "grunnIkkeOrdinaer" and tabell == "vurdering":
            assert "Deltakeren er ikke klar" in fullt
        elif verdi is not None and navn not in {"periodeFra", "periodeTil"}:
            assert json.dumps(str(verdi), ensure_ascii=False)[1:-1] in fullt, navn


def test_a_field_text_stands_word_for_word_with_its_name_as_code() -> None:
    tekst = "Første linje\n\n  «sitat» <b> & *stjerne*\tog 100 %"
    innhold = record()
    innhold["plan"][1]["hensikt"] = tekst
    assert block(make(innhold, "PLAN"), "HENSIKT", "hensikt")["tekst"] == tekst


def test_required_points_of_the_policy_are_blocks_of_the_document() -> None:
    (policy,) = [p for p in alle_regelverk() if p.tiltakskode == AFT]
    for dokumenttype in ("PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"):
        dokument = make(record(), dokumenttype)
        koder = {b["kode"] for s in dokument["seksjoner"] for b in s["blokker"]}
        assert set(policy.verdi(f"dokument.{dokumenttype.lower()}.pakrevdePunkter")) <= koder


@pytest.mark.parametrize(("slutt", "over"), [("2026-05-25", False), ("2026-05-26", True)])
def test_a_duration_that_the_policy_counts_in_days_is_printed_when_it_is_passed(slutt: str, over: bool) -> None:
    innhold = record()
    innhold["deltakelse"] |= {"tiltakskode": "AVKLARING", "startDato": "2026-03-02", "sluttDato": slutt}
    dokument = make(innhold, "SLUTTRAPPORT", tiltak="AVKLARING", dag="2026-06-01")
    sagt = [b["tekst"] for b in section(dokument, "TILTAKSLOPET")["blokker"] if b["kode"] == "GRENSE_VARIGHET"]
    assert sagt == (["Deltakelsen går til 26. mai 2026. 84 dager fra oppstart er 25. mai 2026."] if over else [])


# --- empty points ---


def bare_record() -> dict[str, Any]:
    """Only what the contract requires, and the finished text rows."""
    return {
        "deltaker": {
            "deltakerId": "D",
            "personident": "14839412054",
            "fornavn": "Prøve",
            "etternavn": "Person",
            "navEnhet": "9901",
        },
        "deltakelse": {"deltakelseId": "L", "deltakerId": "D", "tiltakskode": AFT, "status": "DELTAR"},
        "plan": [{"deltakelseId": "L", "ferdigstilt": "2026-03-24"}],
        "vurdering": [
            {
                "deltakelseId": "L",
                "periodeFra": "2026-03-02",
                "periodeTil": "2026-06-01",
                "ferdigstilt": "2026-06-01",
            }
        ],
        "sluttvurdering": [{"deltakelseId": "L", "ferdigstilt": "2026-10-15", "resultat": "ANNEN_GRUNN"}],
    }


@pytest.mark.parametrize("dokumenttype", ["PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"])
def test_an_empty_point_says_so_or_falls_away(dokumenttype: str) -> None:
    dokument = make(bare_record(), dokumenttype)
    maler = {mal.kode: mal for mal in tekster().seksjoner[dokumenttype]}
    koder = [seksjon["kode"] for seksjon in dokument["seksjoner"]]
    assert [k for k, mal in maler.items() if mal.tom and not mal.etter_regelverk] == [k for k in koder if maler[k].tom]
    tomme = [b["tekst"] for s in dokument["seksjoner"] for b in s["blokker"] if b.get("art") == "INGEN"]
    assert len(tomme) >= 9
    assert set(tomme) <= {mal.tom for mal in maler.values()}
    assert "TILLEGGSPUNKTER" not in koder


def test_a_point_with_only_a_remark_is_still_said_to_be_empty() -> None:
    innhold = record()
    innhold["aktivitet"] = []
    del innhold["plan"][1]["utprovingIOrdinaertArbeidsliv"]
    arter = [b["art"] for b in section(make(innhold, "PLAN", dag="2026-06-16"), "UTPROVING")["blokker"]]
    assert arter == ["INGEN", "MERKNAD"]


def test_the_numbers_of_the_points_are_those_of_the_template() -> None:
    for dokumenttype in ("PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"):
        fasit = {mal.kode: mal.nummer for mal in tekster().seksjoner[dokumenttype]}
        dokument = make(record(), dokumenttype)
        numre = [(s["kode"], s["nummer"]) for s in dokument["seksjoner"]]
        assert numre == sorted(numre, key=lambda par: par[1])
        assert all(fasit[kode] == nummer for kode, nummer in numre)


def test_a_no_show_has_only_result_and_ground() -> None:
    dokument = make(record("ikke_mott"), "SLUTTRAPPORT", dag="2026-04-21")
    assert [s["nummer"] for s in dokument["seksjoner"]] == [1, 3, 14]
    assert lines(dokument, "KORT_FORTALT", "kortFortalt")["resultat"] == "Møtte ikke ved oppstart"


# --- which row ---


def test_the_plan_that_is_asked_for_is_the_one_that_is_built() -> None:
    assert "Truckførerkurs" in json.dumps(make(record(), "PLAN", 1), ensure_ascii=False)
    assert make(record(), "PLAN")["hode"]["nummer"] == 2


@pytest.mark.parametrize(("dokumenttype", "nummer"), [("PLAN", 3), ("PERIODERAPPORT", 3)])
def test_a_row_that_does_not_exist_is_refused(dokumenttype: str, nummer: int) -> None:
    with pytest.raises(ManglerGrunnlag):
        make(record(), dokumenttype, nummer)


@pytest.mark.parametrize(
    ("dokumenttype", "tabell"), [("PLAN", "plan"), ("PERIODERAPPORT", "vurdering"), ("SLUTTRAPPORT", "sluttvurdering")]
)
def test_a_draft_is_never_made_into_a_document(dokumenttype: str, tabell: str) -> None:
    innhold = record()
    for rad in innhold[tabell]:
        del rad["ferdigstilt"]
    with pytest.raises(ManglerGrunnlag):
        make(innhold, dokumenttype)


def test_rows_without_a_number_are_counted_in_the_order_of_their_dates() -> None:
    innhold = record()
    innhold["vurdering"].reverse()
    for rad in innhold["vurdering"]:
        del rad["nummer"]
    dokument = make(innhold, "PERIODERAPPORT", 2)
    assert dokument["hode"]["periode"] == {"fra": "2026-06-02", "til": "2026-09-01"}


# --- periods, sums ---


def test_absence_is_counted_within_the_period_in_working_days_or_hours() -> None:
    forste, andre = (make(record(), "PERIODERAPPORT", n) for n in (1, 2))
    # 30 March to 7 April 2026 has Maundy Thursday, Good Friday and Easter Monday in it.
    assert block(forste, "OPPMOTE_OG_OMFANG", "fravaer")["poster"] == [
        {"kode": "AVTALT", "antall": 4, "enhet": "dager", "ledetekst": "Avtalt fravær", "tekst": "4 dager"}
    ]
    assert [(p["kode"], p["antall"], p["enhet"]) for p in block(andre, "OPPMOTE_OG_OMFANG", "fravaer")["poster"]] == [
        ("MELDT", 2, "dager"),
        ("IKKE_MELDT", 7.5, "timer"),
    ]


def test_absence_across_the_end_of_the_period_is_cut_there() -> None:
    innhold = record()
    innhold["fravaer"] = [
        {"deltakelseId": "L-2001", "fraDato": "2026-05-28", "tilDato": "2026-06-05", "fravaerstype": "MELDT"}
    ]
    antall = [
        block(make(innhold, "PERIODERAPPORT", n), "OPPMOTE_OG_OMFANG", "fravaer")["poster"][0]["antall"] for n in (1, 2)
    ]
    assert antall == [3, 4]


def test_contacts_are_counted_by_type_within_the_period() -> None:
    dokument = make(record(), "PERIODERAPPORT", 2)
    tabellen = next(b for b in section(dokument, "OPPFOLGING")["blokker"] if b["type"] == "tabell")
    assert cells(tabellen) == [
        ["Trepartsmøte underveis", "1", "08.06.2026"],
        ["Statusmøte på arbeidsplassen", "2", "19.08.2026"],
    ]


def test_what_was_registered_late_is_in_the_next_report() -> None:
    innhold = record()
    # On the first day of the period it is this report's own, and registered before it is the last report's own.
    for dato, registrert in (("2026-06-02", "2026-06-05"), ("2026-05-20", "2026-06-01")):
        innhold["oppfolging"].append({**innhold["oppfolging"][2], "dato": dato, "registrert": registrert})
    dokument = make(innhold, "PERIODERAPPORT", 2)
    assert cells(block(dokument, "ETTERREGISTRERT", "etterregistrert")) == [
        ["Besøk på arbeidsplassen", "27.05.2026", "10.06.2026"]
    ]
    assert "ETTERREGISTRERT" not in [s["kode"] for s in make(record(), "PERIODERAPPORT", 1)["seksjoner"]]


def test_a_goal_shows_what_it_was_before_the_period_and_what_it_is() -> None:
    rader = {rad[0]: rad[1:3] for rad in cells(block(make(record(), "PERIODERAPPORT", 2), "STATUS_MOT_PLAN", "mal"))}
    assert rader["Bruke kassesystemet på egen hånd"] == ["Åpent", "Nådd"]
    assert rader["Komme på jobb til fast tid"] == ["Nådd", "Nådd"]


def test_the_stairs_begin_with_the_step_in_force() -> None:
    trinn = block(make(record(), "PERIODERAPPORT", 2), "OPPMOTE_OG_OMFANG", "omfang")["trinn"]
    assert [(t["fra"], t["prosent"]) for t in trinn] == [("2026-05-04", 60), ("2026-08-10", 80), ("2026-08-31", 60)]
    assert trinn[1]["tekst"] == "80 % fra 10.08.2026, 4 dager per uke"


def test_a_step_on_the_first_day_leaves_out_the_one_before() -> None:
    innhold = record()
    innhold["deltakelsesmengde"][1]["gyldigFra"] = "2026-06-02"
    trinn = block(make(innhold, "PERIODERAPPORT", 2), "OPPMOTE_OG_OMFANG", "omfang")["trinn"]
    assert [t["prosent"] for t in trinn] == [60, 80, 60]


def test_the_plan_shows_the_steps_that_are_planned() -> None:
    omfang = block(make(record(), "PLAN", 1, dag="2026-03-25"), "OMFANG", "omfang")
    assert [t["prosent"] for t in omfang["trinn"]] == [40, 60, 80, 60]


def test_the_report_names_the_plan_in_force_when_none_is_named() -> None:
    innhold = record()
    for rad in innhold["vurdering"]:
        del rad["planVersjon"]
    linjer = [lines(make(innhold, "PERIODERAPPORT", n), "STATUS_MOT_PLAN", "planVersjon") for n in (1, 2)]
    assert [linje["planVersjon"] for linje in linjer] == [
        "Versjon 1, ferdig 24. mars 2026",
        "Versjon 2, ferdig 15. juni 2026",
    ]


def test_the_day_is_that_of_oslo() -> None:
    innhold = record()
    hode = make(innhold, "PLAN", 1, dag="2026-03-25")["hode"]
    assert hode["opprettet"] == "2026-03-25T07:00:00+01:00"


# --- the regional points ---


def test_points_of_the_avtale_come_last_under_their_own_code() -> None:
    innhold = record()
    innhold["seksjon"] = [
        {"deltakelseId": "L-2001", "dokumenttype": "PERIODERAPPORT", "nummer": 2, "kode": "R-7.2", "tekst": "Svar."},
        {"deltakelseId": "L-2001", "dokumenttype": "PERIODERAPPORT", "nummer": 1, "kode": "R-7.1", "tekst": "Annet."},
        {"deltakelseId": "L-2001", "dokumenttype": "SLUTTRAPPORT", "kode": "R-9", "tekst": "Til slutt."},
    ]
    dokument = make(innhold, "PERIODERAPPORT", 2)
    assert dokument["seksjoner"][-1]["blokker"] == [
        {"type": "avsnitt", "kode": "R-7.2", "overskrift": "R-7.2", "tekst": "Svar."}
    ]
    assert make(innhold, "SLUTTRAPPORT")["seksjoner"][-1]["blokker"][0]["tekst"] == "Til slutt."


# --- texts that case systems let through ---


def test_damaged_characters_stay_visible_and_line_ends_become_one() -> None:
    innhold = record()
    innhold["plan"][1]["hensikt"] = " a\x00b\r\nc\rd\ud800 \ufffe "
    assert block(make(innhold, "PLAN"), "HENSIKT", "hensikt")["tekst"] == "a\ufffdb\nc\nd\ufffd \ufffd"
