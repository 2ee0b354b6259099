"""Reference values of networks with a kink at 0, ReLU and |x|, at 60 digits: relu.json.

    python3 test/reference/relu.py > test/reference/relu.json

Shares nothing with the library: every neuron is turned by itself from event to event, its sums are added up
anew in every piece, and a piece is the Moebius solution of the Riccati equation

    xi' = -a xi^2 + b xi + c,   a = k gamma^2 xx P,   b = 4 k gamma h xy,   c = k gamma^2 xx Q,   xi(0) = 1,

with P, Q = sum (sqrt(eta_w) u +- sqrt(eta_u) w)^2. A neuron is at w = 0 where xi = (q/p) of its own. Under |x|
both sides are one class of |w| with xx+ + xx- and xy+ - xy-. `cond` of an event is the sum of |d ln t/d ln x|
over all weights, moments, rates and the output scale: relative rounding errors of these change t by that much.
`cond` of weights is the same sum for the largest change of any weight, in units of the largest of its layer.
"""
import json
import random

from mpmath import atanh, cosh, exp, inf, log, mp, mpf, sign, sinh, sqrt

mp.dps = 60
random.seed(11)


def number(x):
    return float(x)


class Side:
    """The neurons of one side: a list of [index, u, w], with w > 0 for one side and w < 0 for the other."""

    def __init__(self, xx, xy, rates, gamma, k):
        self.xx, self.xy, self.rates, self.gamma, self.k = xx, xy, rates, gamma, k
        self.neurons = []

    def residual(self):
        return self.xy - self.gamma * self.xx * sum((n[1] * n[2] for n in self.neurons), mpf(0))

    def equation(self):
        eu, ew = self.rates
        P = sum(((sqrt(ew) * u + sqrt(eu) * w) ** 2 for _, u, w in self.neurons), mpf(0))
        Q = sum(((sqrt(ew) * u - sqrt(eu) * w) ** 2 for _, u, w in self.neurons), mpf(0))
        strength = self.k * self.gamma ** 2 * self.xx
        return strength * P, 4 * self.k * self.gamma * sqrt(eu * ew) * self.xy, strength * Q

    def next(self):
        """The neuron that reaches w = 0 first, and when."""
        eu, ew = self.rates
        best = (inf, None)
        if eu == 0:
            # w moves along a line, phi = (g/decay) (1 - exp(-rate t)).
            total = sum((u * u for _, u, _ in self.neurons), mpf(0))
            g = self.residual()
            rate = 2 * self.k * self.gamma ** 2 * self.xx * ew * total
            for n in self.neurons:
                _, u, w = n
                if u == 0 or w == 0:
                    continue
                phi = -w / (ew * u)
                x = phi * self.gamma * self.xx * ew * total / g if g != 0 else mpf(-1)
                if 0 < x < 1:
                    t = -log(1 - x) / rate
                    if t < best[0]:
                        best = (t, n)
            return best
        a, b, c = self.equation()
        omega = sqrt(b * b / 4 + a * c)
        if omega == 0:
            return best
        for n in self.neurons:
            _, u, w = n
            p, q = sqrt(ew) * u + sqrt(eu) * w, sqrt(ew) * u - sqrt(eu) * w
            if p == 0 or q / p <= 0 or w == 0:
                continue
            xi = q / p
            bottom = b / 2 + c - xi * (a - b / 2)
            if bottom == 0:
                continue
            # 1 + tanh (b/2 + c)/omega = xi (1 + tanh (a - b/2)/omega)
            x = omega * (xi - 1) / bottom
            if 0 < x < 1:
                t = atanh(x) / omega
                if t < best[0]:
                    best = (t, n)
        return best

    def advance(self, t):
        eu, ew = self.rates
        if eu == 0:
            total = sum((u * u for _, u, _ in self.neurons), mpf(0))
            rate = 2 * self.k * self.gamma ** 2 * self.xx * ew * total
            g = self.residual()
            phi = g * 2 * self.k * self.gamma * (t if rate == 0 else (1 - exp(-rate * t)) / rate)
            for n in self.neurons:
                n[2] += ew * phi * n[1]
            return
        a, b, c = self.equation()
        omega = sqrt(b * b / 4 + a * c)
        if omega == 0:
            return
        ch, sh = cosh(omega * t), sinh(omega * t)
        xi = (ch + sh * (b / 2 + c) / omega) / (ch + sh * (a - b / 2) / omega)
        theta = log(xi) / 2
        ratio = sqrt(eu / ew) if ew != 0 else inf
        for n in self.neurons:
            u, w = n[1], n[2]
            n[1] = u * cosh(theta) + ratio * w * sinh(theta)
            n[2] = w * cosh(theta) + u * sinh(theta) / ratio


