"""Nav's own text of the bestilling: in the record until the sluttrapport is accepted, and never again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tiltaksflyt.ledger import Dokumentsvar, Kvitteringsfil, Leveransetilstand, NyForsendelse, Statuskode, Utfall

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
TEKST = "Nav ber om avklaring av arbeidsevne."
MED_TEKST = {"deltakelse": {"bestillingTekst": TEKST}}


def _text(ledger: Any, ref: str) -> str | None:
    return ledger.deltakelser.read(ref)["deltakelse"].get("bestillingTekst")


def _answer(ledger: Any, melding_id: str, *svar: str, mottaker: str = "0315") -> None:
    leveranse_id = ledger.leveranser.create(mottaker, "sftp", "v", [melding_id], now=NA).leveranse_id
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA)
    ledger.leveranser.record(leie, Utfall(Leveransetilstand.MOTTATT, Statuskode.OVERFORT, tid=NA, dato=I_DAG))
    for nr, ett in enumerate(svar, 1):
        tid = NA + timedelta(minutes=nr)
        fil = Kvitteringsfil(
            f"{melding_id}-{nr}", leveranse_id, tid, frozenset({mottaker}), I_DAG, svar=[Dokumentsvar(melding_id, ett)]
        )
        ledger.kvitteringer.record(fil)


@pytest.mark.parametrize(
    ("type", "svar", "glemt"),
    [
        ("SLUTTRAPPORT", ["GODTATT"], True),
        ("SLUTTRAPPORT", ["GODTATT_MED_MERKNAD"], True),
        ("SLUTTRAPPORT", ["AVVIST", "GODTATT"], True),
        ("SLUTTRAPPORT", [], False),
        ("SLUTTRAPPORT", ["AVVIST"], False),
        ("SLUTTRAPPORT", ["GODTATT", "AVVIST"], False),
        ("PLAN", ["GODTATT"], False),
    ],
)
def test_it_goes_with_the_acceptance_of_the_sluttrapport_and_nothing_else(
    ledger: Any, store: Any, build_document: Any, type: str, svar: list[str], glemt: bool
) -> None:
    ref, annen = store(ledger, **MED_TEKST), store(ledger, "-2", **MED_TEKST)
    _answer(ledger, build_document(ledger, ref, type).melding_id, *svar)
    for_ = ledger.deltakelser.read(ref)
    assert ledger.deltakelser.forget_bestillinger() == int(glemt)
    assert _text(ledger, ref) == (None if glemt else TEKST)
    assert _text(ledger, annen) == TEKST
    assert for_["deltakelse"] == {**ledger.deltakelser.read(ref)["deltakelse"], "bestillingTekst": TEKST}
    assert ledger.deltakelser.forget_bestillinger() == 0


def test_it_does_not_come_back_with_the_next_export_and_the_record_counts_as_unchanged(
    ledger: Any, store: Any, build_document: Any
) -> None:
    ref = store(ledger, **MED_TEKST)
    _answer(ledger, build_document(ledger, ref, "SLUTTRAPPORT").melding_id, "GODTATT")
    # Before the night has removed it, and after.
    for dag in (1, 2):
        assert store(ledger, dag=I_DAG + timedelta(days=dag), **MED_TEKST) == ref
        assert _text(ledger, ref) is None
        rad = ledger.deltakelser.get(ref)
        assert (rad.sist_endret, rad.sist_i_drop) == (I_DAG, I_DAG + timedelta(days=dag))
        ledger.deltakelser.forget_bestillinger()
    rettet = {"deltakelse": {"bestillingTekst": TEKST, "veileder": "En Annen"}}
    store(ledger, dag=I_DAG + timedelta(days=3), **rettet)
    assert ledger.deltakelser.get(ref).sist_endret == I_DAG + timedelta(days=3)


def test_a_correction_that_waits_does_not_bring_it_back(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger, **MED_TEKST)
    _answer(ledger, build_document(ledger, ref, "SLUTTRAPPORT").melding_id, "GODTATT")
    _answer(ledger, build_document(ledger, ref, "SLUTTRAPPORT", tekst="rettet").melding_id, "AVVIST")
    store(ledger, **MED_TEKST)
    assert _text(ledger, ref) is None


def test_the_recipient_of_a_copy_does_not_decide(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger, **MED_TEKST)
    mottakere = [NyForsendelse("0315"), NyForsendelse("0300")]
    _answer(ledger, build_document(ledger, ref, "SLUTTRAPPORT", forsendelser=mottakere).melding_id, "AVVIST")
    (kopi,) = (rad for rad in ledger.dokumenter.forsendelser(ref=ref) if rad.er_kopi)
    _answer(ledger, kopi.melding_id, "GODTATT", mottaker="0300")
    assert ledger.deltakelser.forget_bestillinger() == 0


def test_one_that_is_being_erased_is_left_to_its_erasure(ledger: Any, store: Any, build_document: Any) -> None:
    ref = store(ledger, **MED_TEKST)
    _answer(ledger, build_document(ledger, ref, "SLUTTRAPPORT").melding_id, "GODTATT")
    ledger.slettinger.open(ref, ["utboks"], dato=I_DAG + timedelta(days=85), regelverk="AFT")
    assert ledger.deltakelser.forget_bestillinger() == 0
