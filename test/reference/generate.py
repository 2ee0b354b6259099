"""Draws problems and solves them with mpmath, from inputs that are doubles taken as exact.

    python3 generate.py > drawn.json      writes the reference values
    python3 generate.py --check           compares the formulas used here with Taylor integration of all 2d weights

The closed form is used as the textbook writes it, with tanh and the modes p, q, at so many digits that what it loses does not
matter. Needs mpmath (Debian: python3-mpmath). The seed is pinned: the same file comes out each time.
"""
import json
import math
import random
import sys

from mpmath import mp, mpf, nstr, odefun, sqrt, tanh, cosh, exp

mp.dps = 900  # starts of 1e-150 leave P*Q near 1e-600 of a_1^2
DIGITS = 20

# kind -> how often; each fills in what makes it special
KINDS = [
    "generic", "wide", "small-init", "large-init", "width-one", "balanced-aligned (Q = 0)", "balanced-antialigned (P = 0)",
    "no correlation", "power law (rho = 0)", "frozen u", "frozen w", "unequal rates", "small output scale", "large output scale",
    "scaled data", "zero u", "zero w", "nearly Q = 0", "nearly P = 0", "orthogonal", "tiny start", "huge scales", "near the target",
    "crossing zero from far", "very late", "very early", "backwards", "mirrored",
]
PER_KIND = 25


def draw(kind, rnd):
    def size(exponent):
        return 10 ** rnd.uniform(-exponent, exponent)

    def sign():
        return rnd.choice([-1.0, 1.0])

    width = {"width-one": 1, "wide": 24}.get(kind, rnd.randint(2, 5))
    c = dict(kind=kind, gamma=sign() * size(0.7), eta_u=size(0.7), eta_w=size(0.7), k=rnd.choice([0.5, 1.0]), xx=size(1))
    c["yy"] = size(1)
    c["xy"] = rnd.uniform(-0.95, 0.95) * math.sqrt(c["xx"] * c["yy"])
    scale_u, scale_w = size(0.5), size(0.5)
    if kind == "small-init":
        scale_u = scale_w = 10 ** rnd.uniform(-12, -3)
    if kind == "tiny start":
        scale_u = scale_w = 10 ** rnd.uniform(-150, -30)
    if kind == "large-init":
        scale_u, scale_w = 10 ** rnd.uniform(1, 3), 10 ** rnd.uniform(1, 3)
    if kind == "unequal rates":
        c["eta_u"], c["eta_w"] = size(6), size(6)
    if kind == "small output scale":
        c["gamma"] *= 1e-4
    if kind == "large output scale":
        c["gamma"] *= 1e4
    if kind == "scaled data":
        sx, sy = size(4), size(4)
        c["xx"], c["xy"], c["yy"] = c["xx"] * sx * sx, c["xy"] * sx * sy, c["yy"] * sy * sy
    if kind == "huge scales":
        sx, sy = size(12), size(12)
        c["xx"], c["xy"], c["yy"] = c["xx"] * sx * sx, c["xy"] * sx * sy, c["yy"] * sy * sy
        c["gamma"], c["eta_u"], c["eta_w"], scale_u, scale_w = c["gamma"] * size(12), size(12), size(12), size(12), size(12)
    if kind == "frozen u":
        c["eta_u"] = 0.0
    if kind == "frozen w":
        c["eta_w"] = 0.0
    if kind in ("no correlation", "power law (rho = 0)"):
        c["xy"] = 0.0
    u = [scale_u * rnd.gauss(0, 1) for _ in range(width)]
    w = [scale_w * rnd.gauss(0, 1) for _ in range(width)]
    parallel = {"balanced-aligned (Q = 0)": 1.0, "balanced-antialigned (P = 0)": -1.0, "power law (rho = 0)": sign()}.get(kind)
    if parallel is not None:
        c["eta_u"] = c["eta_w"]  # so that sqrt(eta) cancels exactly
        w = [parallel * x for x in u]
    if kind in ("nearly Q = 0", "nearly P = 0"):
        s = 1.0 if kind == "nearly Q = 0" else -1.0
        tilt = 10 ** rnd.uniform(-13, -2)
        w = [s * math.sqrt(c["eta_w"] / c["eta_u"]) * x * (1 + tilt * rnd.gauss(0, 1)) for x in u]
    if kind == "zero u":
        u = [0.0] * width
    if kind == "zero w":
        w = [0.0] * width
    if kind == "orthogonal":
        u = [u[0]] + [0.0] * (width - 1)
        w = [0.0] + w[1:]
    if kind == "mirrored":
        u, w = [x for x in u for _ in (0, 1)], [s * x for x in w for s in (1, -1)]
    if kind in ("near the target", "crossing zero from far"):
        S = sum(a * b for a, b in zip(u, w))
        factor = 1 + 10 ** rnd.uniform(-10, -3) if kind == "near the target" else -(10 ** rnd.uniform(1, 5))
        goal = factor * c["xy"] / (c["gamma"] * c["xx"])
        u = [x * goal / S for x in u]
    c["u0"], c["w0"] = u, w
    return c


