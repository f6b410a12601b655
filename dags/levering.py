from airflow.sdk import dag

from dags.ramme import dagens_dato, now, omgivelser, oppgave, oslo, standard, varsle_om


@dag(schedule=oslo("*/15 6-20 * * 1-5"), **standard("levering"))
def levering() -> None:
    """
    **What is ready is packaged and sent, each recipient in its own window.**

    | | |
    | --- | --- |
    | in | documents that are ready, and the recipients' windows |
    | out | packages at the recipients; each outcome in the ledger |
    | when | every 15 minutes, 06:00 to 20:45 on weekdays; each recipient's own window decides within it |
    | again | safe: the claim is a lease, and a package that is already there counts as accepted |
    | fails | a fault at the recipient is an outcome with a next attempt, not a failed task; one for a person alerts |

    More: docs/pipeline/levering.md
    """

    # --- 1. choose ----- in: the ledger, the recipients' windows · out: [leveranseId]
    @oppgave("levering")
    def velg() -> list[str]:
        from tiltaksflyt.pipeline import levering as steg

        with omgivelser() as om:
            return steg.choose(om, dagens_dato(om), now())

    # --- 2. send ------- in: leveranseId · out: outcome code; the outcome is in the ledger
    @oppgave("levering", map_index_template="{{ task.op_kwargs['leveranse_id'] }}")
    def send(leveranse_id: str) -> str:
        from tiltaksflyt.pipeline import levering as steg

        with omgivelser() as om:
            utfall = steg.send(leveranse_id, omgivelser=om, now=now())
        if utfall in steg.TRENGER_PERSON:
            varsle_om(utfall, 1)
        return utfall

    send.expand(leveranse_id=velg())


levering()
