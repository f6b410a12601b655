"""Great Expectations records what the masks decided: one run per table of a chunk (ADR 0006).

The results hold no value: BOOLEAN_ONLY, and only the verdict of each expectation is taken out of GX's answer. GX is
imported here, inside the functions, because it takes seconds.
"""

import contextlib
import json
import logging
import os
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from expectations.feil import Feilkode, KontrollFeil
from expectations.kjoring import Kjoring
from expectations.suites import ANTALL_RADER, REGEL_HOLDER, SUITER


@dataclass(frozen=True)
class GXForventning:
    """The verdict of one expectation. `regel_id` and `alvorlighet` are None for the shape of the frame."""

    type: str
    regel_id: str | None
    alvorlighet: str | None
    oppfylt: bool


@dataclass(frozen=True)
class GXResultat:
    """What GX said about one table of a chunk."""

    tabell: str
    antall_rader: int
    forventninger: tuple[GXForventning, ...]

    @property
    def brutte(self) -> frozenset[str]:
        """The rules that are broken in some row of the table."""
        return frozenset(f.regel_id for f in self.forventninger if f.regel_id is not None and not f.oppfylt)

    def as_json(self) -> dict[str, Any]:
        """The result as it is stored."""
        return asdict(self)


def record(kjoring: Kjoring) -> tuple[GXResultat, ...]:
    """Run the suite of every table of the chunk that has rows, and hold GX to the masks.

    Raises KontrollFeil (GX_UENIG) when GX and the masks disagree about a rule, or the frame is not what it should be,
    and KontrollFeil (GX_STANSET) when GX could not ask.
    """
    with _quiet():
        return tuple(
            _record_table(kjoring, fil.stem) for fil in sorted(SUITER.glob("*.json")) if _has(kjoring, fil.stem)
        )


def _has(kjoring: Kjoring, tabell: str) -> bool:
    return kjoring.grunnlag.lest.finnes(tabell)


def _record_table(kjoring: Kjoring, tabell: str) -> GXResultat:
    from expectations.gx_forventning import KJORING

    ramme = kjoring.grunnlag.rammer[tabell]
    merke = KJORING.set(kjoring)
    try:
        svar = (
            _batch_definition()
            .get_batch(batch_parameters={"dataframe": ramme})
            .validate(_suite(tabell), result_format="BOOLEAN_ONLY", expectation_parameters={ANTALL_RADER: len(ramme)})
        )
    except Exception as feil:
        # GX puts cell values in its texts, so only the type crosses.
        grunn = type(feil).__name__
        svar = None
    finally:
        KJORING.reset(merke)
    if svar is None:
        raise KontrollFeil(Feilkode.GX_STANSET, tabell, f"GX raised {grunn}", "Run the suite alone in a test.")
    resultat = GXResultat(tabell, len(ramme), tuple(_read(tabell, del_) for del_ in svar.results))
    _hold_to_masks(kjoring, resultat)
    return resultat


def _read(tabell: str, del_: Any) -> GXForventning:  # noqa: ANN401  GX ships no types
    konfigurasjon = del_.expectation_config
    if any(info for info in _exceptions(del_.exception_info)):
        raise KontrollFeil(
            Feilkode.GX_STANSET, tabell, f"{konfigurasjon.type} could not be asked", "Run the suite alone in a test."
        )
    meta = konfigurasjon.meta or {}
    return GXForventning(konfigurasjon.type, meta.get("regelId"), meta.get("alvorlighet"), bool(del_.success))


def _exceptions(info: dict[str, Any]) -> Iterator[bool]:
    """GX gives one entry, or one per metric."""
    entries = [info] if "raised_exception" in info else info.values()
    for entry in entries:
        yield bool(entry.get("raised_exception"))


def _hold_to_masks(kjoring: Kjoring, resultat: GXResultat) -> None:
    for forventning in resultat.forventninger:
        if forventning.type != REGEL_HOLDER:
            enig = forventning.oppfylt
        else:
            enig = forventning.oppfylt is not _mask_says_broken(kjoring, forventning.regel_id, resultat.tabell)
        if not enig:
            raise KontrollFeil(
                Feilkode.GX_UENIG,
                f"{resultat.tabell} {forventning.regel_id or forventning.type}",
                "GX and the masks say different things",
                "Write the suites anew (python -m expectations.suites), or find the predicate that is not pure.",
            )


def _mask_says_broken(kjoring: Kjoring, regel_id: str | None, tabell: str) -> bool:
    regel = next(regel for regel in kjoring.regler if regel.regel == regel_id)
    return any(
        bool(kjoring.masker[(regel.regel, nummer)].any())
        for nummer, sted in enumerate(regel.steder)
        if sted.tabell == tabell
    )


@cache
def _suite(tabell: str) -> Any:  # noqa: ANN401
    import great_expectations as gx

    innhold = json.loads((SUITER / f"{tabell}.json").read_text(encoding="utf-8"))
    return gx.ExpectationSuite(name=innhold["name"], expectations=innhold["expectations"], meta=innhold["meta"])


@cache
def _batch_definition() -> Any:  # noqa: ANN401
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    kontekst = gx.get_context(mode="ephemeral")
    kontekst.enable_analytics(False)
    kontekst.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    kilde = kontekst.data_sources.add_pandas("innsendinger")
    return kilde.add_dataframe_asset("tabell").add_batch_definition_whole_dataframe("alle rader")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No telemetry, no log lines, and not the warning of GX's import about the standard library's sre_*."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="module 'sre_(constants|parse)' is deprecated", category=DeprecationWarning
        )
        yield
