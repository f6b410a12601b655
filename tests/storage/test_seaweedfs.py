"""The embedded store: only S3 answers, only on loopback, only ciphertext on disk, and it forgets when told."""

import contextlib
import json
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from deploy.lokalt.seaweedfs import LokalSeaweedFS, SeaweedFeil, Tilgang, mottakerrettigheter
from tiltaksflyt.storage import Storage

BUCKET = "tiltaksflyt"
MERKE = b"KANARI-I-KLARTEKST-7f3a"
FinnBytes = Callable[[Path, bytes], list[str]]


def listening(pid: int) -> dict[int, str]:
    """The TCP ports that a process listens on, with the address as /proc has it (IPv4 loopback is 0100007F)."""
    noder = set()
    for lenke in Path(f"/proc/{pid}/fd").iterdir():
        # A descriptor may close between the listing and the look.
        with contextlib.suppress(FileNotFoundError):
            noder.add(lenke.readlink().name.removeprefix("socket:[").removesuffix("]"))
    funnet = {}
    for tabell in ("tcp", "tcp6"):
        for linje in Path(f"/proc/{pid}/net/{tabell}").read_text().splitlines()[1:]:
            felt = linje.split()
            if felt[3] == "0A" and felt[9] in noder:
                adresse, port = felt[1].rsplit(":", 1)
                funnet[int(port, 16)] = adresse
    return funnet


