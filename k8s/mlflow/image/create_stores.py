"""Creates what MLflow keeps its data in, where it is missing: the databases, their owners, and the bucket.

    POSTGRES_ADMIN_URI           a role that may create roles and databases
    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY   a key that may create buckets
    MLFLOW_BACKEND_STORE_URI, MLFLOW_AUTH_CONFIG_PATH, MLFLOW_ARTIFACTS_DESTINATION, MLFLOW_S3_ENDPOINT_URL
                                 as the server has them: they say what to create

Running it again changes nothing but the passwords of the owners, which become those of the settings.
"""

import os
from urllib.parse import urlsplit

import boto3
import psycopg2
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from psycopg2 import sql
from settings import auth_database, tracking_database
from sqlalchemy.engine import URL, make_url
from waiting import wait_until


def connect(uri: str):
    url = make_url(uri)
    connection = psycopg2.connect(
        host=url.host,
        port=url.port or 5432,
        user=url.username,
        password=url.password,
        dbname=url.database,
        connect_timeout=5,
        **url.query,
    )
    connection.autocommit = True  # databases are not created in transactions
    return connection


def exists(cursor, table: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column))
    cursor.execute(query, [name])
    return cursor.fetchone() is not None


def create_owner(cursor, name: str, password: str) -> None:
    role = sql.Identifier(name)
    verb = "ALTER" if exists(cursor, "pg_roles", "rolname", name) else "CREATE"
    cursor.execute(sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD %s").format(role), [password])
    # Managed servers give no superuser; there only a member of a role makes it the owner of something.
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
    print(f'role "{name}": {"password set" if verb == "ALTER" else "created"}')


def create_database(cursor, url: URL) -> None:
    create_owner(cursor, url.username, url.password)
    if exists(cursor, "pg_database", "datname", url.database):
        print(f'database "{url.database}": exists')
        return
    database, owner = sql.Identifier(url.database), sql.Identifier(url.username)
    cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    print(f'database "{url.database}": created')


def create_databases() -> None:
    uri = os.environ["POSTGRES_ADMIN_URI"]

    def attempt() -> bool:
        connect(uri).close()
        return True

    wait_until("PostgreSQL answers", attempt, (psycopg2.OperationalError,))
    connection = connect(uri)
    try:
        with connection.cursor() as cursor:
            for url in (tracking_database(), auth_database()):
                create_database(cursor, url)
    finally:
        connection.close()


def create_bucket() -> None:
    destination = urlsplit(os.environ["MLFLOW_ARTIFACTS_DESTINATION"])
    if destination.scheme != "s3":
        print(f"{destination.scheme}: is not created here")
        return
    client = boto3.client("s3", endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL") or None)

    def attempt() -> bool:
        try:
            client.head_bucket(Bucket=destination.netloc)
            print(f'bucket "{destination.netloc}": exists')
            return True
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise
        region = client.meta.region_name
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket=destination.netloc, **place)
        print(f'bucket "{destination.netloc}": created')
        return True

    wait_until("the object store answers", attempt, (ConnectionError, HTTPClientError))


if __name__ == "__main__":
    create_databases()
    create_bucket()
