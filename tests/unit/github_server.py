"""GitHub's REST API as far as what we write there needs it, on a loopback address."""

import hashlib
import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

__all__ = ["BOT", "TOKEN", "Repository", "serving_github"]

TOKEN = "ghs_" + "t0ken" * 6
BOT = "github-actions[bot]"


@dataclass
class Repository:
    """What is there, and what was asked. `page` is how many items a page has at most."""

    url: str = ""
    page: int = 3
    comments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    issues: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    # Commits by their digest, trees as their files, branches as their commit; what was started.
    git: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    branches: dict[str, str] = field(default_factory=dict[str, str])
    started: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    commits: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[str] = field(default_factory=list[str])
    # Statuses that the next requests are answered with.
    failing: list[int] = field(default_factory=list[int])
    # What those answers carry; a 403 has no header of its own where a right is missing.
    limit: dict[str, str] = field(default_factory=lambda: {"Retry-After": "0"})
    refusal: str = "not now"

    def comment(self, body: str, login: str = BOT) -> dict[str, Any]:
        made = {"id": 1000 + len(self.comments), "body": body, "user": {"login": login}}
        self.comments.append(made)
        return made

    def issue(self, body: str, login: str = BOT, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        number = 1 + len(self.issues)
        made = {"number": number, "body": body, "state": "open", "user": {"login": login}, **more}
        self.issues.append(made)
        return made

    def writes(self) -> list[str]:
        return [each for each in self.asked if not each.startswith("GET")]


class _Server(ThreadingHTTPServer):
    repository: Repository


class _Handler(BaseHTTPRequestHandler):
    @property
    def repository(self) -> Repository:
        return cast("_Server", self.server).repository

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_GET  # noqa: N815 - http.server's name
    do_PATCH = do_GET  # noqa: N815

    def answer(self) -> None:
        split = urlsplit(self.path)
        path = split.path.removeprefix("/repos/acme/serving/")
        self.repository.asked.append(f"{self.command} {path}")
        length = int(self.headers.get("Content-Length") or 0)
        body: dict[str, Any] = json.loads(self.rfile.read(length)) if length else {}
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.say(401, {"message": "Bad credentials"})
        elif self.repository.failing:
            said = {"message": self.repository.refusal}
            self.say(self.repository.failing.pop(0), said, self.repository.limit)
        else:
            self.say(*self.found(path, parse_qs(split.query), body))

    def found(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        if self.command == "GET":
            return self.read(path, query)
        if re.fullmatch(r"issues/\d+/comments", path):
            # GitHub gives back Windows' line ends.
            text = body["body"].replace("\n", "\r\n").strip()
            return 201, self.repository.comment(text), {}
        if path == "issues":
            return 201, self.repository.issue(body["body"], title=body["title"]), {}
        if path.startswith(("git/", "pulls")):
            return *self.written(path, body), {}
        if path.startswith("actions/workflows/"):
            self.repository.started.append({"path": path, **body})
            return 204, None, {}
        kind, _, number = path.rpartition("/")
        listed, key = (
            (self.repository.comments, "id")
            if kind == "issues/comments"
            else (self.repository.issues, "number")
        )
        (item,) = (each for each in listed if each[key] == int(number))
        item.update(body)
        return 200, item, {}

    def written(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Trees, commits and branches by their content, as git has them; pull requests."""
        there = self.repository
        if path == "pulls":
            number = 1 + max(there.pulls, default=0)
            made = {**body, "number": number, "state": "open", "head": {"ref": body["head"]}}
            there.pulls[number] = made
            return 201, made
        if path.startswith("pulls/"):
            there.pulls[int(path.rpartition("/")[2])].update(body)
            return 200, there.pulls[int(path.rpartition("/")[2])]
        if path == "git/refs":
            there.branches[body["ref"].removeprefix("refs/heads/")] = body["sha"]
            return 201, {}
        if path.startswith("git/refs/heads/"):
            assert body["force"] is True
            there.branches[path.removeprefix("git/refs/heads/")] = body["sha"]
            return 200, {}
        text = json.dumps([path, body, len(there.git) if path == "git/commits" else 0])
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        if path == "git/trees":
            there.git[sha] = {each["path"]: each["content"] for each in body["tree"]}
        else:
            parents = [{"sha": each} for each in body["parents"]]
            there.git[sha] = {"tree": {"sha": body["tree"]}, "parents": parents}
        return 201, {"sha": sha}

    def read(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        if re.fullmatch(r"pulls/\d+", path):
            found = self.repository.pulls.get(int(path.rpartition("/")[2]))
            return (200, found, {}) if found else (404, {"message": "Not Found"}, {})
        if path.startswith("git/commits/"):
            # What nobody made here is a commit of the project.
            sha = path.rpartition("/")[2]
            return 200, self.repository.git.get(sha, {"tree": {"sha": f"tree of {sha}"}}), {}
        if path.startswith("git/matching-refs/heads/"):
            name = path.removeprefix("git/matching-refs/heads/")
            items = [
                {"ref": f"refs/heads/{each}", "object": {"sha": sha}}
                for each, sha in self.repository.branches.items()
                if each.startswith(name)
            ]
        elif path == "pulls":
            (head,) = query["head"]
            items = [
                each
                for each in self.repository.pulls.values()
                if each["state"] == "open" and f"acme:{each['head'].get('ref')}" == head
            ]
        elif path == "issues":
            (creator,) = query["creator"]
            items = [
                each
                for each in self.repository.issues
                if each["state"] == "open" and each["user"]["login"] == creator
            ]
        elif path.endswith("/commits"):
            items = self.repository.commits
        else:
            items = self.repository.comments
        page = int(query.get("page", ["1"])[0])
        end = page * self.repository.page
        more = {}
        if end < len(items):
            query_text = f"{urlsplit(self.path).query.partition('&page=')[0]}&page={page + 1}"
            next_url = f"{self.repository.url}{urlsplit(self.path).path}?{query_text}"
            more = {"Link": f'<{self.repository.url}>; rel="first", <{next_url}>; rel="next"'}
        return 200, items[end - self.repository.page : end], more

    def say(self, code: int, body: Any, headers: dict[str, str] | None = None) -> None:  # noqa: ANN401
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body is not None:
            self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002


@contextmanager
def serving_github() -> Generator[Repository]:
    """A repository that answers at its `url`."""
    server = _Server(("127.0.0.1", 0), _Handler)
    repository = server.repository = Repository(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
