from airflow.sdk import dag

from dags.ramme import dagens_dato, omgivelser, oppgave, oslo, standard


@dag(schedule=oslo("30 6 * * *"), **standard("frister"))
def frister() -> None:
    """
    **Every obligation gets today's status; what is near or late is told, and closes itself when it arrives.**

    | | |
    | --- | --- |
    | in | obligations, deliveries and receipts in the ledger |
    | out | statuses, and in each sender's outbox its calendar, its list of deadlines and the remarks of the day |
    | when | 06:30 |
    | again | safe: the same day gives the same statuses, and a warning is given once |
    | fails | the next run gives the statuses of its own day; no deadline is moved |

    More: docs/pipeline/frister.md
    """

    # --- 1. watch ------ in: the ledger · out: counts per status
    @oppgave("frister")
    def folg_opp() -> dict[str, int]:
        from tiltaksflyt.pipeline import frister as steg

        with omgivelser() as om:
            return steg.watch(om, dagens_dato(om))

    folg_opp()


frister()
