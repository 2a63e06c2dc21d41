"""The forum with one more page that shows what of a request arrived through the proxies. For `tests.assault.edge`."""

from __future__ import annotations

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue

from forum.core.extensions import csrf
from forum.web.gate import public
from wsgi import app


@app.route("/what-arrived", methods=["GET", "POST"])
@csrf.exempt
@public
def what_arrived() -> ResponseReturnValue:
    return jsonify(
        address=request.remote_addr,
        scheme=request.scheme,
        host=request.host,
        folder=request.script_root,
        path=request.path,
        request_id=g.request_id,
        n_body=len(request.get_data()),
    )
