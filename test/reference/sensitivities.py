"""Draws problems and differentiates their solution with mpmath, from inputs that are doubles taken as exact.

    python3 sensitivities.py > sensitivities.json

The textbook's form of the solution (tanh and the modes P, Q) in dual numbers at 3000 digits: every operation carries the
derivatives by all parameters, so there is no step to choose. Where the textbook's form is 0/0 (no rate, a frozen layer, gamma = 0)
the parameter in question is moved off by 1e-300, then 1e-600: what both agree on is the limit. The solution is written for order
parameters alone. Derivatives that do not exist or are infinite have no value here. Needs mpmath (Debian: python3-mpmath). The seed is pinned.
"""
import json
import math
import random

from mpmath import mp, mpf, nstr, tanh as real_tanh, sqrt as real_sqrt

mp.dps = 3000
DIGITS = 13
OFF = mpf(10) ** -300
NAMES = ["t", "outputScale", "learningRates.u", "learningRates.w", "xx", "xy", "yy", "uu", "ww", "uw"]
MOVED = ["frozen u", "frozen w", "both frozen", "no output scale", "no data", "power law", "both zero"]
PER_KIND = 12
KINDS = [
    "generic", "balanced", "wide", "width one", "tiny start", "small start", "large start", "unequal rates", "frozen u", "frozen w", "both frozen",
    "zero u", "zero w", "both zero", "saddle", "converging from Q = 0", "nearly a saddle", "no correlation", "power law", "fixed point",
    "no output scale", "no data", "scaled data", "huge scales", "crossing zero", "orthogonal", "weights",
]


class Dual:
    def __init__(self, x, d=None):
        self.x, self.d = mpf(x), d or {}

    def chain(self, x, slope):
        return Dual(x, {n: slope * v for n, v in self.d.items()})

    def __add__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        d = dict(self.d)
        for n, v in o.d.items():
            d[n] = d[n] + v if n in d else v
        return Dual(self.x + o.x, d)

    __radd__ = __add__

    def __neg__(self):
        return self.chain(-self.x, -1)

    def __sub__(self, o):
        return self + -o

    def __rsub__(self, o):
        return -self + o

    def __mul__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return self.chain(self.x * o.x, o.x) + o.chain(0, self.x)

    __rmul__ = __mul__

    def __truediv__(self, o):
        o = o if isinstance(o, Dual) else Dual(o)
        return self * o.chain(1 / o.x, -1 / o.x**2)

    def __rtruediv__(self, o):
        return Dual(o) / self


def sqrt(a):
    r = real_sqrt(a.x)
    return a.chain(r, 1 / (2 * r))


def tanh(a):
    T = real_tanh(a.x)
    return a.chain(T, 1 - T * T)


