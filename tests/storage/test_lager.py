"""The bucket as the house knows it, on the real store, plain and versioned."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.lokalt.seaweedfs import LokalSeaweedFS
from tiltaksflyt.storage import Bucketoppsett, Lagringskode, Storage, StorageFeil, read_oppsett

EN = "310000019"
BUCKET = "tiltaksflyt"
ID = "0d9f5e0a-6f3c-4e57-9e0b-1c7f7b1c2d3e"
ANNEN_ID = "1d9f5e0a-6f3c-4e57-9e0b-1c7f7b1c2d3e"


VERSJONERT = "tiltaksflyt-versjonert"


@pytest.fixture
def versjonert(seaweed: LokalSeaweedFS, drift: Any) -> Iterator[Storage]:
    """An empty bucket that keeps versions, as a bucket in production may."""
    oppsett = replace(seaweed.oppsett, bucket=VERSJONERT)
    with Storage(oppsett) as lager:
        lager.ensure_bucket()
        drift.put_bucket_versioning(Bucket=VERSJONERT, VersioningConfiguration={"Status": "Enabled"})
        for mappe in ("innboks", "mottatt", "utboks"):
            lager.delete_prefix(f"{mappe}/")
        yield lager


def keys(storage: Storage, prefiks: str = "") -> list[str]:
    return [v.nokkel for v in storage.list_versions(prefiks)]


def drop(avsender: Any, navn: str, innhold: bytes) -> None:
    avsender.put_object(Bucket=BUCKET, Key=f"innboks/{EN}/{navn}", Body=innhold)


def test_the_door_takes_a_drop_and_its_name_stays_outside(storage: Storage, avsender: Any) -> None:
    drop(avsender, "Kari Nordmann uke 12.xlsx", b"innhold")
    (funnet,) = storage.list_inbox(EN)
    assert funnet.storrelse == 7
    assert not storage.is_ready(funnet.nokkel, now=funnet.sist_endret + timedelta(seconds=4))
    assert storage.is_ready(funnet.nokkel, now=funnet.sist_endret + timedelta(seconds=6))
    nokkel = storage.take_in(funnet, ID)
    assert nokkel == f"mottatt/{ID}/original"
    assert storage.read(nokkel, maks_bytes=100) == b"innhold"
    assert keys(storage) == [nokkel]
    assert storage.list_inbox(EN) == ()
    assert not storage.is_ready(funnet.nokkel, now=datetime(2100, 1, 1, tzinfo=UTC))


def test_a_large_drop_in_parts_goes_the_same_way(storage: Storage, avsender: Any) -> None:
    innhold = bytes(range(256)) * 80_000  # 20 MB: boto3 sends it in three parts
    avsender.upload_fileobj(io.BytesIO(innhold), BUCKET, f"innboks/{EN}/stor.zip")
    (funnet,) = storage.list_inbox(EN)
    assert storage.look(funnet.nokkel) == funnet.__class__(
        funnet.nokkel,
        len(innhold),
        funnet.etag,
        storage.look(funnet.nokkel).sist_endret,  # type: ignore[union-attr]
    )
    nokkel = storage.take_in(funnet, ID)
    assert storage.read(nokkel, maks_bytes=len(innhold)) == innhold


@pytest.mark.parametrize(("bucket", "fikstur"), [(BUCKET, "storage"), (VERSJONERT, "versjonert")])
def test_what_the_sender_puts_there_meanwhile_is_a_drop_of_its_own(
    drift: Any, bucket: str, fikstur: str, request: pytest.FixtureRequest
) -> None:
    storage: Storage = request.getfixturevalue(fikstur)
    drift.put_object(Bucket=bucket, Key=f"innboks/{EN}/a.csv", Body=b"en")
    (gammel,) = storage.list_inbox(EN)
    drift.put_object(Bucket=bucket, Key=f"innboks/{EN}/a.csv", Body=b"to!")
    assert_code(Lagringskode.ENDRET, lambda: storage.take_in(gammel, ID))
    (ny,) = storage.list_inbox(EN)
    nokkel = storage.take_in(ny, ID)
    assert storage.read(nokkel, maks_bytes=10) == b"to!"
    assert keys(storage) == [nokkel]


@pytest.mark.parametrize(("bucket", "fikstur"), [(BUCKET, "storage"), (VERSJONERT, "versjonert")])
def test_what_comes_while_we_move_is_not_lost(
    drift: Any, bucket: str, fikstur: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage: Storage = request.getfixturevalue(fikstur)
    drift.put_object(Bucket=bucket, Key=f"innboks/{EN}/a.csv", Body=b"en")
    (funnet,) = storage.list_inbox(EN)
    ekte = storage._s3.call

    def call(operasjon: str, **argumenter: Any) -> Any:
        if operasjon == "delete_object":
            drift.put_object(Bucket=bucket, Key=f"innboks/{EN}/a.csv", Body=b"to!")
        return ekte(operasjon, **argumenter)

    with monkeypatch.context() as midt_i:
        midt_i.setattr(storage._s3, "call", call)
        nokkel = storage.take_in(funnet, ID)
    assert storage.read(nokkel, maks_bytes=10) == b"en"
    (ny,) = storage.list_inbox(EN)
    assert storage.read(ny.nokkel, maks_bytes=10) == b"to!"


def test_taking_again_after_a_crash_gives_the_same(storage: Storage, avsender: Any, drift: Any) -> None:
    drop(avsender, "a.csv", b"en")
    (funnet,) = storage.list_inbox(EN)
    # the crash came after the copy ...
    drift.copy_object(Bucket=BUCKET, Key=f"mottatt/{ID}/original", CopySource={"Bucket": BUCKET, "Key": funnet.nokkel})
    nokkel = storage.take_in(funnet, ID)
    assert keys(storage) == [nokkel]
    # ... or after the delete
    assert storage.take_in(funnet, ID) == nokkel
    drift.delete_object(Bucket=BUCKET, Key=nokkel)
    with pytest.raises(StorageFeil) as feil:
        storage.take_in(funnet, ID)
    assert feil.value.kode is Lagringskode.IKKE_FUNNET


def test_taking_leaves_no_earlier_version(versjonert: Storage, drift: Any) -> None:
    for innhold in (b"1", b"22", b"333"):
        drift.put_object(Bucket=VERSJONERT, Key=f"innboks/{EN}/a.csv", Body=innhold)
    (funnet,) = versjonert.list_inbox(EN)
    nokkel = versjonert.take_in(funnet, ID, "deltaker.csv")
    assert keys(versjonert) == [nokkel]


def test_reading_has_a_cap_and_knows_which_object_it_means(storage: Storage) -> None:
    nokkel = storage.put_outbox(EN, "kvittering.json", b"0123456789", "application/json")
    assert storage.read(nokkel, maks_bytes=10) == b"0123456789"
    assert_code(Lagringskode.FOR_STOR, lambda: storage.read(nokkel, maks_bytes=9))
    assert_code(Lagringskode.ENDRET, lambda: storage.read(nokkel, maks_bytes=10, etag="en-annen"))
    assert_code(Lagringskode.IKKE_FUNNET, lambda: storage.read("utboks/310000019/borte", maks_bytes=10))
    assert storage.look("utboks/310000019/borte") is None


def test_a_package_is_written_once(storage: Storage, tmp_path: Path) -> None:
    fil = tmp_path / "pakke"
    fil.write_bytes(b"pakke")
    storage.put_package(ID, fil)
    storage.put_package(ID, fil)
    for annen in (b"PAKKE", b"lengre pakke", b"pakk", b""):
        (tmp_path / "annen").write_bytes(annen)
        assert_code(Lagringskode.FINNES, lambda: storage.put_package(ID, tmp_path / "annen"))
    storage.fetch_package(ID, tmp_path / "hentet")
    assert (tmp_path / "hentet").read_bytes() == b"pakke"
    assert_code(Lagringskode.IKKE_FUNNET, lambda: storage.fetch_package(ANNEN_ID, tmp_path / "ingen"))
    assert not (tmp_path / "ingen").exists()
    assert storage.delete(f"pakker/{ID}.asice.p7m") == 1
    assert storage.delete(f"pakker/{ID}.asice.p7m") == 0


def test_deleting_one_leaves_those_whose_names_go_on(storage: Storage) -> None:
    for navn in ("frister", "frister.ics", "frister/plan.ics"):
        storage.put_outbox(EN, navn, b"x", "text/calendar")
    assert storage.delete(f"utboks/{EN}/frister") == 1
    assert keys(storage) == [f"utboks/{EN}/frister.ics", f"utboks/{EN}/frister/plan.ics"]


def test_deleting_takes_versions_markers_and_half_finished_uploads(versjonert: Storage, drift: Any) -> None:
    for innhold in (b"1", b"2"):
        drift.put_object(Bucket=VERSJONERT, Key="utboks/310000019/a", Body=innhold)
    drift.delete_object(Bucket=VERSJONERT, Key="utboks/310000019/a")
    drift.put_object(Bucket=VERSJONERT, Key="utboks/3100000190/a", Body=b"en annens")
    opplasting = drift.create_multipart_upload(Bucket=VERSJONERT, Key="utboks/310000019/b")["UploadId"]
    drift.upload_part(
        Bucket=VERSJONERT, Key="utboks/310000019/b", PartNumber=1, UploadId=opplasting, Body=bytes(6_000_000)
    )
    assert [v.er_slettemerke for v in versjonert.list_versions("utboks/310000019/")].count(True) == 1
    assert versjonert.delete_prefix("utboks/310000019/") == 4
    assert keys(versjonert) == ["utboks/3100000190/a"]
    assert "Uploads" not in drift.list_multipart_uploads(Bucket=VERSJONERT)
    for prefiks in ("utboks/310000019", "", "/"):
        assert_code(Lagringskode.UGYLDIG_NAVN, lambda prefiks=prefiks: versjonert.delete_prefix(prefiks))  # type: ignore[misc]


def test_the_sweep_reads_every_version(versjonert: Storage, drift: Any) -> None:
    for innhold in (b"gammel", b"ny"):
        drift.put_object(Bucket=VERSJONERT, Key="utboks/310000019/a", Body=innhold)
    lest = [versjonert.read_version(v, maks_bytes=100) for v in versjonert.list_versions() if not v.er_slettemerke]
    assert sorted(lest) == [b"gammel", b"ny"]


def test_more_than_a_page(storage: Storage, drift: Any) -> None:
    antall = 1005
    with ThreadPoolExecutor(8) as trader:
        nokler = [f"utboks/310000019/{n:04d}" for n in range(antall)]
        list(trader.map(lambda nokkel: drift.put_object(Bucket=BUCKET, Key=nokkel, Body=b""), nokler))
    assert [o.nokkel for o in storage.list_objects("utboks/")] == nokler
    assert storage.delete_prefix("utboks/310000019/") == antall
    assert keys(storage) == []


def test_stale_uploads_are_given_up_young_ones_not(storage: Storage, avsender: Any, drift: Any) -> None:
    avsender.create_multipart_upload(Bucket=BUCKET, Key=f"innboks/{EN}/stor.zip")
    (startet,) = [u["Initiated"] for u in drift.list_multipart_uploads(Bucket=BUCKET)["Uploads"]]
    dogn = timedelta(days=1)
    assert storage.abort_stale_uploads(now=startet + timedelta(hours=23), eldre_enn=dogn) == 0
    assert storage.abort_stale_uploads(now=startet + timedelta(hours=24), eldre_enn=dogn) == 1


def test_a_bucket_without_encryption_is_told(seaweed: LokalSeaweedFS, drift: Any) -> None:
    drift.create_bucket(Bucket="apen-bucket")
    drift_oppsett = seaweed.oppsett
    oppsett = Bucketoppsett(seaweed.endepunkt, "apen-bucket", drift_oppsett.tilgangsnokkel, drift_oppsett.hemmelig)
    with Storage(oppsett) as apen:
        assert_code(Lagringskode.IKKE_KRYPTERT, apen.check_encryption)
        apen.ensure_bucket()
        apen.ensure_bucket()
        apen.check_encryption()


def test_no_fault_carries_a_key_or_another_exception(storage: Storage) -> None:
    kanari = "innboks/310000019/01817012345 Kari.xlsx"
    feil = assert_code(Lagringskode.IKKE_FUNNET, lambda: storage.read(kanari, maks_bytes=10))
    assert "Kari" not in str(feil)
    assert "Kari" not in repr(feil)
    assert feil.__cause__ is None
    assert feil.__context__ is None


def test_wrong_key_and_no_server_are_told_apart(seaweed: LokalSeaweedFS) -> None:
    feil_nokkel = Bucketoppsett(seaweed.endepunkt, BUCKET, seaweed.oppsett.tilgangsnokkel, "feil")
    with Storage(feil_nokkel) as lager:
        feil = assert_code(Lagringskode.IKKE_TILGANG, lambda: lager.list_inbox(EN))
        assert not feil.er_forbigaende
    with Storage(Bucketoppsett("http://127.0.0.1:9", BUCKET, "x", "y")) as lager:
        feil = assert_code(Lagringskode.UTILGJENGELIG, lambda: lager.list_inbox(EN))
        assert feil.er_forbigaende
    assert "feil" not in repr(feil_nokkel)


def test_the_set_up_comes_from_addresses_and_a_key_file(
    seaweed: LokalSeaweedFS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "finnes-ikke")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    miljo = {
        "TILTAKSFLYT_S3_ENDEPUNKT": seaweed.endepunkt,
        "TILTAKSFLYT_S3_BUCKET": BUCKET,
        "TILTAKSFLYT_S3_NOKKELFIL": str(seaweed.nokkelfil),
    }
    assert read_oppsett(miljo) == seaweed.oppsett
    with Storage.from_environment(miljo) as lager:
        lager.check_encryption()


def assert_code(kode: Lagringskode, gjor: Any) -> StorageFeil:
    with pytest.raises(StorageFeil) as feil:
        gjor()
    assert feil.value.kode is kode
    return feil.value
