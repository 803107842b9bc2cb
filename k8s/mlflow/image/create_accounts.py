"""Creates the role "reader" and, with it, the gateway's account, where they are missing. For MLflow 3.17 and later.

    MLFLOW_TRACKING_URI          the server, which is waited for
    MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD   an administrator
    GATEWAY_USERNAME, GATEWAY_PASSWORD                   the account to create; 12 characters at least for the password

Running it again changes nothing but the account's password, which becomes the given one.
"""

import os

import requests
from mlflow.exceptions import RestException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.server import get_app_client
from waiting import wait_until

ROLE = "reader"
# Where workspaces are off, everything lies in this one.
WORKSPACE = "default"
# A version's files are read through the experiment that they were logged to.
READABLE = ("registered_model", "experiment")


def wait_for_server(uri: str) -> None:
    def attempt() -> bool:
        return requests.get(f"{uri}/health", timeout=5).ok

    wait_until(f"{uri} answers", attempt, (requests.RequestException,))


def reader_role(client):
    role = next((role for role in client.list_roles(WORKSPACE) if role.name == ROLE), None)
    if role is None:
        role = client.create_role(WORKSPACE, ROLE, "READ on every model and experiment")
        print(f'role "{ROLE}": created')
    granted = {(grant.resource_type, grant.resource_pattern) for grant in client.list_role_permissions(role.id)}
    for kind in READABLE:
        if (kind, "*") not in granted:
            client.add_role_permission(role.id, kind, "*", "READ")
            print(f'role "{ROLE}": may read every {kind.replace("_", " ")}')
    return role


def account_exists(client, username: str) -> bool:
    try:
        client.get_user(username)
        return True
    except RestException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise
        return False


def create_account(client, username: str, password: str, role) -> None:
    if account_exists(client, username):
        client.update_user_password(username, password)
        print(f'account "{username}": password set')
    else:
        client.create_user(username, password)
        print(f'account "{username}": created')
    if all(given.id != role.id for given in client.list_user_roles(username)):
        client.assign_role(username, role.id)
        print(f'account "{username}": is {role.name}')


if __name__ == "__main__":
    server = os.environ["MLFLOW_TRACKING_URI"]
    wait_for_server(server)
    auth = get_app_client("basic-auth", tracking_uri=server)
    create_account(auth, os.environ["GATEWAY_USERNAME"], os.environ["GATEWAY_PASSWORD"], reader_role(auth))
