"""The messages: when a record gives one, what it says, what makes a new version, and what it has to do with a duty."""

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.regelverk import Regelverk, alle_regelverk
from tests.transforms.dokumentsaker import AFT, block, changed, lines, make, section
from transforms.dokument import ManglerGrunnlag, Mottakerhode, arkivtittel, innhold_avtrykk, tittel
from transforms.dokument_formater import check
from transforms.dokument_kopi import make_copy
from transforms.forpliktelser import Forpliktelsestype, policy_of
from transforms.poster import Deltakelsespost
from transforms.rapporttekster import Rapporttekst, finished_texts, first_finished, met_elsewhere

GOLDEN = Path(__file__).parents[1] / "golden"
BESTILLING, FORLENGELSE, AVSLUTNING = "BESTILLINGSBEKREFTELSE", "MELDING_FORLENGELSE", "MELDING_AVSLUTNING"
FRA = date(2026, 1, 1)
Record = dict[str, Any]
Endring = Callable[[Record], object]


def record(sak: str) -> Record:
    innhold: Record = json.loads((GOLDEN / sak / "1_post.json").read_text(encoding="utf-8"))
    return innhold


def texts(innhold: Record, dato: date, fra: date = FRA, utenom: tuple[str, ...] = ()) -> list[tuple[str, int | None]]:
    return [(tekst.dokumenttype, tekst.nummer) for tekst in found(innhold, dato, fra, utenom)]


def found(innhold: Record, dato: date, fra: date = FRA, utenom: tuple[str, ...] = ()) -> tuple[Rapporttekst, ...]:
    post = Deltakelsespost({tabell: rader for tabell, rader in innhold.items() if tabell not in ("plan", "vurdering")})
    return finished_texts(post, dato, fra, policy_of(innhold["deltakelse"]["tiltakskode"]), utenom)


def fingerprint(innhold: Record, dokumenttype: str, nummer: int | None = None) -> str:
    return innhold_avtrykk(Deltakelsespost(innhold), dokumenttype, nummer)


# --- when ---


@pytest.mark.parametrize(
    ("sak", "dagen_for", "melding"),
    [
        ("forlenget", date(2026, 1, 14), (BESTILLING, None)),
        ("forlenget", date(2026, 7, 5), (FORLENGELSE, 1)),
        ("forlenget", date(2027, 1, 18), (FORLENGELSE, 2)),
        ("meldingar", date(2026, 11, 2), (AVSLUTNING, None)),
    ],
)
def test_a_message_is_there_from_the_day_of_its_fact(
    sak: str, dagen_for: date, melding: tuple[str, int | None]
) -> None:
    dagen = date.fromordinal(dagen_for.toordinal() + 1)
    assert melding not in texts(record(sak), dagen_for)
    assert melding in texts(record(sak), dagen)


def test_two_extensions_are_two_messages_numbered_by_their_new_end_as_the_duties_are() -> None:
    innhold = record("forlenget")
    innhold["forlengelse"].reverse()
    assert texts(innhold, date(2027, 2, 1)) == [(BESTILLING, None), (FORLENGELSE, 1), (FORLENGELSE, 2)]


def test_an_extension_that_nav_has_not_agreed_to_keeps_its_number_and_is_no_message() -> None:
    innhold = record("forlenget")
    del innhold["forlengelse"][0]["avtaltMedNav"]
    assert texts(innhold, date(2027, 2, 1)) == [(BESTILLING, None), (FORLENGELSE, 2)]
    with pytest.raises(ManglerGrunnlag):
        make(innhold, FORLENGELSE, 1)


@pytest.mark.parametrize(
    "endring",
    [
        lambda d: d.update(sluttDato=d["planlagtSluttDato"]),
        lambda d: d.pop("avslutningAvtaltMedNav"),
        lambda d: d.pop("sluttDato"),
        lambda d: d.update(status="FEILREGISTRERT"),
    ],
    ids=["on plan", "not agreed", "no end", "registered in error"],
)
def test_an_end_on_plan_or_without_agreement_is_no_message(endring: Endring) -> None:
    innhold = record("meldingar")
    assert (AVSLUTNING, None) in texts(innhold, date(2026, 12, 1))
    endring(innhold["deltakelse"])
    assert (AVSLUTNING, None) not in texts(innhold, date(2026, 12, 1))


def test_an_end_before_an_agreed_extension_is_early_though_the_planned_end_was_never_moved() -> None:
    innhold = record("meldingar")
    innhold["deltakelse"]["planlagtSluttDato"] = "2026-08-01"
    assert lines(make(innhold, AVSLUTNING), "KORT_FORTALT", "kortFortalt")["planlagtSlutt"] == "1. februar 2027"


def test_what_happened_before_the_sender_reports_from_here_is_not_sent() -> None:
    assert (BESTILLING, None) in texts(record("forlenget"), date(2026, 2, 1), date(2026, 1, 15))
    assert (BESTILLING, None) not in texts(record("forlenget"), date(2026, 2, 1), date(2026, 1, 16))


