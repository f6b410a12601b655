"""What a document says: sections, empty points, limits, versions, titles. The cases are those of tests/golden."""

import copy
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.koder import kodeverk
from schemas.kontrakt import tabeller
from schemas.regelverk import alle_regelverk, regelverk
from transforms.dokument import (
    Avsenderhode,
    Dokumenthode,
    Innhold,
    ManglerGrunnlag,
    Mottakerhode,
    arkivtittel,
    build,
    innhold_avtrykk,
)
from transforms.dokument_formater import check
from transforms.dokument_tekster import tekster
from transforms.poster import Deltakelsespost

GOLDEN = Path(__file__).parents[1] / "golden"
AFT = "ARBEIDSFORBEREDENDE_TRENING"


def record(sak: str = "arbeid") -> dict[str, Any]:
    innhold: dict[str, Any] = json.loads((GOLDEN / sak / "1_post.json").read_text(encoding="utf-8"))
    return innhold


def make(
    innhold: dict[str, Any],
    dokumenttype: str,
    nummer: int | None = None,
    *,
    dag: str = "2026-10-16",
    modus: str = "PROD",
    versjon: int = 1,
    forrige: Innhold | None = None,
    tiltak: str = AFT,
) -> Innhold:
    hode = Dokumenthode(
        dokument_id="0d000000-0000-4000-8000-000000000001",
        melding_id=f"0e000000-0000-4000-8000-{versjon:012d}",
        versjon=versjon,
        erstatter=None if forrige is None else forrige["hode"]["meldingId"],
        opprettet=datetime.fromisoformat(f"{dag}T06:00:00+00:00"),
        frist=date(2026, 10, 30),
        modus=modus,
        maalform="nb",
        avsender=Avsenderhode("912345009", "Eksempel Vekst AS", "Eksempelsystem 4"),
        mottaker=Mottakerhode("9901", "55", "Nav Prøvebygd"),
    )
    policy = regelverk(tiltak, date(2026, 3, 2))
    dokument = build(
        Deltakelsespost(innhold), dokumenttype, nummer=nummer, hode=hode, regelverk=policy, forrige=forrige
    )
    assert check(dokument) == ()
    return dokument


def section(dokument: Innhold, kode: str) -> dict[str, Any]:
    (funnet,) = [seksjon for seksjon in dokument["seksjoner"] if seksjon["kode"] == kode]
    return dict(funnet)


def block(dokument: Innhold, kode: str, blokk: str) -> dict[str, Any]:
    (funnet,) = [b for b in section(dokument, kode)["blokker"] if b["kode"] == blokk]
    return dict(funnet)


def lines(dokument: Innhold, kode: str, blokk: str) -> dict[str, str]:
    return {rad["kode"]: rad["tekst"] for rad in block(dokument, kode, blokk)["rader"]}


def cells(blokk: dict[str, Any]) -> list[list[str]]:
    return [[celle["tekst"] for celle in rad["celler"]] for rad in blokk["rader"]]


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


# --- limits are facts ---


def set_field(tabell: str, **felter: object) -> Callable[[dict[str, Any]], None]:
    def change(innhold: dict[str, Any]) -> None:
        rader = innhold[tabell] if isinstance(innhold[tabell], list) else [innhold[tabell]]
        for navn, verdi in felter.items():
            rader[0][navn] = verdi

    return change


def limits(innhold: dict[str, Any], dag: str = "2026-10-16") -> set[str]:
    dokument = make(innhold, "SLUTTRAPPORT" if innhold["deltakelse"].get("sluttDato") else "PLAN", dag=dag)
    return {b["tekst"] for s in dokument["seksjoner"] for b in s["blokker"] if b.get("art") == "GRENSE"}


@pytest.mark.parametrize(
    ("prosent", "venter"),
    [
        (50, set()),
        (49, {"Omfanget var 49 % ved oppstart. Regelverket legger opp til minst 50 %."}),
        (30, {"Omfanget var 30 % ved oppstart. Regelverket legger opp til minst 50 %."}),
        (
            29,
            {
                "Omfanget var 29 % ved oppstart. Regelverket legger opp til minst 50 %.",
                "Omfanget var 29 % fra 2. mars 2026. Det er under gulvet på 30 %.",
            },
        ),
    ],
)
def test_extent_below_the_limits_is_a_fact(prosent: int, venter: set[str]) -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    set_field("deltakelsesmengde", deltakelsesprosent=prosent)(innhold)
    assert limits(innhold) == venter


@pytest.mark.parametrize(
    ("slutt", "venter"),
    [
        ("2027-03-02", None),
        ("2027-03-03", "Deltakelsen går til 3. mars 2027. 12 måneder fra oppstart er 2. mars 2027."),
        ("2028-03-03", "Deltakelsen går til 3. mars 2028. 24 måneder fra oppstart er 2. mars 2028."),
        ("2029-03-03", "Deltakelsen går til 3. mars 2029. 36 måneder fra oppstart er 2. mars 2029."),
    ],
)
def test_duration_beyond_a_frame_is_a_fact(slutt: str, venter: str | None) -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    set_field("deltakelse", sluttDato=slutt)(innhold)
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    assert limits(innhold, dag=slutt) == ({venter} if venter else set())