class Solution:
    """The textbook solution of one problem."""

    def __init__(self, c):
        self.gamma, self.eu, self.ew = mpf(c["gamma"]), mpf(c["eta_u"]), mpf(c["eta_w"])
        self.k, self.xx, self.xy, self.yy = mpf(c["k"]), mpf(c["xx"]), mpf(c["xy"]), mpf(c["yy"])
        self.u0, self.w0 = [mpf(x) for x in c["u0"]], [mpf(x) for x in c["w0"]]
        self.S0 = sum(a * b for a, b in zip(self.u0, self.w0))
        self.g0 = self.xy - self.gamma * self.xx * self.S0
        uu, ww = sum(a * a for a in self.u0), sum(a * a for a in self.w0)
        self.B0 = self.ew * uu + self.eu * ww
        self.frozen = self.eu == 0 or self.ew == 0
        if self.frozen:
            self.rho = 2 * self.k * self.gamma**2 * self.xx * self.B0
            return
        ru, rw, h = sqrt(self.eu), sqrt(self.ew), sqrt(self.eu * self.ew)
        self.p = [(a / ru + b / rw) / 2 for a, b in zip(self.u0, self.w0)]
        self.q = [(a / ru - b / rw) / 2 for a, b in zip(self.u0, self.w0)]
        P, Q = sum(x * x for x in self.p), sum(x * x for x in self.q)
        lam, A = 2 * self.k * self.gamma * h, self.gamma * h * self.xx
        self.a0, self.a1, self.a2 = 2 * lam * A * Q, 2 * lam * self.xy, -2 * lam * A * P
        self.rho = sqrt(self.a1**2 - 4 * self.a0 * self.a2)

    def weights(self, t):
        t = mpf(t)
        if self.frozen:
            # u' = eta_u 2 k gamma g w with g = g0 exp(-rho t), or the same with the layers exchanged
            clock = (1 - exp(-self.rho * t)) / self.rho if self.rho else t
            phi = 2 * self.k * self.gamma * self.g0 * clock
            return ([a + self.eu * phi * b for a, b in zip(self.u0, self.w0)], [b + self.ew * phi * a for a, b in zip(self.u0, self.w0)])
        tau = 2 * tanh(self.rho * t / 2) / self.rho if self.rho else t
        num = 1 + (self.a0 + self.a1 / 2) * tau
        den = 1 - (self.a2 + self.a1 / 2) * tau
        if num <= 0 or den <= 0:
            raise ValueError("the flow does not exist then")
        root = sqrt(num / den)
        u = [sqrt(self.eu) * (p * root + q / root) for p, q in zip(self.p, self.q)]
        w = [sqrt(self.ew) * (p * root - q / root) for p, q in zip(self.p, self.q)]
        return u, w

    def residual(self, t):
        t = mpf(t)
        if self.frozen:
            return self.g0 * exp(-self.rho * t)
        tau = 2 * tanh(self.rho * t / 2) / self.rho if self.rho else t
        num = 1 + (self.a0 + self.a1 / 2) * tau
        den = 1 - (self.a2 + self.a1 / 2) * tau
        return self.g0 / (cosh(self.rho * t / 2) ** 2 * num * den)

    def expected(self, t):
        u, w = self.weights(t)
        uu, ww, S = sum(a * a for a in u), sum(a * a for a in w), sum(a * b for a, b in zip(u, w))
        g = self.residual(t)
        text = lambda x: nstr(x, DIGITS, min_fixed=-1, max_fixed=1)
        excess = self.k * g * g / self.xx
        return dict(
            u=[text(x) for x in u], w=[text(x) for x in w], output=text(self.gamma * S), residual=text(g),
            loss=text(self.k * (self.yy - self.xy**2 / self.xx) + excess), excess_loss=text(excess),
            ntk=text(self.gamma**2 * (self.ew * uu + self.eu * ww)),
            cosine=text(S / sqrt(uu * ww)) if uu and ww else None,
            log_norms=text(mp.log(uu * ww) / 2) if uu and ww else None,
        )


