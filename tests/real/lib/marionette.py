"""A minimal client of Marionette (protocol 3), by which Thunderbird is driven from outside; standard library only."""

import base64
import json
import socket
import time

ASYNC_FRAME = """
const done = arguments[arguments.length - 1];
const args = Array.from(arguments).slice(0, -1);
(async () => { %s })().then(
  value => done({ ok: value === undefined ? null : value }),
  error => done({ error: `${(error && (error.message || error.name)) || error} ${(error && error.stack) || ""}` }));
"""


class MarionetteError(Exception):
    pass


class Marionette:
    def __init__(self, port, wait_s=60):
        end = time.time() + wait_s
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), 5)
                self.socket.settimeout(120)
                self.buffer = b""
                self._receive()  # the greeting
                break
            except (OSError, EOFError):
                if time.time() > end:
                    raise
                time.sleep(0.3)
        self.number = 0
        self._command("WebDriver:NewSession", acceptInsecureCerts=True, unhandledPromptBehavior="ignore")
        self._command("Marionette:SetContext", value="chrome")

    def script(self, body, *arguments, timeout_s=60):
        """Runs the body of an async function in chrome; `args` holds the arguments; its value comes back as JSON."""
        self._command("WebDriver:SetTimeouts", script=timeout_s * 1000)
        result = self._command(
            "WebDriver:ExecuteAsyncScript", script=ASYNC_FRAME % body, args=list(arguments), newSandbox=False,
            sandbox="system",
        )
        if not isinstance(result, dict) or "error" in result:
            raise MarionetteError(str(result))
        return result["ok"]

    def screenshot(self, path):
        image = self._command("WebDriver:TakeScreenshot", full=True, hash=False, id=None)
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))

    def quit(self):
        try:
            self._command("Marionette:Quit", flags=["eForceQuit"])
        except (MarionetteError, OSError, EOFError):
            pass

    def _command(self, name, **parameters):
        self.number += 1
        message = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, value = self._receive()
        if error:
            raise MarionetteError(f"{name}: {error.get('error')}: {error.get('message')}")
        return value.get("value") if isinstance(value, dict) and set(value) == {"value"} else value

    def _receive(self):
        while b":" not in self.buffer:
            self._read()
        length, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(length):
            self._read()
        message, self.buffer = self.buffer[: int(length)], self.buffer[int(length):]
        return json.loads(message)

    def _read(self):
        received = self.socket.recv(65536)
        if not received:
            raise EOFError("Thunderbird closed the connection")
        self.buffer += received