def solve(problem, times):
    """Events up to the last time, and the weights at every time."""
    rates = (problem["etaU"], problem["etaW"])
    gamma, k = problem["gamma"], problem["k"]
    pos, neg = problem["positive"], problem["negative"]
    isAbs = problem["activation"] == "abs"
    count = len(problem["u"])
    flip = [isAbs and problem["w"][i] < 0 for i in range(count)]
    if isAbs:
        sides = [Side(pos[0] + neg[0], pos[1] - neg[1], rates, gamma, k)]
        for i in range(count):
            sides[0].neurons.append([i, problem["u"][i], abs(problem["w"][i])])
    else:
        sides = [Side(*pos, rates, gamma, k), Side(*neg, rates, gamma, k)]
        for i in range(count):
            sides[0 if problem["w"][i] > 0 else 1].neurons.append([i, problem["u"][i], problem["w"][i]])
    dead = []
    events, snapshots = [], []
    now = mpf(0)
    for stop in [*times]:
        while True:
            found = [(*side.next(), s) for s, side in enumerate(sides)]
            t, n, s = min(found, key=lambda f: f[0])
            if now + t >= stop:
                break
            fate = not isAbs and sides[0].residual() * sides[1].residual() > 0
            for side in sides:
                side.advance(t)
            now += t
            n[2] = mpf(0)
            sides[s].neurons.remove(n)
            if fate:
                # It has w = 0 and counts on the other side from here on.
                sides[1 - s].neurons.append(n)
            else:
                dead.append(n)
            events.append((now, n[0], "crosses" if fate else "dies"))
        for side in sides:
            side.advance(stop - now)
        now = stop
        u, w = [mpf(0)] * count, [mpf(0)] * count
        for i, a, b in [*dead, *(n for side in sides for n in side.neurons)]:
            u[i], w[i] = a, -b if flip[i] else b
        snapshots.append((u, w, [side.residual() for side in sides]))
    return events, snapshots


def inputs(problem):
    for name in ["etaU", "etaW", "gamma"]:
        yield (name,)
    for name in ["positive", "negative"]:
        for i in [0, 1]:
            yield (name, i)
    for name in ["u", "w"]:
        for i in range(len(problem[name])):
            yield (name, i)


def moved(problem, path, factor):
    other = {**problem, **{name: [*problem[name]] for name in ["positive", "negative", "u", "w"]}}
    if len(path) == 1:
        other[path[0]] *= factor
    else:
        other[path[0]][path[1]] *= factor
    return other


def conditions(problem, times, events, snapshots):
    """How much relative changes of the inputs change the times of events, and the weights."""
    small = mpf(10) ** -20
    ofEvents = {n: mpf(0) for _, n, _ in events}
    ofWeights = [mpf(0)] * len(times)
    for path in inputs(problem):
        other = solve(moved(problem, path, 1 + small), times)
        for t, n, _ in other[0]:
            first = next((a for a, m, _ in events if m == n), None)
            if first is not None:
                ofEvents[n] += abs(t / first - 1) / small
        for i, (u, w, _) in enumerate(other[1]):
            change = max(
                max(abs(a - b) for a, b in zip(x, y)) / max(*[abs(a) for a in y], mpf(10) ** -300)
                for x, y in zip((u, w), snapshots[i][:2])
            )
            ofWeights[i] += change / small
    return ofEvents, ofWeights


