"""What checks of the `assay` command in Python share: it is run, and what it says is held against what is wanted.

A check is a function of one Check, registered by `kind`. What does not hold is printed with its command line; a check goes
on after it.
"""
import http.server, json, os, re, shutil, socket, subprocess, sys, tempfile, threading

SKIPPED = 77  # for ctest
ISSUER, RESOURCE = "https://auth.example.com", "https://mcp.example.com/mcp"
kinds = {}


def kind(name):
    def register(check):
        assert name not in kinds, name
        kinds[name] = check
        return check
    return register


class Outcome:
    """One run of the command: its exit status, its objects or lines, and what it said on standard error."""

    def __init__(self, check, words, environment, done):
        self.check, self.status, self.out, self.err = check, done.returncode, done.stdout, done.stderr
        self.shown = False
        self.command = " ".join([*(f"{name}={value}" for name, value in environment.items()), *map(_shown, words)])
        self.objects = [json.loads(line) for line in self.out.splitlines() if line.startswith("{") and line.endswith("}")]

    def __getitem__(self, member):
        return self.objects[0].get(member) if self.objects else None

    def wants(self, exit=None, err=(), out=(), not_err=(), detail=(), **members):
        """Every member of the first object as given; all words, in any case, in the detail, on stderr, on stdout."""
        if exit is not None:
            self._hold(self.status == exit, f"exit status {exit}")
        for member, value in members.items():
            self._hold(self[member] == value, f"{member} {json.dumps(value)}")
        for place, text, words in (("detail", self["detail"] or "", detail), ("stderr", self.err, err), ("stdout", self.out, out)):
            for word in [words] if isinstance(words, str) else words:
                self._hold(word.lower() in text.lower(), f"{word!r} in {place}")
        for word in not_err:
            self._hold(word.lower() not in self.err.lower(), f"no {word!r} on stderr")
        return self

    def accepts(self, **more):
        return self.wants(exit=0, verdict="accept", **more)

    def rejects(self, reason, **more):
        return self.wants(exit=1, verdict="reject", reason=reason, **more)

    def allows(self, **more):
        return self.wants(exit=0, decision="allow", status=200, reason="accepted", **more)

    def denies(self, status, reason, **more):
        return self.wants(exit=1, decision="deny", status=status, reason=reason, **more)

    def asks(self, *words, without=()):
        """The challenge has these words and not those."""
        challenge = self["www_authenticate"] or ""
        for word in words:
            self._hold(word in challenge, f"{word!r} in the challenge")
        for word in without:
            self._hold(word not in challenge, f"no {word!r} in the challenge")
        return self

    def has(self, holds, what):
        self._hold(holds, what)
        return self

    def _hold(self, holds, what):
        self.check.expectations += 1
        if holds:
            return
        self.check.failures += 1
        if self.shown:
            print(f"  and wanted {what}")
            return
        self.shown = True
        print(f"{self.check.name}: wanted {what}\n  {self.command}\n  exit status {self.status}")
        for text in (self.out, self.err):
            if text:
                print("  " + "\n  ".join(line[:600] for line in text.rstrip().split("\n")[:12]))


def _shown(word):
    word = str(word)
    if len(word) > 200:
        word = word[:60] + "..."
    return "'" + word + "'" if re.search(r"[^\w@%+=:,./-]", word) else word


