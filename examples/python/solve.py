"""Exact learning dynamics from Python: one process solves as many problems as you ask, a line of JSON each.

    npm install feature-learning && python solve.py
"""
import json
import os
import subprocess


class Solver:
    def __init__(self, command="npx feature-learning"):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([*command.split(), "solve", "--stdin"], stdin=pipe, stdout=pipe, text=True, encoding="utf-8")

    def __call__(self, **problem):
        self.process.stdin.write(json.dumps(problem) + "\n")
        self.process.stdin.flush()
        # Infinite numbers come as "Infinity", which float() reads.
        result = json.loads(self.process.stdout.readline())
        if "error" in result:
            raise ValueError(result["error"]["message"])
        return result


if __name__ == "__main__":
    solve = Solver(os.environ.get("FEATURE_LEARNING", "npx feature-learning"))
    task = {"x": [-1.2, -0.4, 0.3, 1.3], "y": [-1.0, -0.5, 0.2, 1.4]}
    print("scale  regime            half-life  kernel at the end")
    for scale in (0.001, 0.01, 0.1, 1.0):
        found = solve(task=task, initial={"gaussian": {"width": 64, "scale": scale, "seed": 1}})
        print(f"{scale:<6} {found['regime']['regime']:<17} {found['halfLife']:<10.4f} {found['end']['kernel']:.4f}")
