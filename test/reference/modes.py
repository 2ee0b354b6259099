"""Draws problems that decouple, along the axes and out of order, and solves them mode by mode at 900 digits.

    python3 modes.py > modes.json

Every mode is solved by generate.py's textbook form; times go up to 1e6 of the fastest mode's relaxation times. Needs mpmath.
"""
import json
import math
import random

from mpmath import mpf, nstr

from generate import DIGITS, Solution

rnd = random.Random("feature-learning modes")
text = lambda x: nstr(x, DIGITS, min_fixed=-1, max_fixed=1)
cases = []
for n in range(60):
    size = lambda exponent: 10 ** rnd.uniform(-exponent, exponent)
    k, m = rnd.randint(1, 4), rnd.randint(1, 4)
    shared = dict(gamma=rnd.choice([-1.0, 1.0]) * size(0.5), eta_u=size(0.5), eta_w=size(0.5), k=rnd.choice([0.5, 1.0]))
    start = [0.0, -1.0, -5.0, -40.0][n % 4]
    modes = []
    for o, i in zip(rnd.sample(range(m), min(k, m)), rnd.sample(range(k), min(k, m))):
        width = rnd.randint(1, 3)
        xx, scale = size(1), 10 ** (start * rnd.random())
        xy = rnd.uniform(-1, 1) * math.sqrt(xx)
        draw = lambda: [scale * rnd.gauss(0, 1) for _ in range(width)]
        modes.append(dict(output=o, input=i, xx=xx, xy=xy, yy=0.0, u0=draw(), w0=draw(), **shared))
    solutions = [Solution(mode) for mode in modes]
    unit = 1 / max(float(solution.rho) for solution in solutions)
    times = sorted(unit * 10 ** rnd.uniform(-2, 2.5) for _ in range(4)) + [1e6 * unit]
    for mode, solution in zip(modes, solutions):
        mode["expected"] = []
        for t in times:
            u, w = solution.weights(t)
            g = solution.residual(t)
            dot = lambda a, b: text(sum(x * y for x, y in zip(a, b)))
            mode["expected"].append(dict(uu=dot(u, u), ww=dot(w, w), uw=dot(u, w), residual=text(g), excess=text(solution.k * g * g / mpf(mode["xx"]))))
    cases.append(dict(inputs=k, outputs=m, times=times, modes=modes, **shared))
print(json.dumps(cases, separators=(",", ":")))
