"""What gunicorn itself has to say, in the shape of our own lines."""

from typing import Any

from gunicorn.glogging import Logger

from web.logs import JsonFormatter


class JsonLogger(Logger):  # type: ignore[misc]
    """Errors and, where somebody asks for it, access: one JSON object per line, without query, cookie and referrer.

    Our own line for each request says more; gunicorn's access log is for what never reached the program.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(JsonFormatter())

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Tell one answer."""
        if not self.access_log_enabled:
            return
        facts = {
            "method": environ.get("REQUEST_METHOD"),
            "path": environ.get("PATH_INFO"),
            "status": int(str(resp.status).split(None, 1)[0]),
            "bytes": getattr(resp, "sent", None),
            "milliseconds": round(1000 * request_time.total_seconds(), 1),
            "address": environ.get("REMOTE_ADDR"),
            "request_id": next((value for name, value in resp.headers if name == "X-Request-Id"), None),
        }
        self.access_log.info("access", extra={"facts": facts})
