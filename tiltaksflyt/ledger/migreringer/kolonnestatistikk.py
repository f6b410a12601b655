"""What PostgreSQL may remember of our columns outside the tables themselves.

Its ANALYZE, which autovacuum runs by itself, copies up to a hundred values of each column to `pg_statistic`, and
deleting the rows does not touch the copy: ids of the erased, and in the key store their wrapped keys. Numbers, days and
flags may stand there; texts and bytes may not. A migration that adds a text or a bytes column calls this again.
"""

from alembic import op

_TEKST_OG_BYTES = """
    SELECT quote_ident(c.relname), quote_ident(a.attname), format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
      AND NOT a.attisdropped AND t.typcategory IN ('S', 'U') AND a.attstattarget IS DISTINCT FROM 0
"""


def gather_no_values() -> None:
    """No value of a text or bytes column is kept from now on, and those that are kept go."""
    conn = op.get_bind()
    if conn.dialect.name != "postgresql":
        return  # SQLite keeps values only when asked to, and is not asked
    for tabell, kolonne, type_ in conn.exec_driver_sql(_TEKST_OG_BYTES).all():
        # Giving a column the type it has rewrites nothing, and drops what was gathered of it.
        op.execute(f"ALTER TABLE {tabell} ALTER {kolonne} SET STATISTICS 0, ALTER {kolonne} TYPE {type_}")
