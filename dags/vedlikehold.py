from datetime import timedelta

from airflow.sdk import dag

from dags.ramme import dagens_dato, now, omgivelser, oppgave, oslo, standard, varsle_om

# How long each DAG may go without a run that ended well: its longest pause by schedule, and time for one more.
TAUSHET = {
    "mottak": timedelta(hours=3),
    "rapportering": timedelta(hours=28),
    "levering": timedelta(hours=60),  # from Friday 20:45 to Monday 06:00
    "kvittering": timedelta(hours=3),
    "frister": timedelta(hours=28),
    "sletting": timedelta(hours=28),
    "vedlikehold": timedelta(hours=28),
}


@dag(schedule=oslo("0 4 * * *"), **standard("vedlikehold"))
def vedlikehold() -> None:
    """
    **What went in is held against what came out, old runs are forgotten, quiet DAGs and old certificates are told.**

    | | |
    | --- | --- |
    | in | the ledger; the recipients' lists; Airflow's own database and logs; the set-up's certificates |
    | out | repaired or reported differences; counts of what was pruned; an alarm for each control that fails |
    | when | 04:00 |
    | again | safe: the same state gives the same answer |
    | fails | alarm; the controls do not wait for each other |

    More: docs/pipeline/vedlikehold.md
    """

    # --- 1. reconcile -- in: the ledger, the bucket · out: counts of what came in and what became of it
    @oppgave("vedlikehold")
    def avstem() -> dict[str, int]:
        from tiltaksflyt.pipeline import vedlikehold as steg
        from tiltaksflyt.pipeline.klokkevakt import refuse_uncertain_clock

        with omgivelser() as om:
            refuse_uncertain_clock(om, now())
            return steg.reconcile(om, dagens_dato(om))

    # --- 2. compare ---- in: the recipients' lists · out: counts; an alert every night while something does not add up
    @oppgave("vedlikehold")
    def sammenlign() -> dict[str, int]:
        from tiltaksflyt.pipeline import avstemming as steg

        with omgivelser() as om:
            antall = steg.reconcile(om, dagens_dato(om), now())
        if antall["avvik"]:
            varsle_om("AVSTEMMINGSAVVIK", antall["avvik"])
        return antall

    # --- 3. prune ------ in: Airflow's database and logs · out: counts; by the machine's clock, as its rows are
    @oppgave("vedlikehold")
    def rydd() -> dict[str, int]:
        from dags.metadata import prune
        from schemas.oppbevaring import oppbevaring

        return prune(now() - oppbevaring().driftslogg)

    # --- 4. certificates in: the set-up's certificates · out: how many run out, by code; an alert for each code
    @oppgave("vedlikehold")
    def sertifikater() -> dict[str, int]:
        from tiltaksflyt.pipeline.sertifikatvakt import certificates_to_tell_of

        with omgivelser() as om:
            antall = certificates_to_tell_of(om, dagens_dato(om))
        for kode, hvor_mange in antall.items():
            varsle_om(kode, hvor_mange)
        return antall

    # --- 5. watch ------ in: when each DAG last ended well · out: their number; fails when one is quiet, or not there
    @oppgave("vedlikehold", retries=0)
    def vakt() -> int:
        from dags.metadata import check_quiet, quiet_since

        return check_quiet(quiet_since(), TAUSHET, now())

    avstem()
    sammenlign()
    rydd()
    sertifikater()
    vakt()


vedlikehold()