def get(url: str, metode: str = "GET") -> int:
    """The status of an unsigned request; 0 when what answers speaks no HTTP/1."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=metode), timeout=5) as svar:  # noqa: S310
            return int(svar.status)
    except urllib.error.HTTPError as feil:
        with feil:
            return feil.code
    except (OSError, urllib.error.URLError, ValueError):
        return 0


def test_everything_listens_on_loopback_only(seaweed: LokalSeaweedFS) -> None:
    adresser = listening(seaweed.pid)
    assert int(seaweed.endepunkt.rsplit(":", 1)[1]) in adresser
    assert set(adresser.values()) == {"0100007F"}


def test_no_port_serves_an_object_without_a_key(seaweed: LokalSeaweedFS, storage: Storage) -> None:
    nokkel = storage.put_outbox("310000019", "kvittering.json", MERKE, "application/json")
    for port in listening(seaweed.pid):
        for sti in (f"/{BUCKET}/{nokkel}", f"/buckets/{BUCKET}/{nokkel}", "/buckets/", "/dir/assign"):
            for metode in ("GET", "PUT", "DELETE"):
                assert get(f"http://127.0.0.1:{port}{sti}", metode) not in range(200, 300), (port, sti, metode)
    assert storage.read(nokkel, maks_bytes=100) == MERKE


def test_no_volume_id_serves_a_chunk(seaweed: LokalSeaweedFS, storage: Storage) -> None:
    """The volume server answers HTTP: it must not hand out a chunk by its number."""
    storage.put_outbox("310000019", "kvittering.json", MERKE, "application/json")
    fil = seaweed.run_shell(f"fs.meta.cat /buckets/{BUCKET}/utboks/310000019/kvittering.json")
    (id_,) = {linje.split('"')[3] for linje in fil.splitlines() if '"fileId"' in linje}
    svar = {port: get(f"http://127.0.0.1:{port}/{id_}") for port in listening(seaweed.pid)}
    assert 401 in svar.values(), "the volume server was not among them"
    assert not {200, 206} & set(svar.values())


def test_the_volume_files_hold_ciphertext(
    seaweed: LokalSeaweedFS, storage: Storage, drift: Any, find_bytes: FinnBytes
) -> None:
    drift.create_bucket(Bucket="uten-kryptering")
    drift.put_object(Bucket="uten-kryptering", Key="a", Body=MERKE + b"-apen")
    assert find_bytes(seaweed.datakatalog, MERKE + b"-apen"), "the search itself finds nothing"
    for storrelse in (1, 100_000):
        storage.put_outbox("310000019", f"a{storrelse}", MERKE + b"-lukket" + bytes(storrelse), "text/plain")
    assert find_bytes(seaweed.datakatalog, MERKE + b"-lukket") == []
    assert find_bytes(seaweed.datakatalog, bytes.fromhex(seaweed_key(seaweed))) == []
    assert find_bytes(seaweed.datakatalog, seaweed_key(seaweed).encode()) == []


def seaweed_key(seaweed: LokalSeaweedFS) -> str:
    """The key that opens every object."""
    innhold: dict[str, str] = json.loads((seaweed.katalog / "hemmeligheter" / "miljo.json").read_text())
    return innhold["WEED_S3_SSE_KEK"]


def test_it_forgets_when_told(seaweed: LokalSeaweedFS, drift: Any, find_bytes: FinnBytes) -> None:
    drift.create_bucket(Bucket="glemsel")
    drift.put_object(Bucket="glemsel", Key="blir", Body=b"blir her " * 10)
    nokler = [f"borte/{n}" for n in range(400)]
    with ThreadPoolExecutor(8) as trader:
        list(trader.map(lambda n: drift.put_object(Bucket="glemsel", Key=n, Body=MERKE + b"-glem"), nokler))
    assert find_bytes(seaweed.datakatalog, MERKE + b"-glem")
    # All at once: the store itself is seconds behind, and compacting now would leave what it has not heard of.
    drift.delete_objects(Bucket="glemsel", Delete={"Objects": [{"Key": n} for n in nokler]})
    assert find_bytes(seaweed.datakatalog, MERKE + b"-glem"), "the store forgot by itself: this page is out of date"
    seaweed.forget()
    assert find_bytes(seaweed.datakatalog, MERKE + b"-glem") == []
    assert drift.get_object(Bucket="glemsel", Key="blir")["Body"].read() == b"blir her " * 10


def test_it_waits_for_what_the_store_has_not_heard_of(seaweed: LokalSeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    # What an earlier test deleted is settled first: from here the store itself has nothing left to hear of.
    seaweed.forget()
    ekte, spurt = seaweed.run_shell, []

    def run_shell(*kommandoer: str) -> str:
        spurt.append(kommandoer[1].split()[0])
        return "" if spurt == ["volume.fsck"] else ekte(*kommandoer)

    monkeypatch.setattr(seaweed, "run_shell", run_shell)
    seaweed.forget()
    assert spurt == ["volume.fsck", "volume.fsck", "volume.vacuum"]


def test_a_failing_shell_command_is_told(seaweed: LokalSeaweedFS) -> None:
    with pytest.raises(SeaweedFeil):
        seaweed.run_shell("fs.log.purge -finnes-ikke")


def test_a_second_start_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    rettigheter = {"mottaker": mottakerrettigheter("egen", "mottakere/0315/inn", "mottakere/0315/kvitteringer")}
    with LokalSeaweedFS(tmp_path, bucket="egen", rettigheter=rettigheter) as forste:
        with Storage(forste.oppsett) as storage:
            nokkel = storage.put_outbox("310000019", "kvittering.json", MERKE, "application/json")
        oppsett, tilganger, porter = forste.oppsett, forste.tilganger, set(listening(forste.pid))
        pid = forste.pid
        forste.forget()
    assert not Path(f"/proc/{pid}").exists()
    assert not [
        fil for fil in Path(tempfile.gettempdir()).glob("seaweedfs-*.sock") if any(str(p) in fil.name for p in porter)
    ]
    with LokalSeaweedFS(tmp_path, bucket="egen", rettigheter=rettigheter) as andre:
        assert (andre.oppsett, andre.tilganger) == (oppsett, tilganger)
        with Storage(andre.oppsett) as storage:
            assert storage.read(nokkel, maks_bytes=100) == MERKE
        assert isinstance(andre.tilganger["mottaker"], Tilgang)
    for fil in (tmp_path / "hemmeligheter").iterdir():
        assert fil.stat().st_mode & 0o077 == 0