def test_a_deltakelse_that_goes_on_past_its_plan_is_measured_today() -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    del innhold["deltakelse"]["sluttDato"]
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    venter = "Deltakelsen pågår per 5. mars 2027. 12 måneder fra oppstart var 2. mars 2027."
    assert limits(innhold, dag="2027-03-05") == {venter}


@pytest.mark.parametrize(
    ("felter", "venter"),
    [
        ({"stillingsprosent": 50}, None),
        (
            {"stillingsprosent": 50.5, "avtaltUnntak": None},
            "Lønnet arbeid og utdanning ved siden av er til sammen 50,5 % fra 12. oktober 2026. Grensen er 50 %.",
        ),
        (
            {"stillingsprosent": 60},
            "Lønnet arbeid og utdanning ved siden av er til sammen 60 % fra 12. oktober 2026. Grensen er 50 %. "
            "Unntak er avtalt med Nav 5. oktober 2026.",
        ),
        (
            {"stillingsprosent": None, "timerPerUke": 30, "avtaltUnntak": None},
            "Lønnet arbeid og utdanning ved siden av er til sammen 80 % fra 12. oktober 2026. Grensen er 50 %.",
        ),
        ({"stillingsprosent": 100, "fraDato": "2026-10-16"}, None),
    ],
)
def test_work_over_the_limit_is_a_fact(felter: dict[str, object], venter: str | None) -> None:
    innhold = record()
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    set_field("arbeidsforhold", **felter)(innhold)
    assert limits(innhold) == ({venter} if venter else set())


@pytest.mark.parametrize(
    ("fra", "dag", "venter"),
    [
        ("2026-06-22", "2026-06-23", None),
        (
            "2026-06-23",
            "2026-06-23",
            "Utprøving i ordinært arbeidsliv begynte 23. juni 2026. Fristen var 22. juni 2026.",
        ),
        ("2026-07-01", "2026-06-22", None),
        ("2026-07-01", "2026-06-23", "Utprøving i ordinært arbeidsliv er ikke begynt. Fristen var 22. juni 2026."),
    ],
)
def test_ordinary_work_tried_late_is_a_fact(fra: str, dag: str, venter: str | None) -> None:
    innhold = record()
    innhold["arbeidsforhold"] = []
    del innhold["deltakelse"]["sluttDato"]
    set_field("deltakelsesmengde", deltakelsesprosent=100)(innhold)
    innhold["aktivitet"][2].update(fraDato=fra)
    assert limits(innhold, dag=dag) == ({venter} if venter else set())


def test_passed_limits_are_named_at_the_top() -> None:
    linjer = lines(make(record(), "SLUTTRAPPORT"), "KORT_FORTALT", "kortFortalt")
    assert linjer["grenser"] == "Gjelder omfang, arbeid eller utdanning ved siden av. Se merkede punkter under."


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


# --- versions ---


def test_the_first_version_marks_nothing() -> None:
    assert "endret" not in json.dumps(make(record(), "PLAN", 1))


def test_an_unchanged_version_marks_nothing_and_says_so() -> None:
    forste = make(record(), "PLAN", 2)
    andre = make(record(), "PLAN", 2, versjon=2, forrige=forste)
    assert '"endret": true' not in json.dumps(andre)
    assert block(andre, "ENDRET", "endret")["type"] == "merknad"
    assert andre["hode"]["erstatter"] == forste["hode"]["meldingId"]


def test_what_is_new_is_marked_down_to_the_row() -> None:
    forste = make(record(), "PLAN", 2)
    innhold = record()
    innhold["plan"][1]["hensikt"] = "En ny hensikt."
    innhold["mal"].append({**innhold["mal"][1], "malId": "M-9", "beskrivelse": "Et nytt mål"})
    del innhold["plan"][1]["tilrettelegging"]
    andre = make(innhold, "PLAN", 2, versjon=2, forrige=forste)
    assert [p["verdi"] for p in block(andre, "ENDRET", "endret")["punkter"]] == [
        "HENSIKT",
        "FAGLIGE_MAL",
        "TILRETTELEGGING",
    ]
    assert block(andre, "HENSIKT", "hensikt")["endret"] is True
    assert "endret" not in block(andre, "YRKESMAL", "yrkesmal")
    rader = block(andre, "FAGLIGE_MAL", "mal")["rader"]
    assert [rad["celler"][0]["tekst"] for rad in rader if rad.get("endret")] == ["Et nytt mål"]


def test_a_third_version_is_compared_without_the_marks_of_the_second() -> None:
    forste = make(record(), "PLAN", 1)
    andre = make(record(), "PLAN", 2, versjon=2, forrige=forste)
    tredje = make(record(), "PLAN", 2, versjon=3, forrige=andre)
    assert '"endret": true' not in json.dumps(tredje)


# --- the fingerprint of a version ---