def test_what_nav_has_already_is_not_sent_by_its_number() -> None:
    innhold = record("forlenget")
    innhold["tidligereLevert"] = [{"dokumenttype": FORLENGELSE, "nummer": 1, "levert": "2026-07-06"}]
    assert texts(innhold, date(2027, 2, 1)) == [(BESTILLING, None), (FORLENGELSE, 2)]


def test_a_sender_that_tells_nav_in_another_way_sends_only_the_others() -> None:
    assert texts(record("forlenget"), date(2026, 7, 6), utenom=(FORLENGELSE,)) == [(BESTILLING, None)]


@pytest.mark.parametrize("versjon", alle_regelverk(), ids=lambda versjon: versjon.versjon)
def test_only_a_tiltak_whose_sources_ask_for_it_has_messages(versjon: Regelverk) -> None:
    innhold = record("meldingar")
    innhold["deltakelse"]["tiltakskode"] = versjon.tiltakskode
    sendt = texts(innhold, date(2026, 12, 1))
    assert sendt == ([(BESTILLING, None), (FORLENGELSE, 1), (AVSLUTNING, None)] if versjon.tiltakskode == AFT else [])


# --- what it has to do with a duty ---


def test_a_message_has_the_deadline_of_the_duty_and_meets_none() -> None:
    innhold = record("meldingar")
    plikter = [tekst.plikt for tekst in found(innhold, date(2026, 12, 1))]
    assert plikter == [(Forpliktelsestype.BEKREFT_BESTILLING, None), (Forpliktelsestype.FORLENGELSE, 1), None]
    post = Deltakelsespost(innhold)
    assert first_finished(post, date(2026, 12, 1)) == {}
    assert met_elsewhere(post, date(2026, 12, 1), date(2027, 1, 1)) == frozenset()


# --- what it says ---


def test_a_clear_bestilling_is_received_and_nothing_of_it_is_repeated() -> None:
    innhold = record("forlenget")
    innhold["deltakelse"]["bestillingUklar"] = False
    dokument = make(innhold, BESTILLING)
    assert lines(dokument, "KORT_FORTALT", "kortFortalt") == {
        "bestillingUklar": "Mottatt og bekreftet",
        "bestillingSendt": "13. januar 2026",
        "bestillingMottatt": "14. januar 2026",
        "bestillingBekreftet": "15. januar 2026",
    }
    assert [seksjon["kode"] for seksjon in dokument["seksjoner"]] == ["KORT_FORTALT"]
    assert arkivtittel(dokument) == "Bekreftelse av bestilling – mottatt – Eksempel Vekst AS"


def test_an_unclear_bestilling_is_shown_as_it_was_received() -> None:
    dokument = make(record("forlenget"), BESTILLING)
    assert block(dokument, "UKLAR_BESTILLING", "bestillingTekst")["tekst"] == "Ønsker AFT."
    punkter = block(dokument, "UKLAR_BESTILLING", "bestillingspunkt")["punkter"]
    assert [punkt["tekst"] for punkt in punkter] == ["Avklaring.", "Noe med lager?"]
    assert arkivtittel(dokument) == "Bekreftelse av bestilling – uklar eller mangelfull – Eksempel Vekst AS"


def test_whether_it_is_clear_is_not_invented() -> None:
    innhold = record("forlenget")
    del innhold["deltakelse"]["bestillingUklar"]
    rad = block(make(innhold, BESTILLING), "KORT_FORTALT", "kortFortalt")["rader"][0]
    assert (rad["tekst"], "verdi" in rad) == ("Mottatt og bekreftet", False)


def test_an_extension_says_both_ends_ground_reason_and_agreement() -> None:
    dokument = make(record("forlenget"), FORLENGELSE, 2)
    assert lines(dokument, "KORT_FORTALT", "kortFortalt") == {
        "nySluttDato": "31. januar 2028",
        "forrigeSlutt": "1. februar 2027",
        "grunnlag": "Opplæring som gir formell kompetanse",
        "avtaltMedNav": "19. januar 2027",
    }
    assert block(dokument, "BEGRUNNELSE", "begrunnelse")["tekst"].startswith("Deltakeren tar Vg1")
    assert (tittel(dokument), arkivtittel(dokument)) == (
        "Melding om forlengelse 2",
        "Melding om forlengelse til 31. januar 2028 – Eksempel Vekst AS",
    )


@pytest.mark.parametrize(("planlagt", "forrige"), [("2026-08-01", "1. august 2026"), ("2027-02-01", None)])
def test_the_end_before_the_first_extension_is_said_where_it_is_known(planlagt: str, forrige: str | None) -> None:
    innhold = record("forlenget")
    innhold["deltakelse"]["planlagtSluttDato"] = planlagt
    assert lines(make(innhold, FORLENGELSE, 1), "KORT_FORTALT", "kortFortalt").get("forrigeSlutt") == forrige


def test_the_cause_is_on_the_page_and_never_in_the_archive() -> None:
    dokument = make(record("meldingar"), AVSLUTNING)
    assert lines(dokument, "AARSAK", "aarsak") == {"aarsak": "Syk"}
    assert arkivtittel(dokument) == "Melding om avslutning før planlagt slutt (27. november 2026) – Eksempel Vekst AS"