def draw(kind):
    width = random.choice([1, 2, 3, 5, 8, 12])
    normal = lambda s: mpf(number(random.gauss(0, 1) * s))
    forU, forW = {
        "ordinary": (1, 0.5),
        "small": (1e-3, 1e-3),
        "tiny": (1e-9, 1e-10),
        "large": (30, 10),
        "heavy in u": (1, 1e-4),
        "rates far apart": (1, 1),
        "frozen u": (1, 1),
        "one side": (1, 0.5),
        "strong targets": (0.3, 0.3),
        "abs": (1, 0.7),
        "abs, small": (1e-3, 1e-3),
        "abs, rates far apart": (1, 1),
    }[kind]
    etaU, etaW = [mpf(number(10 ** random.uniform(-0.5, 0.5))) for _ in range(2)]
    if "far apart" in kind:
        etaU, etaW = mpf(number(1e-4 * etaU)), mpf(number(1e3 * etaW))
    if kind == "frozen u":
        etaU = mpf(0)
    strength = 20 if kind == "strong targets" else 2
    side = lambda: [mpf(number(10 ** random.uniform(-0.5, 0.5))), normal(strength)]
    positive, negative = side(), side()
    if kind == "one side":
        negative = [mpf(0), mpf(0)]
    return {
        "activation": "abs" if kind.startswith("abs") else "relu",
        "kind": kind,
        "gamma": mpf(number(random.choice([-1, 1]) * 10 ** random.uniform(-0.5, 0.5))),
        "k": random.choice([mpf(1), mpf("0.5")]),
        "etaU": etaU,
        "etaW": etaW,
        "positive": positive,
        "negative": negative,
        "u": [normal(forU) for _ in range(width)],
        "w": [normal(forW) for _ in range(width)],
    }


def main():
    kinds = ["ordinary", "small", "tiny", "large", "heavy in u", "rates far apart", "frozen u", "one side", "strong targets", "abs", "abs, small", "abs, rates far apart"]
    cases = []
    for kind in kinds:
        made = 0
        while made < 8:
            problem = draw(kind)
            # Times within, and beyond, the course: in units of the rates of both sides.
            h = sqrt(problem["etaU"] * problem["etaW"])
            xx, xy = [problem["positive"][i] + abs(problem["negative"][i]) for i in (0, 1)]
            B = sum(problem["etaW"] * a * a + problem["etaU"] * b * b for a, b in zip(problem["u"], problem["w"]))
            rate = 2 * problem["k"] * (problem["gamma"] ** 2 * xx * B + 2 * abs(problem["gamma"]) * h * max(abs(problem["positive"][1]), abs(problem["negative"][1])))
            unit = 1 / rate
            times = [mpf(number(unit * share)) for share in [mpf("0.1"), mpf(1), mpf(10), mpf(60)]]
            events, snapshots = solve(problem, times)
            # Half of the problems are to have events.
            if len(events) == 0 and made % 2 == 0:
                continue
            ofEvents, ofWeights = conditions(problem, times, events, snapshots)
            made += 1
            plain = {name: [number(x) for x in value] if isinstance(value, list) else value if isinstance(value, str) else number(value) for name, value in problem.items()}
            cases.append({
                **plain,
                "events": [{"t": number(t), "neuron": n, "kind": what, "cond": float("%.3g" % ofEvents[n])} for t, n, what in events],
                "at": [{"t": number(t), "u": [number(x) for x in u], "w": [number(x) for x in w], "residuals": [number(g) for g in gs], "cond": float("%.3g" % c)} for t, (u, w, gs), c in zip(times, snapshots, ofWeights)],
            })
    print("[" + ",\n".join(json.dumps(c) for c in cases) + "]")


main()
