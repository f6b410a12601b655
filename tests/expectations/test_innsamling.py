"""The canonical records of accepted deltakelser, and what is derived in them."""

from typing import Any

import pytest

from expectations import Historikk, assemble
from expectations.innsamling import assemble_consents, derive_deltakelse_id
from transforms.poster import Deltakelsespost


def records(kjoring: Any, innhold: dict[str, Any], historikk: Historikk | None = None) -> dict[str, Deltakelsespost]:
    """The records of a case, by deltakelseId."""
    innsendt = kjoring.innsendt(innhold)
    kontroll = kjoring.kontroll(innhold)
    poster = assemble(innsendt.tabeller, kontroll, historikk=historikk or innsendt.historikk)
    return {post.deltakelse["deltakelseId"]: post for post in poster}


def test_a_record_has_the_dropped_rows_as_typed_values(kjoring: Any) -> None:
    post = records(kjoring, {})["L1"]
    assert post.deltaker["navEnhet"] == "0301"
    assert post.avtale["slettefristUker"] == 10
    assert post.rader("deltakelsesmengde")[0]["deltakelsesprosent"] == 60
    assert post.rader("oppfolging")[0]["deltok"] == ["DELTAKER", "NAV", "TILTAKSARRANGOR"]
    assert post.rader("aktivitet")[0]["timerPerUke"] == 20
    assert "aarsak" not in post.deltakelse, "what is unknown is not a key"
    assert len(post.rader("mal")) == 2
    jobb = records(kjoring, {})["L2"].rader("arbeidsforhold")[0]
    assert (jobb["timerPerUke"], jobb["lonnstilskudd"]) == (22.5, False)


def test_only_accepted_deltakelser_have_a_record(kjoring: Any) -> None:
    assert set(records(kjoring, {"endre": {"mal": {1: {"beskrivelse": ""}}}})) == {"L2"}
    assert records(kjoring, {"endre": {"deltaker": {1: {"personident": "$IKKE_FODT"}}}}) == {}


def test_a_table_of_the_drop_is_a_list_and_an_absent_one_is_no_key(kjoring: Any) -> None:
    post = records(kjoring, {"fjern": {"fravaer": "ALLE", "seksjon": "IKKE_MED"}})["L1"]
    assert post.innhold["fravaer"] == []
    assert "seksjon" not in post.innhold


def test_rows_that_are_left_out_are_not_in_the_record(kjoring: Any) -> None:
    innhold = {"legg_til": {"mal": [{"_som": 1}]}, "endre": {"avtale": {1: {"slettefristUker": "1"}}}}
    post = records(kjoring, innhold)["L1"]
    assert [mal["malId"] for mal in post.rader("mal")] == ["M1", "M2"]
    assert "avtale" not in post.innhold


KONTAKT = {"telefonnummer": "99999999", "epost": "prove@example.org"}


def consents(kjoring: Any, innhold: dict[str, Any]) -> Any:
    innsendt, kontroll = kjoring.innsendt(innhold), kjoring.kontroll(innhold)
    return assemble_consents(innsendt.tabeller, kontroll)


def test_contact_information_stands_in_no_record_and_beside_the_consent_it_is_under(kjoring: Any) -> None:
    innhold = {"endre": {"deltaker": {1: KONTAKT, 2: KONTAKT}}}
    poster = records(kjoring, innhold)
    assert all(KONTAKT.keys().isdisjoint(post.deltaker) for post in poster.values())
    assert [rad["samtykkeId"] for rad in poster["L2"].rader("samtykke")] == ["S1"]
    assert poster["L1"].innhold["samtykke"] == []
    samtykker = consents(kjoring, innhold)
    assert [rad["samtykkeId"] for rad in samtykker.rader] == ["S1"]
    assert samtykker.kontakt == {"P2": KONTAKT}


@pytest.mark.parametrize("slutt", [{"trukket": "2026-05-16"}, {"gyldigTil": "2026-05-15"}])
def test_a_consent_that_is_over_lets_no_contact_information_in(kjoring: Any, slutt: dict[str, str]) -> None:
    innhold = {"endre": {"deltaker": {2: KONTAKT}, "samtykke": {1: slutt}}}
    samtykker = consents(kjoring, innhold)
    assert [rad["samtykkeId"] for rad in samtykker.rader] == ["S1"]
    assert samtykker.kontakt == {}


def test_a_consent_that_the_drop_leaves_out_stands_in_the_record(kjoring: Any) -> None:
    for innhold in ({"fjern": {"samtykke": "ALLE"}, "lagret": {}}, {"fjern": {"samtykke": "IKKE_MED"}, "lagret": {}}):
        post = records(kjoring, innhold)["L2"]
        assert [rad["samtykkeId"] for rad in post.rader("samtykke")] == ["S1"]


def test_a_consent_that_breaks_a_rule_is_not_taken_in_and_holds_nobody(kjoring: Any) -> None:
    innhold = {"endre": {"samtykke": {1: {"gyldigTil": "2030-01-01"}}}}
    assert consents(kjoring, innhold).rader == ()
    assert records(kjoring, innhold)["L2"].rader("samtykke") == ()


def test_closed_periods_are_those_of_the_avdeling_and_of_the_whole_house(kjoring: Any) -> None:
    sommer = {"_som": 1, "avdelingOrgnr": "", "fraDato": "2026-07-06", "tilDato": "2026-07-24"}
    annen = {"_som": 1, "avdelingOrgnr": "310000051", "fraDato": "2026-12-21", "tilDato": "2026-12-31"}
    post = records(kjoring, {"legg_til": {"stengt": [sommer, annen]}})["L1"]
    assert [rad["fraDato"] for rad in post.rader("stengt")] == ["2026-03-30", "2026-07-06"]


