"""What came of an HTTP call, in the words of a channel. The same for every recipient that is reached over HTTP.

The status decides (RFC 9110 section 15; 429 is RFC 6585, 507 is RFC 4918), never what the other side wrote beside it:
its words may hold anything, so none of them reach an exception or a log.
"""

import json
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypedDict, TypeVar, Unpack

import httpx

from tiltaksflyt.delivery.kanal import KanalFeil, Kanalkode, SendOutcome

T = TypeVar("T")
MAKS_SVAR = 1 << 20
# A recipient that asks for more has not thought of us; a day later a person has seen the alarm.
LENGSTE_VENTETID = timedelta(days=1)

_STATUSKODER: Mapping[int, Kanalkode] = {
    401: Kanalkode.TILGANG_NEKTET,
    403: Kanalkode.TILGANG_NEKTET,
    407: Kanalkode.TILGANG_NEKTET,
    408: Kanalkode.AVBRUTT,
    413: Kanalkode.FOR_STOR_PAKKE,
    429: Kanalkode.KANAL_OPPTATT,
    503: Kanalkode.KANAL_OPPTATT,
    507: Kanalkode.FULLT_LAGER,
}
_OPPTATT = frozenset({429, 503})

# The first that fits counts, so the particular stand before the general.
_FEILKODER: tuple[tuple[type[Exception], Kanalkode], ...] = (
    (httpx.ConnectError, Kanalkode.KANAL_NEDE),
    (httpx.ConnectTimeout, Kanalkode.KANAL_NEDE),
    (httpx.PoolTimeout, Kanalkode.KANAL_NEDE),
    (httpx.LocalProtocolError, Kanalkode.UGYLDIG_OPPSETT),
    (httpx.UnsupportedProtocol, Kanalkode.UGYLDIG_OPPSETT),
    (httpx.InvalidURL, Kanalkode.UGYLDIG_OPPSETT),
    (httpx.TransportError, Kanalkode.AVBRUTT),
    (httpx.HTTPError, Kanalkode.UVENTET_SVAR),
)


class Innhold(TypedDict, total=False):
    """What a call carries, as httpx takes it."""

    params: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes | Iterable[bytes]
    data: Mapping[str, str]
    json: object


class HttpFeil(KanalFeil):
    """A call that did not go as it should. `vent_minst` is how long the other side asks to be left alone."""

    def __init__(self, kode: Kanalkode, vent_minst: timedelta | None = None) -> None:
        super().__init__(kode)
        self.vent_minst = vent_minst

    @property
    def outcome(self) -> SendOutcome:
        """The fault as the outcome of an attempt to send."""
        return SendOutcome(self.kode, self.vent_minst)


@dataclass(frozen=True)
class Httpsvar:
    """An answer, read: at most as many bytes as the caller asked for."""

    status: int
    innhold: bytes = field(repr=False)
    hode: Mapping[str, str] = field(repr=False)

    @property
    def er_ok(self) -> bool:
        """Whether the other side did what it was asked to."""
        return 200 <= self.status < 300

    @property
    def sent(self) -> datetime | None:
        """When the other side says that it answered (Date, RFC 9110, 6.6.1), in whole seconds."""
        return _read_date(self.hode.get("date", ""))

    def fault(self, now: datetime) -> HttpFeil:
        """The answer as a fault; only for one that is not `er_ok`."""
        vent = retry_after(self.hode.get("retry-after"), now) if self.status in _OPPTATT else None
        return HttpFeil(code_of_status(self.status), vent)

    def json(self) -> object:
        """The answer as JSON. Raises HttpFeil(UVENTET_SVAR) when it is none."""
        try:
            return json.loads(self.innhold)
        except (ValueError, RecursionError):
            pass
        # Outside the except block: what the other side said does not come along as context.
        raise HttpFeil(Kanalkode.UVENTET_SVAR)

    def json_object(self) -> dict[str, Any]:
        """The answer as a JSON object. Raises HttpFeil(UVENTET_SVAR) when it is none."""
        innhold = self.json()
        if not isinstance(innhold, dict):
            raise HttpFeil(Kanalkode.UVENTET_SVAR)
        return innhold


