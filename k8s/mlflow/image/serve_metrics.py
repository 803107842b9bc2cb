"""Serves what the server's workers have counted, on a port of its own: MLflow's /metrics asks for an administrator's password.

    serve_metrics.py DIRECTORY PORT     the directory that the server has as --expose-prometheus
"""

import signal
import sys
import threading

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

if __name__ == "__main__":
    directory, port = sys.argv[1:]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)
    start_http_server(int(port), registry=registry)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
