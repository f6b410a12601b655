"""An API that is reached with a token of ours: each call once, and once more when the token was not accepted."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import httpx

from tiltaksflyt.delivery.httpsvar import Httpsvar, Innhold, call
from tiltaksflyt.delivery.maskinporten import Tokenkilde


class Tokenapi:
    """The API below `rot`. `nytt_token` are the answers that a new token may change. Every call may raise HttpFeil."""

    def __init__(
        self,
        klient: httpx.Client,
        rot: str,
        tokener: Tokenkilde,
        klokke: Callable[[], datetime],
        *,
        nytt_token: Collection[int],
    ) -> None:
        self._klient = klient
        self._rot = rot
        self._tokener = tokener
        self._klokke = klokke
        self._nytt_token = frozenset(nytt_token)

    def call(self, metode: str, sti: str, lag: Callable[[], Innhold] = Innhold, **grense: int) -> Httpsvar:
        """The answer, whatever it is. `lag` makes what is sent, anew for each time."""
        token = self._tokener.get()
        svar = self._send(metode, sti, lag(), token.verdi, grense)
        if svar.status not in self._nytt_token:
            return svar
        self._tokener.forget(token)
        return self._send(metode, sti, lag(), self._tokener.get().verdi, grense)

    def call_ok(self, metode: str, sti: str, lag: Callable[[], Innhold] = Innhold, **grense: int) -> Httpsvar:
        """As `call`, for an answer that is one."""
        return self.require_ok(self.call(metode, sti, lag, **grense))

    def require_ok(self, svar: Httpsvar) -> Httpsvar:
        """The answer, when it is one. Raises HttpFeil for any other."""
        if not svar.er_ok:
            raise svar.fault(self._klokke())
        return svar

    def _send(self, metode: str, sti: str, innhold: Innhold, token: str, grense: Mapping[str, int]) -> Httpsvar:
        innhold["headers"] = {**innhold.get("headers", {}), "Authorization": f"Bearer {token}"}
        return call(self._klient, metode, self._rot + sti, **grense, **innhold)
