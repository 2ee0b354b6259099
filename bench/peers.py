"""SciPy's DOP853 and gradient descent in numpy on all weights, for bench/peers.ts: JSON in on standard input, JSON out on standard output."""
import json
import sys
import time

import numpy as np
from scipy.integrate import solve_ivp

given = json.load(sys.stdin)
SOUGHT = 1e-8


def layers(case):
    """The same order parameters at any width: two directions, spread over all neurons."""
    d = case["width"]
    a, b, c = case["u"], case["w"][0], case["w"][1]
    e, f = np.full(d, 1 / np.sqrt(d)), np.full(d, 1 / np.sqrt(d))
    f[1::2] *= -1
    return a * e, b * e + c * f


def overlaps(u, w):
    return np.array([u @ u, w @ w, u @ w])


def error(found, case):
    expected = np.array(case["expected"])
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def dop853(case):
    u, w = layers(case)
    d = len(u)

    def derivative(_t, y):
        pull = 2 * (case["xy"] - case["xx"] * (y[:d] @ y[d:]))
        return pull * np.concatenate([y[d:], y[:d]])

    for rtol in [1e-8, 1e-9, 1e-10]:
        began = time.perf_counter()
        # All times are looked at on the way, so that no run keeps them all.
        run = solve_ivp(derivative, (0, case["until"]), np.concatenate([u, w]), method="DOP853", rtol=rtol, atol=rtol / np.sqrt(d))
        seconds = time.perf_counter() - began
        found = error(overlaps(run.y[:d, -1], run.y[d:, -1]), case)
        if found <= SOUGHT:
            break
    return {"seconds": seconds, "error": found, "work": run.nfev}


def descent(case):
    u, w = layers(case)
    steps = case["steps"]
    size = case["until"] / steps
    began = time.perf_counter()
    for _ in range(steps):
        c = 2 * size * (case["xy"] - case["xx"] * (u @ w))
        u, w = u + c * w, w + c * u
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "error": error(overlaps(u, w), case), "work": steps}


print(json.dumps([{"dop853": dop853(case), "descent": descent(case)} for case in given]))
