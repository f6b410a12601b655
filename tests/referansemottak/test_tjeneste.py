"""The receiver as a sender meets it: over SFTP, with Debian's own client and with asyncssh, and as a process."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from deploy.lokalt.sftp import LokaltMottak
from tiltaksflyt.referansemottak import Grenser, read_nokler

OPENSSH = shutil.which("sftp")
Start = Callable[..., Any]


def wait_for(vilkar: Callable[[], Any], sekunder: float = 30) -> Any:
    """What `vilkar` gives as soon as it is true."""
    slutt = time.monotonic() + sekunder
    while not (verdi := vilkar()):
        assert time.monotonic() < slutt, "it never came about"
        time.sleep(0.02)
    return verdi


def functional(mottaker: Any, leveranse_id: str) -> Any:
    """The functional receipt as soon as it lies there."""
    fil = mottaker.hjem / "kvitteringer" / f"{leveranse_id}.kvittering.json"
    return json.loads(wait_for(lambda: fil.exists() and fil.read_text()))


def run(mottaker: Any, gjor: Callable[[asyncssh.SFTPClient], Awaitable[Any]], **endret: Any) -> Any:
    """One session of asyncssh's client."""
    oppsett = mottaker.settings() | endret

    async def session() -> Any:
        async with (
            asyncssh.connect(
                oppsett["vert"],
                oppsett["port"],
                username=oppsett["bruker"],
                client_keys=[oppsett["nokkelfil"]],
                known_hosts=([asyncssh.import_public_key(oppsett["vertsnokkel"])], [], []),
                config=None,
                agent_path=None,
            ) as forbindelse,
            forbindelse.start_sftp_client() as sftp,
        ):
            return await gjor(sftp)

    return asyncio.run(session())


