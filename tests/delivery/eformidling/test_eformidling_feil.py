"""The eFormidling channel when things go wrong: brought once, whatever happens between."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.eformidling.formidlingssak import HALE, Krasj, Leveranse, channel, later, make_package, once
from tests.motparter.eformidling import Eformidling
from tests.motparter.motpart import Svar, Uorden, dead_address
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Pakke, SendOutcome, Utfall
from tiltaksflyt.delivery.eformidling import quiet_time
from tiltaksflyt.delivery.integrasjonspunkt import Integrasjonspunkt

SVAR = [
    (Svar(401), Kanalkode.TILGANG_NEKTET),
    (Svar(403), Kanalkode.TILGANG_NEKTET),
    (Svar(409), Kanalkode.AVVIST_AV_KANALEN),
    (Svar(413), Kanalkode.FOR_STOR_PAKKE),
    (Svar(429, hode={"Retry-After": "7200"}), Kanalkode.KANAL_OPPTATT),
    (Svar(500), Kanalkode.KANAL_NEDE),
    (Svar(503), Kanalkode.KANAL_OPPTATT),
    (Svar(302, hode={"Location": "https://nav.example"}), Kanalkode.UVENTET_SVAR),
]


@pytest.mark.parametrize(
    ("svar", "kode", "utfort"),
    [
        (svar, kode, utfort)
        for svar, kode in SVAR
        for utfort in ((False, True) if svar.status in (429, 500) else (False,))
    ],
)
@pytest.mark.parametrize("operasjon", ["opprett", "legg ved", "send"])
def test_every_answer_becomes_a_code_and_the_package_arrives_once(
    punkt: Eformidling, pakke: Pakke, operasjon: str, svar: Svar, kode: Kanalkode, utfort: bool
) -> None:
    """Also when the work was done all the same."""
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    punkt.misbehave(operasjon, Uorden(svar, utfort=utfort))
    utfall = leveranse.send(kanal)
    assert utfall.kode is kode
    assert utfall.vent_minst == (timedelta(hours=2) if svar.status == 429 else None)
    # A person looks at what is permanent and lets it go on; what is transient goes on by itself.
    later(punkt, leveranse, kanal)
    once(punkt, pakke)
    assert punkt.ut == {}, "something half-made is left"


UORDEN = [
    Uorden(lest=0),
    Uorden(lest=70_000),
    Uorden(),
    Uorden(utfort=True),
    Uorden(Svar(200, b"<html>tull")),
    Uorden(Svar(200, b"<html>tull"), utfort=True),
    Uorden(Svar(200, b"[]")),
]


@pytest.mark.parametrize("uorden", UORDEN, ids=lambda u: f"{u.lest}-{u.utfort}-{bool(u.svar)}")
@pytest.mark.parametrize("operasjon", ["opprett", "legg ved", "send"])
def test_a_line_that_breaks_and_an_answer_that_is_none(
    punkt: Eformidling, pakke: Pakke, operasjon: str, uorden: Uorden
) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    punkt.misbehave(operasjon, uorden)
    utfall = leveranse.send(kanal)
    if operasjon != "opprett" and uorden.svar is not None and not uorden.utfort:
        # The integrasjonspunkt says that it is done and it is not: nobody can know, until the next thing is refused.
        assert utfall.kode in (Kanalkode.AVVIST_AV_KANALEN, Kanalkode.GITT_VIDERE)
        return
    assert utfall.utfall in (Utfall.TRANSIENT, Utfall.ACCEPTED)
    if not utfall.er_sendt:
        later(punkt, leveranse, kanal)
    once(punkt, pakke)


@pytest.mark.parametrize("operasjon", ["se", "samtale", "slett"])
@pytest.mark.parametrize("svar", [Svar(401), Svar(500), Svar(200, b"tull"), Svar(200, b"{}"), None])
def test_a_fault_while_looking_for_an_earlier_attempt(
    punkt: Eformidling, pakke: Pakke, operasjon: str, svar: Svar | None
) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt)
    punkt.misbehave("legg ved", Uorden(lest=50_000))
    punkt.misbehave("slett", Uorden())
    assert leveranse.send(kanal).kode is Kanalkode.AVBRUTT
    punkt.wait(quiet_time() + HALE)
    punkt.misbehave(operasjon, Uorden(svar))
    utfall = leveranse.send(kanal)
    assert utfall.er_sendt or utfall.kode in (
        Kanalkode.TILGANG_NEKTET,
        Kanalkode.KANAL_NEDE,
        Kanalkode.UVENTET_SVAR,
        Kanalkode.AVBRUTT,
        Kanalkode.ANNEN_PAKKE,
    )
    later(punkt, leveranse, kanal)
    once(punkt, pakke)


def test_nobody_answers_and_somebody_says_nothing(punkt: Eformidling, pakke: Pakke) -> None:
    with dead_address() as borte:
        kanal = channel(punkt, adresse=borte)
        assert Leveranse(pakke).send(kanal).kode is Kanalkode.KANAL_NEDE
        with pytest.raises(KanalFeil) as feil:
            kanal.collect()
        assert feil.value.kode is Kanalkode.KANAL_NEDE
    punkt.misbehave("opprett", Uorden(stille=True))
    assert Leveranse(pakke).send(channel(punkt, stillhet=timedelta(seconds=0.3))).kode is Kanalkode.AVBRUTT


@pytest.mark.parametrize("automatisk", [True, False])
@pytest.mark.parametrize("etter", [False, True])
@pytest.mark.parametrize("nummer", [1, 2, 3])
def test_a_crash_between_each_pair_of_calls(
    pakke: Pakke, monkeypatch: pytest.MonkeyPatch, nummer: int, etter: bool, automatisk: bool
) -> None:
    """Before or after call number `nummer`: the next attempts bring one message with these bytes."""
    ekte, talt = Integrasjonspunkt._call, [0]

    def crash(self: Integrasjonspunkt, *a: Any, **v: Any) -> Any:
        talt[0] += 1
        if talt[0] < nummer or etter:
            svar = ekte(self, *a, **v)
        if talt[0] >= nummer:
            raise Krasj
        return svar

    with Eformidling(automatisk=automatisk) as punkt:
        leveranse, kanal = Leveranse(pakke), channel(punkt)
        with monkeypatch.context() as lapp:
            lapp.setattr(Integrasjonspunkt, "_call", crash)
            with pytest.raises(Krasj):
                leveranse.send(kanal)
        if nummer == 3 and etter:
            # It was let go: the queue is done with it before anyone looks again.
            punkt.run_queue()
        later(punkt, leveranse, kanal)
        once(punkt, pakke)


def test_a_crash_while_the_next_message_is_made(punkt: Eformidling, pakke: Pakke) -> None:
    """The id is bound before anything is made with it: bound and not made, it is used by the next attempt."""
    punkt.note(pakke.leveranse_id, "FEIL")
    leveranse, kanal = Leveranse(pakke), channel(punkt)

    def bind_and_crash(kanal_ref: str) -> None:
        leveranse.bind(kanal_ref)
        raise Krasj

    with pytest.raises(Krasj):
        kanal.send(pakke, bind=bind_and_crash)
    bundet = leveranse.pakke.kanal_ref
    assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
    assert leveranse.pakke.kanal_ref == bundet
    once(punkt, pakke)


def test_a_package_in_the_queue_is_left_alone(pakke: Pakke) -> None:
    """Altinn is away: the integrasjonspunkt has the message and says nothing more of it."""
    with Eformidling(automatisk=False) as punkt:
        leveranse, kanal = Leveranse(pakke), channel(punkt)
        assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
        utfall = leveranse.send(kanal)
        assert utfall.kode is Kanalkode.KANAL_OPPTATT
        assert utfall.vent_minst is not None
        assert timedelta(0) < utfall.vent_minst <= quiet_time()
        assert punkt.count("send") == 1
        once(punkt, pakke)


def test_a_message_that_leaves_while_we_look_is_not_sent_again(pakke: Pakke) -> None:
    with Eformidling(automatisk=False) as punkt:
        leveranse, kanal = Leveranse(pakke), channel(punkt)
        leveranse.send(kanal)
        punkt.wait(quiet_time() + HALE)
        kanal_bind = leveranse.bind

        def leave(kanal_ref: str) -> None:
            kanal_bind(kanal_ref)
            punkt.run_queue()

        assert kanal.send(leveranse.pakke, bind=leave).kode is Kanalkode.AVBRUTT
        assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
        once(punkt, pakke)


def test_a_message_that_ran_out_of_time_unsent_is_made_anew(punkt: Eformidling, pakke: Pakke) -> None:
    leveranse, kanal = Leveranse(pakke), channel(punkt, levetid=timedelta(hours=1))
    punkt.misbehave("send", Uorden(lest=0))
    assert leveranse.send(kanal).kode is Kanalkode.AVBRUTT
    punkt.wait(timedelta(hours=2))
    assert leveranse.send(kanal).kode is Kanalkode.GITT_VIDERE
    assert leveranse.pakke.kanal_ref != pakke.leveranse_id
    once(punkt, pakke)


def test_an_upload_that_takes_too_long_is_given_up(
    punkt: Eformidling, pakke: Pakke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiltaksflyt.delivery.eformidling.quiet_time", lambda: timedelta(seconds=-1))
    leveranse = Leveranse(pakke)
    assert leveranse.send(channel(punkt)).kode is Kanalkode.AVBRUTT
    assert punkt.ut == {}
    monkeypatch.undo()
    later(punkt, leveranse, channel(punkt))
    once(punkt, pakke)


def test_two_workers_at_once(punkt: Eformidling, tmp_path: Path) -> None:
    for _ in range(5):
        pakke, start = make_package(tmp_path), threading.Barrier(2)
        utfall: list[SendOutcome] = []

        def work(pakke: Pakke = pakke, start: threading.Barrier = start, utfall: list[SendOutcome] = utfall) -> None:
            start.wait()
            utfall.append(Leveranse(pakke).send(channel(punkt)))

        trader = [threading.Thread(target=work) for _ in range(2)]
        for trad in trader:
            trad.start()
        for trad in trader:
            trad.join()
        assert {u.kode for u in utfall} <= {Kanalkode.GITT_VIDERE, Kanalkode.KANAL_OPPTATT}
        assert any(u.er_sendt for u in utfall)
        once(punkt, pakke)
        punkt.brakt.clear()
