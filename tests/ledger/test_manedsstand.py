"""How late an erasure was, as its evidence says it, and how a month stood when it was closed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tiltaksflyt.ledger import MANEDSSTAND, Manedsstand, Samtykke, Statuskode

AVSENDER = "889640782"
NOKKEL = Ed25519PrivateKey.generate()
NA = datetime(2026, 6, 30, 22, 15, tzinfo=UTC)
SISTE_DAG = date(2026, 6, 23)
SLUTT = {"sluttDato": "2026-03-31"}  # + 84 days = 23 June
DAG = timedelta(days=1)
JUNI_30, JULI_1 = date(2026, 6, 30), date(2026, 7, 1)
INGENTING = Manedsstand(0, 0, 0, 0, 0)


def _erase(
    ledger: Any, ref: str, dato: date, grunn: Statuskode = Statuskode.SISTE_DAG, fullfort: date | None = None
) -> Any:
    sak = ledger.slettinger.open(ref, [], dato=dato, regelverk="AFT-gjeldende", grunn=grunn)
    return ledger.slettinger.finish(sak.slettesak_id, nokkel=NOKKEL, kategorier=[], now=NA, dato=fullfort)


def _stand(ledger: Any, dato: date = JULI_1, saker: list[str] | None = None) -> Manedsstand:
    stand = ledger.manedsstander.read(AVSENDER, dato=dato, siste_i_maneden=JUNI_30, slettesak_ider=saker or [])
    assert isinstance(stand, Manedsstand)
    return stand


def _close(ledger: Any, etter: int = 0, maned: str = "2026-06", avsender: str = AVSENDER) -> Any:
    return ledger.manedsstander.close(avsender, maned, INGENTING, etter=etter, dato=JULI_1, nokkel=NOKKEL, now=NA)


@pytest.mark.parametrize(("dager", "for_sent"), [(-5, 0), (0, 0), (1, 0), (2, 1), (9, 8)])
def test_the_evidence_says_how_late_it_was(ledger: Any, store: Any, dager: int, for_sent: int) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    dato = SISTE_DAG + dager * DAG
    verdier = _erase(ledger, ref, dato, Statuskode.STRENGT_FORTROLIG).values()
    assert (verdier["fullfort"], verdier["dagerForSent"]) == (dato.isoformat(), for_sent)
    assert verdier["dagerHoldtTilbake"] == 0


def test_it_is_late_by_the_day_it_was_finished_and_not_begun(ledger: Any, store: Any) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    verdier = _erase(ledger, ref, SISTE_DAG + DAG, fullfort=SISTE_DAG + 4 * DAG).values()
    assert (verdier["dato"], verdier["fullfort"], verdier["dagerForSent"]) == ("2026-06-24", "2026-06-27", 3)


@pytest.mark.parametrize(
    ("til", "opphevet", "slettet", "holdt", "for_sent"),
    [
        (10, None, 11, 10, 0),  # the night after the hold's last day
        (10, None, 13, 10, 2),
        (10, 4, 5, 4, 0),  # lifted by day: the night after
        (10, 4, 6, 4, 1),
        (-3, None, 1, 0, 0),  # over before the last kept day: it moved nothing
    ],
)
def test_what_a_hold_moved_is_said_by_itself(
    ledger: Any, store: Any, til: int, opphevet: int | None, slettet: int, holdt: int, for_sent: int
) -> None:
    ref = store(ledger, deltakelse=SLUTT)
    hold = ledger.tilbakehold.begin(ref, av="Kari", grunn="g", fra=SISTE_DAG - 9 * DAG, til=SISTE_DAG + til * DAG)
    if opphevet is not None:
        ledger.tilbakehold.lift(hold, av="Kari", dato=SISTE_DAG + opphevet * DAG)
    verdier = _erase(ledger, ref, SISTE_DAG + slettet * DAG).values()
    assert (verdier["dagerHoldtTilbake"], verdier["dagerForSent"]) == (holdt, for_sent)


@pytest.mark.parametrize(
    ("gyldig_til", "trukket", "for_sent"),
    [(-1, None, 0), (-4, None, 3), (200, -1, 0), (200, -3, 2), (-6, -3, 5)],
)
def test_a_consent_is_late_from_its_end_or_its_withdrawal(
    ledger: Any, store: Any, gyldig_til: int, trukket: int | None, for_sent: int
) -> None:
    ref = store(ledger)
    slutt = JULI_1 + gyldig_til * DAG
    ett = Samtykke("S1", ref, "OPPFOLGING_6_MND", slutt, None, {})
    ledger.samtykker.store_many(AVSENDER, [ett], date(2026, 6, 1))
    if trukket is not None:
        ledger.samtykker.withdraw_of([ref], JULI_1 + trukket * DAG)
    (rad,) = ledger.samtykker.due(JULI_1)
    bevis = ledger.samtykker.erase(rad.samtykke_ref, dato=JULI_1, lagre={}, kategorier=[], nokkel=NOKKEL, now=NA)
    assert bevis.values()["dagerForSent"] == for_sent


def test_what_stands_over_its_last_day_is_counted_and_what_is_held_is_not(ledger: Any, store: Any) -> None:
    igjen = store(ledger, "-1", deltakelse=SLUTT)
    holdt = store(ledger, "-2", deltakelse=SLUTT)
    # The last one that the month should have erased has 29 June as its last day: 30 June at 00:15.
    store(ledger, "-3", deltakelse={"sluttDato": "2026-04-06"})
    store(ledger, "-4", deltakelse={"sluttDato": "2026-04-07"})
    ledger.tilbakehold.begin(holdt, av="Kari", grunn="g", fra=SISTE_DAG, til=JULI_1)
    assert _stand(ledger) == Manedsstand(1, 2, 0, 0, 0)
    assert _stand(ledger, JULI_1 + DAG) == Manedsstand(0, 3, 0, 0, 0)
    _erase(ledger, igjen, JULI_1)
    assert _stand(ledger).over_siste_dag == 1


def test_a_begun_erasure_that_is_not_finished_still_stands_there(ledger: Any, store: Any) -> None:
    ledger.slettinger.open(store(ledger, deltakelse=SLUTT), ["bucket"], dato=JUNI_30, regelverk="AFT-gjeldende")
    assert _stand(ledger).over_siste_dag == 1


def test_the_senders_own_answers_are_counted(ledger: Any, store: Any) -> None:
    refs = [store(ledger, f"-{nr}", deltakelse=SLUTT) for nr in range(3)]
    ledger.slettinger.announce(refs[:2], SISTE_DAG)
    saker = [_erase(ledger, ref, SISTE_DAG + DAG).slettesak_id for ref in refs]
    assert ledger.slettinger.confirm_by_sender(AVSENDER, saker[0], SISTE_DAG)
    assert _stand(ledger, saker=saker) == Manedsstand(0, 0, bekreftet=1, ubekreftet=1, ikke_varslet=1)
    assert _stand(ledger, saker=saker[2:]) == Manedsstand(0, 0, 0, 0, ikke_varslet=1)


def test_a_month_is_closed_once_and_the_chain_is_whole(ledger: Any) -> None:
    bevis = _close(ledger)
    assert bevis.values() | {"forrige": None, "tid": None} == {
        "art": MANEDSSTAND,
        "avsender": AVSENDER,
        "maned": "2026-06",
        "dato": "2026-07-01",
        "tilbakeholdt": 0,
        "overSisteDag": 0,
        "bekreftet": 0,
        "ubekreftet": 0,
        "ikkeVarslet": 0,
        "lopenr": 1,
        "slettesakId": None,
        "forrige": None,
        "tid": None,
    }
    assert _close(ledger) == bevis
    assert _close(ledger, avsender="974760673").lopenr == 2
    assert _close(ledger, maned="2026-05", etter=1).lopenr == 3
    assert ledger.bevis.verify([NOKKEL.public_key()], [ledger.bevis.head()]).ok
