"""Rotation of key-encryption keys: nothing stops, nothing is lost, and the old one is gone at the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from tiltaksflyt.ledger import Filnokkelvern, Hovednokkelvern, LedgerFeil, Nokkellager, Uleselig, open_key_store
from tiltaksflyt.ledger.kryptering import encrypt
from tiltaksflyt.ledger.migrering import NOKKELLAGER, VERSJON
from tiltaksflyt.ledger.nokkelrotasjon import BUNT, owners, rotate, standing
from tiltaksflyt.ledger.nokkelvern import version_of
from tiltaksflyt.ledger.nokler import data_nokkel, nokkelrotasjon

AVSENDER, ANNEN = "889640782", "974760673"
NA = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ARBEIDER = Path(__file__).parent / "nokkelarbeider.py"


@pytest.fixture
def lager(sted: Any) -> Iterator[Nokkellager]:
    with closing(open_key_store(sted.nokler_url, Filnokkelvern(sted.kek))) as lager:
        yield lager


def _reopened(sted: Any) -> closing[Nokkellager]:
    """As a process that starts now and has seen no KEK."""
    return closing(open_key_store(sted.nokler_url, Filnokkelvern(sted.kek)))


def _files(sted: Any, eier: str = AVSENDER) -> list[str]:
    return sorted(fil.name for fil in sted.kek.glob(f"{eier}*"))


def _start(sted: Any, oppgave: str, sist: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(ARBEIDER), oppgave, sted.nokler_url, str(sted.kek), str(sist)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_process_that_opened_before_reads_and_writes_through_two_rotations(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 2 * BUNT + 50))
    oppslag = lager.lookup_key(AVSENDER)
    stopp = sted.mappe / "stopp"
    with _start(sted, "bruk", stopp) as annen:
        try:
            assert annen.stdout is not None
            assert annen.stdout.readline() == "i gang\n"
            assert rotate(lager, AVSENDER, NA).versjon == 2
            assert rotate(lager, AVSENDER, NA).versjon == 3
            assert annen.stdout.readline() == "i gang\n"
            stopp.touch()
            assert int(annen.stdout.readline()) >= 20
            assert annen.wait(60) == 0
        finally:
            annen.kill()
    assert _files(sted) == [f"{AVSENDER}.3.kek"]
    with _reopened(sted) as ny:
        assert ny.get_many(list(nokler)) == nokler
        assert ny.lookup_key(AVSENDER) == oppslag
        stand = standing(ny, AVSENDER)
        assert (stand.nyeste, set(stand.antall), stand.er_ferdig) == (3, {3}, True)


@pytest.mark.parametrize("punkt", ["før ny", "etter ny", "bunt 1", "bunt 2", "før gammel", "etter gammel"])
def test_a_rotation_that_is_killed_is_finished_by_the_next(sted: Any, lager: Nokkellager, punkt: str) -> None:
    nokler = dict(lager.create(AVSENDER, BUNT + 50))
    with _start(sted, "roter", punkt) as drept:
        assert drept.wait(60) == -signal.SIGKILL
    with _reopened(sted) as ny:
        assert not standing(ny, AVSENDER).er_ferdig
        # What was interrupted is whole in the meantime: read, and written to.
        nokler |= dict(ny.create(AVSENDER, 1))
        assert ny.get_many(list(nokler)) == nokler
        assert rotate(ny, AVSENDER, NA).versjon == 2
        assert _files(sted) == [f"{AVSENDER}.2.kek"]
        assert standing(ny, AVSENDER).antall == {2: len(nokler)}
        assert standing(ny, AVSENDER).er_ferdig
    with _reopened(sted) as ny:
        assert ny.get_many(list(nokler)) == nokler
        assert rotate(ny, AVSENDER, NA).versjon == 3


def test_two_rotations_at_once_are_harmless(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 3 * BUNT))
    samtidige = [_start(sted, "roter", "aldri") for _ in range(2)]
    for prosess in samtidige:
        with prosess:
            assert prosess.wait(60) == 0
    assert len(_files(sted)) == 1
    with _reopened(sted) as ny:
        assert ny.get_many(list(nokler)) == nokler
        assert len(standing(ny, AVSENDER).antall) == 1


class Forstyrret(Filnokkelvern):
    """Lets something happen, once, in the middle of a call: after wrapping, before unwrapping, after rewrapping."""

    def __init__(self, katalog: Path, punkt: str, hendelse: Callable[[], object]) -> None:
        super().__init__(katalog)
        self._punkt: str | None = punkt
        self._hendelse = hendelse

    def _happen(self, punkt: str) -> None:
        if punkt == self._punkt:
            self._punkt = None
            self._hendelse()

    def wrap(self, eier: str, nokler: Mapping[str, bytes]) -> dict[str, bytes]:
        pakker = super().wrap(eier, nokler)
        self._happen("pakket")
        return pakker

    def unwrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        self._happen("lest")
        return super().unwrap(eier, pakker)

    def rewrap(self, eier: str, pakker: Mapping[str, bytes]) -> dict[str, bytes]:
        self._happen("lest om")
        nye = super().rewrap(eier, pakker)
        self._happen("pakket om")
        return nye


def _disturbed(sted: Any, punkt: str, hendelse: Callable[[], object]) -> closing[Nokkellager]:
    return closing(open_key_store(sted.nokler_url, Forstyrret(sted.kek, punkt, hendelse)))


def test_a_key_wrapped_before_a_rotation_and_stored_after_it_is_wrapped_again(sted: Any, lager: Nokkellager) -> None:
    lager.create(AVSENDER, 1)
    with _disturbed(sted, "pakket", lambda: rotate(lager, AVSENDER, NA)) as sen:
        nokler = dict(sen.create(AVSENDER, 3))
    assert _files(sted) == [f"{AVSENDER}.2.kek"]
    with _reopened(sted) as ny:
        assert ny.get_many(list(nokler)) == nokler


def test_a_rotation_waits_for_whoever_is_about_to_store_under_the_old_key(sted: Any, lager: Nokkellager) -> None:
    lager.create(AVSENDER, 1)
    nokkel = os.urandom(32)
    with ThreadPoolExecutor(1) as trad:
        pakker = lager.vern.wrap(AVSENDER, {"sen": nokkel})
        with lager.database.write() as conn:
            assert lager.is_new_enough(conn, AVSENDER, pakker)
            rotasjon = trad.submit(lambda: rotate(lager, AVSENDER, NA))
            with pytest.raises(TimeoutError):
                rotasjon.result(4)
            conn.execute(insert(data_nokkel).values(nokkel_id="sen", avsender=AVSENDER, pakket=pakker["sen"]))
        assert rotasjon.result(30).pakket_om == 2
    with _reopened(sted) as ny:
        assert ny.get("sen") == nokkel


def test_a_lookup_key_made_while_a_rotation_ends_is_wrapped_again(sted: Any, lager: Nokkellager) -> None:
    lager.create(AVSENDER, 1)
    with _disturbed(sted, "pakket", lambda: rotate(lager, AVSENDER, NA)) as sen:
        oppslag = sen.lookup_key(AVSENDER)
    with _reopened(sted) as ny:
        assert ny.lookup_key(AVSENDER) == oppslag


def test_keys_read_before_a_rotation_and_unwrapped_after_it_are_read_again(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 3))
    oppslag = lager.lookup_key(AVSENDER)
    for versjon in (2, 3):
        with _disturbed(sted, "lest", lambda: rotate(lager, AVSENDER, NA)) as sen:
            funnet = sen.get_many(list(nokler)) if versjon == 2 else sen.lookup_key(AVSENDER)
            assert funnet == (nokler if versjon == 2 else oppslag)
            assert _files(sted) == [f"{AVSENDER}.{versjon}.kek"]


def test_a_rotation_that_another_overtakes_ends_well(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 3))
    with _disturbed(sted, "lest om", lambda: rotate(lager, AVSENDER, NA)) as sen:
        assert rotate(sen, AVSENDER, NA).pakket_om == 0
        assert sen.get_many(list(nokler)) == nokler


def test_what_another_rotation_has_wrapped_since_is_left_alone(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 3))

    def go_on_to_the_third() -> None:
        assert rotate(lager, AVSENDER, NA).versjon == 2
        assert rotate(lager, AVSENDER, NA).versjon == 3

    with _disturbed(sted, "pakket om", go_on_to_the_third) as sen:
        assert rotate(sen, AVSENDER, NA).pakket_om == 0
    with _reopened(sted) as ny:
        assert ny.get_many(list(nokler)) == nokler
        assert standing(ny, AVSENDER).er_ferdig


def test_what_is_erased_during_a_rotation_stays_erased(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 3))
    slettet = min(nokler)
    with _disturbed(sted, "lest om", lambda: lager.destroy([slettet])) as sen:
        assert rotate(sen, AVSENDER, NA).pakket_om == 2
    assert lager.existing(list(nokler)) == set(nokler) - {slettet}


def test_keys_wrapped_before_there_were_versions_open_and_rotate(sted: Any, lager: Nokkellager) -> None:
    ((nokkel_id, nokkel),) = lager.create(AVSENDER, 1)
    kek = (sted.kek / f"{AVSENDER}.kek").read_bytes()
    with lager.database.write() as conn:
        conn.execute(update(data_nokkel).values(pakket=encrypt(kek, nokkel, nokkel_id.encode())))
    with _reopened(sted) as ny:
        assert standing(ny, AVSENDER).antall == {1: 1}
        assert ny.get(nokkel_id) == nokkel
        assert rotate(ny, AVSENDER, NA).pakket_om == 1
        assert ny.get(nokkel_id) == nokkel


def test_a_key_store_of_the_version_before_comes_up_by_migration(sted: Any) -> None:
    from tests.ledger.test_migrering import _differences, _migrate_to

    with sted.open() as ledger:
        ((nokkel_id, nokkel),) = ledger.nokler.create(AVSENDER, 1)
        try:
            _migrate_to(ledger.nokler, "nokkellager_0001", "downgrade")
        finally:
            _migrate_to(ledger.nokler, VERSJON[NOKKELLAGER], "upgrade")
        assert ledger.nokler.get(nokkel_id) == nokkel
        with ledger.nokler.database.read() as conn:
            assert _differences(conn, ledger.nokler.database.metadata) == []
            assert conn.scalar(text("SELECT count(*) FROM nokkelrotasjon")) == 0


def test_one_sender_is_rotated_and_the_others_are_not(sted: Any, lager: Nokkellager) -> None:
    lager.create(AVSENDER, 1)
    lager.create(ANNEN, 1)
    lager.lookup_key()
    assert owners(lager) == (AVSENDER, ANNEN, "felles")
    rotate(lager, AVSENDER, NA)
    assert [standing(lager, eier).antall for eier in owners(lager)] == [{2: 1}, {1: 1}, {1: 1}]
    assert _files(sted, ANNEN) == [f"{ANNEN}.kek"]


def test_a_missing_key_stops_a_rotation_and_is_not_made_anew(sted: Any, lager: Nokkellager) -> None:
    nokler = dict(lager.create(AVSENDER, 1))
    gjemt = sted.mappe / "gjemt"
    (sted.kek / f"{AVSENDER}.kek").rename(gjemt)
    with _reopened(sted) as ny:
        with pytest.raises(LedgerFeil, match="KEK_MANGLER"):
            rotate(ny, AVSENDER, NA)
        assert _files(sted) == []
        gjemt.rename(sted.kek / f"{AVSENDER}.kek")
        rotate(ny, AVSENDER, NA)
        assert ny.get_many(list(nokler)) == nokler


def test_a_process_with_a_folder_of_its_own_may_not_store_under_the_old_key(sted: Any, lager: Nokkellager) -> None:
    lager.create(AVSENDER, 1)
    kopi = sted.mappe / "kopi"
    kopi.mkdir()
    (kopi / f"{AVSENDER}.kek").write_bytes((sted.kek / f"{AVSENDER}.kek").read_bytes())
    (kopi / f"{AVSENDER}.kek").chmod(0o600)
    rotate(lager, AVSENDER, NA)
    with closing(open_key_store(sted.nokler_url, Filnokkelvern(kopi))) as gammel:
        with pytest.raises(LedgerFeil, match="KEK_GAMMEL"):
            gammel.create(AVSENDER, 1)
        with pytest.raises(LedgerFeil, match="KEK_GAMMEL"):
            gammel.lookup_key(AVSENDER)
    assert standing(lager, AVSENDER).antall == {2: 1}


def test_a_changed_key_stops_a_rotation_and_the_old_kek_stays(sted: Any, lager: Nokkellager) -> None:
    ((nokkel_id, _),) = lager.create(AVSENDER, 1)
    with lager.database.write() as conn:
        pakket = conn.scalar(select(data_nokkel.c.pakket))
        assert pakket is not None
        conn.execute(update(data_nokkel).values(pakket=pakket[:-1] + bytes([pakket[-1] ^ 1])))
    with pytest.raises(Uleselig):
        rotate(lager, AVSENDER, NA)
    assert _files(sted) == [f"{AVSENDER}.2.kek", f"{AVSENDER}.kek"]
    lager.destroy([nokkel_id])
    assert rotate(lager, AVSENDER, NA).versjon == 2


def test_a_rotation_of_the_master_key_waits_for_the_new_one(sted: Any) -> None:
    en, to = os.urandom(32), os.urandom(32)
    with closing(open_key_store(sted.nokler_url, Hovednokkelvern({1: en}))) as lager:
        nokler = dict(lager.create(AVSENDER, 2))
        with pytest.raises(LedgerFeil, match=r"KEK_NY_MANGLER.*master key 2"):
            rotate(lager, AVSENDER, NA)
        with lager.database.read() as conn:
            assert conn.execute(select(nokkelrotasjon)).all() == []
    with closing(open_key_store(sted.nokler_url, Hovednokkelvern({1: en, 2: to}))) as lager:
        rotasjon = rotate(lager, AVSENDER, NA)
        assert (rotasjon.versjon, rotasjon.pakket_om, rotasjon.gammel_borte) == (2, 2, False)
    with closing(open_key_store(sted.nokler_url, Hovednokkelvern({2: to}))) as lager:
        assert lager.get_many(list(nokler)) == nokler


def test_an_interrupted_rotation_of_the_master_key_asks_for_no_third(
    sted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_key_store(sted.nokler_url, Hovednokkelvern({1: bytes(32), 2: os.urandom(32)}))) as lager:
        lager.create(AVSENDER, 1)
        with monkeypatch.context() as m:
            m.setattr(Hovednokkelvern, "retire", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                rotate(lager, AVSENDER, NA)
        assert not standing(lager, AVSENDER).er_ferdig
        assert rotate(lager, AVSENDER, NA).versjon == 2


def test_the_version_stands_in_the_wrapped_bytes(lager: Nokkellager) -> None:
    with lager.database.write() as conn:
        conn.execute(insert(data_nokkel).values(nokkel_id="gammel", avsender=ANNEN, pakket=bytes(60)))
    lager.create(AVSENDER, 1)
    rotate(lager, AVSENDER, NA)
    with lager.database.read() as conn:
        pakker = {rad.avsender: rad.pakket for rad in conn.execute(select(data_nokkel))}
    assert {eier: version_of(pakket) for eier, pakket in pakker.items()} == {ANNEN: 1, AVSENDER: 2}
