"""A process that only draws: `python -m press.easel` reads papers, line by line, and writes each as a PDF.

A line is JSON with `words` (HTML) and `place` (a path); the answer is the place, once the file is whole. What knows the
house weighs more than what draws, so the two are apart.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import IO

from press import engine


def draw(words: str, place: Path) -> None:
    """One paper as a file, whole or not at all."""
    unfinished = place.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(engine.drawn(words).write_pdf())
    unfinished.rename(place)


def main(given: IO[str], told: IO[str]) -> None:
    """Draw until nothing more is asked for; between papers, never within one, let go of what is no longer needed."""
    gc.disable()
    for at, line in enumerate(given):
        asked = json.loads(line)
        draw(asked["words"], Path(asked["place"]))
        gc.collect()
        if at == 0:
            gc.freeze()
        print(asked["place"], file=told, flush=True)
    engine.close()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
