"""The SFTP channel against the reference receiver: whole or not at all, and once by the receiver's own count."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tiltaksflyt.delivery import KanalFeil, Kanalkode, SendOutcome, Utfall
from tiltaksflyt.delivery.receipts import Svarstatus, parse_receipt
from tiltaksflyt.delivery.sftp import SftpChannel, read_oppsett
from tiltaksflyt.referansemottak.sftp_server import Avsendermappe

Start = Callable[..., Any]


def channel(mottaker: Any, **endret: Any) -> SftpChannel:
    return SftpChannel(read_oppsett(mottaker.settings() | endret, Path("/finnes-ikke")))


def wait_for(vilkar: Callable[[], Any], sekunder: float = 30) -> Any:
    slutt = time.monotonic() + sekunder
    while not (verdi := vilkar()):
        assert time.monotonic() < slutt, "it never came about"
        time.sleep(0.02)
    return verdi


@contextmanager
def asleep(mottaker: Any) -> Iterator[None]:
    """The receiver takes nothing for a while, as one that looks once an hour."""
    ekte = mottaker.tjeneste.mottak.home
    mottaker.tjeneste._brukere, brukere = (), mottaker.tjeneste._brukere
    try:
        yield
    finally:
        mottaker.tjeneste._brukere = brukere
        assert mottaker.tjeneste.mottak.home == ekte


def counted(mottaker: Any, antall: int) -> None:
    """The receiver has taken so many documents, and has nothing left to take."""
    wait_for(lambda: sum(mottaker.tjeneste.mottatt.count().values()) == antall)
    wait_for(lambda: not list((mottaker.hjem / "inn").glob("*.p7m")))
    assert sum(mottaker.tjeneste.mottatt.count().values()) == antall


def test_there_and_back(start_mottak: Start, bygger: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    mottaker = start_mottak()
    plan = bygger.dokument()
    pakke = bygger.pakke(plan).pakke
    kanal = channel(mottaker)
    utfall = kanal.send(pakke, bind=bygger.unbound)
    assert utfall == SendOutcome(Kanalkode.OVERFORT)
    assert (utfall.utfall, utfall.er_sendt) == (Utfall.ACCEPTED, True)
    filer = wait_for(lambda: len(f := kanal.collect()) == 2 and f)
    kvitteringer = [parse_receipt(fil.innhold) for fil in filer]
    assert {k.leveranse_id for k in kvitteringer} == {pakke.leveranse_id}
    (svar,) = [s for k in kvitteringer for s in k.svar]
    assert (svar.melding_id, svar.status) == (plan.melding_id, Svarstatus.GODTATT)
    kanal.discard(filer)
    kanal.discard(filer)
    assert kanal.collect() == ()
    assert not list((mottaker.hjem / "inn").iterdir())
    assert not [rad for rad in caplog.records if rad.name.startswith("asyncssh")], "a line for every connection"


def test_a_lost_answer_is_sent_again_and_counted_once(
    start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rename went through, but we never heard: the package is sent again, before and after it was taken."""
    mottaker = start_mottak()
    pakke = bygger.pakke(*(bygger.dokument() for _ in range(3))).pakke
    kanal = channel(mottaker)
    with asleep(mottaker):
        assert kanal.send(pakke, bind=bygger.unbound).kode is Kanalkode.OVERFORT
        with monkeypatch.context() as ingen_skriving:
            ingen_skriving.setattr(Avsendermappe, "write", None)
            assert kanal.send(pakke, bind=bygger.unbound).kode is Kanalkode.FINNES_ALLEREDE
    counted(mottaker, 3)
    assert kanal.send(pakke, bind=bygger.unbound).kode is Kanalkode.OVERFORT
    counted(mottaker, 3)


def test_a_crash_between_upload_and_rename_is_made_good(start_mottak: Start, bygger: Any) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke().pakke
    for rest in (b"", pakke.fil.read_bytes()[:77], bytes(len(pakke.fil.read_bytes())), pakke.fil.read_bytes()):
        (mottaker.hjem / "inn" / f"{pakke.filnavn}.part").write_bytes(rest)
        assert channel(mottaker).send(pakke, bind=bygger.unbound).kode is Kanalkode.OVERFORT
        counted(mottaker, 1)


def test_a_longer_leftover_is_removed_and_the_next_attempt_goes_through(start_mottak: Start, bygger: Any) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke().pakke
    delfil = mottaker.hjem / "inn" / f"{pakke.filnavn}.part"
    delfil.write_bytes(pakke.fil.read_bytes() + b"rest")
    utfall = channel(mottaker).send(pakke, bind=bygger.unbound)
    assert (utfall.utfall, utfall.kode) == (Utfall.TRANSIENT, Kanalkode.AVBRUTT)
    assert not delfil.exists()
    assert channel(mottaker).send(pakke, bind=bygger.unbound).er_sendt
    counted(mottaker, 1)


