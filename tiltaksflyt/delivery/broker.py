"""Altinn 3 Broker's API as far as we use it: one function a call, and what a file transfer is.

Written from Digdir's public description (docs/kanaler/altinn.md names the sources). Nothing that Broker writes in its
answers reaches an exception or a log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import httpx

from tiltaksflyt.delivery.httpsvar import HttpFeil, Httpsvar
from tiltaksflyt.delivery.kanal import Kanalkode
from tiltaksflyt.delivery.maskinporten import Tokenkilde
from tiltaksflyt.delivery.package import Pakke
from tiltaksflyt.delivery.tokenapi import Tokenapi

_STI = "/broker/api/v1/filetransfer"
_NYTT_TOKEN = frozenset({401, 403})
_ISO6523 = "0192"


class Overforingstatus(StrEnum):
    """FileTransferStatusExt: where a file transfer is."""

    INITIALIZED = "Initialized"
    UPLOAD_STARTED = "UploadStarted"
    UPLOAD_PROCESSING = "UploadProcessing"
    PUBLISHED = "Published"
    CANCELLED = "Cancelled"
    ALL_CONFIRMED_DOWNLOADED = "AllConfirmedDownloaded"
    PURGED = "Purged"
    FAILED = "Failed"


class Mottakerstatus(StrEnum):
    """RecipientFileTransferStatusExt: how far one recipient has come with it."""

    INITIALIZED = "Initialized"
    DOWNLOAD_STARTED = "DownloadStarted"
    DOWNLOAD_CONFIRMED = "DownloadConfirmed"


@dataclass(frozen=True)
class Overforing:
    """A file transfer (FileTransferOverviewExt). `mottakere` and `avsender` are organisasjonsnumre."""

    id: str
    status: Overforingstatus
    endret: datetime
    referanse: str | None
    sjekksum: str | None
    avsender: str | None
    mottakere: Mapping[str, Mottakerstatus]
    egenskaper: Mapping[str, str]


@dataclass(frozen=True)
class NyOverforing:
    """What is said of a package before it is uploaded. `sjekksum` is MD5, the only one that Broker takes."""

    ressurs: str
    filnavn: str
    referanse: str
    fra: str
    til: str
    sjekksum: str
    egenskaper: Mapping[str, str]


class Broker:
    """Broker at one platform, for one organisation. Every call may raise HttpFeil."""

    def __init__(
        self, klient: httpx.Client, plattform: str, tokener: Tokenkilde, klokke: Callable[[], datetime]
    ) -> None:
        self._api = Tokenapi(klient, plattform.rstrip("/") + _STI, tokener, klokke, nytt_token=_NYTT_TOKEN)

    def initialise(self, ny: NyOverforing) -> str:
        """Make a file transfer without a file; its id."""
        svar = self._api.call_ok(
            "POST",
            "",
            lambda: {
                "json": {
                    "fileName": ny.filnavn,
                    "resourceId": ny.ressurs,
                    "sendersFileTransferReference": ny.referanse,
                    "sender": f"{_ISO6523}:{ny.fra}",
                    "recipients": [f"{_ISO6523}:{ny.til}"],
                    "propertyList": dict(ny.egenskaper),
                    "checksum": ny.sjekksum,
                }
            },
        ).json()
        # The description says a string, the service answers an object with it.
        return _read_id(svar.get("fileTransferId") if isinstance(svar, dict) else svar)

    def upload(self, overforing_id: str, pakke: Pakke) -> Httpsvar:
        """Send the file, as a stream; the answer as it is, since 400 and 409 mean different things."""
        hode = {"Content-Type": "application/octet-stream", "Content-Length": str(pakke.storrelse)}
        return self._api.call(
            "POST", f"/{overforing_id}/upload", lambda: {"content": pakke.read_bites(), "headers": hode}
        )

    def look(self, overforing_id: str) -> Overforing | None:
        """The file transfer; None when there is none of that id."""
        svar = self._api.call("GET", f"/{overforing_id}")
        if svar.status == 404:
            return None
        return _read_transfer(overforing_id, self._api.require_ok(svar).json_object())

    def list_for_us(self, ressurs: str, status: Mottakerstatus) -> Sequence[str]:
        """The ids of what lies ready for us and is so far come; at most a hundred."""
        parametre = {"resourceId": ressurs, "status": Overforingstatus.PUBLISHED.value, "recipientStatus": status.value}
        ider = self._api.call_ok("GET", "", lambda: {"params": parametre}).json()
        if not isinstance(ider, list):
            raise HttpFeil(Kanalkode.UVENTET_SVAR)
        return [_read_id(en) for en in ider]

    def download(self, overforing_id: str, maks_bytes: int) -> bytes:
        """The file, and no more of it than one byte over `maks_bytes`."""
        return self._api.call_ok("GET", f"/{overforing_id}/download", maks_bytes=maks_bytes).innhold

    def confirm(self, overforing_id: str) -> Httpsvar:
        """Say that we have it; the answer as it is, since one that was said before is refused."""
        return self._api.call("POST", f"/{overforing_id}/confirmdownload")

    def require_ok(self, svar: Httpsvar) -> Httpsvar:
        """The answer, when it is one. Raises HttpFeil for any other."""
        return self._api.require_ok(svar)


def _read_id(verdi: object) -> str:
    try:
        return str(UUID(str(verdi)))
    except ValueError:
        pass
    raise HttpFeil(Kanalkode.UVENTET_SVAR)


def _read_transfer(overforing_id: str, innhold: Mapping[str, Any]) -> Overforing:
    try:
        overforing = Overforing(
            id=overforing_id,
            status=Overforingstatus(innhold["fileTransferStatus"]),
            endret=datetime.fromisoformat(innhold["fileTransferStatusChanged"]),
            referanse=innhold.get("sendersFileTransferReference"),
            sjekksum=innhold.get("checksum"),
            avsender=_read_orgnr(innhold.get("sender")),
            mottakere={
                _read_orgnr(en["recipient"]) or "": Mottakerstatus(en["currentRecipientFileTransferStatusCode"])
                for en in innhold.get("recipients") or ()
            },
            egenskaper=dict(innhold.get("propertyList") or {}),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    else:
        if overforing.endret.tzinfo is not None:
            return overforing
    # Outside the except block: what Broker said does not come along as context.
    raise HttpFeil(Kanalkode.UVENTET_SVAR)


def _read_orgnr(verdi: str | None) -> str | None:
    """The number in `0192:123456789`, and in the URN that newer answers may write."""
    return None if verdi is None else verdi.rpartition(":")[2]
