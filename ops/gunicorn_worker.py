"""Gunicorn's worker of threads, which lets go of the address as soon as it is told to end."""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Who comes while the last requests are finished is refused at once, so that a balancer asks the next server.

    Otherwise the kernel takes them in until the process is gone, and they hear nothing and then a reset.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            self._let_in(listener)
            listener.close()
        self.sockets = []

    def _let_in(self, listener: object) -> None:
        """Those whom the kernel had taken in before are answered."""
        before = -1
        while before < self.nr_conns:
            before = self.nr_conns
            self.accept(listener)
