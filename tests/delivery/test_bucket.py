"""The bucket channel, with the recipient's own key on the other side; and the choice of channel by set-up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from deploy.lokalt.seaweedfs import LokalSeaweedFS
from schemas.oppsett import Mottaker
from tiltaksflyt.delivery import KanalFeil, Kanalkode, SendOutcome, Utfall, open_channel
from tiltaksflyt.delivery.bucket import BucketChannel
from tiltaksflyt.delivery.sftp import SftpChannel
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.storage import Bucketoppsett, Storage

INN, KVITTERINGER = "mottakere/0315/inn", "mottakere/0315/kvitteringer"
BUCKET = "tiltaksflyt"


@pytest.fixture
def kanal(storage: Storage) -> BucketChannel:
    return BucketChannel(storage, INN, KVITTERINGER)


@pytest.fixture
def mottaker(seaweed: LokalSeaweedFS) -> Iterator[Any]:
    """The recipient's own client."""
    tilgang = seaweed.tilganger["mottaker"]
    klient = boto3.client(
        "s3",
        endpoint_url=seaweed.endepunkt,
        region_name="us-east-1",
        aws_access_key_id=tilgang.tilgangsnokkel,
        aws_secret_access_key=tilgang.hemmelig,
        config=Config(s3={"addressing_style": "path"}),
    )
    yield klient
    klient.close()


def test_there_and_back(kanal: BucketChannel, mottaker: Any, bygger: Any) -> None:
    pakke = bygger.pakke().pakke
    assert kanal.send(pakke, bind=bygger.unbound) == SendOutcome(Kanalkode.OVERFORT)
    assert kanal.send(pakke, bind=bygger.unbound) == SendOutcome(Kanalkode.FINNES_ALLEREDE)
    (nokkel,) = [rad["Key"] for rad in mottaker.list_objects_v2(Bucket=BUCKET, Prefix=f"{INN}/")["Contents"]]
    assert mottaker.get_object(Bucket=BUCKET, Key=nokkel)["Body"].read() == pakke.fil.read_bytes()
    mottaker.delete_object(Bucket=BUCKET, Key=nokkel)
    mottaker.put_object(Bucket=BUCKET, Key=f"{KVITTERINGER}/a.json", Body=b"{}")
    mottaker.put_object(Bucket=BUCKET, Key=f"{KVITTERINGER}/stor.json", Body=bytes(5 << 20))
    filer = kanal.collect()
    assert [(f.navn, f.innhold) for f in filer] == [("a.json", b"{}"), ("stor.json", b"")]
    kanal.discard(filer)
    kanal.discard(filer)
    assert kanal.collect() == ()


def test_the_recipient_reaches_its_own_folders_only(storage: Storage, mottaker: Any) -> None:
    storage.put_outbox("310000019", "kvittering.json", b"x", "application/json")
    for forsok in (
        lambda: mottaker.get_object(Bucket=BUCKET, Key="utboks/310000019/kvittering.json"),
        lambda: mottaker.list_objects_v2(Bucket=BUCKET),
        lambda: mottaker.put_object(Bucket=BUCKET, Key="mottakere/0316/inn/x", Body=b"x"),
    ):
        with pytest.raises(ClientError):
            forsok()


def test_another_package_of_the_same_name_is_never_written_over(
    kanal: BucketChannel, storage: Storage, bygger: Any
) -> None:
    pakke = bygger.pakke().pakke
    storage.put_once(f"{INN}/{pakke.filnavn}", b"en annen", "application/zip")
    utfall = kanal.send(pakke, bind=bygger.unbound)
    assert (utfall.utfall, utfall.kode) == (Utfall.PERMANENT, Kanalkode.ANNEN_PAKKE)
    assert storage.read(f"{INN}/{pakke.filnavn}", maks_bytes=100) == b"en annen"


def test_two_workers_send_the_same_package(kanal: BucketChannel, storage: Storage, bygger: Any) -> None:
    pakke = bygger.pakke().pakke
    with ThreadPoolExecutor(6) as arbeidere:
        utfall = list(arbeidere.map(lambda _: kanal.send(pakke, bind=bygger.unbound), range(12)))
    assert {u.utfall for u in utfall} <= {Utfall.ACCEPTED, Utfall.ALREADY_THERE, Utfall.TRANSIENT}
    assert any(u.er_sendt for u in utfall)
    assert storage.read(f"{INN}/{pakke.filnavn}", maks_bytes=1 << 20) == pakke.fil.read_bytes()


def test_faults_become_codes(seaweed: LokalSeaweedFS, bygger: Any) -> None:
    pakke = bygger.pakke().pakke
    for oppsett, kode in [
        (Bucketoppsett("http://127.0.0.1:9", BUCKET, "x", "y"), Kanalkode.KANAL_NEDE),
        (Bucketoppsett(seaweed.endepunkt, BUCKET, "x", "y"), Kanalkode.TILGANG_NEKTET),
        (Bucketoppsett(seaweed.endepunkt, "finnes-ikke", *key(seaweed)), Kanalkode.MAPPE_MANGLER),
    ]:
        with Storage(oppsett) as lager:
            kanal = BucketChannel(lager, INN, KVITTERINGER)
            assert kanal.send(pakke, bind=bygger.unbound).kode is kode
            with pytest.raises(KanalFeil) as feil:
                kanal.collect()
            assert feil.value.kode is kode
            assert feil.value.__context__ is None


def key(seaweed: LokalSeaweedFS) -> tuple[str, str]:
    return seaweed.oppsett.tilgangsnokkel, seaweed.oppsett.hemmelig


def test_the_set_up_chooses_the_channel(storage: Storage, tmp_path: Path) -> None:
    sftp = {
        "vert": "127.0.0.1",
        "port": 22,
        "bruker": "b",
        "nokkelfil": "nokkel",
        "vertsnokkel": "ssh-ed25519 AAAA",
        "inn": "inn",
        "kvitteringer": "kvitteringer",
    }
    for kanal, innstillinger, type_ in [
        ("sftp", sftp, SftpChannel),
        ("bucket", {"inn": INN, "kvitteringer": KVITTERINGER}, BucketChannel),
    ]:
        mottaker = Mottaker(
            "0315", "NAV", "Nav Eksempel", "03", True, "mottaker.pem", kanal, MappingProxyType(innstillinger), ()
        )
        assert isinstance(open_channel(mottaker, storage=storage, katalog=tmp_path), type_)


def test_every_code_has_its_sentence_in_the_ledger() -> None:
    assert {str(kode) for kode in Kanalkode} <= {str(kode) for kode in Statuskode}
    assert all(SendOutcome(kode).utfall for kode in Kanalkode)
