"""The least that a Flask page can be; measured beside ours in the same run."""

from flask import Flask

app = Flask(__name__)


@app.route("/healthz")
@app.route("/hello", methods=["GET", "POST"])
def hello() -> str:
    return "hello"
