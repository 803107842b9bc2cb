"""Brings the databases to the schema of this image's MLflow, or waits until another process has.

    schema.py upgrade     creates the tables, or migrates them; for one process at a time
    schema.py wait        returns once both databases have the schema

MLflow creates missing tables by itself, but its lock lies in the file system of one pod: of several pods that start with
an empty database all but one would fail half-way. With MLFLOW_BACKEND_STORE_URI and MLFLOW_AUTH_CONFIG_PATH as the server
has them.
"""

import sys
from pathlib import Path

import mlflow
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from mlflow import MlflowClient
from mlflow.db import commands as tracking_commands
from mlflow.server.auth.db.cli import commands as auth_commands
from settings import auth_database, tracking_database
from sqlalchemy import URL, create_engine, inspect
from sqlalchemy.exc import OperationalError
from waiting import wait_until

HOME = Path(mlflow.__file__).parent
# Each with its migrations, and the table that tells the last one that was run.
DATABASES = {
    "tracking": (tracking_database, HOME / "store" / "db_migrations", "alembic_version"),
    "auth": (auth_database, HOME / "server" / "auth" / "db" / "migrations", "alembic_version_auth"),
}


def revision(url: URL, table: str) -> str | None:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection, opts={"version_table": table}).get_current_revision()
    finally:
        engine.dispose()


def is_current(name: str) -> bool:
    url, migrations, table = DATABASES[name]
    return revision(url(), table) == ScriptDirectory(str(migrations)).get_current_head()


def is_empty(url: URL) -> bool:
    engine = create_engine(url)
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def upgrade() -> None:
    tracking = tracking_database()
    uri = tracking.render_as_string(hide_password=False)
    if is_empty(tracking):
        # `mlflow db upgrade` needs tables to begin with; opening the store makes them.
        MlflowClient(tracking_uri=uri).search_experiments(max_results=1)
    else:
        tracking_commands(["upgrade", uri], standalone_mode=False)
    auth = auth_database().render_as_string(hide_password=False)
    auth_commands(["upgrade", "--url", auth], standalone_mode=False)


def tell() -> None:
    for name, (url, _, table) in DATABASES.items():
        print(f'{name}: "{url().database}" is at {revision(url(), table)}')
        if not is_current(name):
            raise SystemExit(f"{name}: that is not the schema of MLflow {mlflow.__version__}")


if __name__ == "__main__":
    if sys.argv[1:] == ["upgrade"]:
        upgrade()
    elif sys.argv[1:] == ["wait"]:
        for database in DATABASES:
            wait_until(
                f"the {database} database has the schema of MLflow {mlflow.__version__}",
                lambda name=database: is_current(name),
                (OperationalError,),
            )
    else:
        raise SystemExit(__doc__)
    tell()