def test_another_package_of_the_same_name_is_never_written_over(start_mottak: Start, bygger: Any) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke().pakke
    with asleep(mottaker):
        fil = mottaker.hjem / "inn" / pakke.filnavn
        fil.write_bytes(b"en annen")
        utfall = channel(mottaker).send(pakke, bind=bygger.unbound)
        assert (utfall.utfall, utfall.kode) == (Utfall.PERMANENT, Kanalkode.ANNEN_PAKKE)
        assert fil.read_bytes() == b"en annen"


def test_two_workers_send_the_same_package(start_mottak: Start, bygger: Any) -> None:
    mottaker = start_mottak()
    pakker = [bygger.pakke(*(bygger.dokument() for _ in range(4))).pakke for _ in range(5)]
    with ThreadPoolExecutor(4) as arbeidere:
        utfall = list(arbeidere.map(lambda p: channel(mottaker).send(p, bind=bygger.unbound), pakker * 4))
    # A worker that finds the other in the middle of it may have to come again; nobody is told to stop.
    assert {u.utfall for u in utfall} <= {Utfall.ACCEPTED, Utfall.ALREADY_THERE, Utfall.TRANSIENT}
    assert sum(u.er_sendt for u in utfall) >= len(pakker)
    counted(mottaker, 20)
    assert not list((mottaker.tjeneste.mottak.home("tiltaksflyt").parents[1]).glob("avvist/*"))