def times_of(kind, solution, rnd):
    unit = 1 / float(solution.rho) if solution.rho else 1 / float(solution.k * solution.gamma**2 * solution.xx * solution.B0)
    if kind == "very late":
        return [0.0] + sorted(unit * 10 ** rnd.uniform(1, 2.8) for _ in range(4))
    if kind == "very early":
        return [0.0] + sorted(unit * 10 ** rnd.uniform(-14, -6) for _ in range(4))
    if kind == "backwards":
        return [t for t in (-unit * 10 ** rnd.uniform(-4, 0) for _ in range(12)) if exists(solution, t)][:5]
    return [0.0] + sorted(unit * 10 ** rnd.uniform(-3, 1.7) for _ in range(4))


def exists(solution, t):
    """Whether the backward flow is still well away from its blow-up: inside, rounding of t decides."""
    try:
        solution.weights(1.2 * t)
        return abs(solution.residual(t)) < 100 * abs(solution.g0)
    except ValueError:
        return False


def problems():
    rnd = random.Random("feature-learning reference")
    for kind in KINDS:
        for _ in range(PER_KIND):
            c = draw(kind, rnd)
            solution = Solution(c)
            c["times"] = times_of(kind, solution, rnd)
            c["rate"] = nstr(solution.rho, DIGITS, min_fixed=-1, max_fixed=1)
            yield c, solution


def check():
    """Integrates the 2d weights by Taylor series and reports the largest difference."""
    worst = count = 0
    for i, (c, solution) in enumerate(problems()):
        # odefun's tolerance is absolute: weights far from 1 are out of its reach
        if i % 24 or len(c["u0"]) > 5 or c["kind"] in ("backwards", "tiny start", "huge scales"):
            continue
        d = len(c["u0"])
        t = mpf(min(t for t in c["times"] if t > 0))
        t = min(t, 2 / solution.rho) if solution.rho else t
        u, w = solution.weights(t)

        def force(_, y):
            g = solution.xy - solution.gamma * solution.xx * sum(y[i] * y[d + i] for i in range(d))
            pull = 2 * solution.k * solution.gamma * g
            return [solution.eu * pull * y[d + i] for i in range(d)] + [solution.ew * pull * y[i] for i in range(d)]

        with mp.workdps(25):
            y = odefun(force, 0, solution.u0 + solution.w0)(t)
            size = max(abs(x) for x in u + w)
            worst = max(worst, max(abs(a - b) for a, b in zip(y, u + w)) / size)
        count += 1
    print(f"{count} problems, largest difference {nstr(worst, 3)} of the largest weight")


if __name__ == "__main__":
    if "--check" in sys.argv:
        check()
    else:
        cases = []
        for c, solution in problems():
            c["expected"] = [solution.expected(t) for t in c["times"]]
            cases.append(c)
        note = "as exact-flow.json, drawn and solved by generate.py"
        print(json.dumps({"note": note, "cases": cases}, separators=(",", ":")))
