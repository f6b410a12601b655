from airflow.sdk import dag

from dags.ramme import dagens_dato, now, omgivelser, oppgave, oslo, standard, varsle_om


@dag(schedule=oslo("30 6 * * *"), **standard("frister"))
def frister() -> None:
    """
    **Every obligation gets today's status; what is near or late is told, and closes itself when it arrives.**

    | | |
    | --- | --- |
    | in | obligations, deliveries and receipts in the ledger |
    | out | statuses; in each sender's outbox calendar, deadlines, remarks, what to delete; what a person hands over |
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

    # --- 3. ask after -- in: the ledger · out: counts; what a person hands over is laid out; an alert for each code
    @oppgave("frister")
    def etterlys() -> dict[str, int]:
        from tiltaksflyt.pipeline import etterlysning as steg
        from tiltaksflyt.pipeline import overlevering

        with omgivelser() as om:
            lagt_ut = overlevering.hand_over(om, dagens_dato(om), now())
            antall = steg.alarms(om, dagens_dato(om), now())
        for kode, hvor_mange in antall.items():
            varsle_om(kode, hvor_mange)
        return antall | lagt_ut

    folg_opp()
    list_slettinger()
    etterlys()


frister()
