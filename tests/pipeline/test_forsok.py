"""Several senders in one task: who failed is remembered and told, what they held is not."""

import pytest

from tiltaksflyt.pipeline.forsok import AvsendereFeilet, Forsok, into_chunks, refuse_failures


@pytest.mark.parametrize(("antall", "bunter"), [(0, []), (1, [1]), (20, [20]), (21, [20, 1]), (330, [20] * 16 + [10])])
def test_senders_share_tasks_and_none_is_lost(antall: int, bunter: list[int]) -> None:
    orgnumre = [f"{nummer:09d}" for nummer in range(antall)]
    delt = into_chunks(orgnumre)
    assert [len(bunt) for bunt in delt] == bunter
    assert [orgnr for bunt in delt for orgnr in bunt] == orgnumre


def test_a_failure_is_remembered_by_sender_and_logged_without_what_it_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work(tall: int) -> int:
        if tall == 0:
            raise ZeroDivisionError("Kari Nordmann")
        return 10 // tall

    forsok = Forsok("mottak")
    assert forsok.antall == {}
    assert forsok.attempt("310000019", work, 5) == 2
    assert forsok.attempt("310000027", work, 0) is None
    assert forsok.attempt("310000027", work, tall=0) is None
    assert (forsok.failed("310000019"), forsok.failed("310000027")) == (False, True)
    assert forsok.antall == {"feilet": 1}
    assert "mottak: sender 310000027 failed with UVENTET_ZeroDivisionError" in caplog.text
    assert "Kari" not in caplog.text


def test_a_stop_from_outside_is_no_failure_of_a_sender() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    forsok = Forsok("mottak")
    with pytest.raises(KeyboardInterrupt):
        forsok.attempt("310000019", stop)
    assert forsok.antall == {}


def test_the_run_fails_when_some_sender_did() -> None:
    refuse_failures([])
    refuse_failures([{"godtatt": 3}, {}])
    with pytest.raises(AvsendereFeilet, match=r"^3 senders"):
        refuse_failures([{"godtatt": 3, "feilet": 1}, {"feilet": 2}])
