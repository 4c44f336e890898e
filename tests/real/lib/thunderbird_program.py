"""Starts a headless Thunderbird with a new profile and calls functions of thunderbird_chrome.js inside it."""

import json
import os
import pathlib
import signal
import subprocess

from marionette import Marionette

CHROME = (pathlib.Path(__file__).parent / "thunderbird_chrome.js").read_text(encoding="utf-8")
PREFERENCES = {
    "app.donation.eoy.version.viewed": 999,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.cache.disk.enable": False,
    "browser.dom.window.dump.enabled": True,
    "calendar.alarms.playsound": False,
    "calendar.alarms.show": False,
    "calendar.caldav.sched.enabled": True,
    "calendar.loglevel": "Debug",
    "calendar.timezone.local": "Europe/London",
    "calendar.timezone.useSystemTimezone": False,
    "calendar.view.timeIndicatorInterval": 0,
    "calendar.week.start": 1,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "devtools.console.stdout.chrome": True,
    "extensions.update.enabled": False,
    "mail.accounthub.enabled": False,
    "mail.accounthub.enabled.at.startup": False,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mail.winsearch.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "nimbus.rollouts.enabled": False,
}


class Thunderbird:
    def __init__(self, work, port):
        self.work = pathlib.Path(work)
        profile = self.work / "profile"
        profile.mkdir()
        self._write_preferences(profile, port)
        environment = {
            name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "LC_ALL")
        }
        environment.update(TZ="Europe/London", LANG="C.UTF-8", MOZ_HEADLESS_WIDTH="1400", MOZ_HEADLESS_HEIGHT="900")
        with open(self.work / "thunderbird.log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["thunderbird", "--headless", "--no-remote", "--profile", str(profile), "--marionette",
                 "--remote-allow-system-access"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True,
            )
        self.marionette = None
        self.port = port

    def connect(self):
        self.marionette = Marionette(self.port)

    def call(self, function, *arguments):
        """Calls a function of thunderbird_chrome.js and returns its value."""
        return self.marionette.script(f"{CHROME}\nreturn await {function}(...args);", *arguments)

    def screenshot(self, name):
        self.marionette.screenshot(self.work / f"{name}.png")

    def stop(self):
        if self.marionette:
            self.marionette.quit()
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                self.process.wait(8)
                return
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, kind)
        self.process.wait(8)

    @staticmethod
    def _write_preferences(profile, port):
        wanted = {**PREFERENCES, "marionette.port": port}
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in wanted.items()]
        (profile / "user.js").write_text("\n".join(lines) + "\n", encoding="utf-8")
