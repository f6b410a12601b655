"""The SFTP channel against Debian's OpenSSH server: what recipients most often run, and nothing that we wrote."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from deploy.lokalt.openssh import LokalOpenssh
from tiltaksflyt.delivery import KanalFeil, Kanalkode, Pakke
from tiltaksflyt.delivery.sftp import SftpChannel, read_oppsett

STOR = 40 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokalOpenssh]:
    with LokalOpenssh(tmp_path_factory.mktemp("openssh")) as kjorende:
        yield kjorende


@pytest.fixture
def stor(bygger: Any) -> Pakke:
    """A package that takes a while: any bytes do, the server does not look."""
    fil = bygger.new_file()
    fil.write_bytes(os.urandom(STOR))
    return Pakke.of("5b1a3c52-2f60-4c56-9f0c-6f8a2f9f1a11", fil)


def channel(server: LokalOpenssh, **endret: Any) -> SftpChannel:
    return SftpChannel(read_oppsett({**server.innstillinger, **endret}, Path("/finnes-ikke")))


def arrived(server: LokalOpenssh, pakke: Pakke) -> bytes:
    return (server.hjem / "inn" / pakke.filnavn).read_bytes()


def test_a_package_lies_there_whole_under_its_own_name_and_once(server: LokalOpenssh, bygger: Any) -> None:
    pakke = bygger.pakke().pakke
    assert channel(server).send(pakke, bind=bygger.unbound).kode is Kanalkode.OVERFORT
    assert arrived(server, pakke) == pakke.fil.read_bytes()
    assert channel(server).send(pakke, bind=bygger.unbound).kode is Kanalkode.FINNES_ALLEREDE
    assert [fil.name for fil in (server.hjem / "inn").iterdir() if pakke.leveranse_id in fil.name] == [pakke.filnavn]


def test_what_another_has_laid_there_is_never_written_over(server: LokalOpenssh, bygger: Any) -> None:
    pakke = bygger.pakke().pakke
    (server.hjem / "inn" / pakke.filnavn).write_bytes(b"en annen")
    assert channel(server).send(pakke, bind=bygger.unbound).kode is Kanalkode.ANNEN_PAKKE
    assert arrived(server, pakke) == b"en annen"


def test_receipts_are_fetched_and_taken_away(server: LokalOpenssh) -> None:
    mappe = server.hjem / "kvitteringer"
    (mappe / "a.json").write_bytes(b"{}")
    (mappe / "b.json.part").write_bytes(b"{")
    filer = channel(server).collect()
    assert [(fil.navn, fil.innhold) for fil in filer] == [("a.json", b"{}")]
    channel(server).discard(filer)
    channel(server).discard(filer)
    assert [fil.name for fil in mappe.iterdir()] == ["b.json.part"]


@pytest.mark.parametrize("rest", [0, 1, 8 << 20, (8 << 20) + 1, 39 << 20])
def test_an_upload_that_broke_off_is_gone_on_with(server: LokalOpenssh, stor: Pakke, bygger: Any, rest: int) -> None:
    """The last stretch of what lies there may have holes; it is written anew, and what is before it is not."""
    delfil = server.hjem / "inn" / f"{stor.filnavn}.part"
    riktig = stor.fil.read_bytes()
    skrevet = bytearray(riktig[:rest])
    hull = max(0, rest - (8 << 20))
    skrevet[hull:] = bytes(rest - hull)
    delfil.write_bytes(skrevet)
    assert channel(server).send(stor, bind=bygger.unbound).kode is Kanalkode.OVERFORT
    assert arrived(server, stor) == riktig
    (server.hjem / "inn" / stor.filnavn).unlink()


def test_what_was_sent_before_the_break_is_not_sent_again(server: LokalOpenssh, stor: Pakke, bygger: Any) -> None:
    """Told by the server's own count: a changed byte far before the end stays as the first attempt left it."""
    delfil = server.hjem / "inn" / f"{stor.filnavn}.part"
    delfil.write_bytes(b"\x00" + stor.fil.read_bytes()[1 : 30 << 20])
    assert channel(server).send(stor, bind=bygger.unbound).kode is Kanalkode.OVERFORT
    assert arrived(server, stor)[1:] == stor.fil.read_bytes()[1:]
    assert arrived(server, stor)[:1] == b"\x00"
    (server.hjem / "inn" / stor.filnavn).unlink()


def test_a_server_that_is_killed_midway_gets_the_rest_afterwards(tmp_path: Path, stor: Pakke, bygger: Any) -> None:
    with LokalOpenssh(tmp_path / "openssh") as server:
        delfil = server.hjem / "inn" / f"{stor.filnavn}.part"

        def kill_midway() -> None:
            slutt = time.monotonic() + 30
            while not (delfil.exists() and delfil.stat().st_size > 0) and time.monotonic() < slutt:
                time.sleep(0.001)
            server.stop(0)

        draper = threading.Thread(target=kill_midway)
        draper.start()
        forste = channel(server).send(stor, bind=bygger.unbound)
        draper.join()
        assert forste.kode in (Kanalkode.AVBRUTT, Kanalkode.KANAL_NEDE)
        assert not (server.hjem / "inn" / stor.filnavn).exists()
        server.start()
        assert channel(server).send(stor, bind=bygger.unbound).kode is Kanalkode.OVERFORT
        assert arrived(server, stor) == stor.fil.read_bytes()


def test_workers_at_once_leave_one_whole_package(server: LokalOpenssh, stor: Pakke, bygger: Any) -> None:
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(lambda _: channel(server).send(stor, bind=bygger.unbound).kode, range(4)))
    assert set(utfall) <= {Kanalkode.OVERFORT, Kanalkode.FINNES_ALLEREDE, Kanalkode.AVBRUTT}
    assert Kanalkode.OVERFORT in utfall
    assert arrived(server, stor) == stor.fil.read_bytes()
    (server.hjem / "inn" / stor.filnavn).unlink()


def test_a_full_disk_is_tried_again_later(tmp_path: Path, stor: Pakke, bygger: Any) -> None:
    with LokalOpenssh(tmp_path / "openssh", storste_fil=1 << 20) as server:
        utfall = channel(server).send(stor, bind=bygger.unbound)
        assert utfall.utfall.value == "TRANSIENT"
        assert not (server.hjem / "inn" / stor.filnavn).exists()


def test_the_host_key_and_our_own_are_held_to(server: LokalOpenssh, bygger: Any, tmp_path: Path) -> None:
    pakke = bygger.pakke().pakke
    annen = asyncssh.generate_private_key("ssh-ed25519")
    annen.write_private_key(tmp_path / "annen")
    feil_vert = channel(server, vertsnokkel=annen.export_public_key().decode())
    assert feil_vert.send(pakke, bind=bygger.unbound).kode is Kanalkode.UKJENT_VERTSNOKKEL
    feil_nokkel = channel(server, nokkelfil=str(tmp_path / "annen"))
    assert feil_nokkel.send(pakke, bind=bygger.unbound).kode is Kanalkode.TILGANG_NEKTET
    assert not (server.hjem / "inn" / pakke.filnavn).exists()


def test_a_folder_that_is_not_there(server: LokalOpenssh, bygger: Any) -> None:
    assert channel(server, inn="borte").send(bygger.pakke().pakke, bind=bygger.unbound).kode is Kanalkode.MAPPE_MANGLER
    with pytest.raises(KanalFeil) as feil:
        channel(server, kvitteringer="borte").collect()
    assert feil.value.kode is Kanalkode.MAPPE_MANGLER