def test_the_other_worker_renames_first(start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke().pakke
    ekte = Avsendermappe.rename

    def late(self: Avsendermappe, oldpath: bytes, newpath: bytes) -> None:
        (mottaker.hjem / "inn" / pakke.filnavn).write_bytes(pakke.fil.read_bytes())
        ekte(self, oldpath, newpath)

    monkeypatch.setattr(Avsendermappe, "rename", late)
    with asleep(mottaker):
        assert channel(mottaker).send(pakke, bind=bygger.unbound).kode is Kanalkode.FINNES_ALLEREDE
        assert not list((mottaker.hjem / "inn").glob("*.part"))
    counted(mottaker, 1)


def test_posix_rename_is_never_asked_for_and_fsync_is(
    start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mottaker = start_mottak()
    spurt = []
    for navn in ("posix_rename", "fsync", "rename"):
        ekte = getattr(Avsendermappe, navn)

        def noted(self: Avsendermappe, *a: Any, navn: str = navn, ekte: Any = ekte) -> Any:
            spurt.append(navn)
            return ekte(self, *a)

        monkeypatch.setattr(Avsendermappe, navn, noted)
    apnet = []
    ekte_open = Avsendermappe.open

    def noted_open(self: Avsendermappe, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        apnet.append((path.rsplit(b".", 1)[1], pflags))
        return ekte_open(self, path, pflags, attrs)

    monkeypatch.setattr(Avsendermappe, "open", noted_open)
    assert channel(mottaker).send(bygger.pakke().pakke, bind=bygger.unbound).er_sendt
    assert spurt == ["fsync", "rename"]
    # never cut short: another worker may be about to rename the same file
    assert apnet == [(b"part", asyncssh.FXF_WRITE | asyncssh.FXF_CREAT)]


def test_a_server_without_fsync_is_no_fault(start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_self: Avsendermappe, _fil: object) -> None:
        raise asyncssh.SFTPOpUnsupported("no")

    monkeypatch.setattr(Avsendermappe, "fsync", without)
    assert channel(start_mottak()).send(bygger.pakke().pakke, bind=bygger.unbound).er_sendt


# --- faults ---


@pytest.mark.parametrize(
    ("feil", "kode"),
    [
        (asyncssh.SFTPPermissionDenied("hemmelig"), Kanalkode.TILGANG_NEKTET),
        (asyncssh.SFTPFailure("hemmelig"), Kanalkode.AVBRUTT),
        (asyncssh.SFTPNoSuchFile("hemmelig"), Kanalkode.MAPPE_MANGLER),
    ],
)
def test_what_the_server_answers_becomes_a_code(
    start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch, feil: Exception, kode: Kanalkode
) -> None:
    def refuse(*_: object) -> None:
        raise feil

    monkeypatch.setattr(Avsendermappe, "open", refuse)
    assert channel(start_mottak()).send(bygger.pakke().pakke, bind=bygger.unbound).kode is kode


def test_a_broken_line_is_transient_and_made_good(
    start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke(bygger.dokument(filer={"dokument.pdf": b"%PDF-" + bytes(300_000)})).pakke
    with monkeypatch.context() as brudd:

        def hang_up(self: Avsendermappe, *_: object) -> int:
            self.channel.get_connection().abort()
            raise asyncssh.SFTPConnectionLost("gone")

        brudd.setattr(Avsendermappe, "write", hang_up)
        utfall = channel(mottaker).send(pakke, bind=bygger.unbound)
    assert utfall.utfall is Utfall.TRANSIENT
    assert channel(mottaker).send(pakke, bind=bygger.unbound).er_sendt
    counted(mottaker, 1)


def test_faults_of_ours_and_faults_of_the_line_are_told_apart(start_mottak: Start, bygger: Any, tmp_path: Path) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke().pakke
    annen = tmp_path / "annen"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(annen)
    tull = tmp_path / "tull"
    tull.write_text("ikke en nøkkel")
    ed25519, ecdsa = (
        asyncssh.generate_private_key(a).export_public_key().decode() for a in ("ssh-ed25519", "ecdsa-sha2-nistp256")
    )
    with socket.socket() as ledig:
        ledig.bind(("127.0.0.1", 0))
        port = ledig.getsockname()[1]
    for endret, kode in [
        ({"port": port}, Kanalkode.KANAL_NEDE),
        ({"vert": "finnes-ikke.invalid"}, Kanalkode.KANAL_NEDE),
        ({"vertsnokkel": ed25519}, Kanalkode.UKJENT_VERTSNOKKEL),
        ({"vertsnokkel": ecdsa}, Kanalkode.UKJENT_VERTSNOKKEL),
        *(
            ({"vertsnokkel": tekst}, Kanalkode.UGYLDIG_OPPSETT)
            for tekst in ("", "tull", "ssh-ed25519 AAAA", "ssh-ed25519 ÆØÅ", "ssh-ed25519", "\x00")
        ),
        ({"nokkelfil": str(annen)}, Kanalkode.TILGANG_NEKTET),
        ({"bruker": "root"}, Kanalkode.TILGANG_NEKTET),
        ({"nokkelfil": str(tull)}, Kanalkode.UGYLDIG_OPPSETT),
        ({"nokkelfil": str(tmp_path / "borte")}, Kanalkode.UGYLDIG_OPPSETT),
        ({"inn": "finnes-ikke"}, Kanalkode.TILGANG_NEKTET),
    ]:
        assert channel(mottaker, **endret).send(pakke, bind=bygger.unbound).kode is kode, endret
        if "inn" not in endret:
            with pytest.raises(KanalFeil) as feil:
                channel(mottaker, **endret).collect()
            assert feil.value.kode is kode
            assert feil.value.__context__ is None
    with pytest.raises(KanalFeil) as feil:
        channel(mottaker, kvitteringer="finnes-ikke").collect()
    assert feil.value.kode is Kanalkode.MAPPE_MANGLER
    assert not feil.value.er_forbigaende
    assert sum(mottaker.tjeneste.mottatt.count().values()) == 0


def test_a_server_that_says_nothing_is_given_up(start_mottak: Start, bygger: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taus:
        ferdig = threading.Event()
        trad = threading.Thread(target=lambda: hold(taus, ferdig))
        trad.start()
        oppsett = read_oppsett(start_mottak().settings() | {"port": taus.getsockname()[1]}, Path())
        kort = oppsett.__class__(**(vars(oppsett) | {"tilkobling": timedelta(seconds=0.5)}))
        start = time.monotonic()
        assert SftpChannel(kort).send(bygger.pakke().pakke, bind=bygger.unbound).kode is Kanalkode.KANAL_NEDE
        assert time.monotonic() - start < 5
        ferdig.set()
        trad.join()


def hold(lytter: socket.socket, ferdig: threading.Event) -> None:
    lytter.settimeout(5)
    with suppress(TimeoutError):
        forbindelse, _ = lytter.accept()
        ferdig.wait(10)
        forbindelse.close()


def test_nobodys_home_decides(
    start_mottak: Start, bygger: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither ~/.ssh nor an agent: with our own key wrong, nothing else is tried, and with it right, all is well."""
    mottaker = start_mottak()
    hjem = tmp_path / "hjem" / ".ssh"
    hjem.mkdir(parents=True)
    (hjem / "config").write_text("Host *\n  User root\n  Port 9\n  ProxyCommand false\n")
    (hjem / "id_ed25519").write_text(mottaker.nokkelfil.read_text())
    monkeypatch.setenv("HOME", str(hjem.parent))
    assert channel(mottaker).send(bygger.pakke().pakke, bind=bygger.unbound).er_sendt
    annen = tmp_path / "annen"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(annen)
    assert (
        channel(mottaker, nokkelfil=str(annen)).send(bygger.pakke().pakke, bind=bygger.unbound).kode
        is Kanalkode.TILGANG_NEKTET
    )


# --- garbage among the receipts ---


def test_garbage_is_collected_as_it_is_and_half_written_is_not(start_mottak: Start) -> None:
    mottaker = start_mottak()
    mappe = mottaker.hjem / "kvitteringer"
    (mappe / "ÆØÅ Kari.txt").write_bytes(b"\xff\xfe")
    (mappe / "tom.json").write_bytes(b"")
    (mappe / "stor.json").write_bytes(bytes(5 << 20))
    (mappe / "halv.json.part").write_bytes(b"{")
    (mappe / "mappe").mkdir()
    filer = channel(mottaker).collect()
    assert [(f.navn, len(f.innhold)) for f in filer] == [
        ("stor.json", (4 << 20) + 1),
        ("tom.json", 0),
        ("ÆØÅ Kari.txt", 2),
    ]
    assert "Kari" not in repr(filer)
    assert len({f.kilde for f in filer}) == 3
    channel(mottaker).discard(filer)
    assert sorted(f.name for f in mappe.iterdir()) == ["halv.json.part", "mappe"]
