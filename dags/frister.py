from airflow.sdk import dag

from dags.ramme import dagens_dato, now, omgivelser, oppgave, oslo, standard, varsle_om


@dag(schedule=oslo("30 6 * * *"), **standard("frister"))
def frister() -> None:
    """
    **Every obligation gets today's status; what is near or late is told, and closes itself when it arrives.**

    | | |
    | --- | --- |
    | in | obligations, deliveries and receipts in the ledger |
    | out | statuses, and in each sender's outbox its calendar, its deadlines, the remarks of the day, what to delete |
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

    # --- 2. list ------- in: the ledger · out: counts; in each outbox what the sender must delete in its own system
    @oppgave("frister")
    def list_slettinger() -> dict[str, int]:
        from tiltaksflyt.pipeline import sletteliste as steg

        with omgivelser() as om:
            return steg.lay_out(om, dagens_dato(om))

    # --- 3. ask after -- in: the ledger · out: counts; an alert for receipts that are late and for what is stuck
    @oppgave("frister")
    def etterlys() -> dict[str, int]:
        from tiltaksflyt.pipeline import etterlysning as steg

        with omgivelser() as om:
            antall = steg.alarms(om, dagens_dato(om), now())
        for kode, hvor_mange in antall.items():
            varsle_om(kode, hvor_mange)
        return antall

    folg_opp()
    list_slettinger()
    etterlys()


frister()
