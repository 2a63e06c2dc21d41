from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from nlp.similarity.embedding_store import LOCK, MANIFEST, EmbeddingStore, open_embeddings, write_embeddings
from nlp.similarity.encoders import IdeaEmbeddings


def meaning_of(rows: dict[int, list[float]]) -> IdeaEmbeddings:
    table = np.array(list(rows.values()), dtype=np.float32)
    return IdeaEmbeddings("by hand", np.array(list(rows)), table, table)


OLD, NEW = meaning_of({1: [1, 0], 2: [0, 1]}), meaning_of({4: [0, 1], 3: [1, 0], 5: [1, 1]})


def lying(folder) -> int:
    """Files of the folder beside the lock."""
    return len([path for path in folder.iterdir() if path.name != LOCK])


def test_the_vector_file_is_replaced_in_one_step_and_older_readers_go_on(tmp_path):
    old = write_embeddings(tmp_path, OLD)
    new = write_embeddings(tmp_path, NEW)
    assert old.rows(np.array([0, 1])).shape == (2, 4)
    assert (len(new), new.row_indices([3, 1]).tolist(), new.identity) == (3, [0, -1], "by hand")
    assert EmbeddingStore(tmp_path).stamp == new.stamp
    assert lying(tmp_path) == 3


def test_rows_of_the_file_are_mapped_not_copied(tmp_path):
    held = write_embeddings(tmp_path, meaning_of({1: [1, 0], 2: [0, 1]}))
    assert isinstance(held._map, np.memmap)


def test_cosines_are_means_over_title_and_body(tmp_path):
    titles = np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float16)
    bodies = np.array([[1, 0], [1, 0], [0, 0]], dtype=np.float16)
    held = write_embeddings(tmp_path, IdeaEmbeddings("x", np.array([1, 2, 3]), titles, bodies))
    own = held.query_row(titles[0].astype(np.float32), bodies[0].astype(np.float32))
    assert np.allclose(own, held.rows(np.array([0]))[0], atol=1e-3)
    assert held.cosines(own).argmax() == 0


def test_no_vectors_make_an_empty_file(tmp_path):
    nothing = IdeaEmbeddings("x", np.zeros(0, dtype=int), np.zeros((0, 4)), np.zeros((0, 4)))
    held = write_embeddings(tmp_path, nothing)
    assert (len(held), held.row_indices([1]).tolist()) == (0, [-1])


def test_rows_belong_to_their_keys_in_whatever_order_they_came(tmp_path):
    held = write_embeddings(tmp_path, NEW)
    assert held.keys.tolist() == [3, 4, 5]
    own = held.query_row(NEW.titles[1], NEW.bodies[1])
    assert np.allclose(held.rows(held.row_indices([3]))[0], own)
    assert held.row_indices([0, 3, 4, 5, 9]).tolist() == [-1, 0, 1, 2, -1]


def test_a_process_opens_the_file_once_and_again_after_a_rebuild(tmp_path):
    assert open_embeddings(tmp_path) is None
    write_embeddings(tmp_path, OLD)
    first = open_embeddings(tmp_path)
    assert first is open_embeddings(tmp_path)
    write_embeddings(tmp_path, NEW)
    second = open_embeddings(tmp_path)
    assert second is not None
    assert second.keys.tolist() == [3, 4, 5]
    assert first is not None
    assert first.rows(np.array([0, 1])).shape == (2, 4)


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", '{"stamp": "gone", "identity": "x", "means": []}'])
def test_a_damaged_description_is_no_file_and_the_next_rebuild_mends_it(tmp_path, said):
    write_embeddings(tmp_path, OLD)
    (tmp_path / MANIFEST).write_text(said, encoding="utf-8")
    assert open_embeddings(tmp_path) is None
    write_embeddings(tmp_path, NEW)
    assert len(EmbeddingStore(tmp_path)) == 3
    assert lying(tmp_path) == 3


@pytest.mark.parametrize("kept", [0, 60, 150])
def test_rows_that_were_cut_off_are_no_file(tmp_path, kept):
    stamp = write_embeddings(tmp_path, OLD).stamp
    os.truncate(tmp_path / f"vectors-{stamp}.npy", kept)
    assert open_embeddings(tmp_path) is None


def test_a_reader_that_was_overtaken_by_a_rebuild_looks_again(tmp_path, monkeypatch):
    write_embeddings(tmp_path, OLD)
    loads = json.loads

    def overtaken(text):
        said = loads(text)
        monkeypatch.undo()
        write_embeddings(tmp_path, NEW)  # the files that `said` names are gone now
        return said

    monkeypatch.setattr("nlp.similarity.embedding_store.json.loads", overtaken)
    assert EmbeddingStore(tmp_path).keys.tolist() == [3, 4, 5]


def test_two_writers_take_turns(tmp_path):
    threads = [threading.Thread(target=write_embeddings, args=(tmp_path, vectors)) for vectors in (OLD, NEW) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(EmbeddingStore(tmp_path)) in {2, 3}
    assert lying(tmp_path) == 3


WRITER = """
    import sys, time
    from pathlib import Path
    import numpy as np
    from nlp.similarity import embedding_store
    from nlp.similarity.encoders import IdeaEmbeddings

    plain, step = getattr(embedding_store, sys.argv[2]), sys.argv[2]

    def slow(*arguments):
        done = plain(*arguments) if step == "_write_rows" else None
        print("there", flush=True)
        time.sleep(60)

    setattr(embedding_store, step, slow)
    rows = np.ones((20_000, 8), dtype=np.float32)
    embedding_store.write_embeddings(Path(sys.argv[1]), IdeaEmbeddings("killed", np.arange(20_000), rows, rows))
"""


@pytest.mark.parametrize("step", ["_side_by_side", "_write_rows"])
def test_a_writer_that_is_killed_leaves_the_old_file_in_force_and_its_leavings_are_swept(tmp_path, step):
    old = write_embeddings(tmp_path, OLD)
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path), step]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "there\n"
        assert lying(tmp_path) == 5  # the old file's three, and two that are being written
        assert old.row_indices([2]).tolist() == [1]
        writer.send_signal(signal.SIGKILL)
    assert EmbeddingStore(tmp_path).stamp == old.stamp
    began = time.monotonic()
    new = write_embeddings(tmp_path, NEW)  # the dead one's lock went with it
    assert time.monotonic() - began < 30
    assert (lying(tmp_path), EmbeddingStore(tmp_path).stamp) == (3, new.stamp)
