"""What a breach does: which deltakelser are held, which rows are left out, what becomes of the drop."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations import Kontroll, KontrollFeil, evaluate, evaluate_chunk, niva
from expectations.predikater import BARE_PROBLEMER, BARE_UTFYLTE, PREDIKATER
from expectations.regel import Niva
from expectations.regelsett import regler_for_innsending
from expectations.sporring import ask
from schemas.avvik import Alvorlighet, Innsendingsstatus
from schemas.kontrakt import tabeller
from schemas.regelverk import Parameter, Regelverk, alle_regelverk

KANARI = "01919221190"


def aft() -> Regelverk:
    """The policy of AFT in force today."""
    return next(versjon for versjon in alle_regelverk() if versjon.versjon == "AFT-gjeldende")


def ids(utfall: Any) -> list[str]:
    """The deltakelseId of each outcome."""
    return [ett.deltakelse_id for ett in utfall]


def test_a_fault_in_the_row_of_a_deltakelse_holds_that_one(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"endre": {"deltakelse": {1: {"startDato": ""}}}})
    assert ids(kontroll.holdte) == ["L1"]
    assert ids(kontroll.godtatte) == ["L2"]
    assert kontroll.holdte[0].regler == ("DAT003",)
    assert kontroll.status is Innsendingsstatus.DELVIS_HOLDT


def test_a_fault_in_a_child_row_holds_its_deltakelse(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"endre": {"fravaer": {1: {"tilDato": "2026-03-01"}}}})
    assert ids(kontroll.holdte) == ["L1"]


def test_a_fault_in_a_person_holds_all_that_persons_deltakelser(kjoring: Any) -> None:
    til = {"deltakelse": [{"_som": 2, "deltakelseId": "L3", "startDato": "2024-01-08", "sluttDato": "2026-04-24"}]}
    kontroll = kjoring.kontroll({"endre": {"deltaker": {2: {"personident": "123"}}}, "legg_til": til})
    assert ids(kontroll.holdte) == ["L2", "L3"]
    assert ids(kontroll.godtatte) == ["L1"]


@pytest.mark.parametrize(
    ("tabell", "endring"),
    [
        ("avtale", {"slettefristUker": "1"}),
        ("plass", {"antallPlasser": ""}),
        ("samtykke", {"gyldigTil": "2030-01-01"}),
        ("stengt", {"tilDato": ""}),
    ],
)
def test_a_fault_in_a_row_that_stands_for_itself_leaves_out_that_row(
    kjoring: Any, tabell: str, endring: dict[str, str]
) -> None:
    kontroll = kjoring.kontroll({"endre": {tabell: {1: endring}}})
    assert len(kontroll.godtatte) == 2
    assert kontroll.forkastede == {tabell: frozenset({0})}
    assert kontroll.status is Innsendingsstatus.DELVIS_HOLDT


def test_a_fault_in_the_header_holds_everything(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"hode": {"avdelingOrgnr": "123456789"}})
    assert ids(kontroll.holdte) == ["L1", "L2"]


def test_a_real_person_in_a_test_drop_refuses_the_drop(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"endre": {"deltaker": {1: {"personident": "$IKKE_FODT"}}}})
    assert kontroll.avvist
    assert kontroll.status is Innsendingsstatus.AVVIST
    assert kontroll.godtatte == kontroll.holdte == ()


def test_a_warning_and_a_piece_of_information_hold_nothing(kjoring: Any) -> None:
    advarsel = kjoring.kontroll({"endre": {"deltakelse": {2: {"aarsak": ""}}}})
    assert (advarsel.status, len(advarsel.godtatte)) == (Innsendingsstatus.GODTATT_MED_ADVARSEL, 2)
    info = kjoring.kontroll({"endre": {"mal": {1: {"malId": ""}}}})
    assert (info.status, len(info.godtatte)) == (Innsendingsstatus.GODTATT, 2)
    assert info.avvik[0].alvorlighet is Alvorlighet.INFO


def test_a_fault_in_a_document_changes_nothing_about_the_drop(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"endre": {"plan": {1: {"hensikt": ""}}, "deltaker": {1: {"adressebeskyttelse": ""}}}})
    assert kontroll.status is Innsendingsstatus.GODTATT
    assert len(kontroll.godtatte) == 2
    assert {a.regelId for a in kontroll.avvik} == {"PLA001", "PII012"}
    assert kontroll.dokumentavvik == kontroll.avvik
    assert niva("PLA001") is Niva.DOKUMENT


def test_what_is_past_its_last_day_is_not_even_kept_as_held(kjoring: Any) -> None:
    sluttet = {"sluttDato": "2026-01-30", "statusGyldigFra": "2026-01-30"}
    kontroll = kjoring.kontroll({"endre": {"deltakelse": {2: sluttet}}})
    assert [(u.deltakelse_id, u.lagres) for u in kontroll.holdte] == [("L2", False)]
    assert not kontroll.slett_straks


def test_a_strictly_protected_person_is_not_kept_and_the_file_goes_at_once(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"endre": {"deltaker": {1: {"adressebeskyttelse": "STRENGT_FORTROLIG"}}}})
    assert [(u.deltakelse_id, u.lagres) for u in kontroll.holdte] == [("L1", False)]
    assert kontroll.slett_straks
    assert ids(kontroll.godtatte) == ["L2"]


def test_a_repeated_row_is_used_once(kjoring: Any) -> None:
    gjentatt = {"deltakelse": [{"_som": 1}], "mal": [{"_som": 1}]}
    kontroll = kjoring.kontroll({"legg_til": gjentatt})
    assert ids(kontroll.godtatte) == ["L1", "L2"]
    assert kontroll.forkastede == {"deltakelse": frozenset({2}), "mal": frozenset({2})}


def test_a_drop_of_changes_may_name_a_stored_deltakelse_only_in_a_child_row(kjoring: Any) -> None:
    borte = {"deltaker": "IKKE_MED", "deltakelse": "IKKE_MED", "avtale": "IKKE_MED"}
    innhold = {"hode": {"omfang": "ENDRING"}, "fjern": borte, "lagret": {}}
    kontroll = kjoring.kontroll(innhold)
    assert [(u.deltakelse_id, u.indeks) for u in kontroll.godtatte] == [("L1", None), ("L2", None)]
    holdt = kjoring.kontroll({**innhold, "endre": {"mal": {1: {"beskrivelse": ""}}}})
    assert ids(holdt.holdte) == ["L1"]


def test_deviations_are_sorted_and_the_same_every_time(kjoring: Any) -> None:
    innhold = {
        "endre": {
            "mal": {1: {"beskrivelse": ""}, 2: {"frist": "1900-01-01"}},
            "deltaker": {2: {"fornavn": ""}, 1: {"etternavn": "", "navEnhet": "12"}},
        }
    }
    avvik = kjoring.kontroll(innhold).avvik
    steder = [(a.tabell, a.rad) for a in avvik]
    assert steder == [("deltaker", 1), ("deltaker", 1), ("deltaker", 2), ("mal", 1), ("mal", 2)]
    assert avvik == kjoring.kontroll(innhold).avvik


def test_a_deviation_says_rule_place_and_remedy_and_no_value(kjoring: Any) -> None:
    endre = {"deltaker": {1: {"personident": "12345", "deltakerId": KANARI}}, "deltakelse": {1: {"deltakerId": KANARI}}}
    kontroll = kjoring.kontroll({"endre": endre})
    funnet = {a.regelId: a for a in kontroll.avvik}
    ident = funnet["IDE001"]
    assert (ident.tabell, ident.rad, ident.post, ident.kolonne) == ("deltaker", 1, 1, "personident")
    assert ident.nokkel is None, "an id that may be a personident is not repeated"
    assert ident.tiltak.startswith("Eksporter nummeret som tekst")
    assert KANARI not in repr(kontroll)
    assert "12345" not in repr(kontroll)


def test_an_ordinary_id_is_given_back_to_the_sender(kjoring: Any) -> None:
    kontroll = kjoring.kontroll({"endre": {"mal": {2: {"frist": "2027-02-30"}}, "plan": {1: {"versjon": "0"}}}})
    assert [(a.regelId, a.nokkel) for a in kontroll.avvik] == [("PLA007", "L1"), ("SKJ002", "M2")]


@pytest.mark.parametrize(
    "id_", [KANARI, "019192-21190", "019192 21190", "ola.nordmann@example.org", "Ola Nordmann", "=1+1", "a" * 65]
)
def test_an_id_that_could_tell_who_is_not_repeated(kjoring: Any, id_: str) -> None:
    kontroll = kjoring.kontroll({"endre": {"mal": {2: {"malId": id_, "frist": "2027-02-30"}}}})
    assert [a.nokkel for a in kontroll.avvik if a.regelId == "SKJ002"] == [None]


def test_a_predicate_that_fails_gives_a_code_and_no_value(kjoring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(_k: Any, **_: Any) -> Any:
        raise ValueError(KANARI)

    monkeypatch.setitem(PREDIKATER, "slutt_for_start", raises)
    with pytest.raises(KontrollFeil) as feil:
        kjoring.kontroll({})
    assert feil.value.kode == "PREDIKAT_FEILET"
    assert feil.value.sted == "DAT001 (slutt_for_start)"
    assert KANARI not in str(feil.value)
    assert feil.value.__cause__ is feil.value.__context__ is None


def test_a_predicate_must_give_one_boolean_per_row(kjoring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PREDIKATER, "slutt_for_start", lambda k: k.tekst("sluttDato"))
    with pytest.raises(KontrollFeil) as feil:
        kjoring.kontroll({})
    assert feil.value.kode == "UGYLDIG_MASKE"


def test_a_problem_that_no_rule_answers_for_stops_the_drop(kjoring: Any) -> None:
    with pytest.raises(KontrollFeil) as feil:
        kjoring.kontroll({"problemer": ["mal 1 frist NOE_NYTT"]})
    assert feil.value.kode == "UKJENT_PROBLEMKODE"


def test_a_frame_without_a_field_of_the_contract_stops_the_drop(kjoring: Any) -> None:
    innsendt = kjoring.innsendt({})
    tabeller = {**innsendt.tabeller, "mal": innsendt.tabeller["mal"].drop(columns="frist")}
    with pytest.raises(KontrollFeil) as feil:
        evaluate(
            tabeller,
            innsendt.problemer,
            innsendt.hode,
            asof=kjoring.asof({}),
            avsender=innsendt.avsender,
            mottakere=kjoring.mottakere(),
        )
    assert feil.value.kode == "MANGLER_KOLONNE"


def test_frames_with_an_index_of_their_own_are_read_by_their_rows(kjoring: Any) -> None:
    innsendt = kjoring.innsendt({"problemer": ["mal 2 frist IKKE_DATO"]})
    mal = innsendt.tabeller["mal"].set_axis([70, 71])
    problemer = innsendt.problemer.assign(indeks=[71])
    (kontroll,), _ = evaluate_chunk(
        [replace(innsendt, tabeller={**innsendt.tabeller, "mal": mal}, problemer=problemer)],
        asof=kjoring.asof({}),
        mottakere=kjoring.mottakere(),
    )
    assert kjoring.avvik(kontroll) == ["SKJ002 mal 2 frist"]


def test_an_empty_drop_breaks_nothing(kjoring: Any) -> None:
    alle = dict.fromkeys(kjoring.innsendt({}).tabeller, "IKKE_MED")
    kontroll = kjoring.kontroll({"fjern": alle})
    assert (kontroll.avvik, kontroll.utfall) == ((), ())


def outcome(kontroll: Kontroll) -> tuple[Any, ...]:
    """All that a verdict says."""
    return kontroll.avvik, kontroll.utfall, kontroll.status, kontroll.forkastede, kontroll.slett_straks


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_drop_of_a_chunk_sees_another(kjoring: Any, data: st.DataObject) -> None:
    """result(A ∪ B) = result(A) ∪ result(B), for drops whose persons and ids are the same."""
    dagens = [t for t in kjoring.innsendinger() if kjoring.asof(t.innhold) == kjoring.asof({})]
    valgte = data.draw(st.lists(st.sampled_from(dagens), min_size=2, max_size=3))
    sammen, _ = evaluate_chunk(
        [kjoring.innsendt(t.innhold) for t in valgte], asof=kjoring.asof({}), mottakere=kjoring.mottakere()
    )
    assert [outcome(kontroll) for kontroll in sammen] == [outcome(kjoring.kontroll(t.innhold)) for t in valgte]


def test_what_is_skipped_to_save_time_could_not_have_been_broken(kjoring: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    dagens = [t for t in kjoring.innsendinger() if kjoring.asof(t.innhold) == kjoring.asof({})]
    innsendte = [kjoring.innsendt(tilfelle.innhold) for tilfelle in dagens]
    _, kjort = evaluate_chunk(innsendte, asof=kjoring.asof({}), mottakere=kjoring.mottakere())
    monkeypatch.setattr("expectations.sporring.BARE_UTFYLTE", frozenset())
    monkeypatch.setattr("expectations.sporring.BARE_PROBLEMER", frozenset())
    for regel in regler_for_innsending():
        for nummer, sted in enumerate(regel.steder):
            if sted.predikat in BARE_UTFYLTE | BARE_PROBLEMER and (regel.regel, nummer) in kjort.masker:
                assert (ask(kjort, regel, sted) == kjort.masker[(regel.regel, nummer)]).all(), (regel.regel, sted)


def test_the_policy_in_force_is_that_of_the_events_own_day(kjoring: Any) -> None:
    """A second version with a higher floor judges only those who start under it."""

    gammel = aft()
    gulv = gammel.parametre["omfang.gulvProsent"]
    parametre = {**gammel.parametre, "omfang.gulvProsent": Parameter(65, gulv.styrke, gulv.kilde, None)}
    versjoner = [
        replace(gammel, gyldig_til=date(2026, 1, 11)),
        replace(gammel, versjon="ny", gyldig_fra=date(2026, 1, 12), parametre=parametre),
    ]
    endre = {"deltakelsesmengde": {2: {"deltakelsesprosent": "60"}}}
    (kontroll,), _ = evaluate_chunk(
        [kjoring.innsendt({"endre": endre})],
        asof=kjoring.asof({}),
        mottakere=kjoring.mottakere(),
        regelverk=versjoner,
    )
    assert kjoring.avvik(kontroll) == ["OMF003 deltakelsesmengde 1 deltakelsesprosent"]


@pytest.mark.parametrize("verdi", [None, "borte"])
def test_a_rule_whose_number_the_policy_leaves_open_is_not_asked(kjoring: Any, verdi: str | None) -> None:
    gammel = aft()
    gulv = gammel.parametre["omfang.gulvProsent"]
    uten = {sti: p for sti, p in gammel.parametre.items() if sti != "omfang.gulvProsent"}
    apen = {**uten, "omfang.gulvProsent": replace(gulv, verdi=None)}
    endre = {"deltakelsesmengde": {2: {"deltakelsesprosent": "20"}}}

    def rules(parametre: dict[str, Any]) -> list[str]:
        (kontroll,), _ = evaluate_chunk(
            [kjoring.innsendt({"endre": endre})],
            asof=kjoring.asof({}),
            mottakere=kjoring.mottakere(),
            regelverk=[replace(gammel, parametre=parametre)],
        )
        return [avvik.regelId for avvik in kontroll.avvik]

    assert "OMF003" in rules(dict(gammel.parametre))
    assert "OMF003" not in rules(apen if verdi is None else uten)


@pytest.mark.parametrize(
    "tabell", [tabell for tabell in tabeller() if tabell not in ("innsending", "deltaker", "deltakelse")]
)
@pytest.mark.parametrize("tiltak", [("ARBEIDSFORBEREDENDE_TRENING",) * 2, ("ARBEIDSTRENING", "KVALIFISERINGSPROGRAM")])
def test_every_rule_can_be_asked_when_a_table_is_not_there(kjoring: Any, tabell: str, tiltak: tuple[str, str]) -> None:
    """Fails with PREDIKAT_FEILET where a predicate cannot read an empty table."""
    de_to = {"deltakelse": {nummer: {"tiltakskode": kode} for nummer, kode in enumerate(tiltak, start=1)}}
    uten = {"endre": de_to, "fjern": {tabell: "IKKE_MED"}, "daglig": {"levert": []}}
    assert kjoring.kontroll(uten).status is not Innsendingsstatus.AVVIST
    assert kjoring.daglig(uten) is not None


@pytest.mark.parametrize(
    ("tiltak", "sier"),
    [
        ("ARBEIDSFORBEREDENDE_TRENING", "FRI003 deltakelse - startDato"),
        ("ARBEIDSTRENING", "OPF003 deltakelse - startDato"),
        ("KVALIFISERINGSPROGRAM", "SET001 deltakelse - startDato"),
    ],
)
def test_every_rule_can_be_asked_of_a_deltakelse_without_any_other_row(kjoring: Any, tiltak: str, sier: str) -> None:
    borte = {tabell: "IKKE_MED" for tabell in tabeller() if tabell not in ("innsending", "deltaker", "deltakelse")}
    paa_tiltaket = {"deltakelse": {1: {"tiltakskode": tiltak}}}
    assert kjoring.kontroll({"endre": paa_tiltaket, "fjern": borte}).godtatte == ()
    assert sier in kjoring.daglig({"endre": paa_tiltaket, "fjern": borte, "daglig": {"levert": []}})