class Check:
    """One kind: a folder of its own, a key, and the command run in that folder."""

    keys = {}  # of all checks, by algorithm and number

    def __init__(self, name, assay, folder):
        self.name, self.assay, self.folder = name, assay, folder
        self.expectations = self.failures = 0
        self._at_end, self._files = [], 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "w") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, indent=1))
        return name

    def file(self, content):
        self._files += 1
        return self.write(f"made-{self._files}.json", content)

    def read(self, name):
        with open(self.path(name)) as file:
            return json.load(file) if name.endswith(".json") else file.read().strip()

    def run(self, *words, input=None, **environment):
        proxies = ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
        own = {name: value for name, value in os.environ.items() if name not in proxies}
        words = [json.dumps(word) if isinstance(word, (dict, list)) else str(word) for word in words]
        done = subprocess.run([self.assay, *words], input=input, stdin=subprocess.DEVNULL if input is None else None, text=True,
                              capture_output=True, cwd=self.folder, env=own | environment, timeout=120)
        outcome = Outcome(self, ["assay", *words], environment, done)
        if words[0] == "verify" and done.returncode != 2 and len(outcome.objects) == 1 and os.path.exists(self.path(words[-1])):
            self._explains(words, outcome, environment)
        return outcome

    def _explains(self, words, verdict, environment):
        """`assay explain` says of the one token what `assay verify` has said, and names the same check as the first to fail."""
        explained = self.run("explain", *words[1:-1], words[-1], **environment)
        explained.wants(exit=verdict.status, verdict=verdict["verdict"])
        failed = [check["check"] for check in explained["checks"] or [] if check["result"] == "fail"]
        if verdict["verdict"] == "accept":
            explained.has(not failed, "no check failed")
        else:
            explained.wants(reason=verdict["reason"], detail=verdict["detail"]).has(failed, "a check failed")
            explained.has(explained["advice"], "advice")

    # Keys and tokens of the check's own.
    def key(self, number=0, algorithm="ES256", kid=None):
        """The private JWK's path and its public JWK."""
        known = (algorithm, number, kid)
        if known not in Check.keys:
            place = os.path.join(os.path.dirname(self.folder), f"key-{algorithm}-{number}-{kid}.jwk")
            subprocess.run([self.assay, "keygen", "--alg", algorithm, "--out", place, *(["--kid", kid] if kid else [])], check=True,
                           capture_output=True)
            public = subprocess.run([self.assay, "jwks", place], check=True, capture_output=True, text=True).stdout
            Check.keys[known] = place, json.loads(public)["keys"][0]
        return Check.keys[known]

    def jwks(self, *keys):
        return {"keys": [dict(self.key(*(key if isinstance(key, tuple) else (key,)))[1]) for key in keys or (0,)]}

    def token(self, claims=None, key=0, drop=(), typ="JWT", more=()):
        """A token with the usual claims, `claims` over them, and those of `drop` left out."""
        all_claims = {"iss": ISSUER, "sub": "user-1", "client_id": "app-1", "aud": RESOURCE, "scope": "docs:read"} | (claims or {})
        all_claims = {name: value for name, value in all_claims.items() if name not in drop}
        place = self.key(*(key if isinstance(key, tuple) else (key,)))[0]
        made = self.write("claims.json", all_claims)
        done = subprocess.run([self.assay, "mint", "--key", place, "--claims", "@" + made, "--typ", typ, *more], cwd=self.folder,
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("mint: " + done.stderr)
        return done.stdout.strip()

    def config(self, *issuers, **root):
        """A configuration file of issuers, each the usual one with what is given over it; None leaves a member out."""
        entries = [{"issuer": ISSUER, "audiences": [RESOURCE], "keys": {"inline": self.jwks()}} | issuer for issuer in issuers or ({},)]
        entries = [{name: value for name, value in entry.items() if value is not None} for entry in entries]
        return self.file({"version": 1, "issuers": entries} | root)

    def policy(self, **members):
        usual = {"resource": RESOURCE, "authorization_servers": [ISSUER], "scopes_supported": ["docs:read", "mail:send"],
                 "default_scopes": ["docs:read"],
                 "tools": {"read_doc": {"scopes": ["docs:read"]}, "send_mail": {"scopes": ["mail:send"]}}}
        return self.file({name: value for name, value in (usual | members).items() if value is not None})

    def request(self, token=None, call="read_doc", version="2025-11-25", method=None, headers=None, body=None, http=None, scheme="Bearer"):
        fields = {"MCP-Protocol-Version": version} if version else {}
        if token is not None:
            fields["Authorization"] = f"{scheme} {token}"
        if body is None:
            message = {"jsonrpc": "2.0", "id": 1, "method": method or "tools/call"}
            if method is None:
                message["params"] = {"name": call}
            body = json.dumps(message)
        return self.file(({"method": http} if http else {}) | {"headers": fields | (headers or {}), "body": body})

    # What is asked of the command.
    def by_options(self, command="verify"):
        jwks = self.write("own-jwks.json", self.jwks())
        return [*command.split(), "--jwks", jwks, "--issuer", ISSUER, *(["--audience", RESOURCE] if command == "verify" else [])]

    def verify(self, token, *words, config=None, **environment):
        source = ["verify", "--config", config] if config else self.by_options()
        return self.run(*source, "--format", "json", *words, "--token", token, **environment)

    def decide(self, request, *words, policy=None, config=None, **environment):
        source = ["mcp", "check", "--config", config] if config else self.by_options("mcp check")
        return self.run(*source, "--policy", policy or self.policy(), "--request", request, *words, **environment)

    def config_check(self, config):
        return self.run("config", "check", config)

    # Servers, on ports of the system's choice.
    def serve(self, answers, address="127.0.0.1", tls=None):
        """Answers GET by path, from what `answers` holds at that time; what was asked for is in the server's `asked`."""
        server = Server(answers, address, tls)
        self._at_end.append(server.close)
        return server

    def unused_port(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            return listener.getsockname()[1]

    def on_close(self, action):
        self._at_end.append(action)

    def holds(self, what, holds, shown=""):
        """For what is no outcome of one command."""
        self.expectations += 1
        if not holds:
            self.failures += 1
            print(f"{self.name}: wanted {what}\n  {shown}")

    def close(self):
        for action in self._at_end:
            action()


class Server:
    def __init__(self, answers, address, tls):
        self.answers, self.asked = answers, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.asked.append((self.command, self.path))
                found = outer.answers.get(self.path)
                status, body = (404, "none") if found is None else found if isinstance(found, tuple) else (200, found)
                body = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_CONNECT = do_GET

        self._server = http.server.ThreadingHTTPServer((address, 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://{address}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def run_all(assay, names, source=None):
    """Runs the named kinds, all without names; `source` has a folder of the same name for each, which is copied. The exit status."""
    assay, failures, expectations = os.path.abspath(assay), 0, 0
    unknown = [name for name in names if name not in kinds]
    if unknown:
        print("no such kind: " + " ".join(unknown))
        return 2
    chosen = {name: check for name, check in kinds.items() if not names or name in names}
    with tempfile.TemporaryDirectory() as root:
        for name, function in chosen.items():
            folder = os.path.join(root, name)
            shutil.copytree(os.path.join(source, name), folder) if source else os.mkdir(folder)
            check = Check(name, assay, folder)
            try:
                function(check)
            except Exception as error:  # the next kinds still count
                check.failures += 1
                print(f"{name}: {type(error).__name__}: {error}")
            finally:
                check.close()
            failures, expectations = failures + check.failures, expectations + check.expectations
    print(f"{os.path.basename(sys.argv[0])}: {len(chosen)} kinds, {expectations} expectations, {failures} not met")
    return 1 if failures or not expectations else 0
