"""The step vedlikehold: what no other step removes does not stay."""

from datetime import datetime, timedelta

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER
from tiltaksflyt.storage.s3 import S3

DOGN = timedelta(days=1)


@pytest.mark.parametrize(
    ("alder", "gitt_opp"), [(DOGN - timedelta(seconds=1), 0), (DOGN, 1), (DOGN + timedelta(hours=5), 1)]
)
def test_an_upload_that_broke_off_is_given_up_after_a_day_by_the_stores_clock(
    linje: Linje, monkeypatch: pytest.MonkeyPatch, alder: timedelta, gitt_opp: int
) -> None:
    bucket = S3(linje.anlegg.weed.oppsett)
    opplasting = {"Key": f"innboks/{AVSENDER}/stor.zip"}
    opplasting["UploadId"] = bucket.call("create_multipart_upload", **opplasting)["UploadId"]
    bucket.call("upload_part", **opplasting, PartNumber=1, Body=b"en halv eksport")
    (begynt,) = (rad["Initiated"] for rad in bucket.call("list_multipart_uploads")["Uploads"])

    def clock() -> datetime:
        return begynt + alder

    monkeypatch.setattr(linje.om.storage, "clock", clock)
    assert linje.run("vedlikehold")["opplastingerGittOpp"] == gitt_opp
    assert len(bucket.call("list_multipart_uploads").get("Uploads", ())) == 1 - gitt_opp
    linje.om.storage.delete_prefix(f"innboks/{AVSENDER}/")
    bucket.close()
