"""Trees whose nodes carry the path of ids from the root."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade.imports.merge import Result, Tally, count_absent, ids_by, merge_by_code
from trade.imports.rows import NodeRow


def import_tree(
    session: Session,
    model: Any,
    source: str,
    rows: Sequence[NodeRow],
    more: Callable[[NodeRow], Mapping[str, Any]] = lambda row: {},
) -> Result:
    """Bring in a tree, parents first; a parent may also be a node that was made here.

    Raises Refused("import.unknown") for a parent that exists nowhere.
    """
    noun = model.__tablename__
    tally = Tally(noun, len(rows))
    ids: dict[str, int] = {}
    for level in _levels(rows):
        parents = {row.parent for row in level if row.parent} - ids.keys()
        ids |= ids_by(session, model, model.code, parents, noun) if parents else {}
        wanted = {
            row.external_code: {
                "code": row.code,
                "name": row.name,
                "parent_id": ids[row.parent] if row.parent else None,
                **more(row),
            }
            for row in level
        }
        step = merge_by_code(session, model, source, wanted)
        ids |= {row.code: step.ids[row.external_code] for row in level}
        tally.add(step, str, derived=("sort_key",))
    if tally.new or tally.changed:
        _write_paths(session, model)
    tally.absent = count_absent(session, model, source, len(rows))
    return tally.result({"parent_id": {row_id: code for code, row_id in ids.items()}})


def _levels(rows: Sequence[NodeRow]) -> list[list[NodeRow]]:
    """Rows by depth; what hangs in a circle comes last and finds no parent."""
    waiting, codes = list(rows), {row.code for row in rows}
    done: set[str] = set()
    levels: list[list[NodeRow]] = []
    while waiting:
        ready = [
            row for row in waiting if row.parent is None or row.parent in done or row.parent not in codes
        ]
        level = ready or waiting
        levels.append(level)
        done |= {row.code for row in level}
        waiting = [row for row in waiting if row.code not in done]
    return levels


def _write_paths(session: Session, model: Any) -> None:
    nodes = {row.id: row for row in session.execute(select(model.id, model.parent_id, model.path))}

    def path(node_id: int) -> str:
        parent = nodes[node_id].parent_id
        return f"{path(parent) if parent else '/'}{node_id}/"

    moved = [{"id": each, "path": path(each)} for each in nodes if nodes[each].path != path(each)]
    if moved:
        session.execute(update(model), moved)
