from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.jobs import queue
from trade.watch import proofs
from trade.watch.proofs import Verdict


def verify_now(session: Session, actor: Actor, given: None) -> int:
    """Let a worker prove the books soon; who asks twice gets the run that is under way."""
    if (running := proofs.find_open(session)) is not None:
        return running
    run_id = proofs.ask(session, actor, "page")
    queue.enqueue(session, "verify.run", f"verify.run-{run_id}", {"run_id": run_id})
    audit.record(session, actor, "verify.asked", {}, subject="verify_run", subject_id=run_id)
    return run_id


def keep_verdict(session: Session, actor: Actor, verdict: Verdict) -> int:
    """Keep what a proof of the books has found; a breach is told to the administrators."""
    return proofs.conclude(session, actor, verdict)