def test_a_cause_that_is_not_registered_is_said_to_be_so() -> None:
    innhold = record("meldingar")
    del innhold["deltakelse"]["aarsak"]
    assert block(make(innhold, AVSLUTNING), "AARSAK", "ingen")["tekst"].startswith("Årsaken er ikke registrert ennå")


# --- what makes a new version ---


@pytest.mark.parametrize(
    ("dokumenttype", "endring"),
    [
        (BESTILLING, lambda i: i["deltakelse"].update(bestillingUklar=False)),
        (BESTILLING, lambda i: i["deltakelse"].update(bestillingBekreftet="2026-01-16")),
        (BESTILLING, lambda i: i["bestillingspunkt"][0].update(tekst="Avklaring av arbeidsevne.")),
        (FORLENGELSE, lambda i: i["forlengelse"][1].update(begrunnelse="En annen grunn.")),
        (FORLENGELSE, lambda i: i["forlengelse"][1].update(nySluttDato="2027-12-31")),
        (FORLENGELSE, lambda i: i["deltaker"].update(etternavn="Nynavn")),
        (AVSLUTNING, lambda i: i["deltakelse"].update(sluttDato="2026-11-30")),
        (AVSLUTNING, lambda i: i["deltakelse"].update(planlagtSluttDato="2027-03-01")),
    ],
)
def test_its_own_words_and_days_make_a_new_version(dokumenttype: str, endring: Endring) -> None:
    sak = "meldingar" if dokumenttype == AVSLUTNING else "forlenget"
    assert fingerprint(changed(record(sak), endring), dokumenttype) != fingerprint(record(sak), dokumenttype)


@pytest.mark.parametrize(
    ("dokumenttype", "endring"),
    [
        (BESTILLING, lambda i: i["bestillingspunkt"][0].update(svar="Ja.")),
        (BESTILLING, lambda i: i["deltakelse"].update(status="AVBRUTT", veileder="En Annen", aarsak="SYK")),
        (FORLENGELSE, lambda i: i["deltakelse"].update(planlagtSluttDato="2027-06-30")),
        (FORLENGELSE, lambda i: i["forlengelse"][0].update(begrunnelse="En annen grunn.")),
        (AVSLUTNING, lambda i: i["deltakelse"].update(bestillingTekst="Noe annet.", oppstartsamtale="2026-02-04")),
        (AVSLUTNING, lambda i: i["deltakelse"].pop("aarsak")),
    ],
)
def test_nothing_else_does(dokumenttype: str, endring: Endring) -> None:
    sak = "meldingar" if dokumenttype == AVSLUTNING else "forlenget"
    assert fingerprint(changed(record(sak), endring), dokumenttype) == fingerprint(record(sak), dokumenttype)


def test_a_clear_bestilling_may_be_worked_on_without_a_new_confirmation() -> None:
    klar = changed(record("forlenget"), lambda i: i["deltakelse"].update(bestillingUklar=False))
    utdypet = changed(klar, lambda i: i["bestillingspunkt"][0].update(tekst="Avklaring av arbeidsevne."))
    assert fingerprint(utdypet, BESTILLING) == fingerprint(klar, BESTILLING)


def test_what_is_new_since_the_last_version_is_marked() -> None:
    forste = make(record("forlenget"), FORLENGELSE, 2)
    rettet = copy.deepcopy(record("forlenget"))
    rettet["forlengelse"][1]["begrunnelse"] = "Deltakeren har fått læreplass."
    andre = make(rettet, FORLENGELSE, 2, versjon=2, forrige=forste)
    assert block(andre, "BEGRUNNELSE", "begrunnelse")["endret"] is True
    assert "endret" not in block(andre, "KORT_FORTALT", "kortFortalt")
    assert arkivtittel(andre).endswith(" – rettet versjon 2")
    assert section(andre, "BEGRUNNELSE")["nummer"] == 2


# --- the copy ---


def test_a_copy_says_what_the_original_says_under_a_header_of_its_own() -> None:
    forste = make(record("meldingar"), AVSLUTNING)
    original = make(record("meldingar"), AVSLUTNING, versjon=2, forrige=forste)
    fylket = Mottakerhode("9603", "03", "TEST Nav fylke Oslo")
    kopi = make_copy(original, melding_id="0e000000-0000-4000-8000-000000000099", erstatter=None, mottaker=fylket)
    assert check(kopi) == ()
    assert (kopi["hode"]["kopiAv"], "erstatter" in kopi["hode"]) == (original["hode"]["meldingId"], False)
    assert kopi["seksjoner"] == original["seksjoner"]
    ny = [rad for rad in kopi["opplysninger"] if rad not in original["opplysninger"]]
    assert [(rad["ledetekst"], rad["tekst"]) for rad in ny] == [("Kopi til", "TEST Nav fylke Oslo (9603)")]
    assert arkivtittel(kopi) == f"{arkivtittel(original)} – kopi"
