"""Takes a version through Staging and a validation into Production, or goes back to the one before.

    python 06_promote.py promote VERSION
    python 06_promote.py rollback

Stages and aliases are moved side by side: Staging and @challenger, Production and @champion; @previous is the way back.
"""

import argparse
import importlib
import warnings

import mlflow
from mlflow.exceptions import MlflowException
from sklearn.metrics import accuracy_score

from wine import MODEL, train_and_held_out

warnings.filterwarnings("ignore", message=".*stage", category=FutureWarning)  # stages are deprecated, and work
compare_flavours = importlib.import_module("05_log_onnx").compare_flavours
client = mlflow.MlflowClient()


def version_of(alias: str) -> str | None:
    try:
        return client.get_model_version_by_alias(MODEL, alias).version
    except MlflowException as error:
        # 2.22 and 3.x tell a missing alias as INVALID_PARAMETER_VALUE.
        if error.error_code in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"):
            return None
        raise


def accuracy_of(version: str) -> float:
    _, X, _, y = train_and_held_out()
    return accuracy_score(y, mlflow.sklearn.load_model(f"models:/{MODEL}/{version}").predict(X))


def problem_of(version: str, champion: str | None) -> str | None:
    """Why the version must not go into Production, or None."""
    info = mlflow.models.get_model_info(f"models:/{MODEL}/{version}")
    if "onnx" not in info.flavors:
        return "it has no onnx flavour, which the other versions have (log it as 05_log_onnx.py does)"
    if info.signature is None:
        return "it has no signature"
    if champion is not None:
        in_production = mlflow.models.get_model_info(f"models:/{MODEL}/{champion}")
        if info.signature.inputs != in_production.signature.inputs:
            return f"its columns differ from those of version {champion}, which is in Production"

    compare_flavours(f"models:/{MODEL}/{version}", train_and_held_out()[1])
    accuracy = accuracy_of(version)
    client.set_model_version_tag(MODEL, version, "validation.accuracy", f"{accuracy:.4f}")
    if champion is None:
        return None
    least = accuracy_of(champion)
    return None if accuracy >= least else f"accuracy {accuracy:.4f} is below {least:.4f} of version {champion}"


def to_production(version: str) -> None:
    # The highest number in a stage serves, so a rollback works only if nothing else stays in it.
    client.transition_model_version_stage(MODEL, version, "Production", archive_existing_versions=True)
    client.set_registered_model_alias(MODEL, "champion", version)


def promote(version: str) -> None:
    champion = version_of("champion")
    if version == champion:
        raise SystemExit(f"{MODEL} version {version} is in Production already")
    client.transition_model_version_stage(MODEL, version, "Staging")
    client.set_registered_model_alias(MODEL, "challenger", version)

    problem = problem_of(version, champion)
    client.set_model_version_tag(MODEL, version, "validation", "passed" if problem is None else f"failed: {problem}")
    if problem is not None:
        raise SystemExit(f"{MODEL} version {version} stays in Staging: {problem}")

    to_production(version)
    client.delete_registered_model_alias(MODEL, "challenger")
    if champion is not None:
        client.set_registered_model_alias(MODEL, "previous", champion)
    print(f"{MODEL} version {version} is in Production and @champion; before it was {champion}")


def rollback() -> None:
    previous, champion = version_of("previous"), version_of("champion")
    if previous is None:
        raise SystemExit(f"{MODEL} has no @previous to go back to")
    to_production(previous)
    client.delete_registered_model_alias(MODEL, "previous")
    print(f"{MODEL} version {previous} is back in Production and @champion; version {champion} is archived")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("promote").add_argument("version")
    commands.add_parser("rollback")
    args = parser.parse_args()
    promote(args.version) if args.command == "promote" else rollback()