def draw(kind, rnd):
    def size(exponent):
        return 10 ** rnd.uniform(-exponent, exponent)

    def sign():
        return rnd.choice([-1.0, 1.0])

    def short():
        """A number of few bits: products of four are exact."""
        return sign() * rnd.randint(1, 500) / 2.0 ** rnd.randint(4, 10)

    c = dict(kind=kind, k=rnd.choice([0.5, 1.0]), outputScale=sign() * size(0.7), etaU=size(0.7), etaW=size(0.7), xx=size(1), yy=size(1))
    c["xy"] = rnd.uniform(-0.95, 0.95) * math.sqrt(c["xx"] * c["yy"])
    width = {"wide": 1000}.get(kind, rnd.randint(2, 6))
    su, sw = size(0.5), size(0.5)
    if kind == "small start":
        su = sw = 10 ** rnd.uniform(-12, -3)
    if kind == "tiny start":
        su = sw = 10 ** rnd.uniform(-150, -30)
    if kind == "large start":
        su, sw = 10 ** rnd.uniform(1, 3), 10 ** rnd.uniform(1, 3)
    if kind == "unequal rates":
        c["etaU"], c["etaW"] = size(6), size(6)
    if kind in ("frozen u", "both frozen"):
        c["etaU"] = 0.0
    if kind in ("frozen w", "both frozen"):
        c["etaW"] = 0.0
    if kind == "no output scale":
        c["outputScale"] = 0.0
    if kind == "scaled data" or kind == "huge scales":
        sx, sy = size(4), size(4)
        c["xx"], c["xy"], c["yy"] = c["xx"] * sx * sx, c["xy"] * sx * sy, c["yy"] * sy * sy
    if kind == "huge scales":
        c["outputScale"], c["etaU"], c["etaW"], su, sw = c["outputScale"] * size(12), size(12), size(12), size(12), size(12)
    if kind in ("no correlation", "power law"):
        c["xy"] = 0.0
    if kind == "no data":
        c["xx"] = c["xy"] = 0.0
    u = [su * rnd.gauss(0, 1) for _ in range(width)]
    w = [sw * rnd.gauss(0, 1) for _ in range(width)]
    if kind == "orthogonal":
        u, w = [u[0], 0.0], [0.0, w[0]]
    uu, ww, uw = sum(a * a for a in u), sum(a * a for a in w), sum(a * b for a, b in zip(u, w))
    if kind in ("width one", "balanced"):
        a, b = short(), short()
        uu, ww, uw = a * a, b * b, a * b
    if kind == "balanced":
        c["etaU"] = c["etaW"]
        ww = uu
        uw = uu * rnd.uniform(-1, 1)
    if kind in ("saddle", "converging from Q = 0", "power law", "nearly a saddle"):
        c["etaU"] = c["etaW"]
        a = short()
        uu = ww = a * a
        uw = uu * (sign() if kind == "power law" else math.copysign(1, c["outputScale"] * c["xy"]) * (1 if "Q" in kind else -1))
        if kind == "nearly a saddle":
            uu *= 1 + 10 ** rnd.uniform(-13, -2)
    if kind == "fixed point":
        c["xx"], c["outputScale"], uw = abs(short()), short(), short()
        c["xy"] = c["xx"] * c["outputScale"] * uw
        c["yy"] = c["xy"] ** 2 / c["xx"] * (1 + size(1))
        uu, ww = abs(uw) * size(1), abs(uw) * size(1)
        ww = max(ww, 1.5 * uw * uw / uu)
    if kind == "crossing zero":
        c["etaU"] = c["etaW"]
        uu = ww = 10 ** rnd.uniform(1, 4) * abs(c["xy"] / c["outputScale"] / c["xx"])
        uw = -math.copysign(uu * (1 - 10 ** rnd.uniform(-6, -1)), c["outputScale"] * c["xy"])
    if kind == "zero u":
        uu, uw = 0.0, 0.0
    if kind == "zero w":
        ww, uw = 0.0, 0.0
    if kind == "both zero":
        uu, ww, uw = 0.0, 0.0, 0.0
    if kind == "weights":
        c["u"], c["w"] = u, w
        c["u"], c["w"] = [float(a) for a in u], [float(a) for a in w]
    c["uu"], c["ww"], c["uw"] = uu, ww, uw
    return c


def start(c):
    if "u" in c:
        u, w = [mpf(a) for a in c["u"]], [mpf(a) for a in c["w"]]
        return sum(a * a for a in u), sum(a * a for a in w), sum(a * b for a, b in zip(u, w))
    return mpf(c["uu"]), mpf(c["ww"]), mpf(c["uw"])


def solve(c, t, off=OFF):
    """All fields as dual numbers; None where the field has no finite derivative."""
    uu0, ww0, uw0 = start(c)
    point = dict(zip(NAMES, [mpf(t)] + [mpf(c[n]) for n in ["outputScale", "etaU", "etaW", "xx", "xy", "yy"]] + [uu0, ww0, uw0]))
    exact = dict(point)
    for name in ["outputScale", "learningRates.u", "learningRates.w", "xx"]:
        if point[name] == 0:
            point[name] = off
    if c["kind"] == "power law":
        point["xy"] = off
    if c["kind"] == "both zero":
        point["xy"] = point["xy"] or off
    T, gamma, etaU, etaW, xx, xy, yy, uu, ww, S0 = [Dual(point[n], {n: mpf(1)}) for n in NAMES]
    k = mpf(c["k"])
    h = sqrt(etaU * etaW)
    B0 = etaW * uu + etaU * ww
    P, Q = B0 + 2 * h * S0, B0 - 2 * h * S0
    if c["kind"] not in ("saddle", "converging from Q = 0", "power law") and P.x * Q.x < 0:
        raise ValueError
    strength = k * gamma * gamma * xx
    a0, a1, a2 = strength * Q, 4 * k * gamma * h * xy, -(strength * P)
    rho = sqrt(a1 * a1 - 4 * (a0 * a2))
    tau = 2 * tanh(rho * T * mpf("0.5")) / rho
    num, den = 1 + (a0 + a1 * mpf("0.5")) * tau, 1 - (a2 + a1 * mpf("0.5")) * tau
    xi = num / den
    S = (P * xi - Q / xi) / (4 * h)
    B = (P * xi + Q / xi) * mpf("0.5")
    g = xy - gamma * xx * S
    delta = etaW * uu - etaU * ww
    uut, wwt = (B + delta) / (2 * etaW), (B - delta) / (2 * etaU)
    Gamma = uu * ww - S0 * S0
    zero = Gamma.x == 0
    norms2 = S * S + Gamma
    # A zero layer stays one only where nothing pulls it: then |u||w| has a corner.
    corner = (exact["uu"] == 0 or exact["ww"] == 0) and (abs(norms2.x) < mpf(10) ** -250)
    N = None if corner else sqrt(norms2)
    f = gamma * S
    excess = k * g * g / xx
    a = 2 * k * gamma * gamma * xx
    tilt = 2 * a * S - 4 * k * gamma * g
    inner = tilt * tilt + a * a * (uut - wwt) * (uut - wwt) + 4 * (a * a) * Gamma
    edge = exact["outputScale"] == 0 or inner.x == 0
    fields = dict(
        uu=uut, ww=wwt, uw=S, output=f, residual=g, excessLoss=excess,
        loss=k * (yy - 2 * (xy * f) + xx * f * f), kernel=gamma * gamma * B,
        balance=None if exact["learningRates.u"] == 0 or exact["learningRates.w"] == 0 else uu / etaU - ww / etaW,
        area=None if zero else sqrt(Gamma), normProduct=N, alignment=None if corner else S / N,
        sharpness=None if edge else (a * (uut + wwt) + sqrt(inner)) * mpf("0.5"),
    )
    # zeta = arccos(S/N): d zeta = (S dGamma/(2 sqrt Gamma) - sqrt Gamma dS)/N^2
    if zero or corner:
        fields["angle"] = None
    else:
        root = real_sqrt(Gamma.x)
        fields["angle"] = (Gamma.chain(0, S.x / (2 * root * norms2.x)) + S.chain(0, -root / norms2.x))
        fields["angle"].x = mp.atan2(root, S.x)
    return fields, rho.x


