"""What machines ask that watch over the service, and what it says of its dataset."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from allegiance import __version__
from allegiance.web import answers, description, metrics
from allegiance.web.protocol import OFFERED, best
from allegiance.web.replies import HttpError

operations = Blueprint("operations", __name__)


@operations.route("/health")
def health() -> tuple[Response, int]:
    """Whether the service lives, and whether it can answer queries, with the version of dataset and program."""
    served = answers.serving()
    ready = served.ready
    state = {"live": True, "ready": ready, "dataset": served.version, "version": __version__}
    shown = jsonify(state)
    shown.headers["Cache-Control"] = "no-store"
    return shown, 200 if ready else 503


@operations.route("/metrics")
def counters() -> Response:
    """Counts for Prometheus."""
    return Response(answers.serving().metrics.text(), content_type=metrics.CONTENT_TYPE)


@operations.route("/.well-known/void")
def void() -> Response:
    """The dataset's VoID and DCAT description."""
    kind = best(request.headers.get("Accept"), OFFERED["graph"].values())
    if kind is None:
        raise HttpError(406, f"The description is to be had as {', '.join(OFFERED['graph'].values())}.")
    return answers.response(description.dataset(answers.serving(), request.environ, kind))
