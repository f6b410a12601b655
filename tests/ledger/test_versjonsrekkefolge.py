"""Versions of one document reach a recipient in their order, whatever becomes of the packages they travel in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tiltaksflyt.ledger import Dokumentsvar, Forsendelsestilstand, Kvitteringsfil, Leveransetilstand, Statuskode, Utfall

NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
I_DAG = date(2026, 3, 2)
F, L = Forsendelsestilstand, Leveransetilstand


def _send(ledger: Any, leveranse_id: str, til: Leveransetilstand = L.SENDT) -> None:
    leie = ledger.leveranser.take_lease(leveranse_id, now=NA, until=NA + timedelta(minutes=5))
    ledger.leveranser.record(leie, Utfall(til, Statuskode.OVERFORT, tid=NA, dato=I_DAG))


def _gather(ledger: Any, *melding_ider: str) -> str | None:
    leveranse = ledger.leveranser.create("0315", "sftp", "v", melding_ider, now=NA)
    return None if leveranse is None else str(leveranse.leveranse_id)


def _state(ledger: Any, melding_id: str) -> Forsendelsestilstand:
    (rad,) = (rad for rad in ledger.dokumenter.forsendelser() if rad.melding_id == melding_id)
    return Forsendelsestilstand(rad.tilstand)


@pytest.fixture
def forste(ledger: Any, store: Any, build_document: Any) -> tuple[str, str, str]:
    """A version in a package of its own, the package, and the deltakelse."""
    ref = store(ledger)
    melding_id = build_document(ledger, ref).melding_id
    leveranse_id = _gather(ledger, melding_id)
    assert leveranse_id
    return melding_id, leveranse_id, ref


def test_a_newer_version_waits_while_an_older_one_is_in_a_package(
    ledger: Any, forste: tuple[str, str, str], build_document: Any
) -> None:
    gammel, leveranse_id, ref = forste
    ny = build_document(ledger, ref, tekst="2").melding_id
    assert _gather(ledger, ny) is None
    _send(ledger, leveranse_id)
    assert _gather(ledger, ny)
    assert _state(ledger, gammel) is F.SENDT


def test_an_older_version_does_not_leave_after_its_package_was_cancelled(
    ledger: Any, forste: tuple[str, str, str], build_document: Any
) -> None:
    gammel, leveranse_id, ref = forste
    ny = build_document(ledger, ref, tekst="2").melding_id
    ledger.leveranser.cancel(leveranse_id, Statuskode.AVLYST_AV_PERSON, now=NA)
    assert _state(ledger, gammel) is F.ERSTATTET
    pakke = _gather(ledger, gammel, ny)
    assert [rad.melding_id for rad in ledger.dokumenter.forsendelser(leveranse_id=pakke)] == [ny]


def test_an_older_version_does_not_leave_again_after_its_package_expired(
    ledger: Any, forste: tuple[str, str, str], build_document: Any
) -> None:
    gammel, leveranse_id, ref = forste
    _send(ledger, leveranse_id)
    ny = build_document(ledger, ref, tekst="2").melding_id
    ledger.leveranser.expire(leveranse_id)
    assert (_state(ledger, gammel), _state(ledger, ny)) == (F.ERSTATTET, F.KLAR)


def test_what_was_answered_is_counted_when_the_rest_of_its_package_is_given_back(
    ledger: Any, store: Any, build_document: Any
) -> None:
    svart, ubesvart = (build_document(ledger, store(ledger, nr)).melding_id for nr in ("-1", "-2"))
    leveranse_id = _gather(ledger, svart, ubesvart)
    assert leveranse_id
    _send(ledger, leveranse_id)
    svar = [Dokumentsvar(svart, "GODTATT")]
    ledger.kvitteringer.record(Kvitteringsfil("k", leveranse_id, NA, frozenset({"0315"}), I_DAG, svar=svar))
    ledger.leveranser.expire(leveranse_id)
    oversikt = ledger.oversikt(NA)
    assert (oversikt.sendt, oversikt.sendt_per_type, oversikt.godtatt) == (1, {}, 1)
    ny = _gather(ledger, svart, ubesvart)
    assert ny
    _send(ledger, ny)
    assert ledger.oversikt(NA).sendt == 2
