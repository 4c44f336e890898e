"""Runs vdirsyncer with a configuration of its own: folders on one side, the server on the other."""

import os
import pathlib
import subprocess
import sys

CONFIG = """
[general]
status_path = "{folder}/status/"

[pair first]
a = "folder"
b = "server"
collections = ["from a", "from b"]
metadata = ["displayname", "color"]
conflict_resolution = {on_conflict}

[storage folder]
type = "filesystem"
path = "{folder}/first/"
fileext = ".ics"

[storage server]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"

[pair second]
a = "folder2"
b = "server"
collections = ["from b"]

[storage folder2]
type = "filesystem"
path = "{folder}/second/"
fileext = ".ics"
"""


class Vdirsyncer:
    """`first` is synced both ways with metadata; `second` plays another device of the same user."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.first, self.second = self.folder / "first", self.folder / "second"
        for path in (self.first, self.second, self.folder / "status"):
            path.mkdir(parents=True, exist_ok=True)
        self.on_conflict("null")

    def on_conflict(self, winner):
        self.config = self.folder / "config"
        self.config.write_text(CONFIG.format(
            folder=self.folder, on_conflict=winner, url=os.environ["DAV_URL"],
            user=os.environ["USER1"], password=os.environ["PASS1"],
        ))

    def attempt(self, *arguments, seconds=120):
        """(exit status, output); every question is answered with yes."""
        program = os.environ["CLIENTS_HOME"] + "/venv-vdirsyncer/bin/vdirsyncer"
        done = subprocess.run(
            [program, "-v", "INFO", *arguments], env={**os.environ, "VDIRSYNCER_CONFIG": str(self.config)},
            input="y\n" * 100, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
        )
        with open(self.folder / "vdirsyncer.log", "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(arguments)} -> {done.returncode}\n{done.stdout}\n")
        return done.returncode, done.stdout

    def run(self, *arguments, seconds=120):
        """The output; an error when vdirsyncer reports one."""
        status, output = self.attempt(*arguments, seconds=seconds)
        if status:
            raise RuntimeError(f"vdirsyncer {' '.join(arguments)}: {output.strip().splitlines()[-1:]}")
        return output

    def sync(self, pair, *options, seconds=120):
        self.run("sync", *options, pair, seconds=seconds)


def files_with(folder, text):
    """The files below a folder that contain the text."""
    return [path for path in sorted(pathlib.Path(folder).rglob("*.ics")) if text in path.read_text(encoding="utf-8")]


def main():
    """vdirsyncer_client.py FOLDER: makes the folder's calendars those of the server and syncs once."""
    client = Vdirsyncer(sys.argv[1])
    client.run("discover", "first")
    client.sync("first", "--force-delete")  # a calendar may become empty


if __name__ == "__main__":
    main()
