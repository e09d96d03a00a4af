"""`pozk roles`: the database's least-privilege roles."""

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output

DATABASE_ROLES = {"pozk_writer": "index, settle, run", "pozk_reader": "serve, query, proof"}


def roles(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Create the roles pozk_writer and pozk_reader and give them what they need; run it as the owner of the tables."""
    from indexer.adapters.postgres.database import apply_migrations, connect, open_database
    from indexer.adapters.postgres.database_errors import translated_database
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.system_errors import made_data_dir
    from sql import load_sql

    store = read_settings(config).store
    made_data_dir(store.data_dir)
    with open_database(store.database_url, store.data_dir) as database, connect(database.uri) as connection:
        apply_migrations(connection, "journal")
        with translated_database("pozk roles"):
            connection.execute(load_sql("database/roles").encode())
    output = Output(as_json=as_json)
    output.document({"roles": list(DATABASE_ROLES)})
    for role, says in DATABASE_ROLES.items():
        output.line(f"{role}: enough for {says}; GRANT {role} TO the account that logs in")
