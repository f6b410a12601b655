"""The API of eFormidling's integrasjonspunkt («Next Move») as far as we use it: one function a call.

Written from its public source (docs/kanaler/eformidling.md names it). Nothing that it writes in its answers reaches an
exception or a log.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from tiltaksflyt.delivery.httpsvar import HttpFeil, Httpsvar, call
from tiltaksflyt.delivery.kanal import MAKS_KVITTERING, KanalFeil, Kanalkode
from tiltaksflyt.delivery.package import Pakke
from tiltaksflyt.delivery.sbd import PROSESS, message_id
from tiltaksflyt.storage.nokler import PAKKETYPE

OPPRETTET = "OPPRETTET"
_UT, _INN, _SAMTALER = "/api/messages/out", "/api/messages/in", "/api/conversations/messageId"
# What the container of a receipt may take beyond the receipt: manifest, signature, certificates.
_OMSLAG = 1 << 20
_MAKS_MELDINGER = 1000


@dataclass(frozen=True)
class Samtale:
    """What the integrasjonspunkt has noted of a message: when it was made, and every status since."""

    opprettet: datetime
    statuser: frozenset[str]

    @property
    def er_sluppet(self) -> bool:
        """Whether more has come of it than that it was made."""
        return not self.statuser <= {OPPRETTET}


class Integrasjonspunkt:
    """One integrasjonspunkt. Every call may raise HttpFeil."""

    def __init__(
        self,
        klient: httpx.Client,
        adresse: str,
        innlogging: tuple[str, str] | None,
        klokke: Callable[[], datetime],
    ) -> None:
        self._klient = klient
        self._adresse = adresse
        self._innlogging = httpx.BasicAuth(*innlogging) if innlogging else None
        self._klokke = klokke

    def create(self, sbd: Mapping[str, Any]) -> bool:
        """Make a message without a file. False when it is refused, as it is when its id is taken."""
        svar = self._call("POST", _UT, json=sbd)
        if svar.status == 400:
            return False
        if message_id(self._require_ok(svar).json_object()) != message_id(sbd):
            raise HttpFeil(Kanalkode.UVENTET_SVAR)
        return True

    def attach(self, melding_id: str, pakke: Pakke, *, within: timedelta) -> None:
        """Send the file, as a stream. An upload that takes longer is given up (AVBRUTT): another attempt may begin."""
        hode = {
            "Content-Type": PAKKETYPE,
            "Content-Disposition": f'attachment; filename="{pakke.filnavn}"',
            "Content-Length": str(pakke.storrelse),
        }
        innhold = _until(time.monotonic() + within.total_seconds(), pakke.read_bites())
        self._require_ok(self._call("PUT", f"{_UT}/{melding_id}", content=innhold, headers=hode))

    def order_sending(self, melding_id: str) -> None:
        """Let the message go."""
        self._require_ok(self._call("POST", f"{_UT}/{melding_id}"))

    def try_sending(self, melding_id: str) -> bool:
        """Let the message go, if it can: one without a file, or out of time, is refused.

        One that is gone has just left, or was removed; the next attempt sees which (AVBRUTT).
        """
        svar = self._call("POST", f"{_UT}/{melding_id}")
        if svar.status == 404:
            raise HttpFeil(Kanalkode.AVBRUTT)
        if svar.status == 400:
            return False
        self._require_ok(svar)
        return True

    def abandon(self, melding_id: str) -> None:
        """Remove a message that has not been let go. One that is gone is no fault."""
        self._remove(f"{_UT}/{melding_id}")

    def find_outgoing(self, melding_id: str) -> Mapping[str, Any] | None:
        """The document of a message that has not left yet; None when there is none."""
        svar = self._call("GET", f"{_UT}/{melding_id}")
        return None if svar.status == 404 else self._require_ok(svar).json_object()

    def find_conversation(self, melding_id: str) -> Samtale | None:
        """What is noted of a message of ours; None when it was never made."""
        svar = self._call("GET", f"{_SAMTALER}/{melding_id}")
        return None if svar.status == 404 else _read_conversation(self._require_ok(svar).json_object())

    def list_incoming(self) -> Sequence[Mapping[str, Any]]:
        """The documents of messages that have come in the process that we use, without locking any."""
        parametre = {"process": PROSESS, "size": str(_MAKS_MELDINGER)}
        innhold = self._require_ok(self._call("GET", _INN, params=parametre)).json_object().get("content")
        if not isinstance(innhold, list) or not all(isinstance(sbd, dict) for sbd in innhold):
            raise HttpFeil(Kanalkode.UVENTET_SVAR)
        return innhold

    def lock_incoming(self, melding_id: str) -> bool:
        """Take one message for a while. False when another has it, or it is gone."""
        svar = self._require_ok(self._call("GET", f"{_INN}/peek", params={"messageId": melding_id}))
        # 204 has no content: none that is free.
        return svar.status != 204 and message_id(svar.json_object()) == melding_id

    def fetch_incoming(self, melding_id: str) -> bytes:
        """The container of a message that we have locked; empty when it is larger than any receipt."""
        maks = MAKS_KVITTERING + _OMSLAG
        svar = self._require_ok(self._call("GET", f"{_INN}/pop/{melding_id}", maks_bytes=maks))
        return svar.innhold if len(svar.innhold) <= maks else b""

    def delete_incoming(self, melding_id: str) -> None:
        """Remove a message. One that is gone is no fault, nor one whose lock ran out: it comes again."""
        self._remove(f"{_INN}/{melding_id}", also=400)

    def _remove(self, sti: str, also: int = 404) -> None:
        svar = self._call("DELETE", sti)
        if svar.status not in (404, also):
            self._require_ok(svar)

    def _call(self, metode: str, sti: str, **innhold: Any) -> Httpsvar:  # noqa: ANN401  what httpx takes
        if self._innlogging is not None:
            innhold["auth"] = self._innlogging
        return call(self._klient, metode, self._adresse + sti, **innhold)

    def _require_ok(self, svar: Httpsvar) -> Httpsvar:
        if not svar.er_ok:
            raise svar.fault(self._klokke())
        return svar


def _until(frist: float, biter: Iterator[bytes]) -> Iterator[bytes]:
    """A stream that is given up when its time is over."""
    for bit in biter:
        if time.monotonic() > frist:
            raise KanalFeil(Kanalkode.AVBRUTT)
        yield bit


def _read_conversation(innhold: Mapping[str, Any]) -> Samtale:
    try:
        statuser = {rad["status"]: datetime.fromisoformat(rad["lastUpdate"]) for rad in innhold["messageStatuses"]}
        opprettet = min(statuser.values())
    except (KeyError, TypeError, ValueError):
        pass
    else:
        if opprettet.tzinfo is not None:
            return Samtale(opprettet, frozenset(statuser))
    # Outside the except block: what the other side said does not come along as context.
    raise HttpFeil(Kanalkode.UVENTET_SVAR)
