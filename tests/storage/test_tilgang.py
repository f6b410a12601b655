"""What one sender's key can reach: its own two prefixes and nothing else. Tried with boto3 and with the AWS command
line, which nobody here wrote."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from deploy.lokalt.seaweedfs import LokalSeaweedFS
from tiltaksflyt.storage import Storage

BUCKET, EN, ANNEN = "tiltaksflyt", "310000019", "310000027"
MIN, DIN = f"innboks/{EN}", f"innboks/{ANNEN}"
LIGNER = f"innboks/{EN}0"  # begins with the sender's own prefix, short of the slash
ALLE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["*"]}]}'


@pytest.fixture(autouse=True)
def innhold(storage: Storage, drift: Any) -> None:
    """Something in every place."""
    for nokkel in (f"{MIN}/a", f"{DIN}/a", f"{LIGNER}/a", f"utboks/{EN}/a", f"utboks/{ANNEN}/a", "pakker/a"):
        drift.put_object(Bucket=BUCKET, Key=nokkel, Body=b"hemmelig")
    assert len(list(storage.list_objects())) == 6


def listing(klient: Any, prefiks: str) -> list[str]:
    return [rad["Key"] for rad in klient.list_objects_v2(Bucket=BUCKET, Prefix=prefiks)["Contents"]]


def test_a_sender_drops_lists_its_own_and_reads_its_answers(avsender: Any) -> None:
    avsender.put_object(Bucket=BUCKET, Key=f"{MIN}/b", Body=b"ny")
    assert listing(avsender, f"{MIN}/") == [f"{MIN}/a", f"{MIN}/b"]
    assert listing(avsender, f"utboks/{EN}/") == [f"utboks/{EN}/a"]
    assert avsender.get_object(Bucket=BUCKET, Key=f"utboks/{EN}/a")["Body"].read() == b"hemmelig"
    avsender.delete_object(Bucket=BUCKET, Key=f"{MIN}/b")
    assert listing(avsender, f"{MIN}/") == [f"{MIN}/a"]


Forsok = Callable[[Any], Any]
FORSOK: dict[str, Forsok] = {
    "read back a drop": lambda s: s.get_object(Bucket=BUCKET, Key=f"{MIN}/a"),
    "write own outbox": lambda s: s.put_object(Bucket=BUCKET, Key=f"utboks/{EN}/a", Body=b"x"),
    "delete own outbox": lambda s: s.delete_object(Bucket=BUCKET, Key=f"utboks/{EN}/a"),
    "list the bucket": lambda s: s.list_objects_v2(Bucket=BUCKET),
    "list all inboxes": lambda s: s.list_objects_v2(Bucket=BUCKET, Prefix="innboks/"),
    "list without the slash": lambda s: s.list_objects_v2(Bucket=BUCKET, Prefix=MIN),
    "list look-alike": lambda s: s.list_objects_v2(Bucket=BUCKET, Prefix=f"{LIGNER}/"),
    "list another": lambda s: s.list_objects_v2(Bucket=BUCKET, Prefix=f"{DIN}/"),
    "list another, old call": lambda s: s.list_objects(Bucket=BUCKET, Prefix=f"{DIN}/"),
    "list another's versions": lambda s: s.list_object_versions(Bucket=BUCKET, Prefix=f"{DIN}/"),
    "list another's uploads": lambda s: s.list_multipart_uploads(Bucket=BUCKET, Prefix=f"{DIN}/"),
    "read another": lambda s: s.get_object(Bucket=BUCKET, Key=f"{DIN}/a"),
    "read another's outbox": lambda s: s.get_object(Bucket=BUCKET, Key=f"utboks/{ANNEN}/a"),
    "read a package": lambda s: s.get_object(Bucket=BUCKET, Key="pakker/a"),
    "head another": lambda s: s.head_object(Bucket=BUCKET, Key=f"{DIN}/a"),
    "tags of another": lambda s: s.get_object_tagging(Bucket=BUCKET, Key=f"{DIN}/a"),
    "read by climbing": lambda s: s.get_object(Bucket=BUCKET, Key=f"{MIN}/../{ANNEN}/a"),
    "write another": lambda s: s.put_object(Bucket=BUCKET, Key=f"{DIN}/b", Body=b"x"),
    "write look-alike": lambda s: s.put_object(Bucket=BUCKET, Key=f"{LIGNER}/b", Body=b"x"),
    "write beside the slash": lambda s: s.put_object(Bucket=BUCKET, Key=f"{MIN}b", Body=b"x"),
    "write by climbing": lambda s: s.put_object(Bucket=BUCKET, Key=f"{MIN}/../{ANNEN}/b", Body=b"x"),
    "upload in parts to another": lambda s: s.create_multipart_upload(Bucket=BUCKET, Key=f"{DIN}/b"),
    "delete another": lambda s: s.delete_object(Bucket=BUCKET, Key=f"{DIN}/a"),
    "open another to all": lambda s: s.put_object_acl(Bucket=BUCKET, Key=f"{DIN}/a", ACL="public-read"),
    "open the bucket to all": lambda s: s.put_bucket_policy(Bucket=BUCKET, Policy=ALLE),
    "turn encryption off": lambda s: s.delete_bucket_encryption(Bucket=BUCKET),
    "delete the bucket": lambda s: s.delete_bucket(Bucket=BUCKET),
    "make a bucket": lambda s: s.create_bucket(Bucket="min-egen"),
    "copy from another": lambda s: s.copy_object(
        Bucket=BUCKET, Key=f"{MIN}/b", CopySource={"Bucket": BUCKET, "Key": f"{DIN}/a"}
    ),
    "copy by climbing": lambda s: s.copy_object(
        Bucket=BUCKET, Key=f"{MIN}/b", CopySource={"Bucket": BUCKET, "Key": f"{MIN}/../{ANNEN}/a"}
    ),
    "copy to another": lambda s: s.copy_object(
        Bucket=BUCKET, Key=f"{DIN}/b", CopySource={"Bucket": BUCKET, "Key": f"utboks/{EN}/a"}
    ),
    "copy a part from another": lambda s: s.upload_part_copy(
        Bucket=BUCKET,
        Key=f"{MIN}/m",
        PartNumber=1,
        UploadId=s.create_multipart_upload(Bucket=BUCKET, Key=f"{MIN}/m")["UploadId"],
        CopySource={"Bucket": BUCKET, "Key": f"{DIN}/a"},
    ),
}


@pytest.mark.parametrize("forsok", FORSOK.values(), ids=FORSOK)
def test_everything_else_is_refused(avsender: Any, storage: Storage, forsok: Forsok) -> None:
    for_ = [(o.nokkel, o.etag) for o in storage.list_objects()]
    with pytest.raises(ClientError) as feil:
        forsok(avsender)
    assert 400 <= feil.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    assert [(o.nokkel, o.etag) for o in storage.list_objects()] == for_


def test_what_is_not_refused_shows_nothing(avsender: Any, storage: Storage) -> None:
    """Three calls answer 200 and a list; the list must be empty of what is not the sender's."""
    assert avsender.list_buckets()["Buckets"] == []
    svar = avsender.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": f"{DIN}/a"}, {"Key": "pakker/a"}]})
    assert [rad["Code"] for rad in svar["Errors"]] == ["AccessDenied", "AccessDenied"]
    assert "Contents" not in avsender.list_objects_v2(Bucket=BUCKET, Prefix=f"{MIN}/../{ANNEN}/")
    assert "Contents" not in avsender.list_objects_v2(Bucket=BUCKET, Prefix=f"{MIN}/", StartAfter=f"{DIN}/")
    assert storage.look(f"{DIN}/a") is not None


