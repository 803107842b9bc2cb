"""What the scripts read from the same settings as the server."""

import os

from mlflow.server.auth.config import read_auth_config
from sqlalchemy.engine import URL, make_url


def tracking_database() -> URL:
    """Where experiments and the model registry are kept."""
    return make_url(os.environ["MLFLOW_BACKEND_STORE_URI"])


def auth_database() -> URL:
    """Where accounts and their rights are kept: `database_uri` of the file that MLFLOW_AUTH_CONFIG_PATH names."""
    return make_url(read_auth_config().database_uri)