def test_what_may_be_missing_is_derived(kjoring: Any) -> None:
    innhold = {
        "endre": {
            "deltakelse": {1: {"statusGyldigFra": ""}, 2: {"statusGyldigFra": ""}},
            "deltakelsesmengde": {1: {"gyldigFra": ""}},
            "mal": {1: {"status": "", "malId": ""}, 2: {"malId": "", "maltype": "YRKE", "frist": "2026-10-01"}},
            "aktivitet": {1: {"arena": "", "aktivitetId": ""}},
            "oppfolging": {1: {"deltok": "", "oppfolgingId": ""}},
            "plan": {1: {"versjon": ""}},
        }
    }
    poster = records(kjoring, innhold)
    post = poster["L1"]
    assert post.deltakelse["statusGyldigFra"] == "2026-01-12", "startDato for one who takes part"
    assert poster["L2"].deltakelse["statusGyldigFra"] == "2026-04-30", "sluttDato for one who has ended"
    assert post.rader("deltakelsesmengde")[0]["gyldigFra"] == "2026-01-12"
    assert [mal["malId"] for mal in post.rader("mal")] == ["mal-YRKE-2026-10-01", "mal-YRKE-2026-10-01-2"]
    assert post.rader("mal")[0]["status"] == "APENT"
    aktivitet = post.rader("aktivitet")[0]
    assert aktivitet["arena"] == "ORDINAER"
    assert aktivitet["aktivitetId"] == "aktivitet-OPPFOLGING_ARBEIDSTRENING_OG_ANSETTELSE-2026-03-02"
    assert post.rader("oppfolging")[0]["deltok"] == ["DELTAKER", "NAV", "TILTAKSARRANGOR"]
    assert post.rader("plan")[0]["versjon"] == 1


def test_a_derived_child_id_does_not_move_with_the_text(kjoring: Any) -> None:
    forst = records(kjoring, {"endre": {"mal": {1: {"malId": ""}}}})
    rettet = records(kjoring, {"endre": {"mal": {1: {"malId": "", "beskrivelse": "Bli lagermedarbeider"}}}})
    assert forst["L1"].rader("mal")[0]["malId"] == rettet["L1"].rader("mal")[0]["malId"]


def test_a_deltakelse_without_an_id_gets_the_same_one_every_time(kjoring: Any) -> None:
    innhold = {
        "endre": {"deltakelse": {2: {"deltakelseId": ""}}},
        "fjern": {
            "tidligereLevert": "ALLE",
            "deltakelsesmengde": [2],
            "oppfolging": [2],
            "arbeidsforhold": "ALLE",
            "sluttvurdering": "ALLE",
            "samtykke": "ALLE",
            "etteroppfolging": "ALLE",
        },
    }
    utledet = set(records(kjoring, innhold)) - {"L1"}
    assert utledet == set(records(kjoring, innhold)) - {"L1"}
    assert utledet == {
        derive_deltakelse_id(
            {"deltakerId": "P2", "tiltakskode": "ARBEIDSFORBEREDENDE_TRENING", "startDato": "2025-11-03"}
        )
    }
    assert "P2" not in next(iter(utledet))


def test_a_status_without_a_day_counts_from_when_it_was_first_seen(kjoring: Any) -> None:
    feil = {"status": "FEILREGISTRERT", "statusGyldigFra": "", "sluttDato": ""}
    forst = records(kjoring, {"endre": {"deltakelse": {1: feil}}})["L1"]
    assert forst.deltakelse["statusGyldigFra"] == "2026-05-20"
    lagret = Historikk(poster=(Deltakelsespost({**forst.innhold, "deltakelse": {**forst.deltakelse}}),))
    senere = {"asof": "2026-05-25", "endre": {"deltakelse": {1: feil}}}
    assert records(kjoring, senere, lagret)["L1"].deltakelse["statusGyldigFra"] == "2026-05-20"


def test_a_plan_without_a_version_keeps_that_of_the_stored_plan_with_the_same_words(kjoring: Any) -> None:
    uten = {"endre": {"plan": {1: {"versjon": ""}}}, "lagret": {}}
    assert records(kjoring, uten)["L1"].rader("plan")[0]["versjon"] == 1
    endret = {"endre": {"plan": {1: {"versjon": "", "yrkesmal": "Lagermedarbeider."}}}, "lagret": {}}
    assert records(kjoring, endret)["L1"].rader("plan")[0]["versjon"] == 2


def test_a_drop_of_changes_takes_person_and_avtale_from_what_was_stored(kjoring: Any) -> None:
    borte = {"deltaker": "IKKE_MED", "deltakelse": "IKKE_MED", "avtale": "IKKE_MED"}
    post = records(kjoring, {"hode": {"omfang": "ENDRING"}, "fjern": borte, "lagret": {}})["L1"]
    assert post.deltaker["fornavn"] == "Kari"
    assert post.deltakelse["status"] == "DELTAR"
    assert post.avtale["avtaleId"] == "V1"
    assert len(post.rader("mal")) == 2


def test_the_office_found_by_its_name_is_in_the_record(kjoring: Any) -> None:
    post = records(kjoring, {"endre": {"deltaker": {1: {"navEnhet": "", "navKontorNavn": "Nav Stranda"}}}})["L1"]
    assert post.deltaker["navEnhet"] == "1103"


def test_a_record_gives_back_the_same_frames(kjoring: Any) -> None:
    """What was accepted breaks nothing when it is asked about again as stored rows of a drop of changes."""
    poster = tuple(records(kjoring, {}).values())
    assert records(kjoring, {}, Historikk(poster=poster)).keys() == {"L1", "L2"}
    post = kjoring.post("L1")
    assert records(kjoring, {})["L1"].innhold == post.innhold
