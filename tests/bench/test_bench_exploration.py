"""Le banc de l'explorateur tourne et fait vraiment chaque geste. Aucune durée n'est exigée ici."""

from __future__ import annotations

from pathlib import Path

from tests.bench.bench_exploration import GESTES, mesurer


def test_le_banc_fait_chaque_geste(tmp_path: Path) -> None:
    durees = mesurer(400, tmp_path, fois=1)
    print(f"\n{durees}")
    assert list(durees.gestes) == [nom for nom, _ in GESTES]
    assert all(duree > 0 for duree in durees.gestes.values())
    assert "médiane des gestes" in str(durees)