def openssh(mottaker: Any, katalog: Path, *kommandoer: str) -> subprocess.CompletedProcess[str]:
    """One batch of Debian's `sftp`; each command must succeed."""
    oppsett = mottaker.settings()
    kjente = katalog / "known_hosts"
    kjente.write_text(f"[127.0.0.1]:{oppsett['port']} {oppsett['vertsnokkel']}\n")
    assert OPENSSH is not None
    return subprocess.run(
        [
            OPENSSH, "-b", "-", "-F", "none", "-P", str(oppsett["port"]), "-i", oppsett["nokkelfil"],
            "-o", f"UserKnownHostsFile={kjente}", "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes",
            "-o", "IdentityAgent=none", f"{oppsett['bruker']}@127.0.0.1",
        ],
        input="\n".join((*kommandoer, "")),
        env={"PATH": os.defpath, "HOME": str(katalog)},
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def upload(mottaker: Any, katalog: Path, pakke: Any) -> str:
    """Send a package as a stranger would: Debian's OpenSSH client, or asyncssh's where there is none. Says which."""
    lokal = katalog / pakke.filnavn
    lokal.write_bytes(pakke.fil.read_bytes())
    if OPENSSH is not None:
        svar = openssh(
            mottaker, katalog, f"put {lokal} inn/{lokal.name}.part", f"rename inn/{lokal.name}.part inn/{lokal.name}"
        )
        assert svar.returncode == 0, svar.stderr
        return "OpenSSH"

    async def put(sftp: asyncssh.SFTPClient) -> None:
        await sftp.put(str(lokal), f"inn/{lokal.name}.part")
        await sftp.rename(f"inn/{lokal.name}.part", f"inn/{lokal.name}")

    run(mottaker, put)
    return "asyncssh"


def test_a_stranger_delivers_and_fetches_the_receipts(
    start_mottak: Start, bygger: Any, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    mottaker = start_mottak()
    pakke = bygger.pakke().pakke
    klient = upload(mottaker, tmp_path, pakke)
    record_property("sftp-klient", klient)
    assert (klient == "OpenSSH") == (OPENSSH is not None)
    assert functional(mottaker, pakke.leveranse_id)["dokumenter"][0]["status"] == "GODTATT"

    async def fetch(sftp: asyncssh.SFTPClient) -> set[str]:
        navn = {str(n) for n in await sftp.listdir("kvitteringer") if n not in (".", "..")}
        for ett in navn:
            await sftp.remove(f"kvitteringer/{ett}")
        return navn

    assert run(mottaker, fetch) == {f"{pakke.leveranse_id}.teknisk.json", f"{pakke.leveranse_id}.kvittering.json"}
    assert list((mottaker.hjem / "kvitteringer").iterdir()) == []


def test_half_sent_is_left_alone_and_growing_is_waited_for(start_mottak: Start, bygger: Any) -> None:
    mottaker = start_mottak()
    en, to = bygger.pakke().pakke, bygger.pakke().pakke
    inn = mottaker.hjem / "inn"
    (inn / f"{en.filnavn}.part").write_bytes(en.fil.read_bytes()[:100])
    with (inn / to.filnavn).open("wb") as strom:  # straight to its own name, slowly
        for start in range(0, to.storrelse, 500):
            strom.write(to.fil.read_bytes()[start : start + 500])
            strom.flush()
            time.sleep(0.05)
    functional(mottaker, to.leveranse_id)
    assert mottaker.tjeneste.mottatt.count() == {"PLAN": 1}
    assert (inn / f"{en.filnavn}.part").exists()


def test_a_package_that_breaks_the_receiver_stops_no_other(
    start_mottak: Start, bygger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mottaker = start_mottak()
    vond, god = bygger.pakke().pakke, bygger.pakke().pakke
    ekte = mottaker.tjeneste.mottak.take

    def take(bruker: str, fil: Path) -> None:
        if fil.name == vond.filnavn:
            raise MemoryError
        ekte(bruker, fil)

    monkeypatch.setattr(mottaker.tjeneste.mottak, "take", take)
    for pakke in (vond, god):
        (mottaker.hjem / "inn" / pakke.filnavn).write_bytes(pakke.fil.read_bytes())
    functional(mottaker, god.leveranse_id)
    teknisk = mottaker.hjem / "kvitteringer" / f"{vond.leveranse_id}.teknisk.json"
    assert json.loads(wait_for(lambda: teknisk.exists() and teknisk.read_text()))["kode"] == "INTERN_FEIL"


NEI = asyncssh.SFTPPermissionDenied
NEKTET: dict[str, tuple[Callable[[asyncssh.SFTPClient], Awaitable[Any]], type[asyncssh.SFTPError]]] = {
    "read outside": (lambda s: s.open("../../../mottatt.sqlite"), asyncssh.SFTPNoSuchFile),
    "read by absolute path": (lambda s: s.open("/etc/hostname"), asyncssh.SFTPNoSuchFile),
    "write at the root": (lambda s: s.open("x.zip", "wb"), NEI),
    "write a receipt": (lambda s: s.open("kvitteringer/x.json", "wb"), NEI),
    "write deeper": (lambda s: s.open("inn/a/b.zip", "wb"), NEI),
    "write by climbing": (lambda s: s.open("inn/../kvitteringer/x", "wb"), NEI),
    "rename out": (lambda s: s.rename("inn/a.part", "a.zip"), NEI),
    "rename a receipt in": (lambda s: s.rename("kvitteringer/a.json", "inn/a.zip"), NEI),
    "rename over": (lambda s: s.rename("inn/a.part", "inn/b.part"), asyncssh.SFTPFailure),
    "posix-rename over": (lambda s: s.posix_rename("inn/a.part", "inn/b.part"), asyncssh.SFTPFailure),
    "remove what has arrived": (lambda s: s.remove("inn/a.zip"), NEI),
    "make a folder": (lambda s: s.mkdir("inn/ny"), NEI),
    "remove a folder": (lambda s: s.rmdir("inn"), NEI),
    "link": (lambda s: s.symlink("/etc/passwd", "inn/lenke"), NEI),
    "hard link": (lambda s: s.link("inn/a.part", "inn/lenke"), NEI),
}


@pytest.mark.parametrize(("gjor", "feil"), NEKTET.values(), ids=NEKTET)
def test_a_sender_cannot(
    start_mottak: Start, gjor: Callable[[asyncssh.SFTPClient], Awaitable[Any]], feil: type[asyncssh.SFTPError]
) -> None:
    mottaker = start_mottak()
    hjem = mottaker.hjem
    innhold = {"inn/a.part": b"a", "inn/b.part": b"b", "kvitteringer/a.json": b"{}"}
    for sti, bytene in innhold.items():
        (hjem / sti).write_bytes(bytene)
    with pytest.raises(feil):
        run(mottaker, gjor)
    assert {str(f.relative_to(hjem)): f.read_bytes() for f in hjem.rglob("*") if f.is_file()} == innhold


def test_a_file_larger_than_the_receiver_takes_is_stopped_underway(start_mottak: Start) -> None:
    mottaker = start_mottak(grenser=Grenser(pakke=100_000))

    async def write(sftp: asyncssh.SFTPClient) -> None:
        async with sftp.open("inn/stor.part", "wb") as fil:
            await fil.write(bytes(200_000))

    with pytest.raises(asyncssh.SFTPFailure):
        run(mottaker, write)
    assert (mottaker.hjem / "inn" / "stor.part").stat().st_size <= 100_000


def test_only_a_known_key_under_its_own_name_gets_in(start_mottak: Start, tmp_path: Path) -> None:
    mottaker = start_mottak()
    fremmed = tmp_path / "fremmed"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(fremmed)
    for endret in ({"nokkelfil": str(fremmed)}, {"bruker": "root"}, {"bruker": "annen"}):
        with pytest.raises(asyncssh.PermissionDenied):
            run(mottaker, lambda s: s.listdir("."), **endret)
    assert sorted(run(mottaker, lambda s: s.listdir("."))) == [".", "..", "inn", "kvitteringer"]


def test_there_is_no_shell_and_no_way_through(start_mottak: Start) -> None:
    mottaker = start_mottak()
    oppsett = mottaker.settings()

    async def attempt() -> None:
        async with asyncssh.connect(
            "127.0.0.1",
            oppsett["port"],
            username=oppsett["bruker"],
            client_keys=[oppsett["nokkelfil"]],
            known_hosts=None,
            config=None,
            agent_path=None,
        ) as forbindelse:
            with pytest.raises(asyncssh.ChannelOpenError):
                await forbindelse.run("id", check=True)
            with pytest.raises(asyncssh.ChannelOpenError):
                await forbindelse.open_connection("127.0.0.1", 22)

    asyncio.run(attempt())


def test_the_process_starts_says_where_counts_and_ends(bygger: Any, tmp_path: Path) -> None:
    with LokaltMottak(tmp_path / "mottak", ["0315"], bygger.pki()) as mottak:
        innstillinger = dict(mottak.innstillinger)
        hjem = tmp_path / "mottak" / "brukere" / "tiltaksflyt"
        pakke = bygger.pakke().pakke
        (hjem / "inn" / pakke.filnavn).write_bytes(pakke.fil.read_bytes())
        wait_for(lambda: mottak.mottatt.count() == {"PLAN": 1})
        pid = mottak._prosess.pid if mottak._prosess else 0
    assert not Path(f"/proc/{pid}").exists()
    assert mottak.nokkelfil.stat().st_mode & 0o077 == 0
    with LokaltMottak(tmp_path / "mottak", ["0315"], bygger.pki()) as igjen:
        assert igjen.innstillinger == innstillinger
    spurt = subprocess.run(
        [sys.executable, "-m", "tiltaksflyt.referansemottak", "--katalog", str(tmp_path / "mottak"), "--antall"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(spurt.stdout) == {"PLAN": 1}
    assert bygger.ident() not in mottak.logg.read_text()


def test_usage_faults_are_told_apart(tmp_path: Path) -> None:
    for mangler in ([], ["--nokler", str(tmp_path), "--enheter", "0315"]):
        svar = subprocess.run(
            [sys.executable, "-m", "tiltaksflyt.referansemottak", "--katalog", str(tmp_path / "m"), *mangler],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert svar.returncode == 64
        assert svar.stderr


def test_keys_are_read_by_user(tmp_path: Path, nokkelfil: Path) -> None:
    shutil.copy(nokkelfil.with_suffix(".pub"), tmp_path / "en.pub")
    assert set(read_nokler(tmp_path)) == {"en"}