def code_of_status(status: int) -> Kanalkode:
    """What a status that is not 2xx means. A redirect is never followed: personal data do not go where it points."""
    if status in _STATUSKODER:
        return _STATUSKODER[status]
    if status >= 500:
        return Kanalkode.KANAL_NEDE
    return Kanalkode.AVVIST_AV_KANALEN if status >= 400 else Kanalkode.UVENTET_SVAR


def retry_after(verdi: str | None, now: datetime) -> timedelta | None:
    """How long Retry-After asks us to wait: seconds or an HTTP date (RFC 9110, 10.2.3). None when it says neither."""
    if verdi is None:
        return None
    verdi = verdi.strip()
    if verdi.isascii() and verdi.isdigit():
        # The length first: a number of many digits is a day whatever it is.
        return LENGSTE_VENTETID if len(verdi) > 6 else min(timedelta(seconds=int(verdi)), LENGSTE_VENTETID)
    tid = _read_date(verdi)
    return None if tid is None else min(max(tid - now, timedelta(0)), LENGSTE_VENTETID)


def _read_date(verdi: str) -> datetime | None:
    try:
        tid = parsedate_to_datetime(verdi)
    except (ValueError, OverflowError):
        return None
    # An HTTP date is always in GMT, also when the words for it are left out.
    return tid if tid.tzinfo else tid.replace(tzinfo=UTC)


def code_of_fault(feil: Exception) -> Kanalkode:
    """What it means that no answer came. A certificate that we do not trust is a stop, not a server that is down."""
    if any(isinstance(ledd, ssl.SSLCertVerificationError) for ledd in _chain(feil)):
        return Kanalkode.UKJENT_VERTSNOKKEL
    return next(kode for klasse, kode in _FEILKODER if isinstance(feil, klasse))


def _chain(feil: BaseException | None) -> Iterator[BaseException]:
    while feil is not None:
        yield feil
        feil = feil.__cause__ or feil.__context__


def guard(kall: Callable[[], T]) -> T:
    """Make a call with httpx; what it raises becomes HttpFeil, without the address or a word of what was sent."""
    try:
        return kall()
    except (httpx.HTTPError, httpx.InvalidURL) as feil:
        kode = code_of_fault(feil)
    # Outside the except block: the request, with its headers and its content, does not come along as context.
    raise HttpFeil(kode)


def call(
    klient: httpx.Client, metode: str, adresse: str, *, maks_bytes: int = MAKS_SVAR, **innhold: Unpack[Innhold]
) -> Httpsvar:
    """Make one call and read the answer, whatever its status; `innhold` is what it carries.

    At most `maks_bytes` + 1 bytes are read, so that the caller sees that there was more. Raises HttpFeil when no
    answer came.
    """

    def read() -> Httpsvar:
        with klient.stream(metode, adresse, follow_redirects=False, **innhold) as svar:
            return Httpsvar(svar.status_code, _read(svar, maks_bytes), dict(svar.headers))

    return guard(read)


def call_ok(klient: httpx.Client, metode: str, adresse: str, now: datetime, **innhold: Unpack[Innhold]) -> Httpsvar:
    """As `call`, but an answer that is not 2xx is raised as HttpFeil."""
    svar = call(klient, metode, adresse, **innhold)
    if not svar.er_ok:
        raise svar.fault(now)
    return svar


def _read(svar: httpx.Response, maks_bytes: int) -> bytes:
    lest = bytearray()
    for bolk in svar.iter_bytes():
        lest += bolk
        if len(lest) > maks_bytes:
            break
    return bytes(lest[: maks_bytes + 1])
