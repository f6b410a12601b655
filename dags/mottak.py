from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule, dag

from dags.ramme import MOTTATT, dagens_dato, now, omgivelser, oppgave, oslo, standard


@dag(schedule=oslo("*/5 0-1,3-23 * * *"), **standard("mottak"))
def mottak() -> None:
    """
    **What the senders have dropped is read, checked, accepted or answered.**

    | | |
    | --- | --- |
    | in | the inboxes `innboks/<orgnr>/` |
    | out | accepted deltakelser in the ledger, a KONTROLL answer in `utboks/<orgnr>/`, one outcome row per drop |
    | when | every 5 minutes, and never in hour 2 |
    | again | safe: a drop is claimed once by sender and SHA-256, a finished one is left alone |
    | fails | one sender's failure leaves the others received; the failed one is taken by the next run |

    More: docs/pipeline/mottak.md
    """

    # --- 1. look ------- in: the inboxes · out: [orgnr] of senders with something ready
    @oppgave("mottak")
    def finn_klare() -> list[str]:
        from tiltaksflyt.pipeline import mottak as steg

        with omgivelser() as om:
            return steg.find_ready(om, now())

    # --- 2. receive ---- in: orgnr · out: counts; one sender's drops in one task, in their order
    @oppgave("mottak", map_index_template="{{ task.op_kwargs['orgnr'] }}")
    def ta_imot(orgnr: str) -> dict[str, int]:
        from tiltaksflyt.pipeline import mottak as steg

        with omgivelser() as om:
            return steg.receive(orgnr, omgivelser=om, dato=dagens_dato(om), now=now())

    # --- 3. tell ------- out: one asset event, so that rapportering need not wait; none when nothing came
    @oppgave("mottak", outlets=[MOTTATT], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    def meld_fra() -> None:
        return None

    mottatt = ta_imot.expand(orgnr=finn_klare())
    mottatt >> meld_fra()
    # The event above ends well when one sender did. The run ends well only when all did.
    mottatt >> EmptyOperator(task_id="alle_mottatt", trigger_rule=TriggerRule.NONE_FAILED)


mottak()