def text(x):
    return nstr(x, DIGITS, min_fixed=-1, max_fixed=1)


def derivatives(c, t):
    """field -> derivatives in the order of NAMES, each a decimal string, "0", or None where it is infinite."""
    near, _ = solve(c, t)
    nearer, _ = solve(c, t, OFF**2) if c["kind"] in MOVED else (near, 0)
    found = {}
    for name, f in near.items():
        if f is None:
            continue
        found[name] = [limit(f.d.get(n, mpf(0)), nearer[name].d.get(n, mpf(0))) for n in NAMES]
    return found


def limit(near, nearer):
    """The limit of a derivative, from its values at two distances: they agree, or one of them is nothing beside the other."""
    if max(abs(near), abs(nearer)) < mpf(10) ** -1500:
        return "0"  # what rounding leaves of 0
    if abs(near - nearer) <= mpf(10) ** -100 * abs(near):
        return text(nearer)
    if abs(nearer) < mpf(10) ** -100 * abs(near):
        return "0"
    if abs(near) < mpf(10) ** -100 * abs(nearer):
        return None
    raise ValueError(f"no limit: {nstr(near, 5)}, {nstr(nearer, 5)}")


def ultimate(x):
    """At the end of a flow that has a rate everything is within e^-rho t of its limit: very large or small means infinite or 0."""
    if x is None or x == "0":
        return x
    size = abs(mpf(x))
    if size > mpf(10) ** 310:
        return "-Infinity" if x.startswith("-") else "Infinity"
    return x if size > mpf(10) ** -330 else "0"


def rateOf(c):
    return 0 if c["kind"] in ("power law", "no output scale", "no data", "both frozen") else float(solve(c, 1)[1])


def times(c, rnd):
    rate = rateOf(c)
    if rate == 0:
        return [1e-3, 0.3, 1.0, 40.0]
    late = [rnd.uniform(30, 300) / rate, 1e3 / rate] if c["kind"] != "nearly a saddle" else [rnd.uniform(10, 60) / rate, 1e3 / rate]
    return [10 ** rnd.uniform(-6, -2) / rate, 10 ** rnd.uniform(-1, 0.5) / rate, 10 ** rnd.uniform(0.3, 1.3) / rate, *late]


def reference():
    rnd = random.Random("sensitivities")
    out = []
    for kind in KINDS:
        for _ in range(PER_KIND):
            c = draw(kind, rnd)
            c["times"] = times(c, rnd)
            c["expected"] = [derivatives(c, t) for t in c["times"]]
            for later in c["expected"][1:]:
                later.pop("area", None)  # these two are conserved
                later.pop("balance", None)
            rate = rateOf(c)
            if rate:
                c["limit"] = {name: [ultimate(x) for x in d] for name, d in derivatives(c, (2000 if c["kind"] == "saddle" else 4000) / rate).items()}
            out.append(c)
    return out


if __name__ == "__main__":
    print(json.dumps(dict(parameters=NAMES, cases=reference()), separators=(",", ":")))
