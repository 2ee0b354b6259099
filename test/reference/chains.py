"""Draws chains of up to six tasks in which training undoes itself, and solves them task by task with mpmath at 700 digits.

    python3 chains.py > chains.json       writes the reference values
    python3 chains.py --check             compares them with Taylor integration of all 2d weights, task by task

Every task is solved by generate.py's textbook form, from the weights that the task before it left, none of them rounded. Each value is
found again at 900 digits and must come out the same. Durations and times are multiples of one power of two, so that a time less the
beginning of its task is exact in doubles. Needs mpmath. The seed is pinned.
"""
import json
import math
import random
import sys

from mpmath import mp, mpf, nstr, odefun

from generate import DIGITS, Solution

KINDS = [
    "generic", "tiny start", "apart", "opposite signs", "unequal rates", "width one", "parallel (Q = 0)",
    "antiparallel (P = 0)", "frozen u", "nearly frozen w",
]
PER_KIND = 5


def draw(kind, rnd):
    size = lambda exponent: 10 ** rnd.uniform(-exponent, exponent)
    sign = lambda: rnd.choice([-1.0, 1.0])
    width = 1 if kind == "width one" else rnd.randint(2, 4)
    c = dict(kind=kind, gamma=sign() * size(0.7), eta_u=size(0.5), eta_w=size(0.5), k=rnd.choice([0.5, 1.0]))
    if kind == "unequal rates":
        c["eta_u"], c["eta_w"] = size(3), size(3)
    if kind == "frozen u":
        c["eta_u"] = 0.0
    if kind == "nearly frozen w":
        c["eta_w"] = 10 ** rnd.uniform(-14, -8)
    exponent = rnd.uniform(60, 100) if kind == "tiny start" else 0.5 if "frozen" in kind else rnd.uniform(0, 40)
    scale = 10**-exponent
    u = [scale * rnd.gauss(0, 1) for _ in range(width)]
    w = [scale * rnd.gauss(0, 1) for _ in range(width)]
    if kind == "apart":
        u, w = [u[0]] + [0.0] * (width - 1), [0.0] + w[1:]
    if kind.startswith("parallel"):
        c["eta_w"], w = c["eta_u"], list(u)
    if kind.startswith("antiparallel"):
        c["eta_w"], w = c["eta_u"], [-x for x in u]
    c["u0"], c["w0"] = u, w
    c["stages"] = []
    way = sign()
    for _ in range(rnd.randint(2, 6)):
        # Mostly the other way than before.
        way = way if kind == "opposite signs" and rnd.random() < 0.3 else -way
        xx, y = size(0.7), size(0.7)
        c["stages"].append(dict(xx=xx, xy=way * y * rnd.uniform(0.2, 0.95) * math.sqrt(xx), yy=y * y))
    if kind == "generic":
        c["stages"][-1]["xy"] = 0.0
    # How long a task takes: the plateau, then the approach.
    needs = [needed(c, stage, exponent) for stage in c["stages"]]
    tick = 2.0 ** (math.floor(math.log2(max(needs))) - 16)
    counts = [max(1, round(need * 10 ** rnd.uniform(-0.7, 0.2) / tick)) for need in needs]
    begins = [sum(counts[:i]) for i in range(len(counts))]
    times = {0}
    for begin, count in zip(begins, counts):
        times |= {begin + round(rnd.random() * count), begin + round(rnd.random() * count), begin + count}
    for stage, count in zip(c["stages"], counts):
        stage["duration"] = count * tick
    c["times"] = sorted(time * tick for time in times)
    return c


def needed(c, stage, exponent):
    h = math.sqrt(c["eta_u"] * c["eta_w"])
    uu, ww = sum(x * x for x in c["u0"]), sum(x * x for x in c["w0"])
    own = 2 * c["k"] * c["gamma"] ** 2 * stage["xx"] * (c["eta_w"] * uu + c["eta_u"] * ww)
    return (9.2 * exponent + 10) / (4 * c["k"] * abs(c["gamma"]) * h * abs(stage["xy"]) + own)


def walk(c):
    """The state at every time, found from the beginning of the task that counts there."""
    u, w, begin = c["u0"], c["w0"], mpf(0)
    text = lambda x: nstr(x, DIGITS, min_fixed=-1, max_fixed=1)
    dot = lambda a, b: sum(x * y for x, y in zip(a, b))
    expected = []
    for i, stage in enumerate(c["stages"]):
        solution = Solution({**c, **stage, "u0": u, "w0": w})
        end = begin + mpf(stage["duration"])
        last = i == len(c["stages"]) - 1
        for t in c["times"]:
            if begin <= t < end or (last and t == end):
                a, b = solution.weights(t - begin)
                g = solution.residual(t - begin)
                numbers = dict(uu=dot(a, a), ww=dot(b, b), uw=dot(a, b), residual=g, excess=solution.k * g * g / solution.xx)
                row = {name: text(value) for name, value in numbers.items()}
                expected.append(dict(u=[text(x) for x in a], w=[text(x) for x in b], **row))
        u, w = solution.weights(stage["duration"])
        begin = end
    return expected


def cases():
    rnd = random.Random("feature-learning chains")
    for kind in KINDS:
        for _ in range(PER_KIND):
            yield draw(kind, rnd)


def check():
    """Integrates the 2d weights by Taylor series over short tasks, and reports the largest difference."""
    worst = count = 0
    for c in cases():
        # odefun's tolerance is absolute, and its steps are small: starts near 1, and the first quarter of a task.
        if max(map(abs, c["u0"] + c["w0"])) < 1e-8 or c["kind"] == "nearly frozen w":
            continue
        u, w, d = c["u0"], c["w0"], len(c["u0"])
        y = [mpf(x) for x in u + w]
        for stage in c["stages"]:
            s = Solution({**c, **stage, "u0": u, "w0": w})
            t = min(mpf(stage["duration"]) / 4, 2 / s.rho)
            u, w = s.weights(t)

            def force(_, y):
                g = s.xy - s.gamma * s.xx * sum(y[i] * y[d + i] for i in range(d))
                pull = 2 * s.k * s.gamma * g
                return [s.eu * pull * y[d + i] for i in range(d)] + [s.ew * pull * y[i] for i in range(d)]

            with mp.workdps(25):
                y = odefun(force, 0, y)(t)
                worst = max(worst, max(abs(a - b) for a, b in zip(y, u + w)) / max(abs(x) for x in u + w))
        count += 1
    print(f"{count} chains, largest difference {nstr(worst, 3)} of the largest weight")


if __name__ == "__main__":
    mp.dps = 700
    if "--check" in sys.argv:
        check()
    else:
        drawn = []
        for c in cases():
            c["expected"] = walk(c)
            assert len(c["expected"]) == len(c["times"])
            with mp.workdps(900):
                assert walk(c) == c["expected"]
            drawn.append(c)
        print(json.dumps(drawn, separators=(",", ":")))
