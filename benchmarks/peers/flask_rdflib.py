"""A bare SPARQL endpoint of Flask and rdflib, as a tutorial would write it, over the N-Quads in DATASET."""

import os

from flask import Flask, Response, request
from rdflib import Dataset

app = Flask(__name__)
data = Dataset(default_union=True)
data.parse(os.environ["DATASET"], format="nquads")


@app.get("/sparql")
def sparql() -> Response:
    """Evaluate the query and serialise the answer."""
    answer = data.query(request.args["query"])
    if answer.type in ("CONSTRUCT", "DESCRIBE"):
        return Response(answer.serialize(format="turtle"), mimetype="text/turtle")
    return Response(answer.serialize(format="json"), mimetype="application/sparql-results+json")
