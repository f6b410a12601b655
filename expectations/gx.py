"""Great Expectations beside the masks: one run per chunk and table, the same predicates, and it must agree.

The masks have decided already (docs/adr/0006). Here the suites, which are data, are evaluated over the same frames by
one registered expectation type; a disagreement stops the chunk. Results are BOOLEAN_ONLY, and the text of an exception,
which carries values, is dropped.
"""

import logging
import os
import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from expectations.feil import Feilkode, KontrollFeil
from expectations.kjoring import Kjoring
from expectations.regel import Regel
from expectations.sporring import ask
from expectations.suiter import read_suite

_SPOR: ContextVar[Callable[[str, int], bool]] = ContextVar("regel_holder")


@dataclass(frozen=True)
class Forventning:
    """One evaluated expectation: the rule (None for those on the frame's own shape), its place, and the verdict."""

    tabell: str
    regel: str | None
    sted: int | None
    type: str
    holdt: bool


@dataclass(frozen=True)
class GXResultat:
    """What Great Expectations recorded of one chunk. Holds no cell value."""

    forventninger: tuple[Forventning, ...]

    @property
    def brutte(self) -> Mapping[str, int]:
        """How many places of each rule are broken."""
        antall: dict[str, int] = {}
        for ett in self.forventninger:
            if ett.regel is not None and not ett.holdt:
                antall[ett.regel] = antall.get(ett.regel, 0) + 1
        return antall


def record(kjoring: Kjoring) -> GXResultat:
    """Evaluate the suites over a chunk that the masks have decided, and answer what was recorded.

    Raises KontrollFeil GX_UENIG when a verdict differs from its mask, GX_STANSET when an expectation could not be
    evaluated or a frame lacks its rows or columns.
    """
    regler = {regel.regel: regel for regel in kjoring.regler}
    merke = _SPOR.set(lambda regel_id, nummer: not _asked_again(kjoring, regler[regel_id], nummer).any())
    try:
        forventninger = [
            ett
            for tabell in sorted({regel.steder[nummer].tabell for regel, nummer in _asked(kjoring, regler)})
            for ett in _run_table(kjoring, tabell)
        ]
    finally:
        _SPOR.reset(merke)
    for ett in forventninger:
        _compare(kjoring, ett)
    return GXResultat(tuple(forventninger))


def _asked(kjoring: Kjoring, regler: Mapping[str, Regel]) -> list[tuple[Regel, int]]:
    return [(regler[regel_id], nummer) for regel_id, nummer in kjoring.masker]


def _asked_again(kjoring: Kjoring, regel: Regel, nummer: int) -> Any:  # noqa: ANN401  a numpy array of booleans
    return ask(kjoring, regel, regel.steder[nummer])


def _run_table(kjoring: Kjoring, tabell: str) -> list[Forventning]:
    asset, suite_type = _context()
    spurte = {nokkel for nokkel in kjoring.masker if _place(kjoring, nokkel) == tabell}
    suite = read_suite(tabell)
    valgte = [ett for ett in suite["expectations"] if "regel" not in ett["meta"] or _key(ett) in spurte]
    batch = asset.get_batch(batch_parameters={"dataframe": kjoring.grunnlag.rammer[tabell]})
    svar = batch.validate(suite_type(name=suite["name"], expectations=valgte), result_format="BOOLEAN_ONLY")
    return [_read_result(tabell, resultat) for resultat in svar.results]


def _place(kjoring: Kjoring, nokkel: tuple[str, int]) -> str:
    regel = next(regel for regel in kjoring.regler if regel.regel == nokkel[0])
    return regel.steder[nokkel[1]].tabell


def _key(forventning: Mapping[str, Any]) -> tuple[str, int]:
    return forventning["meta"]["regel"], forventning["kwargs"]["sted"]


def _read_result(tabell: str, resultat: Any) -> Forventning:  # noqa: ANN401  Great Expectations' own class
    config = resultat.expectation_config
    if (resultat.exception_info or {}).get("raised_exception"):
        # Its text may carry a value; only that it happened, and where, goes on.
        raise KontrollFeil(
            Feilkode.GX_STANSET, f"{tabell}: {config.type}", "an expectation could not be evaluated", "Mend the suite."
        )
    return Forventning(tabell, config.meta.get("regel"), config.kwargs.get("sted"), config.type, bool(resultat.success))


def _compare(kjoring: Kjoring, forventning: Forventning) -> None:
    sted = f"{forventning.tabell}: {forventning.regel or forventning.type}"
    if forventning.regel is None:
        if not forventning.holdt:
            raise KontrollFeil(
                Feilkode.GX_STANSET, sted, "a frame lacks its rows or columns", "Nothing was decided; look at intake."
            )
    elif forventning.holdt == bool(kjoring.masker[(forventning.regel, forventning.sted or 0)].any()):
        raise KontrollFeil(
            Feilkode.GX_UENIG, sted, "the mask and Great Expectations disagree", "Find the two readings of the rule."
        )


@cache
def _context() -> tuple[Any, Any]:
    """The batch definition and the suite class. Importing Great Expectations costs seconds, so it is done here."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # Its dependencies import modules of the standard library that are on their way out.
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx
        from great_expectations.expectations.expectation import BatchExpectation

    class ExpectRegelHolder(BatchExpectation):
        """Holds when no row of the table breaks the rule in one of its places."""

        regel: str
        sted: int
        metric_dependencies = ("table.row_count",)
        success_keys = ("regel", "sted")

        def _validate(self, *_: object, **__: object) -> dict[str, Any]:
            egne = self.configuration.kwargs
            return {"success": _SPOR.get()(egne["regel"], egne["sted"]), "result": {}}

    kontekst = gx.get_context(mode="ephemeral")
    kontekst.variables.progress_bars = _no_progress_bars()
    kilde = kontekst.data_sources.add_pandas("chunk").add_dataframe_asset("tabell")
    return kilde.add_batch_definition_whole_dataframe("hele"), gx.ExpectationSuite


def _no_progress_bars() -> Any:  # noqa: ANN401
    from great_expectations.data_context.types.base import ProgressBarsConfig

    return ProgressBarsConfig(globally=False)
