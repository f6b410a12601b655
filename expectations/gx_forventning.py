"""The expectation that a rule holds, as Great Expectations knows it. Importing this imports GX (seconds).

GX asks; the answer comes from the very predicates whose masks decided, over the run in `KJORING`.
"""

from contextvars import ContextVar
from typing import Any

from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from expectations.feil import KontrollFeil
from expectations.kjoring import Kjoring
from expectations.sporring import ask

METRIKK = "table.regel_brutt"
KJORING: ContextVar[Kjoring] = ContextVar("KJORING")


class RegelBrutt(TableMetricProvider):
    """Whether a rule is broken in any row of a table; a code in place of the answer when it could not be asked."""

    metric_name = METRIKK
    value_keys = ("regel", "tabell")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],  # noqa: ARG002  the signature is GX's
        runtime_configuration: dict[str, Any],  # noqa: ARG002
    ) -> bool | str:
        ramme, _, _ = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type="table")
        return is_broken(KJORING.get(), metric_value_kwargs["regel"], metric_value_kwargs["tabell"], len(ramme))


def is_broken(kjoring: Kjoring, regel_id: str, tabell: str, antall: int) -> bool | str:
    """The answer of the predicates: broken or not, or the code of what went wrong."""
    if antall != len(kjoring.grunnlag.rammer[tabell]):
        return "FEIL_ANTALL_RADER"
    regel = next(regel for regel in kjoring.regler if regel.regel == regel_id)
    try:
        return any(bool(ask(kjoring, regel, sted).any()) for sted in regel.steder if sted.tabell == tabell)
    except KontrollFeil as feil:
        return feil.kode


class ExpectRegelToHold(BatchExpectation):
    """A rule of the catalogue holds for every row of a table."""

    regel: str
    tabell: str

    metric_dependencies = (METRIKK,)
    success_keys = ("regel", "tabell")
    args_keys = ("regel", "tabell")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002  the signature is GX's
        execution_engine: Any = None,  # noqa: ANN401, ARG002
    ) -> dict[str, bool]:
        return {"success": metrics[METRIKK] is False}
