"""A receiver of webhooks on a free loopback port: keeps what came, answers as its rule says."""
import http.server
import json
import threading
import time


class HookServer:
    """`rule(request) -> status`, or (status, headers). `request`: id, headers, body, event, person, at."""

    def __init__(self, rule=lambda request: 200, host="127.0.0.1", port=0):
        self.rule, self.requests, self._lock = rule, [], threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                outer._take(self)

            def do_GET(self):
                outer._take(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def _take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        try:
            event = json.loads(body)
        except ValueError:
            event = {}
        request = {"id": handler.headers.get("webhook-id"), "headers": dict(handler.headers.items()), "at": time.time(),
                   "body": body.decode(), "event": event, "person": event.get("data", {}).get("address"),
                   "type": event.get("type"), "method": handler.command, "path": handler.path}
        answer = self.rule(request)
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        request["status"] = status
        with self._lock:
            self.requests.append(request)
        try:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        except OSError:
            pass  # the daemon was killed

    def url(self, path="/hooks"):
        return f"http://127.0.0.1:{self.port}{path}"

    def taken(self):
        """Ids that were accepted, each once, in order; by person as well."""
        with self._lock:
            requests = list(self.requests)
        out, by_person = [], {}
        for request in requests:
            if 200 <= request["status"] < 300 and request["id"] not in out:
                out.append(request["id"])
                by_person.setdefault(request["person"], []).append(request["event"]["data"].get("number"))
        return out, by_person

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
