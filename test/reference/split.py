"""Writes split.json: the split of a change of overlap into turning and rescaling, at 80 digits. Run: python3 split.py > split.json (needs mpmath)."""
import json
import random

from mpmath import atan, mp, mpf, nstr

mp.dps = 80
rng = random.Random(20)
cases = []
while len(cases) < 400:
    area = 10 ** rng.uniform(-8, 8) if len(cases) % 10 else 0.0
    scale = 10 ** rng.uniform(-8, 8)
    before = rng.uniform(-1, 1) * scale
    after = [rng.uniform(-1, 1) * 10 ** rng.uniform(-8, 8), before * (1 + 10 ** rng.uniform(-12, 0)), -before * rng.random()][len(cases) % 3]
    legs = [(before, 0.0), (0.0, after)] if before * after < 0 else [(before, after)]
    shares = {"alignment": mpf(0), "disalignment": mpf(0), "rescaling": mpf(0)}
    for a, b in legs:
        turn = mpf(area) * (atan(mpf(b) / area) - atan(mpf(a) / area)) if area > 0 else mpf(0)
        shares["alignment" if abs(b) > abs(a) else "disalignment"] += turn
        shares["rescaling"] += mpf(b) - mpf(a) - turn
    cases.append({"area": area, "from": before, "to": after, **{name: nstr(value, 25) for name, value in shares.items()}})
print(json.dumps(cases, indent=0))