def changed(innhold: dict[str, Any], change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    kopi = copy.deepcopy(innhold)
    change(kopi)
    return kopi


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i["plan"][1].update(hensikt="Noe annet."),
        lambda i: i["plan"][1].pop("tilrettelegging"),
        lambda i: i["deltaker"].update(etternavn="Nyttnavn"),
        lambda i: i["deltaker"].update(personident="14839412135"),
        lambda i: i["deltaker"].update(navEnhet="9902"),
        lambda i: i.update(seksjon=[{"dokumenttype": "PLAN", "kode": "R", "tekst": "Nytt punkt"}]),
    ],
)
def test_what_makes_a_new_version(change: Callable[[dict[str, Any]], Any]) -> None:
    avtrykk = [innhold_avtrykk(Deltakelsespost(i), "PLAN", 2) for i in (record(), changed(record(), change))]
    assert avtrykk[0] != avtrykk[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i["aktivitet"].append({**i["aktivitet"][0], "aktivitetId": "A-9"}),
        lambda i: i["oppfolging"].clear(),
        lambda i: i["mal"].clear(),
        lambda i: i["plan"][0].update(hensikt="Noe annet i den gamle planen."),
        lambda i: i["plan"][1].update(ferdigstilt="2026-06-16"),
        lambda i: i["deltaker"].update(navVeileder="En Annen"),
        lambda i: i["plan"][1].update(trengerFraNav="  "),
        lambda i: i["plan"][1].update(hensikt=i["plan"][1]["hensikt"] + "\r\n"),
        lambda i: i["deltakelse"].update(veileder="En Annen"),
    ],
)
def test_what_makes_no_new_version(change: Callable[[dict[str, Any]], Any]) -> None:
    avtrykk = [innhold_avtrykk(Deltakelsespost(i), "PLAN", 2) for i in (record(), changed(record(), change))]
    assert avtrykk[0] == avtrykk[1]


def test_a_coded_answer_and_an_answer_to_the_bestilling_count_as_words() -> None:
    for dokumenttype, change in (
        ("PERIODERAPPORT", lambda i: i["vurdering"][1].update(anbefaling="AVSLUTTE")),
        ("SLUTTRAPPORT", lambda i: i["sluttvurdering"][0].update(omfangKlart=70)),
        ("SLUTTRAPPORT", lambda i: i["bestillingspunkt"][0].update(svar="Nei.")),
    ):
        avtrykk = [
            innhold_avtrykk(Deltakelsespost(i), dokumenttype, None) for i in (record(), changed(record(), change))
        ]
        assert avtrykk[0] != avtrykk[1]


# --- titles ---


def test_the_title_in_the_archive() -> None:
    innhold = record()
    innhold["vurdering"][1].update(periodeFra="2026-03-05", periodeTil="2026-05-31", anbefaling="FORLENGE")
    tittel = arkivtittel(make(innhold, "PERIODERAPPORT", 2))
    assert tittel == "Perioderapport 2 (mars–mai 2026) – anbefaler forlengelse – Eksempel Vekst AS"


@pytest.mark.parametrize(
    ("dokumenttype", "modus", "versjon", "venter"),
    [
        ("PLAN", "PROD", 2, "Plan for tiltaket, versjon 2 – Eksempel Vekst AS"),
        ("SLUTTRAPPORT", "PROD", 1, "Sluttrapport (mars–oktober 2026) – ordinært arbeid – Eksempel Vekst AS"),
        (
            "SLUTTRAPPORT",
            "TEST",
            2,
            "TEST – Sluttrapport (mars–oktober 2026) – ordinært arbeid – Eksempel Vekst AS – rettet versjon 2",
        ),
    ],
)
def test_other_titles(dokumenttype: str, modus: str, versjon: int, venter: str) -> None:
    assert arkivtittel(make(record(), dokumenttype, modus=modus, versjon=versjon)) == venter


@pytest.mark.parametrize("resultat", sorted(kodeverk("resultat_ved_slutt").koder))
def test_a_title_says_nothing_of_health_or_absence(resultat: str) -> None:
    innhold = record()
    innhold["sluttvurdering"][0]["resultat"] = resultat
    tittel = arkivtittel(make(innhold, "SLUTTRAPPORT"))
    sagt = tittel.removeprefix("Sluttrapport (mars–oktober 2026) – ").removesuffix("Eksempel Vekst AS")
    ufarlige = {"ARBEID", "UTDANNING", "ANNET_TILTAK", "MOTTE_IKKE_VED_OPPSTART", "TILTAKSPERIODEN_OVERSKREDET"}
    assert bool(sagt) is (resultat in ufarlige)


def test_a_title_never_names_the_person() -> None:
    for dokumenttype in ("PLAN", "PERIODERAPPORT", "SLUTTRAPPORT"):
        tittel = arkivtittel(make(record(), dokumenttype))
        assert not any(navn in tittel for navn in ("Máret", "Šárá", "Eksempelsen", "14839412054"))


# --- texts that case systems let through ---


def test_damaged_characters_stay_visible_and_line_ends_become_one() -> None:
    innhold = record()
    innhold["plan"][1]["hensikt"] = " a\x00b\r\nc\rd\ud800 \ufffe "
    assert block(make(innhold, "PLAN"), "HENSIKT", "hensikt")["tekst"] == "a\ufffdb\nc\nd\ufffd \ufffd"
