"""Le banc de mesure tourne, importe tout ce qu'il écrit et imprime son rapport. Aucune durée n'est exigée ici."""

from __future__ import annotations

from pathlib import Path

from tests.bench.bench_import import mesurer


def test_le_banc_mesure_un_import_complet(tmp_path: Path) -> None:
    mesure = mesurer(20_000, tmp_path, fois=1)
    print(f"\n{mesure}")
    lues, gardees, fondues, rejetees = mesure.comptes
    assert lues == 3 * 20_000 == gardees + fondues + rejetees
    assert fondues == 10_000 and rejetees < 50
    assert mesure.rapport > 0 and "rapport" in str(mesure)
