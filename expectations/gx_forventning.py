"""The expectation that a rule holds, as Great Expectations knows it. Importing this imports GX (seconds).

GX asks; the answer comes from the very predicates whose masks decided, over the run in `KJORING`.
"""

from contextvars import ContextVar
from typing import Any

from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from expectations.feil import KontrollFeil
from expectations.kjoring import Kjoring
from expectations.sporring import ask

ANTALL_RADER = "table.row_count"
KJORING: ContextVar[Kjoring] = ContextVar("KJORING")
_KONFIGURASJONER: dict[tuple[str, str, str | None], ExpectationConfiguration] = {}


class ExpectRegelToHold(BatchExpectation):
    """A rule of the catalogue holds for every row of a table."""

    regel: str
    tabell: str

    metric_dependencies = (ANTALL_RADER,)
    success_keys = ("regel", "tabell")
    args_keys = ("regel", "tabell")

    @property
    def configuration(self) -> ExpectationConfiguration:
        """GX asks for this thirty times a run and builds it anew each time; it never changes."""
        nokkel = (self.regel, self.tabell, self.batch_id)
        if nokkel not in _KONFIGURASJONER:
            _KONFIGURASJONER[nokkel] = super().configuration
        return _KONFIGURASJONER[nokkel]

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  the signature is GX's
        execution_engine: Any = None,  # noqa: ANN401, ARG002
    ) -> dict[str, bool]:
        kjoring = KJORING.get()
        samme_rader = metrics[ANTALL_RADER] == len(kjoring.grunnlag.rammer[self.tabell])
        return {"success": samme_rader and holds(kjoring, self.regel, self.tabell)}


def holds(kjoring: Kjoring, regel_id: str, tabell: str) -> bool:
    """Whether the predicates find no breach; a predicate that cannot be asked does not hold."""
    regel = next(regel for regel in kjoring.regler if regel.regel == regel_id)
    try:
        return not any(bool(ask(kjoring, regel, sted).any()) for sted in regel.steder if sted.tabell == tabell)
    except KontrollFeil:
        return False
