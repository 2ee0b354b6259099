"""SciPy's DOP853 on the problems that bench/integrators.ts sends: JSON in on standard input, JSON out on standard output."""
import json
import sys
import time

import numpy as np
from scipy.integrate import solve_ivp

given = json.load(sys.stdin)


def work(case, rtol):
    d = len(case["start"]) // 2

    def derivative(_t, y):
        u, w = y[:d], y[d:]
        pull = 2 * case["gamma"] * (case["xy"] - case["gamma"] * case["xx"] * (u @ w))
        return np.concatenate([case["etaU"] * pull * w, case["etaW"] * pull * u])

    start = np.array(case["start"])
    end = np.array(case["end"])
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        run = solve_ivp(derivative, (0, case["until"]), start, method="DOP853", rtol=rtol, atol=rtol * np.abs(start).max())
        best = min(best, time.perf_counter() - began)
    error = float(np.abs(run.y[:, -1] - end).max() / np.abs(end).max())
    return {"error": error, "evaluations": run.nfev, "seconds": best}


print(json.dumps([[work(case, rtol) for case in given["cases"]] for rtol in given["tolerances"]]))
