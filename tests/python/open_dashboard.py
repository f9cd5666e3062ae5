"""Starts optuna-dashboard on STORAGE (NAME.db or NAME.log), which caviar exported, as README does, and asks it for its studies and for the trials of
the first one: there must be TRIALS. Exit code 77: there is no optuna-dashboard."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

program = shutil.which("optuna-dashboard", path=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))
if not program:
    print("optuna-dashboard is not installed", file=sys.stderr)
    sys.exit(77)
path, count = sys.argv[1], int(sys.argv[2])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


def get(what):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine
    with opener.open(f"http://127.0.0.1:{port}/{what}", timeout=30) as answer:
        return json.load(answer)


with open("dashboard.txt", "w+", encoding="utf-8") as said:
    server = subprocess.Popen([program, "--host", "127.0.0.1", "--port", str(port), "sqlite:///" + path if path.endswith(".db") else path], stdout=said, stderr=said)
    try:
        studies, give_up = None, time.monotonic() + 120
        while studies is None:  # it imports for seconds before it listens
            try:
                studies = get("api/studies")["study_summaries"]
            except OSError:
                if server.poll() is not None or time.monotonic() > give_up:
                    said.seek(0)
                    sys.exit("optuna-dashboard does not answer: " + said.read())
                time.sleep(0.1)
        assert len(studies) == 1, studies
        trials = get(f"api/studies/{studies[0]['study_id']}?after=0")["trials"]
        assert len(trials) == count, len(trials)
        assert {trial["state"] for trial in trials} >= {"Complete", "Pruned", "Fail"}
    finally:
        server.terminate()
        server.wait()
print("optuna-dashboard shows", studies[0]["study_name"], "with", len(trials), "trials")