# --- the AWS command line ---


@pytest.fixture
def aws(seaweed: LokalSeaweedFS, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`aws s3 …` with one sender's key."""
    tilgang = seaweed.tilganger[EN]
    miljo = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": tilgang.tilgangsnokkel,
        "AWS_SECRET_ACCESS_KEY": tilgang.hemmelig,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    program = [sys.executable, str(Path(sys.executable).with_name("aws")), "--endpoint-url", seaweed.endepunkt, "s3"]

    def run(*argumenter: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *argumenter], env=miljo, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_aws_cli_own_prefix(aws: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    (tmp_path / "drop.csv").write_text("innhold")
    assert aws("cp", "drop.csv", f"s3://{BUCKET}/{MIN}/drop.csv").returncode == 0
    assert "drop.csv" in aws("ls", f"s3://{BUCKET}/{MIN}/").stdout
    assert aws("cp", f"s3://{BUCKET}/utboks/{EN}/a", "svar").returncode == 0
    assert (tmp_path / "svar").read_text() == "hemmelig"


@pytest.mark.parametrize(
    "argumenter",
    [
        ["ls", f"s3://{BUCKET}"],
        ["ls", f"s3://{BUCKET}/{DIN}/"],
        ["cp", f"s3://{BUCKET}/{DIN}/a", "tyvegods"],
        ["cp", "drop.csv", f"s3://{BUCKET}/{DIN}/b"],
        ["rm", f"s3://{BUCKET}/{DIN}/a"],
        ["cp", f"s3://{BUCKET}/{DIN}/a", f"s3://{BUCKET}/{MIN}/b"],
        ["sync", f"s3://{BUCKET}/{DIN}", "."],
    ],
    ids=lambda a: f"{a[0]} {a[1][-24:]}",
)
def test_aws_cli_another_prefix_is_refused(
    aws: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, storage: Storage, argumenter: list[str]
) -> None:
    (tmp_path / "drop.csv").write_text("innhold")
    for_ = [(o.nokkel, o.etag) for o in storage.list_objects()]
    svar = aws(*argumenter)
    assert svar.returncode != 0
    assert "403" in svar.stderr or "AccessDenied" in svar.stderr
    assert not (tmp_path / "tyvegods").exists()
    assert [(o.nokkel, o.etag) for o in storage.list_objects()] == for_
