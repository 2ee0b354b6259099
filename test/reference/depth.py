"""
Reference values for networks of any depth on one direction, at 50 digits. Writes depth.json.

The layers obey da_l/dt = 2 k g eta_l gamma prod_{m != l} a_m with g = xy - gamma xx prod a. What is conserved leaves
one number, and the time at which it has a value is a quadrature in mpmath, which knows nothing of the library's
coordinates: a state is chosen, and its time is found. So no inverse is needed here, and t is right to 40 digits.

    python3 test/reference/depth.py > test/reference/depth.json
"""

import json
import random

from mpmath import asinh, cosh, exp, log, mp, mpf, quad, sign, sinh, sqrt

mp.dps = 50
random.seed(20)


def number(x):
    return float(x)


def balanced(depth, gamma, rate, xx, xy, k, f0, share):
    """The time at which layers of a real depth have gone from f0 a share of the way to the target, or to 0."""
    target = xy / xx
    learns = target != 0 and f0 / target > 0
    goal = target if learns else mpf(0)
    f = f0 + share * (goal - f0)
    L = depth
    power = 2 - 2 / L if L is not None else mpf(2)
    count = L if L is not None else mpf(1)
    scale = abs(gamma) ** (2 / L) if L is not None else mpf(1)
    # df/dt = 2k (xy - xx f) * count * rate * |f|^power * gamma^(2/L)
    def slow(y):
        # y = ln |f - goal|, f on one side of the goal
        now = goal + sign(f0 - goal) * exp(y)
        return (now - goal) / (2 * k * (xy - xx * now) * count * rate * abs(now) ** power * scale)
    a, b = log(abs(f0 - goal)), log(abs(f - goal))
    pieces = [a + (b - a) * i / 24 for i in range(25)]
    return f, quad(slow, pieces)


def unbalanced(layers, rates, gamma, xx, xy, k, share):
    """The time at which the smallest layer has gone a share of the way to where it ends, and all layers then."""
    n = len(layers)
    x = [a / sqrt(r) for a, r in zip(layers, rates)]
    j = min(range(n), key=lambda l: abs(x[l]))
    delta = [v * v - x[j] * x[j] for v in x]
    const = gamma
    for l in range(n):
        const *= sqrt(rates[l]) * (sign(layers[l]) if l != j else 1)
    def rest(y):
        p = mpf(1)
        for l in range(n):
            if l != j:
                p *= sqrt(y * y + delta[l])
        return p
    f = lambda y: const * y * rest(y)
    target = xy / xx
    # const*y*rest(y) rises in |y|; bisection for the end.
    side = sign(target / const) if target != 0 else mpf(1)
    lo, hi = mpf(0), mpf(1)
    while abs(f(hi)) < abs(target):
        hi *= 2
    for _ in range(200):
        mid = (lo + hi) / 2
        if abs(f(mid)) < abs(target):
            lo = mid
        else:
            hi = mid
    end = side * (lo + hi) / 2
    start = x[j]
    y1 = start + share * (end - start)
    # dy/dt = 2 k const rest(y) (xy - xx f(y)): near the end in ln |y - end|, through 0 in asinh y.
    def near_end(z):
        y = end + sign(start - end) * exp(z)
        return (y - end) / (2 * k * const * rest(y) * (xy - xx * f(y)))
    scale = sqrt(min(d for l, d in enumerate(delta) if l != j))
    def through_zero(z):
        y = scale * sinh(z)
        return scale * cosh(z) / (2 * k * const * rest(y) * (xy - xx * f(y)))
    def between(g, a, b, count):
        return quad(g, [a + (b - a) * i / count for i in range(count + 1)])
    t = mpf(0)
    begin = start
    if start * end < 0:
        middle = y1 if abs(y1 - end) > abs(end) / 2 else end / 2
        t = between(through_zero, asinh(start / scale), asinh(middle / scale), 20)
        begin = middle
    if begin != y1:
        t += between(near_end, log(abs(begin - end)), log(abs(y1 - end)), 40)
    now = [sqrt(r * (y1 * y1 + d)) * sign(v) for r, d, v in zip(rates, delta, layers)]
    now[j] = y1 * sqrt(rates[j])
    return t, now, f(y1), xy - xx * f(y1)


def draw(low, high):
    return mpf(round(random.uniform(low, high), 3))


def main():
    cases = []
    for depth in [1, 1.3, 2, 2.5, 3, 4, 7, 20, 100, None]:
        L = None if depth is None else mpf(depth)
        for place in ["below", "tiny", "above", "wrong", "zero"]:
            if place == "wrong" and (depth is None or depth != int(depth) or depth == 1):
                continue
            gamma, rate, xx = draw(0.3, 2), draw(0.3, 2), draw(0.3, 2)
            k = random.choice([mpf(1), mpf("0.5")])
            xy = mpf(0) if place == "zero" else draw(0.3, 1.5)
            target = xy / xx if place != "zero" else mpf(1)
            f0 = {"below": target / 3, "tiny": target / 1e6, "above": target * 4, "wrong": -target / 2, "zero": target * 2}[place]
            f0 = mpf(number(f0))
            for share in [mpf("0.001"), mpf("0.6"), 1 - mpf(10) ** -7]:
                f, t = balanced(L, gamma, rate, xx, xy, k, f0, share)
                cases.append({"kind": "balanced", "depth": depth, "gamma": number(gamma), "rate": number(rate), "xx": number(xx), "xy": number(xy), "k": number(k), "output": number(f0), "t": number(t), "f": number(f), "g": number(xy - xx * f)})
    for n in [2, 3, 4, 6]:
        for kind in ["positive", "negative", "zero layer", "near balance", "wide apart", "one frozen scale", "above"]:
            layers = [mpf(number(draw(0.1, 1.5))) for _ in range(n)]
            rates = [mpf(1)] * n if random.random() < 0.5 else [mpf(number(draw(0.3, 2))) for _ in range(n)]
            gamma, xx, xy = mpf(number(draw(0.3, 2))), mpf(number(draw(0.3, 2))), mpf(number(draw(0.3, 1.5)))
            if kind == "negative":
                layers[0] = -layers[0] / 4
            if kind == "zero layer":
                layers[-1] = mpf(0)
            if kind == "near balance":
                layers = [mpf(number(mpf("0.2") * (1 + mpf(10) ** -(3 * i + 3)))) for i in range(n)]
                rates = [mpf(1)] * n
            if kind == "wide apart":
                layers = [mpf(number(mpf(10) ** -i)) for i in range(n)]
            if kind == "one frozen scale":
                rates[0] = mpf("1e-6")
            if kind == "above":
                layers = [a + 2 for a in layers]
            gamma, xx, xy = mpf(number(gamma)), mpf(number(xx)), mpf(number(xy))
            rates = [mpf(number(r)) for r in rates]
            for share in [mpf("0.01"), mpf("0.6"), 1 - mpf(10) ** -7]:
                t, now, f, g = unbalanced(layers, rates, gamma, xx, xy, mpf(1), share)
                cases.append({"kind": kind, "layers": [number(a) for a in layers], "rates": [number(r) for r in rates], "gamma": number(gamma), "xx": number(xx), "xy": number(xy), "t": number(t), "now": [number(a) for a in now], "f": number(f), "g": number(g)})
    print(json.dumps(cases).replace("}, {", "},\n{"))


main()
